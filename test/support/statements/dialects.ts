/** Every dialect, and what it is a variant of. In charge of making them as adapters do; knows no query. */
import type { Dialect } from '../../../src/adapters/sql/dialect.ts'
import { mysqlDialect } from '../../../src/adapters/sql/dialects/mysql/dialect.ts'
import { mariadb, mysql } from '../../../src/adapters/sql/dialects/mysql/flavour.ts'
import { fine, foreignKey } from '../../../src/adapters/sql/dialects/mysql/stored.ts'
import { postgresDialect } from '../../../src/adapters/sql/dialects/postgres/dialect.ts'
import { foreignDialect as postgresForeign } from '../../../src/adapters/sql/dialects/postgres/foreign.ts'
import { prismaSqliteDialect } from '../../../src/adapters/sql/dialects/prisma/dialect.ts'
import { prismaMariadbDialect } from '../../../src/adapters/sql/dialects/prisma/mariadb.ts'
import { prismaPostgresDialect } from '../../../src/adapters/sql/dialects/prisma/postgres.ts'
import { sqliteDialect } from '../../../src/adapters/sql/dialects/sqlite/dialect.ts'
import { foreignDialect as sqliteForeign } from '../../../src/adapters/sql/dialects/sqlite/foreign.ts'
import type { ValueType } from '../../../src/schema/entity.ts'
import { Thing } from './entities.ts'

export interface Variant {
  readonly dialect: Dialect
  /** Only what is said otherwise than by this one is written down. */
  readonly of?: string
  /** In the words of that one: what would otherwise make all of its statements different. */
  readonly alike?: (text: string) => string
}

const uncalled = (text: string): string => text.replaceAll(/ AS c\d+(?=[, ])/g, '')

/** Columns of `things` that others made, the rest being DBAL's. */
const strange = new Map(
  [
    ['of_string', 'utf8mb4_general_ci'],
    ['placeColumn', 'utf8mb4_general_ci'],
    ['code', 'utf8mb4_general_ci'],
    ['nick', 'latin1_swedish_ci'],
    ['of_text', 'no collation'],
    ['of_datetime', fine],
  ].map(([column, collation]) => [foreignKey('things', column as string), collation as string]),
)
  .set(foreignKey('owners', 'handle'), 'utf8mb4_general_ci')
  .set(foreignKey('Places', 'Handle'), 'utf8mb4_general_ci')
const rows = (...columns: readonly (readonly string[])[]) => columns.map((column) => ['things', ...column])
const moment = Thing.fields.get('datetime')

/** Each field is recognised by its own object, as the adapters do. */
const storedAs =
  <T>(ways: Readonly<Record<string, T>>) =>
  (type: ValueType): T | undefined =>
    ways[[...Thing.fields.values()].find((field) => field === type)?.name ?? '']

export const variants: Readonly<Record<string, Variant>> = {
  sqlite: { dialect: sqliteDialect },
  postgresql: { dialect: postgresDialect },
  mariadb: { dialect: mysqlDialect(mariadb) },
  mysql: { dialect: mysqlDialect(mysql), of: 'mariadb', alike: (text) => text.replaceAll('utf8mb4_0900_bin', 'utf8mb4_nopad_bin') },
  'sqlite of others': {
    dialect: sqliteForeign(
      rows(
        ['of_datetime', 'DATETIME'],
        ['of_price', 'NUMERIC(10,2)'],
        ['id', 'CHAR(36)'],
        ['of_json', 'JSON'],
        ['of_date', 'DATE'],
        ['of_boolean', 'BOOLEAN'],
      ),
    ) as Dialect,
    of: 'sqlite',
  },
  'postgresql of others': {
    dialect: postgresForeign([
      ...rows(
        ['of_enum', 'kind', 'e'],
        ['of_string', 'bpchar', 'b'],
        ['nick', 'varchar', 'i'],
        ['code', 'citext', 'b'],
        ['of_json', 'json', 'json'],
        ['of_text', 'json', 'json'],
        ['of_email', 'text', 'i'],
        ['place_row', 'text', 'i'],
      ),
      ...rows(['of_datetime', 'timestamp with time zone', 'timestamp with time zone'], ['of_integer', 'text', 'i']),
      ['owners', 'handle', 'text', 'i'],
      ['places', 'row', 'text', 'i'],
      ['places', 'handle', 'citext', 'b'],
    ]) as Dialect,
    of: 'postgresql',
  },
  'mariadb of others': { dialect: mysqlDialect(mariadb, strange), of: 'mariadb' },
  'prisma sqlite': { dialect: prismaSqliteDialect((type) => (type === moment ? 'iso8601' : undefined)), of: 'sqlite', alike: uncalled },
  'prisma sqlite, milliseconds': { dialect: prismaSqliteDialect((type) => (type === moment ? 'unixepoch-ms' : undefined)), of: 'prisma sqlite' },
  'prisma postgresql': {
    dialect: prismaPostgresDialect(
      storedAs({ datetime: { kind: 'timestamp' }, uuid: { kind: 'text' }, enum: { kind: 'enum', type: '"Kind"' } } as const),
    ),
    of: 'postgresql',
    alike: uncalled,
  },
  'prisma mariadb': { dialect: prismaMariadbDialect(mariadb, strange), of: 'mariadb of others' },
}
