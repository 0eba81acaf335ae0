/** What no planner hands to the compiler is refused as a mistake of ours, not made into SQL; and small promises that statements do not show. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity } from '../../../test/support/make-schema.ts'
import { variants } from '../../../test/support/statements/dialects.ts'
import { Thing, types } from '../../../test/support/statements/entities.ts'
import { many, own } from '../../../test/support/statements/given.ts'
import type { DBALError } from '../../errors/error.ts'
import type { Operand, Predicate, Query, Read } from '../../query/ast.ts'
import { compare, constant, field, session } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { referredFirst } from './arrange.ts'
import { bindAll, compile, compileInsertion } from './compile.ts'
import type { Dialect } from './dialect.ts'

const asks = (where: Predicate): Read => ({ kind: 'read', entity: Thing, where, columns: [], probes: [], order: [], total: false, reach: 'one' })
const sets = (list: Operand): Query => ({
  kind: 'update',
  entity: Thing,
  reach: 'one',
  where: own,
  set: [{ field: 'listed', value: { kind: 'position', list } }],
})
const internal = (pattern: RegExp) => (error: unknown) => (error as DBALError).code === 'INTERNAL_ERROR' && pattern.test((error as DBALError).message)

for (const [name, { dialect }] of Object.entries(variants)) {
  const compiled = (query: Query) => () => compile(query as Exclude<Query, { kind: 'insert' }>, dialect)

  test(`${name}: a list is a param, a constant or of the session`, () => {
    assert.throws(
      compiled(asks({ kind: 'in', left: field('id'), list: field('upId'), insensitive: false })),
      internal(/must be a param, const or session, not field/),
    )
    assert.throws(compiled(sets(session('user.teams', types.uuid))), internal(/position is taken in a param or const/))
    assert.throws(compiled(sets(field('id'))), internal(/position is taken in a param or const/))
    assert.doesNotThrow(compiled(sets(many('uuid'))))
  })

  test(`${name}: a field that there is not is a mistake of ours`, () => {
    assert.throws(compiled(asks(compare('eq', field('none'), constant(1, types.integer)))), internal(/unknown field none of Thing/))
  })

  test(`${name}: a row of more fields than one statement takes is a mistake of ours`, () => {
    const narrow: Dialect = { ...dialect, maxBinds: 3 }
    const insert = (fields: readonly string[]) => compileInsertion({ kind: 'insert', entity: Thing, fields }, narrow)
    // The name is written twice, folded too.
    if (dialect.insertLists === undefined) assert.throws(() => insert(['id', 'name', 'listed']), internal(/more fields than one statement takes/))
    assert.ok(insert(['id', 'name']).chunk >= 1)
  })

  test(`${name}: the level of what is no role is none`, () => {
    const levels = new Map<string, number>([['user', 2]])
    const of = compare('eq', { kind: 'level', of: session('user.role', types.string), levels }, constant(9, types.integer))
    const { binds } = compile(asks(of), dialect)
    const bound = (value: Value) => bindAll(binds, { params: [], session: new Map([['user.role', value]]) })[0]
    assert.notEqual(bound('user'), null)
    for (const other of ['god', 3, null, true]) assert.equal(bound(other), null)
  })

  test(`${name}: values of nothing are bound as nothing`, () => {
    const { binds } = compile(asks(compare('eq', field('datetime'), { kind: 'param', index: 4, type: types.datetime })), dialect)
    assert.deepEqual(bindAll(binds, { params: [], session: new Map() }), [null])
  })
}

test('links of rows to themselves keep nothing waiting, rings of what may not be none are left as they are', () => {
  const node = (nullable: boolean) =>
    makeEntity('Node', {
      fields: {
        id: { type: 'integer', primary: true },
        upId: { type: 'integer', required: !nullable, foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } },
      },
    })
  const arranged = (nullable: boolean, rows: Value[][]) => referredFirst({ kind: 'insert', entity: node(nullable), fields: ['id', 'upId'] })?.(rows)
  assert.deepEqual(
    arranged(true, [
      [1, 1],
      [2, 1],
    ]),
    {
      rows: [
        [1, 1],
        [2, 1],
      ],
      late: [],
    },
  )
  assert.deepEqual(
    arranged(true, [
      [1, 2],
      [2, 1],
    ])?.late.length,
    1,
  )
  assert.deepEqual(
    arranged(false, [
      [1, 2],
      [2, 1],
    ])?.late,
    [],
  )
  assert.deepEqual(
    arranged(true, [
      [1, 3],
      [2, null],
      [3, 2],
    ]),
    {
      rows: [
        [2, null],
        [3, 2],
        [1, 3],
      ],
      late: [],
    },
  )
  assert.equal(referredFirst({ kind: 'insert', entity: Thing, fields: ['id', 'ownerId'] }), undefined)
})
