import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { entity, field, schema } from '../../test/support/entities.ts'
import { always, never, type Predicate } from '../query/ast.ts'
import { compare, constant, param, session, field as stored } from '../query/build.ts'
import { printPredicate } from '../query/print.ts'
import { parseExpression } from './expression.ts'
import { canonical, simplify } from './simplify.ts'

const row = entity('Row', {
  fields: [field('id', 'integer', { primary: true }), field('a', 'boolean'), field('b', 'boolean'), field('c', 'boolean'), field('n', 'bigint')],
})
const world = schema([row])
const parse = (text: string): Predicate => parseExpression(text, row, world, row.place)
const simple = (text: string): string => printPredicate(simplify(parse(text), row))

const cases: readonly (readonly [string, string])[] = [
  ['a AND (b AND c)', 'a = true and b = true and c = true'],
  ['(c OR a) OR b', 'a = true or b = true or c = true'],
  ['a AND a', 'a = true'],
  ['b AND a AND b', 'a = true and b = true'],
  ['a AND true', 'a = true'],
  ['a AND false', 'never'],
  ['a OR true', 'always'],
  ['a OR false', 'a = true'],
  ['NOT NOT a', 'a = true'],
  ['NOT (NOT (a AND b)) AND c', 'a = true and b = true and c = true'],
  ['a OR NOT a', 'a = true or (not a = true)'],
  ['1 = 1', 'always'],
  ['1 = 1.00', 'always'],
  ["'a' = 'b'", 'never'],
  ['9007199254740993 > 9007199254740992', 'always'],
  ['1 > 2 OR a', 'a = true'],
  ["level('admin') < level('god')", 'always'],
  ['id IN (SELECT id FROM Row WHERE 1 = 2)', 'never'],
  ['NOT (id IN (SELECT id FROM Row WHERE false))', 'always'],
  ['(a AND (b OR (c AND 1 = 2))) OR false', 'a = true and b = true'],
]
for (const [text, shape] of cases) test(`simplifies ${text} to ${shape}`, () => assert.equal(simple(text), shape))

test('unknown does not become false: what follows a guard that never holds stays', () => {
  const guarded: Predicate = { kind: 'when', guard: never, then: parse('a') }
  assert.equal(simplify({ kind: 'not', of: guarded }, row).kind, 'not')
  assert.deepEqual(simplify({ kind: 'when', guard: always, then: parse('a') }, row), parse('a'))
  assert.deepEqual(simplify({ kind: 'isNull', of: { kind: 'field', field: 'a', guard: always } }, row), parse('a IS NULL'))
  assert.deepEqual(simplify({ kind: 'isTrue', of: parse('a IS NOT NULL AND n IS NULL') }, row).kind, 'and')
  assert.deepEqual(simplify({ kind: 'isTrue', of: parse('a') }, row).kind, 'isTrue')
})

/** Truth of a predicate over rows of booleans or nulls (undefined is unknown); enough for the leaves made here. */
function truth(p: Predicate, values: Readonly<Record<string, boolean | null>>): boolean | undefined {
  switch (p.kind) {
    case 'and': {
      const parts = p.all.map((q) => truth(q, values))
      return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
    }
    case 'or': {
      const parts = p.any.map((q) => truth(q, values))
      return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false
    }
    case 'not': {
      const of = truth(p.of, values)
      return of === undefined ? undefined : !of
    }
    case 'when':
      return truth(p.guard, values) === true ? truth(p.then, values) : undefined
    case 'isTrue':
      return truth(p.of, values) === true
    case 'isNull':
      return p.of.kind === 'field' && values[p.of.field] === null
    case 'compare': {
      const value = p.left.kind === 'field' ? values[p.left.field] : undefined
      return typeof value === 'boolean' ? value : undefined
    }
    default:
      throw new Error(p.kind)
  }
}

const leaf = fc.constantFrom<Predicate>(always, never, ...['a', 'b', 'c', 'a IS NULL', 'b IS NOT NULL'].map(parse))
const tree: fc.Arbitrary<Predicate> = fc.letrec<{ node: Predicate }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }).map((all): Predicate => ({ kind: 'and', all })),
    fc.array(tie('node'), { maxLength: 3 }).map((any): Predicate => ({ kind: 'or', any })),
    tie('node').map((of): Predicate => ({ kind: 'not', of })),
    tie('node').map((of): Predicate => ({ kind: 'isTrue', of })),
    fc.tuple(tie('node'), tie('node')).map(([guard, then]): Predicate => ({ kind: 'when', guard, then })),
  ),
})).node

test('keeps the three-valued truth, and simplifies once and for all', () => {
  const value = fc.constantFrom(true, false, null)
  fc.assert(
    fc.property(tree, fc.record({ a: value, b: value, c: value }), (predicate, values) => {
      const result = simplify(predicate, row)
      assert.equal(truth(result, values), truth(predicate, values))
      assert.equal(canonical(simplify(result, row)), canonical(result))
    }),
    { numRuns: 2_000 },
  )
})

