/** What the database itself refuses, and that nothing of its words reaches a caller. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Delete, Query, Update } from '../../query/ast.ts'
import type { Authorized } from '../../query/authorized.ts'
import { compare, constant, field, param } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { createSqliteAdapter } from './adapter.ts'

const Team = makeEntity('Team', {
  tenant: 'tenantId',
  fields: {
    id: { type: 'integer', primary: true },
    tenantId: { type: 'string', required: true, kept: 'tenant' },
    name: { type: 'string', unique: 'insensitive', minLength: 1, maxLength: 3 },
    code: { type: 'string', unique: 'exact' },
    kind: { type: 'enum', values: ['a', 'b'] },
    size: { type: 'integer', min: 1, max: 10 },
    fee: { type: 'decimal', precision: 5, scale: 2, min: 0 },
  },
  indexes: [{ name: 'pair', fields: ['kind', 'size'], unique: true }],
})
const Member = makeEntity('Member', {
  fields: {
    id: { type: 'integer', primary: true },
    teamId: { type: 'integer', required: true, foreignKey: { entity: 'Team', field: 'id', onDelete: 'restrict' } },
    bossId: { type: 'integer', foreignKey: { entity: 'Member', field: 'id', onDelete: 'set_null' } },
    ownerId: { type: 'integer', foreignKey: { entity: 'Member', field: 'id', onDelete: 'cascade' } },
  },
})
const integer = { type: 'integer' } as const

for (const mode of ['inline', 'worker'] as const) {
  test(`${mode}: constraints`, async (t) => {
    const adapter = createSqliteAdapter({ path: ':memory:', mode })
    t.after(() => adapter.close())
    await adapter.prepare(makeSchema([Member, Team]))
    const team = (values: readonly Value[]): Promise<unknown> => Promise.resolve().then(() => adapter.run(insertOf(Team), rowsOf([values])))
    const member = (...rows: Value[][]): Promise<unknown> => Promise.resolve().then(() => adapter.run(insertOf(Member), rowsOf(rows)))
    const refused = (run: Promise<unknown>, constraint: string, fields: readonly string[]): Promise<void> =>
      assert.rejects(run, (error: unknown) => {
        assert.ok(error instanceof ConstraintError, String(error))
        assert.deepEqual([error.constraint, error.fields], [constraint, fields])
        assert.doesNotMatch(error.message, /SQL|constraint failed|teams|members/)
        return true
      })

    await team([1, 'x', 'Ab', 'c', 'a', 1, '1.00'])
    await refused(team([1, 'x', null, null, null, null, null]), 'unique', ['id'])
    await refused(team([2, 'x', 'aB', null, null, null, null]), 'unique', ['tenantId', 'name'])
    await refused(team([2, 'x', null, 'c', null, null, null]), 'unique', ['tenantId', 'code'])
    await refused(team([2, 'x', null, null, 'a', 1, null]), 'unique', ['tenantId', 'kind', 'size'])
    await team([2, 'y', 'aB', 'c', 'a', 1, null])
    await refused(team([3, 'x', '', null, null, null, null]), 'other', ['name'])
    await refused(team([3, 'x', '😀😀😀😀', null, null, null, null]), 'other', ['name'])
    await refused(team([3, 'x', null, null, 'c', null, null]), 'other', ['kind'])
    await refused(team([3, 'x', null, null, null, 11, null]), 'other', ['size'])
    await refused(team([3, 'x', null, null, null, null, '-0.01']), 'other', ['fee'])
    await refused(team([3, null, null, null, null, null, null]), 'other', ['tenantId'])

    await refused(member([1, 9, null, null]), 'reference', [])
    await member([2, 1, 1, null], [1, 1, null, null], [3, 1, null, 1])
    const remove = (entity: typeof Team): Authorized<Delete> =>
      mint<Delete>({ kind: 'delete', entity, where: compare('eq', field('id'), param(0, integer)), reach: 'one' })
    await refused(
      Promise.resolve().then(() => adapter.run(remove(Team), args([1]))),
      'restrict',
      [],
    )
    assert.equal((await adapter.run(remove(Member), args([1]))).affected, 1)
    assert.deepEqual((await adapter.run(readOf(Member), args())).rows, [[2, 1, null, null]])
    const update = mint<Update>({
      kind: 'update',
      entity: Member,
      set: [{ field: 'teamId', value: constant(9, integer) }],
      where: compare('eq', field('id'), constant(2, integer)),
      reach: 'one',
    })
    await refused(
      Promise.resolve().then(() => adapter.run(update, args())),
      'reference',
      ['teamId'],
    )
    const rename = mint<Update>({
      kind: 'update',
      entity: Team,
      set: [{ field: 'name', value: param(0, { type: 'string' }) }],
      where: compare('eq', field('id'), constant(2, integer)),
      reach: 'one',
    })
    assert.equal((await adapter.run(rename, args(['Zz']))).affected, 1)
    const found = await adapter.run(
      readOf(
        Team,
        { kind: 'compare', op: 'eq', left: field('name'), right: param(0, { type: 'string' }), insensitive: true },
        { columns: [{ field: 'id' }] },
      ),
      args(['zZ']),
    )
    assert.deepEqual(found.rows, [[2]])
  })
}

test('a bulk insert beyond one statement is whole or nothing', async () => {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await adapter.prepare(makeSchema([Team, Member]))
  await adapter.run(insertOf(Team), rowsOf([[1, 'x', null, null, null, null, null]]))
  const rows = Array.from({ length: 20_000 }, (_, id) => [id, 1, null, null])
  const count = async (): Promise<number | undefined> =>
    (await adapter.run(readOf(Member, undefined, { columns: [], limit: constant(0, integer), total: true }), args())).total
  await assert.rejects(Promise.resolve(adapter.run(insertOf(Member), rowsOf([...rows, [0, 1, null, null]]))), ConstraintError)
  assert.equal(await count(), 0)
  assert.equal((await adapter.run(insertOf(Member), rowsOf(rows))).affected, 20_000)
  assert.equal(await count(), 20_000)
  assert.equal((await adapter.run(insertOf(Member), rowsOf([]))).affected, 0)
  await adapter.close()
})

test('an unauthorised query is refused before anything else', async () => {
  for (const mode of ['inline', 'worker'] as const) {
    const adapter = createSqliteAdapter({ path: ':memory:', mode })
    const forged = { kind: 'delete', entity: Team, where: { kind: 'and', all: [] }, reach: 'many' } as unknown as Authorized<Query>
    assert.throws(() => adapter.run(forged, args()), { code: 'INTERNAL_ERROR' })
    await assert.rejects(
      adapter.transaction('write', async (tx) => tx.run(forged, args())),
      { code: 'INTERNAL_ERROR' },
    )
    await adapter.close()
  }
})

test('a complaint of the database says what to do and nothing of its words', async () => {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  assert.throws(
    () => adapter.run(readOf(Team), args()),
    (error: unknown) => {
      assert.ok(error instanceof DBALError)
      assert.equal(error.code, 'DATABASE_ERROR')
      assert.doesNotMatch(JSON.stringify(error.toPublic()), /no such table|teams|SELECT/i)
      return true
    },
  )
  await adapter.close()
  assert.throws(() => adapter.run(readOf(Team), args()), { code: 'DATABASE_ERROR' })
  assert.throws(() => createSqliteAdapter({ path: '/dev/null/x.db' }), { code: 'DATABASE_ERROR' })
  assert.throws(() => createSqliteAdapter({}), { code: 'DATABASE_ERROR' })
  assert.throws(() => createSqliteAdapter({ url: 'postgres://x' }), { code: 'DATABASE_ERROR' })
})
