/** The databases for which tables and Prisma schemas are written. In charge of that list and of DDL as a file; where files go is the command's business. */
import type { Dialect } from '../adapters/sql/dialect.ts'
import { sqliteDialect } from '../adapters/sql/dialects/sqlite/dialect.ts'
import { ddl } from '../adapters/sql/model/ddl.ts'
import type { Schema } from '../schema/entity.ts'
import { awaitedMysql, awaitedPostgres } from './prisma/awaited.ts'
import { type Provider, prismaSchema } from './prisma.ts'

interface Database {
  readonly title: string
  readonly provider: Provider
  readonly dialect: Dialect
  /** False as long as the dialect knows column types only. */
  readonly tables: boolean
}

const databases: readonly Database[] = [
  { title: 'SQLite', provider: 'sqlite', dialect: sqliteDialect, tables: true },
  { title: 'PostgreSQL', provider: 'postgresql', dialect: awaitedPostgres, tables: false },
  { title: 'MySQL and MariaDB', provider: 'mysql', dialect: awaitedMysql, tables: false },
]

/** A text and its place below the folder of generated files. */
export interface TableFile {
  readonly path: string
  readonly text: string
}

/** `ddl/*.sql` to review, and `prisma/*.prisma` for clients beside DBAL. */
export function tableFiles(schema: Schema): TableFile[] {
  return [
    ...databases.filter(({ tables }) => tables).map((database) => ({ path: `ddl/${database.provider}.sql`, text: sqlText(schema, database) })),
    ...databases.map(({ provider, dialect }) => ({ path: `prisma/${provider}.prisma`, text: prismaSchema(schema, provider, dialect) })),
  ]
}

function sqlText(schema: Schema, { title, dialect }: Database): string {
  const statements = ddl(schema, dialect).map((statement) => `${statement};\n`)
  return `-- Tables of the schema for ${title}, written by \`dbal generate\`; the daemon creates the same by itself.\n\n${statements.join('\n')}`
}
