/** The databases for which tables and Prisma schemas are written. In charge of that list and of DDL as a file; where files go is the command's business. */
import type { Dialect } from '../adapters/sql/dialect.ts'
import { mariadbDialect, mysqlDialect } from '../adapters/sql/dialects/mysql/dialect.ts'
import { mysql } from '../adapters/sql/dialects/mysql/flavour.ts'
import { postgresDialect } from '../adapters/sql/dialects/postgres/dialect.ts'
import { sqliteDialect } from '../adapters/sql/dialects/sqlite/dialect.ts'
import { ddl } from '../adapters/sql/model/ddl.ts'
import type { Schema } from '../schema/entity.ts'
import { type Provider, prismaSchema } from './prisma.ts'

interface Database {
  readonly title: string
  readonly file: string
  readonly dialect: Dialect
  /** Prisma's word for it; MySQL and MariaDB are one to Prisma, and its schema is that of the one which the tests have. */
  readonly provider?: Provider
}

const databases: readonly Database[] = [
  { title: 'SQLite', file: 'sqlite', dialect: sqliteDialect, provider: 'sqlite' },
  { title: 'PostgreSQL', file: 'postgresql', dialect: postgresDialect, provider: 'postgresql' },
  { title: 'MySQL', file: 'mysql', dialect: mysqlDialect(mysql) },
  { title: 'MariaDB', file: 'mariadb', dialect: mariadbDialect, provider: 'mysql' },
]

/** A text and its place below the folder of generated files. */
export interface TableFile {
  readonly path: string
  readonly text: string
}

/** `ddl/*.sql` to review, and `prisma/*.prisma` for clients beside DBAL. */
export function tableFiles(schema: Schema): TableFile[] {
  return [
    ...databases.map((database) => ({ path: `ddl/${database.file}.sql`, text: sqlText(schema, database) })),
    ...databases.flatMap(({ provider, dialect }) =>
      provider === undefined ? [] : [{ path: `prisma/${provider}.prisma`, text: prismaSchema(schema, provider, dialect) }],
    ),
  ]
}

function sqlText(schema: Schema, { title, dialect }: Database): string {
  const statements = ddl(schema, dialect).map((statement) => `${statement};\n`)
  return `-- Tables of the schema for ${title}, written by \`dbal generate\`; the daemon creates the same by itself.\n\n${statements.join('\n')}`
}
