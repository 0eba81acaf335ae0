/** Databases that hold a fixture, and what introspection makes of them. In charge of filling; test/support/databases.ts makes them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readLive } from '../../src/cli/live.ts'
import { readShipped } from '../../src/config/schema-files.ts'
import { entitiesOf, type Introspected, type Neighbour } from '../../src/introspect/entities.ts'
import { sentenceOf } from '../../src/introspect/finding.ts'
import { filesOf } from '../../src/introspect/write.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import type { Schema } from '../../src/schema/entity.ts'
import { parseSchema, type SourceFile } from '../../src/schema/parse.ts'
import { type DatabaseName, freshDatabase } from '../support/databases.ts'

export type Kind = 'sqlite' | Extract<DatabaseName, 'postgresql' | 'mysql'>

export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
}

/** Calls `use` with the url of a database in which the statements have run; it is gone afterwards. */
export async function withDatabase<T>(kind: Kind, statements: string | readonly string[], use: (url: string) => Promise<T>): Promise<T> {
  if (kind === 'sqlite') return withSqlite(statements, use)
  const { url, drop } = await freshDatabase(kind)
  try {
    await (kind === 'postgresql' ? fillPostgres : fillMysql)(url, statements)
    return await use(url)
  } finally {
    await drop()
  }
}

async function withSqlite<T>(statements: string | readonly string[], use: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-introspect-'))
  try {
    const db = new DatabaseSync(join(folder, 'live.db'))
    for (const text of [statements].flat()) db.exec(text)
    db.close()
    return await use(`file:${join(folder, 'live.db')}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function fillPostgres(url: string, statements: string | readonly string[]): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const text of [statements].flat()) await client.query(text)
  } finally {
    await client.end()
  }
}

async function fillMysql(url: string, statements: string | readonly string[]): Promise<void> {
  const { createConnection } = await import('mariadb')
  const { hostname, port, username, password, pathname } = new URL(url)
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
    multipleStatements: true,
  })
  try {
    for (const text of [statements].flat()) await connection.query(text)
  } finally {
    await connection.end()
  }
}

export interface Result {
  readonly found: Introspected
  readonly files: readonly SourceFile[]
  readonly schema: Schema
}

export function neighbours(): Neighbour[] {
  const { shipped, internal } = readShipped()
  return [...parseSchema(shipped, { internal }).entities.values()].map(({ name, plural, table, fields }) => ({
    name,
    plural,
    table,
    columns: [...fields.values()].map(({ column }) => column),
  }))
}

/** Everything up to the schema, as the command does it. Throws where the result does not load. */
export async function introspected(url: string, beside: readonly Neighbour[] = neighbours()): Promise<Result> {
  const { catalog, seen } = await readLive(url)
  const found = entitiesOf(catalog, { neighbours: beside, seen })
  const { shipped, internal } = readShipped()
  const files = filesOf(found, shipped)
  const schema = parseSchema(files, { shipped, internal })
  loadPolicy(schema)
  return { found, files, schema }
}

/** Files and findings as one text. */
export function reviewed({ found, files }: Result): string {
  return `${files.map(({ path, text }) => `=== ${path}\n${text}`).join('')}=== findings\n${found.findings.map((finding) => `${sentenceOf(finding)}\n`).join('')}`
}
