/**
 * The dialect of SQLite behind a Prisma client, to which no function can be added and which tells cells by their names.
 * In charge of its spelling; must not know queries, clients or tables.
 */
import type { ValueType } from '../../../../schema/entity.ts'
import type { Dialect } from '../../dialect.ts'
import { sqliteDialect } from '../sqlite/dialect.ts'
import { countCodec, meanOf, prismaSqliteCodec, sumOf } from './codec.ts'
import { foldSql } from './fold.ts'
import { jsonWords } from './json.ts'
import type { Stored } from './stored.ts'

/** U+0000 stands in no identifier. */
const marker = '\0'

/** `stored` tells of a field's own object how its column has moments. */
export function prismaSqliteDialect(stored: (field: ValueType) => Stored | undefined): Dialect {
  const { deadline: _, ...words } = sqliteDialect
  return {
    ...words,
    ...jsonWords,
    // The driver takes numbered placeholders as names, which the client does not give.
    positional: /\0(\d+)\0/g,
    placeholder: (n) => `${marker}${n}${marker}`,
    cell: (sql, at) => `${sql} AS c${at}`,
    count: { sql: 'count(*)', codec: countCodec },
    codec: prismaSqliteCodec(stored),
    fold: foldSql,
    sum: sumOf,
    avg: meanOf,
    tables: {
      ...words.tables,
      parameter: () => '?',
      tableExists: (name) => ({ sql: "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)", params: [name] }),
    },
  }
}
