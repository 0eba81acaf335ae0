/** The application of examples/prisma-app: its client runs, and its entities describe the tables that it has, column by column. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { referenceOf } from '../src/adapters/sql/model/references.ts'
import { readSchemaFolder, readShipped } from '../src/config/schema-files.ts'
import { loadPolicy } from '../src/policy/rules.ts'
import type { Entity } from '../src/schema/entity.ts'
import { normaliseField } from '../src/schema/field-type.ts'
import { parseSchema } from '../src/schema/parse.ts'

const root = join(import.meta.dirname, '..')
const app = join(root, 'examples/prisma-app')
const folder = mkdtempSync(join(tmpdir(), 'prisma-app-'))
const path = join(folder, 'app.db')
const schema = parseSchema(readSchemaFolder(join(app, 'schema')), readShipped())
const own = [...schema.entities.values()].filter((entity) => entity.place.file === 'app.yaml' || entity.place.file.endsWith('/app.yaml'))

let db: DatabaseSync
after(() => {
  db?.close()
  rmSync(folder, { recursive: true, force: true })
})

before(async () => {
  // What the README says; the variable keeps it from fetching an engine.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], { cwd: app, env })
  const { createTables, openClient, seed } = await import(pathToFileURL(join(app, 'database.ts')).href)
  createTables(path)
  const client = openClient(path)
  try {
    await seed(client)
  } finally {
    await client.$disconnect()
  }
  db = new DatabaseSync(path, { readOnly: true })
})

type Row = Readonly<Record<string, unknown>>
const ask = (sql: string, ...values: string[]): Row[] => db.prepare(sql).all(...values) as Row[]

describe('the entities of the application', () => {
  test('are five, and their rules load', () => {
    assert.deepEqual(own.map(({ name }) => name).sort(), ['Account', 'Block', 'Comment', 'Page', 'Site'])
    const ruled = new Set(loadPolicy(schema).rules.map((rule) => rule.entity))
    for (const { name } of own) assert.ok(ruled.has(name), name)
  })

  test('have every table and column of the database, as nullable as it is', () => {
    const tables = ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").map(({ name }) => name)
    assert.deepEqual(own.map(({ table }) => table).sort(), tables.sort())
    for (const entity of own) {
      const columns = ask('SELECT name, "notnull" FROM pragma_table_info(?) ORDER BY name', entity.table)
      const fields = [...entity.fields.values()].map(({ column, nullable }) => ({ name: column, notnull: nullable ? 0 : 1 }))
      assert.deepEqual(
        fields.sort((a, b) => (a.name < b.name ? -1 : 1)),
        columns.map((column) => ({ ...column })),
        entity.name,
      )
    }
  })

  test('have its keys, uniques and references', () => {
    for (const entity of own) {
      const key = ask('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', entity.table).map(({ name }) => name)
      assert.deepEqual(
        entity.key.map((name) => column(entity, name)),
        key,
      )
      assert.deepEqual(uniquesOf(entity), uniquesIn(entity.table), entity.name)
      assert.deepEqual(referencesOf(entity), referencesIn(entity.table), entity.name)
    }
  })
})

function column(entity: Entity, field: string): string {
  return entity.fields.get(field)?.column ?? assert.fail(`${entity.name}.${field}`)
}

function uniquesOf(entity: Entity): string[] {
  const single = [...entity.fields.values()]
    .filter((field) => field.unique !== false && !entity.key.includes(field.name))
    .map((field) => field.column)
  const several = entity.indexes.filter((index) => index.unique).map((index) => index.fields.map((name) => column(entity, name)).join())
  return [...single, ...several].sort()
}

function uniquesIn(table: string): string[] {
  return ask(`SELECT name FROM pragma_index_list(?) WHERE "unique" AND origin <> 'pk'`, table)
    .map(({ name }) =>
      ask('SELECT name FROM pragma_index_info(?)', String(name))
        .map((part) => part['name'])
        .join(),
    )
    .sort()
}

function referencesOf(entity: Entity): string[] {
  return [...entity.fields.values()]
    .flatMap((field) => {
      const reference = referenceOf(schema, entity, field)
      return reference === undefined ? [] : [`${field.column} ${reference.target.table} ${reference.onDelete.replace('_', ' ').toUpperCase()}`]
    })
    .sort()
}

function referencesIn(table: string): string[] {
  return ask('SELECT "from", "table", on_delete FROM pragma_foreign_key_list(?)', table)
    .map((reference) => `${reference['from']} ${reference['table']} ${reference['on_delete']}`)
    .sort()
}

describe('the rows that Prisma wrote', () => {
  test('are in the forms that an adapter has to read', () => {
    const [account] = ask(
      `SELECT typeof("isActive") AS active, "settings" AS settings, "lastSeenAt" AS seen FROM "Account" WHERE email = 'ada@example.com'`,
    )
    assert.deepEqual({ ...account }, { active: 'integer', settings: '{"theme":"dark","shortcuts":["g","p"]}', seen: '2026-01-15T10:30:00.123+00:00' })
    const [site] = ask(`SELECT CAST(visits AS TEXT) AS visits, theme FROM sites WHERE slug = 'engines'`)
    assert.deepEqual({ ...site }, { visits: '9007199254740993', theme: '{}' })
    const [page] = ask(`SELECT weight, hex(thumbnail) AS thumbnail, typeof(published) AS published FROM pages WHERE path = '/'`)
    assert.deepEqual({ ...page }, { weight: 0.1 + 0.2, thumbnail: '0001FEFF', published: 'integer' })
    assert.deepEqual(
      ask('SELECT id FROM "Comment" ORDER BY id').map(({ id }) => id),
      [1, 2, 3, 4],
    )
  })

  test('fit their entities', () => {
    for (const entity of own) {
      const columns = [...entity.fields.values()].map(({ type, column }) =>
        type === 'bigint' ? `CAST("${column}" AS TEXT) AS "${column}"` : `"${column}"`,
      )
      for (const row of ask(`SELECT ${columns.join(', ')} FROM "${entity.table}"`)) {
        for (const field of entity.fields.values()) {
          const stored = row[field.column]
          if (stored === null || ['boolean', 'json', 'bytes'].includes(field.type)) continue
          const result = normaliseField(field, stored)
          assert.ok(result.ok, `${entity.name}.${field.name} ${JSON.stringify(stored)}: ${result.ok ? '' : result.error}`)
        }
      }
    }
  })
})