test('the order of parts never matters', () => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 2, maxLength: 5 }), fc.boolean(), (parts, both) => {
      const join = (list: readonly Predicate[]): Predicate => (both ? { kind: 'and', all: list } : { kind: 'or', any: list })
      assert.deepEqual(simplify(join([...parts].reverse()), row), simplify(join([...parts, ...parts]), row))
    }),
  )
})

test('two constants are compared where one order says it all, and left to the database elsewhere', () => {
  const text = (value: string) => constant(value, { type: 'string' })
  const kept = (predicate: Predicate) => assert.deepEqual(simplify(predicate, row), predicate)
  // Folded they are equal, by code point they are not.
  kept({ kind: 'compare', op: 'eq', left: text('A'), right: text('a'), insensitive: true })
  kept(compare('eq', constant(1, { type: 'integer' }), constant('1', { type: 'bigint' })))
  kept(compare('eq', constant(null, { type: 'string' }), text('a')))
  kept(compare('eq', text('a'), constant(null, { type: 'string' })))
  kept(compare('eq', constant([1], { type: 'json' }), constant([1], { type: 'json' })))
  kept(compare('startsWith', text('ab'), text('a')))
  kept(compare('eq', text('a'), session('user.name', { type: 'string' })))
  const holds = {
    eq: [false, true, false],
    ne: [true, false, true],
    lt: [true, false, false],
    lte: [true, true, false],
    gt: [false, false, true],
    gte: [false, true, true],
  }
  for (const [op, expected] of Object.entries(holds))
    assert.deepEqual(
      ['a', 'b', 'c'].map((left) => simplify(compare(op as 'eq', text(left), text('b')), row) === always),
      expected,
      op,
    )
})

test('what is true of no row is never, and nothing else is', () => {
  const none: Predicate = { kind: 'in', left: stored('n'), list: constant([], { type: 'bigint' }), insensitive: false }
  assert.deepEqual(simplify(none, row), never)
  for (const list of [constant(['1'], { type: 'bigint' }), session('user.ns', { type: 'bigint' }), param(0, { type: 'bigint' })])
    assert.deepEqual(simplify({ ...none, list } as Predicate, row), { ...none, list })
  assert.deepEqual(simplify({ kind: 'isNull', of: constant(null, { type: 'string' }) }, row), always)
  assert.deepEqual(simplify({ kind: 'isNull', of: constant('', { type: 'string' }) }, row), never)
  const exists = (where: Predicate): Predicate => ({ kind: 'exists', entity: row, local: ['id'], foreign: ['id'], where })
  assert.deepEqual([simplify(exists(parse('1 = 2')), row), simplify(exists(parse('a')), row)], [never, exists(parse('a'))])
})

test('a field behind a guard that always holds is the field; another guard stays', () => {
  const guard = parse('b')
  const json = (more: object) => ({ kind: 'isNull', of: { kind: 'json', field: 'a', path: ['x'], as: 'string', ...more } }) as Predicate
  assert.deepEqual(simplify(json({ guard: always }), row), json({}))
  assert.deepEqual(simplify(json({ guard }), row), json({ guard }))
  assert.deepEqual(simplify({ kind: 'isNull', of: { kind: 'field', field: 'a', guard } }, row), {
    kind: 'isNull',
    of: { kind: 'field', field: 'a', guard },
  })
})

test('isTrue goes where its condition is never unknown, and stays where one part of it is', () => {
  const isTrue = (text: string) => simplify({ kind: 'isTrue', of: parse(text) }, row).kind
  assert.deepEqual(['a IS NULL', 'NOT a IS NULL', 'a IS NULL OR b IS NULL', 'a', 'NOT a', 'a OR b IS NULL', 'a IS NULL AND b'].map(isTrue), [
    'isNull',
    'not',
    'or',
    'isTrue',
    'isTrue',
    'isTrue',
    'isTrue',
  ])
})

test('texts of trees are equal exactly where the trees are', () => {
  const levels = (...entries: [string, number][]) => canonical({ kind: 'level', of: stored('a'), levels: new Map(entries) })
  assert.equal(levels(['user', 1], ['god', 2]), levels(['god', 2], ['user', 1]))
  assert.notEqual(levels(['user', 1]), levels(['user', 2]))
  const entityOf = (name: string) => entity(name, { fields: [field('id', 'integer', { primary: true })] })
  const among = (name: string, where: Predicate = always) =>
    canonical({ kind: 'inSelect', left: stored('id'), entity: entityOf(name), field: 'id', where })
  assert.equal(among('One'), among('One'))
  assert.notEqual(among('One'), among('Two'))
  assert.notEqual(among('One'), among('One', never))
  const bare = { kind: 'field', field: 'a' } as const
  assert.equal(canonical({ ...bare, guard: undefined } as never), canonical(bare))
  assert.notEqual(canonical(constant(null, { type: 'string' })), canonical(constant('null', { type: 'string' })))
})
