/** The table of predicates and rows with their three-valued results. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { always, type CompareOp, never, type Operand, type Predicate } from '../../query/ast.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { evaluate, type Truth } from './evaluate.ts'
import { operandValue } from './operand.ts'
import { indexShapes, referencesOf } from './rows/shape.ts'
import { World } from './rows/store.ts'
import { type Row, rowOf, Table } from './rows/table.ts'
import { Scope } from './scope.ts'

const Item = makeEntity('Item', {
  fields: {
    id: { type: 'integer', primary: true },
    name: { type: 'string' },
    rank: { type: 'integer' },
    price: { type: 'decimal', precision: 10, scale: 2 },
    exact: { type: 'decimal', precision: 30, scale: 4 },
    big: { type: 'bigint' },
    ratio: { type: 'float' },
    live: { type: 'boolean' },
    at: { type: 'datetime' },
    day: { type: 'date' },
    data: { type: 'json' },
    raw: { type: 'bytes' },
    role: { type: 'enum', values: ['user', 'admin'] },
    ownerId: { type: 'integer', foreignKey: { entity: 'Owner', field: 'id', onDelete: 'cascade' } },
  },
})
const Owner = makeEntity('Owner', {
  fields: {
    id: { type: 'integer', primary: true },
    name: { type: 'string' },
    bossId: { type: 'integer', foreignKey: { entity: 'Owner', field: 'id', onDelete: 'set_null' } },
  },
})
const schema = makeSchema([Item, Owner])

const item = (values: Record<string, Value>): Row => rowOf(Item, new Map(Object.entries({ id: 1, ...values })))
const owners = [
  { id: 1, name: 'ann', bossId: 2 },
  { id: 2, name: 'bob', bossId: null },
  { id: 3, name: null, bossId: 1 },
]

function world(items: readonly Row[]): World {
  const references = referencesOf(schema)
  const tables = new Map([...schema.entities.values()].map((entity) => [entity.name, new Table(entity, indexShapes(entity, references))]))
  for (const row of items) tables.get('Item')?.add(row)
  for (const owner of owners) tables.get('Owner')?.add(rowOf(Owner, new Map<string, Value>(Object.entries(owner))))
  return new World(tables, references)
}

const text: ValueType = { type: 'string' }
const integer: ValueType = { type: 'integer' }
const field = (name: string, guard?: Predicate): Operand => ({ kind: 'field', field: name, ...(guard === undefined ? {} : { guard }) })
const constant = (value: Value, type: ValueType = typeof value === 'number' ? integer : text): Operand => ({ kind: 'const', value, type })
const compare = (op: CompareOp, left: Operand, right: Operand, insensitive = false): Predicate => ({ kind: 'compare', op, left, right, insensitive })
const within = (left: Operand, list: readonly Value[], type: ValueType = text, insensitive = false): Predicate => ({
  kind: 'in',
  left,
  list: constant(list as Value, type),
  insensitive,
})
const isNull = (of: Operand): Predicate => ({ kind: 'isNull', of })
const truth: Record<string, Predicate> = { true: always, false: never, null: compare('eq', constant(null), constant('x')) }

interface Bench {
  readonly params?: readonly Value[]
  readonly session?: Readonly<Record<string, Value>>
}

function result(predicate: Predicate, values: Record<string, Value> = {}, bench: Bench = {}): Truth {
  const row = item(values)
  const scope = new Scope(world([row]), { params: bench.params ?? [], session: new Map(Object.entries(bench.session ?? {})) })
  return evaluate(predicate, { scope, entity: Item, row })
}

test('and, or and not follow Kleene', () => {
  const names = ['true', 'false', 'null'] as const
  const and = {
    true: { true: true, false: false, null: null },
    false: { true: false, false: false, null: false },
    null: { true: null, false: false, null: null },
  }
  const or = {
    true: { true: true, false: true, null: true },
    false: { true: true, false: false, null: null },
    null: { true: true, false: null, null: null },
  }
  for (const a of names) {
    for (const b of names) {
      assert.equal(result({ kind: 'and', all: [truth[a] as Predicate, truth[b] as Predicate] }), and[a][b], `${a} and ${b}`)
      assert.equal(result({ kind: 'or', any: [truth[a] as Predicate, truth[b] as Predicate] }), or[a][b], `${a} or ${b}`)
    }
  }
  const not = { true: false, false: true, null: null }
  const isTrue = { true: true, false: false, null: false }
  for (const a of names) {
    assert.equal(result({ kind: 'not', of: truth[a] as Predicate }), not[a])
    assert.equal(result({ kind: 'isTrue', of: truth[a] as Predicate }), isTrue[a])
    for (const b of names) {
      const expected = a === 'true' ? { true: true, false: false, null: null }[b] : null
      assert.equal(result({ kind: 'when', guard: truth[a] as Predicate, then: truth[b] as Predicate }), expected, `when ${a} then ${b}`)
    }
  }
  assert.equal(result(always), true)
  assert.equal(result(never), false)
})

test('every operator, with null on either side', () => {
  const expected: Record<CompareOp, readonly [less: boolean, equal: boolean, greater: boolean]> = {
    eq: [false, true, false],
    ne: [true, false, true],
    gt: [false, false, true],
    gte: [false, true, true],
    lt: [true, false, false],
    lte: [true, true, false],
    contains: [false, true, false],
    startsWith: [false, true, false],
    endsWith: [false, true, false],
  }
  for (const [op, [less, equal, greater]] of Object.entries(expected) as [CompareOp, readonly [boolean, boolean, boolean]][]) {
    assert.equal(result(compare(op, field('name'), constant('m')), { name: 'a' }), less, op)
    assert.equal(result(compare(op, field('name'), constant('m')), { name: 'm' }), equal, op)
    assert.equal(result(compare(op, field('name'), constant('m')), { name: 'z' }), greater, op)
    assert.equal(result(compare(op, field('name'), constant('m')), { name: null }), null, op)
    assert.equal(result(compare(op, field('name'), constant(null)), { name: 'm' }), null, op)
    assert.equal(result(compare(op, field('name'), constant(null)), { name: null }), null, op)
  }
})

test('parts of text are plain: no character is special, the empty part is in all', () => {
  const cases: readonly [CompareOp, string, string, boolean][] = [
    ['contains', 'a%b', '%', true],
    ['contains', 'ab', '%', false],
    ['contains', 'a_b', '_', true],
    ['contains', 'axb', 'a_b', false],
    ['contains', 'a\\b', '\\', true],
    ['contains', 'Abc', 'a', false],
    ['contains', '', '', true],
    ['startsWith', 'abc', 'ab', true],
    ['startsWith', 'abc', 'bc', false],
    ['endsWith', 'abc', 'bc', true],
    ['endsWith', 'abc', 'ab', false],
    ['endsWith', 'bc', 'abc', false],
    ['endsWith', 'x', '', true],
    ['startsWith', '', '', true],
    ['endsWith', 'é', '\u0301', false],
    ['contains', 'a😀b', '😀', true],
  ]
  for (const [op, value, part, expected] of cases)
    assert.equal(result(compare(op, field('name'), constant(part)), { name: value }), expected, `${value} ${op} ${part}`)
})

test('insensitive folds both sides, in comparisons and in lists', () => {
  for (const [a, b] of [
    ['Straße', 'STRASSE'],
    ['ΣΑΣ', 'σας'],
    ['\u212a', 'k'],
    ['É', 'é'],
  ] as const) {
    assert.equal(result(compare('eq', field('name'), constant(b), true), { name: a }), true, a)
    assert.equal(result(compare('eq', field('name'), constant(b)), { name: a }), false, a)
    assert.equal(result(within(field('name'), [b], text, true), { name: a }), true, a)
    assert.equal(result(within(field('name'), [b]), { name: a }), false, a)
  }
  assert.equal(result(compare('contains', field('name'), constant('STR'), true), { name: 'Eastre' }), true)
  assert.equal(result(compare('lt', field('name'), constant('B'), true), { name: 'a' }), true)
  assert.equal(result(compare('eq', field('name'), constant('x'), true), { name: null }), null)
})

test('types compare as what they are', () => {
  const cases: readonly [string, Value, CompareOp, Value, ValueType, boolean][] = [
    ['name', '\uffff', 'lt', '\u{10000}', text, true],
    ['name', 'Z', 'lt', 'a', text, true],
    ['name', '10', 'lt', '9', text, true],
    ['rank', 10, 'gt', 9, integer, true],
    ['rank', -1, 'lt', 0, integer, true],
    ['big', '9007199254740993', 'gt', '9007199254740992', { type: 'bigint' }, true],
    ['big', '-10', 'lt', '-9', { type: 'bigint' }, true],
    ['big', '5', 'eq', 5, integer, true],
    ['big', '5', 'lt', 5.5, { type: 'float' }, true],
    ['price', '10.00', 'gt', '9.00', { type: 'decimal', precision: 10, scale: 2 }, true],
    ['price', '-0.01', 'lt', '0.00', { type: 'decimal', precision: 10, scale: 2 }, true],
    ['price', '1.50', 'eq', '1.5000', { type: 'decimal', precision: 30, scale: 4 }, true],
    ['price', '0.10', 'eq', 0.1, { type: 'float' }, true],
    ['price', '0.00', 'lt', 1e-7, { type: 'float' }, true],
    ['exact', '12345678901234567890.0000', 'lt', 1.5e21, { type: 'float' }, true],
    ['ratio', 0.5, 'lt', 1, integer, true],
    ['live', false, 'lt', true, { type: 'boolean' }, true],
    ['at', '2026-01-01T00:00:00.000Z', 'lt', '2026-01-01T00:00:00.001Z', { type: 'datetime' }, true],
    ['day', '2026-01-31', 'lt', '2026-02-01', { type: 'date' }, true],
    ['role', 'admin', 'lt', 'user', { type: 'enum', values: ['user', 'admin'] }, true],
    ['raw', 'AAE=', 'eq', 'AAE=', { type: 'bytes' }, true],
    ['raw', 'AAE=', 'ne', 'AAI=', { type: 'bytes' }, true],
  ]
  for (const [name, value, op, other, type, expected] of cases)
    assert.equal(result(compare(op, field(name), constant(other, type)), { [name]: value }), expected, `${name} ${op}`)
  for (const op of ['lt', 'gte'] as const)
    assert.throws(() => result(compare(op, field('raw'), constant('AAI=', { type: 'bytes' })), { raw: 'AAE=' }), { code: 'INTERNAL_ERROR' })
  assert.throws(() => result(compare('eq', field('data'), constant(1, { type: 'json' })), { data: 1 }), { code: 'INTERNAL_ERROR' })
  assert.throws(() => result(compare('eq', field('live'), constant(1)), { live: true }), { code: 'INTERNAL_ERROR' })
  assert.throws(() => result(compare('contains', field('rank'), constant('1')), { rank: 1 }), { code: 'INTERNAL_ERROR' })
})

test('in: empty is false for null too, null is in nothing', () => {
  assert.equal(result(within(field('name'), ['a', 'b']), { name: 'b' }), true)
  assert.equal(result(within(field('name'), ['a', 'b']), { name: 'c' }), false)
  assert.equal(result(within(field('name'), ['a', 'b']), { name: null }), null)
  assert.equal(result(within(field('name'), []), { name: 'a' }), false)
  assert.equal(result(within(field('name'), []), { name: null }), false)
  assert.equal(result(within(field('raw'), ['AAE='], { type: 'bytes' }), { raw: 'AAE=' }), true)
  const session: Predicate = { kind: 'in', left: field('rank'), list: { kind: 'session', name: 'user.ranks', type: integer }, insensitive: false }
  assert.equal(result(session, { rank: 2 }, { session: { 'user.ranks': [1, 2] } }), true)
  assert.equal(result(session, { rank: 3 }, { session: { 'user.ranks': [1, 2] } }), false)
  assert.equal(result(session, { rank: 3 }, { session: { 'user.ranks': [1, 'x'] } }), null, 'a list with a member that does not fit is no list')
  assert.equal(result(session, { rank: 3 }), null)
})

test('isNull is never unknown', () => {
  assert.equal(result(isNull(field('name')), { name: null }), true)
  assert.equal(result(isNull(field('name')), { name: '' }), false)
  assert.equal(result(isNull(field('name', never)), { name: '' }), true, 'a hidden field reads as null')
  assert.equal(result(isNull({ kind: 'session', name: 'user.id', type: integer })), true)
})

test('guards hide a field where they are not true', () => {
  const equal = (guard: Predicate) => compare('eq', field('name', guard), constant('a'))
  assert.equal(result(equal(always), { name: 'a' }), true)
  assert.equal(result(equal(never), { name: 'a' }), null)
  assert.equal(result(equal(truth.null as Predicate), { name: 'a' }), null)
})

test('keyIn is an IN over tuples', () => {
  const keyIn: Predicate = { kind: 'keyIn', fields: ['name', 'rank'], list: { kind: 'param', index: 0, type: text } }
  const ask = (values: Record<string, Value>, ...tuples: readonly (readonly Value[])[]) => result(keyIn, values, { params: [tuples] })
  assert.equal(ask({ name: 'a', rank: 1 }, ['b', 1], ['a', 1]), true)
  assert.equal(ask({ name: 'a', rank: 1 }, ['a', 2], ['b', 1]), false)
  assert.equal(ask({ name: 'a', rank: null }, ['a', 2]), null)
  assert.equal(ask({ name: 'a', rank: null }, ['b', 2]), false, 'one part that differs is enough')
  assert.equal(ask({ name: 'a', rank: 1 }, ['a', null]), null)
  assert.equal(ask({ name: 'a', rank: 1 }, ['b', null]), false)
  assert.equal(ask({ name: null, rank: null }), false)
})

test('session values that do not fit their type are null; params and constants are taken as they are', () => {
  const is = (type: ValueType) => compare('eq', field('rank'), { kind: 'session', name: 'user.level', type })
  assert.equal(result(is(integer), { rank: 3 }, { session: { 'user.level': 3 } }), true)
  assert.equal(result(is(integer), { rank: 3 }, { session: { 'user.level': '3' } }), null)
  assert.equal(result(is(integer), { rank: 3 }, { session: { 'user.level': [3] } }), null)
  assert.equal(result(is(integer), { rank: 3 }), null)
  assert.equal(result(compare('eq', field('rank'), { kind: 'param', index: 1, type: integer }), { rank: 3 }, { params: [0, 3] }), true)
})

test('level is the number of a role, null for what is no role', () => {
  const levels = new Map([
    ['user', 2],
    ['admin', 3],
  ])
  const below = (of: Operand) => compare('lt', { kind: 'level', of, levels }, constant(3))
  assert.equal(result(below(field('role')), { role: 'user' }), true)
  assert.equal(result(below(field('role')), { role: 'admin' }), false)
  assert.equal(result(below(field('role')), { role: null }), null)
  assert.equal(result(below(field('name')), { name: 'god' }), null)
})

test('json operands are scalars of one type at a path', () => {
  const data = { a: { b: [1, 'x', null, true] }, '0': 'zero', s: 'text', n: null, o: {}, __: 1 }
  const at = (path: readonly string[], as: 'string' | 'number' | 'boolean', guard?: Predicate): Operand => ({
    kind: 'json',
    field: 'data',
    path,
    as,
    ...(guard ? { guard } : {}),
  })
  const value = (operand: Operand, values: Record<string, Value> = { data }): Value => {
    const row = item(values)
    return operandValue(operand, { scope: new Scope(world([]), { params: [], session: new Map() }), entity: Item, row }, evaluate)
  }
  assert.equal(value(at(['a', 'b', '0'], 'number')), 1)
  assert.equal(value(at(['a', 'b', '1'], 'string')), 'x')
  assert.equal(value(at(['a', 'b', '3'], 'boolean')), true)
  assert.equal(value(at(['a', 'b', '1'], 'number')), null, 'another type')
  assert.equal(value(at(['a', 'b', '9'], 'number')), null)
  assert.equal(value(at(['0'], 'string')), null, 'an all-digit step is an index, not a member')
  assert.equal(value(at(['a', 'b', 'length'], 'number')), null)
  assert.equal(value(at(['toString'], 'string')), null)
  assert.equal(value(at(['o'], 'string')), null)
  assert.equal(value(at(['s', '0'], 'string')), null, 'a text has no parts')
  assert.equal(value(at([], 'string'), { data: 'whole' }), 'whole')
  assert.equal(value(at(['s'], 'string', never)), null)
  assert.equal(value(at(['s'], 'string'), { data: null }), null)
  const missing = (path: readonly string[], guard?: Predicate) => result(isNull(at(path, 'number', guard)), { data })
  assert.equal(missing(['s']), false, 'something of another type is there')
  assert.equal(missing(['o']), false)
  assert.equal(missing(['n']), true)
  assert.equal(missing(['nosuch']), true)
  assert.equal(missing(['a', 'b', '2']), true)
  assert.equal(missing(['s'], never), true)
})

test('exists is never unknown and follows links by equality', () => {
  const exists = (where: Predicate, local = 'ownerId'): Predicate => ({ kind: 'exists', entity: Owner, local: [local], foreign: ['id'], where })
  assert.equal(result(exists(always), { ownerId: 1 }), true)
  assert.equal(result(exists(always), { ownerId: 9 }), false)
  assert.equal(result(exists(always), { ownerId: null }), false)
  assert.equal(result(exists(compare('eq', field('name'), constant('ann'))), { ownerId: 1 }), true)
  assert.equal(result(exists(compare('eq', field('name'), constant('ann'))), { ownerId: 3 }), false, 'unknown within is not true')
  assert.equal(result({ kind: 'not', of: exists(compare('eq', field('name'), constant('ann'))) }, { ownerId: 3 }), true)
  const boss: Predicate = { kind: 'exists', entity: Owner, local: ['bossId'], foreign: ['id'], where: compare('eq', field('name'), constant('bob')) }
  assert.equal(result(exists(boss), { ownerId: 1 }), true, 'fields belong to the innermost row')
  assert.equal(result(exists(boss), { ownerId: 2 }), false)
  const staff: Predicate = { kind: 'exists', entity: Owner, local: ['ownerId'], foreign: ['bossId'], where: always }
  assert.equal(result(staff, { ownerId: 1 }), true)
  assert.equal(result(staff, { ownerId: 3 }), false)
})

test('inSelect is IN over the selected values', () => {
  const select = (name: string, where: Predicate): Predicate => ({ kind: 'inSelect', left: field('rank'), entity: Owner, field: name, where })
  assert.equal(result(select('id', always), { rank: 3 }), true)
  assert.equal(result(select('id', always), { rank: 4 }), false)
  assert.equal(result(select('id', always), { rank: null }), null)
  assert.equal(result(select('id', never), { rank: null }), false)
  assert.equal(result(select('bossId', always), { rank: 1 }), true)
  assert.equal(result(select('bossId', always), { rank: 3 }), null, 'a null among the values')
  assert.equal(result(select('bossId', { kind: 'not', of: isNull(field('bossId')) }), { rank: 3 }), false)
})

test('path follows to-one links and is null where one is missing', () => {
  const hop = (local: string) => ({ entity: Owner, local: [local], foreign: ['id'] })
  const boss = (name: string): Predicate => compare('eq', { kind: 'path', hops: [hop('ownerId'), hop('bossId')], field: 'name' }, constant(name))
  assert.equal(result(boss('bob'), { ownerId: 1 }), true)
  assert.equal(result(boss('ann'), { ownerId: 1 }), false)
  assert.equal(result(boss('bob'), { ownerId: 2 }), null)
  assert.equal(result(boss('bob'), { ownerId: null }), null)
  assert.equal(result(boss('bob'), { ownerId: 9 }), null)
})

test('a list that is neither param, const nor session, and a field that is not there, are faults of the query', () => {
  assert.throws(() => result({ kind: 'in', left: field('name'), list: field('name'), insensitive: false }, { name: 'a' }), { code: 'INTERNAL_ERROR' })
  assert.throws(() => result(isNull(field('nosuch'))), { code: 'INTERNAL_ERROR' })
})
