/** Databases that others made, taken over as they are, or refused with every reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grounds } from '../../test/migrate/databases.ts'
import { makeEntity, makeSchema } from '../../test/support/make-schema.ts'
import { openSqliteTarget } from '../adapters/sqlite/target.ts'
import { apply } from './apply.ts'
import { baseline } from './baseline.ts'
import { survey } from './survey.ts'

const person = {
  id: { type: 'integer', primary: true },
  name: { type: 'string', required: true, maxLength: 80, unique: 'exact' },
  bossId: { type: 'integer', foreignKey: { entity: 'Person', field: 'id', onDelete: 'set_null' } },
} as const
const own = makeEntity('DbalOwn', {
  table: 'dbal_own',
  fields: { id: { type: 'uuid', primary: true }, key: { type: 'string', required: true, maxLength: 20, unique: 'exact' } },
})
const schema = makeSchema([makeEntity('Person', { table: 'people', fields: person }), own], 'first')
const grown = makeSchema(
  [makeEntity('Person', { table: 'people', fields: { ...person, kind: { type: 'enum', values: ['a', 'b'] } } }), own],
  'second',
)

for (const { name, skip, fresh } of grounds) {
  test(`${name}: tables are taken over as they are; what they lack is told, and later plans begin there`, { skip }, async () => {
    const place = await fresh()
    const target = await place.open()
    const { quote, codec } = target.dialect
    try {
      const text = codec({ type: 'string', ...{ maxLength: 80, unique: 'exact' } } as Parameters<typeof codec>[0]).column
      const integer = codec({ type: 'integer' }).column
      await target.execute(`CREATE TABLE people (id ${integer} NOT NULL PRIMARY KEY, name ${text} NOT NULL, boss_id ${integer}, extra ${integer})`)
      await target.execute(`CREATE UNIQUE INDEX somebody_elses_name ON people (name)`)
      await target.execute(`INSERT INTO people (id, name) VALUES (1, 'Ada')`)
      const before = await survey(target, schema, false)
      assert.deepEqual(before.foreign, ['Person'])
      await assert.rejects(
        apply(target, schema, { permission: { extent: 'any', destructive: true, back: false, online: false } }),
        (error: { details?: { hint?: string } }) => /table for entity Person that DBAL did not make.*baseline/.test(String(error.details?.hint)),
      )
      const adopted = await baseline(target, schema)
      assert.deepEqual([adopted.tables, adopted.made], [1, 1])
      assert.deepEqual(adopted.waived, ['reference Person.bossId', 'index on Person (bossId)'])
      const found = await survey(target, schema, false)
      assert.deepEqual([found.steps, found.refused, found.drift], [[], [], []])
      await assert.rejects(baseline(target, schema), { code: 'DATABASE_ERROR' })
      await apply(target, grown, { permission: { extent: 'any', destructive: false, back: false, online: false } })
      const later = await survey(target, grown, false)
      assert.deepEqual([later.steps, later.drift], [[], []])
      assert.deepEqual(
        (await target.query(`SELECT ${quote('name')}, kind, extra FROM people`)).map((row) => row.map(String)),
        [['Ada', 'null', 'null']],
      )
    } finally {
      await target.close()
      await place.drop()
    }
  })
}

test('tables of logins are made where there are none', async () => {
  const target = await openSqliteTarget({ path: ':memory:' })
  await target.execute('CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY)')
  const both = makeSchema(
    [
      makeEntity('Thing', { fields: { id: { type: 'integer', primary: true } } }),
      makeEntity('Login', { fields: { id: { type: 'uuid', primary: true } } }),
    ],
    'both',
  )
  await assert.rejects(baseline(target, both), { code: 'DATABASE_ERROR' })
  assert.deepEqual(await baseline(target, both, new Set(['Login'])), { tables: 1, made: 1, waived: [], differs: [] })
  assert.deepEqual((await survey(target, both, false)).steps, [])
  await target.close()
})

test('what does not fit is told, all of it, and nothing is made', async () => {
  const target = await openSqliteTarget({ path: ':memory:' })
  await target.execute('CREATE TABLE people (id TEXT PRIMARY KEY, name INTEGER NOT NULL, more TEXT NOT NULL)')
  const error = (await baseline(target, schema).catch((found: unknown) => found)) as { details: { hint: string } }
  assert.match(error.details.hint, /Person\.id: a column of type TEXT does not hold integer/)
  assert.match(error.details.hint, /Person\.name: a column of type INTEGER does not hold string/)
  assert.match(error.details.hint, /Person\.bossId: there is no column people\.boss_id/)
  assert.deepEqual(await target.query("SELECT name FROM sqlite_schema WHERE type = 'table'"), [['people']])
  await target.close()
})

test('a column that needs a value which no field gives is told, and keeps nobody from reading', async () => {
  const target = await openSqliteTarget({ path: ':memory:' })
  await target.execute('CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, age INTEGER, more TEXT NOT NULL, less TEXT NOT NULL DEFAULT 7)')
  const person = makeSchema([makeEntity('Person', { table: 'people', fields: { id: { type: 'integer', primary: true }, age: { type: 'integer' } } })])
  const { differs } = await baseline(target, person)
  assert.equal(differs.length, 1)
  assert.match(differs[0] ?? '', /^Person: the column people\.more \(TEXT\) needs a value that no field gives/)
  await target.close()
})

test('a table that has to be made anew is not, while others keep something in it', async () => {
  const target = await openSqliteTarget({ path: ':memory:' })
  const permission = { extent: 'any', destructive: true, back: false, online: false } as const
  const person2 = (age: 'integer' | 'bigint', version: string) =>
    makeSchema([makeEntity('Person', { table: 'people', fields: { id: { type: 'integer', primary: true }, age: { type: age } } })], version)
  await apply(target, person2('integer', 'one'), { permission })
  await target.execute('CREATE TRIGGER theirs AFTER INSERT ON people BEGIN SELECT 1; END')
  const lost = (what: RegExp) => (error: { details?: { hint?: string } }) => what.test(String(error.details?.hint))
  await assert.rejects(apply(target, person2('bigint', 'two'), { permission }), lost(/trigger theirs.*would be lost/))
  await target.execute('DROP TRIGGER theirs')
  await apply(target, person2('bigint', 'two'), { permission })
  await target.close()

  const taken = await openSqliteTarget({ path: ':memory:' })
  await taken.execute('CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, age INTEGER, extra TEXT)')
  await baseline(taken, person2('integer', 'one'))
  await assert.rejects(apply(taken, person2('bigint', 'two'), { permission }), lost(/column extra.*would be lost/))
  assert.deepEqual(await taken.query("SELECT count(*) FROM pragma_table_info('people')"), [[3]])
  await taken.close()
})
