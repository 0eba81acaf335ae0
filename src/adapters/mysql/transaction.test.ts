/** Writers that meet, transactions that end, constraints that refuse: what of each a caller of the adapter is told. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { type Adapter, ConstraintError, type Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Delete, Update } from '../../query/ast.ts'
import { compare, constant, field, param } from '../../query/build.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { createMysqlAdapter } from './adapter.ts'

const integer = { type: 'integer' } as const
const Team = makeEntity('Team', {
  tenant: 'tenantId',
  fields: {
    id: { type: 'integer', primary: true },
    tenantId: { type: 'string', required: true, kept: 'tenant' },
    name: { type: 'string', unique: 'insensitive', minLength: 1, maxLength: 3 },
    code: { type: 'string', unique: 'exact' },
    kind: { type: 'enum', values: ['a', "it's \\"] },
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
  },
})
const Counter = makeEntity('Counter', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer', required: true } } })
const { skip = false } = serverOf('mysql')

let database: FreshDatabase
let adapter: Adapter

before(async () => {
  if (skip !== false) return
  database = await freshDatabase('mysql')
  adapter = createMysqlAdapter({ url: database.url, poolSize: 6 })
  await adapter.prepare(makeSchema([Member, Team, Counter]))
})

after(async () => {
  if (skip !== false) return
  await adapter.close()
  await database.drop()
})

const set = (entity: Entity, name: string) =>
  mint<Update>({
    kind: 'update',
    entity,
    set: [{ field: name, value: param(0, integer) }],
    where: compare('eq', field('id'), param(1, integer)),
    reach: 'one',
  })
const setN = set(Counter, 'n')
const one = readOf(Counter, compare('eq', field('id'), param(0, integer)), { columns: [{ field: 'n' }], order: [] })
const read = async (tx: Pick<Transaction, 'run'>, id: number): Promise<number> => (await tx.run(one, args([id]))).rows[0]?.[0] as number

/** Both have read before either writes: one of them has to begin anew. */
async function meet(once?: true): Promise<readonly PromiseSettledResult<number>[]> {
  let waiting = 2
  let go = (): void => undefined
  const both = new Promise<void>((resolve) => {
    go = resolve
  })
  let tries = 0
  const work = async (tx: Transaction): Promise<number> => {
    tries++
    const n = await read(tx, 1)
    if (--waiting === 0) go()
    if (tries <= 2) await both
    await tx.run(setN, args([n + 1, 1]))
    return n
  }
  const options = once === true ? { once } : {}
  return Promise.allSettled([adapter.transaction('write', work, options), adapter.transaction('write', work, options)])
}

test('of two writers that both have read, one begins anew and sees what the other wrote', { skip }, async () => {
  await adapter.run(insertOf(Counter), rowsOf([[1, 0]]))
  const results = await meet()
  assert.deepEqual(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)).sort(), [0, 1])
  assert.equal(await read(adapter, 1), 2)
})

test('work that must not run again is told of the other writer, and nothing of it is written', { skip }, async () => {
  const before = await read(adapter, 1)
  const results = await meet(true)
  const failed = results.filter((result) => result.status === 'rejected')
  assert.equal(failed.length, 1)
  const error = failed[0]?.reason as unknown
  assert.ok(error instanceof DBALError)
  assert.equal(error.code, 'CONFLICT')
  assert.equal(error.details['retryable'], true)
  assert.equal(await read(adapter, 1), before + 1)
})

test('after a deadlock no statement of the transaction commits by itself', { skip }, async () => {
  await adapter.run(
    insertOf(Counter),
    rowsOf([
      [2, 0],
      [3, 0],
    ]),
  )
  let waiting = 2
  let go = (): void => undefined
  const both = new Promise<void>((resolve) => {
    go = resolve
  })
  const late: unknown[] = []
  const crossing = (first: number, second: number) =>
    adapter.transaction(
      'write',
      async (tx) => {
        await tx.run(setN, args([7, first]))
        if (--waiting === 0) go()
        await both
        try {
          await tx.run(setN, args([7, second]))
        } catch (error) {
          late.push(await Promise.resolve(tx.run(setN, args([99, first]))).catch((refused: unknown) => refused))
          throw error
        }
      },
      { once: true },
    )
  await Promise.allSettled([crossing(2, 3), crossing(3, 2)])
  assert.equal(late.length, 1)
  assert.ok(late[0] instanceof DBALError)
  assert.deepEqual([await read(adapter, 2), await read(adapter, 3)], [7, 7])
})

