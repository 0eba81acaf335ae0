/** A database is made, remembered, brought up to date, or left as it was with a reason. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { type FieldGiven, makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Schema } from '../../schema/entity.ts'
import { createSqliteAdapter } from './adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-prepare-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const left = (more: Record<string, FieldGiven> = {}) =>
  makeEntity('Left', {
    fields: {
      id: { type: 'integer', primary: true },
      rightId: { type: 'integer', foreignKey: { entity: 'Right', field: 'id', onDelete: 'cascade' } },
      ...more,
    },
  })
const Right = makeEntity('Right', {
  fields: { id: { type: 'integer', primary: true }, leftId: { type: 'integer', foreignKey: { entity: 'Left', field: 'id', onDelete: 'cascade' } } },
})

async function prepared(path: string, schema: Schema, mode: 'inline' | 'worker' = 'inline') {
  const adapter = createSqliteAdapter({ path, mode })
  try {
    await adapter.prepare(schema)
  } catch (error) {
    await adapter.close()
    throw error
  }
  return adapter
}

for (const mode of ['inline', 'worker'] as const) {
  test(`${mode}: tables with references in a circle, additive changes, and refusals`, async () => {
    const path = join(folder, `${mode}.db`)
    const old = left()
    let adapter = await prepared(path, makeSchema([old, Right], 'v1'), mode)
    await adapter.run(
      insertOf(old),
      rowsOf([
        [1, null],
        [2, null],
      ]),
    )
    await adapter.prepare(makeSchema([old, Right], 'v1'))
    await adapter.close()

    const grown = left({ note: { type: 'string' }, count: { type: 'bigint', required: true, default: '9007199254740993' } })
    adapter = await prepared(path, makeSchema([grown, Right, makeEntity('New', { fields: { id: { type: 'uuid', primary: true } } })], 'v2'), mode)
    assert.deepEqual((await adapter.run(readOf(grown), args())).rows, [
      [1, null, null, '9007199254740993'],
      [2, null, null, '9007199254740993'],
    ])
    await adapter.close()

    await assert.rejects(prepared(path, makeSchema([left(), Right], 'v3'), mode), (error: { code?: string; details?: { hint?: string } }) => {
      assert.equal(error.code, 'DATABASE_ERROR')
      assert.match(String(error.details?.hint), /Left\.note/)
      return true
    })
    const unique = left({ note: { type: 'string' }, count: { type: 'bigint', required: true, default: '9007199254740993', unique: 'exact' } })
    const New = makeEntity('New', { fields: { id: { type: 'uuid', primary: true } } })
    await assert.rejects(
      prepared(path, makeSchema([unique, Right, New, makeEntity('Other', { fields: { id: { type: 'uuid', primary: true } } })], 'v4'), mode),
      (error: { details?: { hint?: string } }) => {
        assert.match(String(error.details?.hint), /Left \(count\)/)
        return true
      },
    )
    const raw = new DatabaseSync(path)
    assert.deepEqual(
      raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .all()
        .map((row) => row['name']),
      ['dbal_migrations', 'lefts', 'news', 'rights'],
    )
    assert.equal(raw.prepare('SELECT schema_version AS version FROM dbal_migrations ORDER BY id DESC').get()?.['version'], 'v2')
    assert.equal(raw.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
    raw.close()
  })
}

test('a table of someone else is not taken over', async () => {
  const path = join(folder, 'foreign.db')
  const raw = new DatabaseSync(path)
  raw.exec('CREATE TABLE lefts (id TEXT)')
  raw.close()
  await assert.rejects(prepared(path, makeSchema([left(), Right])), { code: 'DATABASE_ERROR' })
})

test('a file that is no database is left alone', async () => {
  const { writeFileSync } = await import('node:fs')
  const path = join(folder, 'text.db')
  writeFileSync(path, 'x'.repeat(5000))
  assert.throws(() => createSqliteAdapter({ url: `file:${path}` }), { code: 'DATABASE_ERROR' })
})

test('a database whose form was noted before there was a history goes on; one that says something else is refused', async () => {
  const path = join(folder, 'noted.db')
  const text = 'TEXT CONSTRAINT "things.name" CHECK (length("name") <= 9)'
  const model = {
    tables: [
      {
        name: 'things',
        entity: 'Thing',
        columns: [
          { name: 'id', field: 'id', definition: 'INTEGER NOT NULL CONSTRAINT "things.id" CHECK ("id" BETWEEN -2147483648 AND 2147483647)' },
          { name: 'name', field: 'name', definition: text },
        ],
        constraints: ['PRIMARY KEY ("id")'],
      },
    ],
    indexes: [],
  }
  const raw = new DatabaseSync(path)
  raw.exec(`CREATE TABLE things ("id" INTEGER NOT NULL PRIMARY KEY, "name" ${text}) STRICT; INSERT INTO things VALUES (1, 'x')`)
  raw.exec('CREATE TABLE dbal_meta ("key" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL) STRICT')
  raw.prepare("INSERT INTO dbal_meta VALUES ('model', ?)").run(JSON.stringify(model))
  raw.close()
  const thing = (maxLength: number) =>
    makeEntity('Thing', {
      fields: { id: { type: 'integer', primary: true }, name: { type: 'string', maxLength, default: 'y' }, more: { type: 'text' } },
    })
  await assert.rejects(prepared(path, makeSchema([thing(12)], 'other')), (error: { details?: { hint?: string } }) =>
    /earlier version.*table things/.test(String(error.details?.hint)),
  )
  const adapter = await prepared(path, makeSchema([thing(9)], 'same'))
  assert.deepEqual((await adapter.run(readOf(thing(9)), args())).rows, [[1, 'x', null]])
  await adapter.close()
})