test('a statement that a constraint refuses leaves the transaction usable; a savepoint undoes its own part', { skip }, async () => {
  await adapter.transaction('write', async (tx) => {
    await tx.run(insertOf(Counter), rowsOf([[10, 1]]))
    await assert.rejects(
      async () =>
        tx.run(
          insertOf(Counter),
          rowsOf([
            [11, 1],
            [10, 1],
          ]),
        ),
      ConstraintError,
    )
    await assert.rejects(
      tx.savepoint(async () => {
        await tx.run(setN, args([5, 10]))
        throw new Error('undo')
      }),
      /undo/,
    )
  })
  assert.equal(await read(adapter, 10), 1)
  assert.equal(await read(adapter, 11), undefined)
})

test('a read is one snapshot, and may not write', { skip }, async () => {
  await adapter.transaction('read', async (tx) => {
    const before = await read(tx, 10)
    await adapter.run(setN, args([before + 1, 10]))
    assert.equal(await read(tx, 10), before)
    assert.throws(() => tx.run(setN, args([0, 10])), { code: 'INTERNAL_ERROR' })
  })
})

test('constraints are told by their fields, and nothing of the server', { skip }, async () => {
  const refused = (run: () => unknown, constraint: string, fields: readonly string[]): Promise<void> =>
    assert.rejects(
      async () => run(),
      (error: unknown) => {
        assert.ok(error instanceof ConstraintError, String(error))
        assert.deepEqual([error.constraint, error.fields], [constraint, fields])
        assert.doesNotMatch(error.message, /SQL|Duplicate|teams|members/)
        return true
      },
    )
  const team = (...values: Value[]) => adapter.run(insertOf(Team), rowsOf([values]))
  const member = (...rows: Value[][]) => adapter.run(insertOf(Member), rowsOf(rows))
  await team(1, 'x', 'Ab', "for key 'PRIMARY'", "it's \\", 1, '1.00')
  await refused(() => team(1, 'x', null, null, null, null, null), 'unique', ['id'])
  await refused(() => team(2, 'x', 'aB', null, null, null, null), 'unique', ['tenantId', 'name'])
  await refused(() => team(2, 'x', null, "for key 'PRIMARY'", null, null, null), 'unique', ['tenantId', 'code'])
  await refused(() => team(2, 'x', null, null, "it's \\", 1, null), 'unique', ['tenantId', 'kind', 'size'])
  await team(2, 'y', 'aB', 'c', 'a', 1, null)
  await refused(() => team(3, 'x', '', null, null, null, null), 'other', ['name'])
  await refused(() => team(3, 'x', '😀😀😀😀', null, null, null, null), 'other', ['name'])
  await refused(() => team(3, 'x', null, null, 'c', null, null), 'other', ['kind'])
  await refused(() => team(3, 'x', null, null, null, 11, null), 'other', ['size'])
  await refused(() => team(3, 'x', null, null, null, null, '-0.01'), 'other', ['fee'])
  await refused(() => team(3, null, null, null, null, null, null), 'other', ['tenantId'])
  await refused(() => member([1, 9, null]), 'reference', ['teamId'])
  await refused(() => member([1, 9, null], [1, 1, null]), 'unique', ['id'])
  await member([2, 1, 1], [1, 1, 2], [3, 1, 3])
  assert.deepEqual((await adapter.run(readOf(Member), args())).rows, [
    [1, 1, 2],
    [2, 1, 1],
    [3, 1, 3],
  ])
  const remove = (entity: Entity) => mint<Delete>({ kind: 'delete', entity, where: compare('eq', field('id'), constant(1, integer)), reach: 'one' })
  await refused(() => adapter.run(remove(Team), args()), 'restrict', [])
  await refused(() => adapter.run(set(Member, 'teamId'), args([9, 2])), 'reference', ['teamId'])
  assert.equal((await adapter.run(remove(Member), args())).affected, 1)
  assert.deepEqual((await adapter.run(readOf(Member), args())).rows, [
    [2, 1, null],
    [3, 1, 3],
  ])
})
