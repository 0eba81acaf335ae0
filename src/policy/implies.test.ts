/** That one condition is known to hold wherever another does: never said wrongly, under negations and nulls least of all. A wrong yes takes a question away from a rule. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { entity, field, schema } from '../../test/support/entities.ts'
import type { Predicate } from '../query/ast.ts'
import type { Value } from '../schema/entity.ts'
import { parseExpression } from './expression.ts'
import { implies, reduce } from './reduce.ts'

const row = entity('Row', {
  fields: [field('id', 'integer', { primary: true }), field('n', 'integer', { nullable: true }), field('m', 'integer', { nullable: true })],
})
const parse = (text: string): Predicate => parseExpression(text, row, schema([row]), row.place)

type Cells = Readonly<Record<string, number | null>>
type Truth = boolean | null

function truth(node: Predicate, row: Cells): Truth {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const deciding = node.kind === 'or'
      const parts = (node.kind === 'or' ? node.any : node.all).map((part) => truth(part, row))
      return parts.includes(deciding) ? deciding : parts.includes(null) ? null : !deciding
    }
    case 'not': {
      const of = truth(node.of, row)
      return of === null ? null : !of
    }
    case 'isNull':
      return node.of.kind === 'field' && row[node.of.field] === null
    case 'in': {
      const value = node.left.kind === 'field' ? row[node.left.field] : undefined
      const list = (node.list.kind === 'const' ? node.list.value : []) as readonly Value[]
      return list.length === 0 ? false : value === null || value === undefined ? null : list.includes(value)
    }
    case 'compare': {
      const [a, b] = [node.left, node.right].map((side) =>
        side.kind === 'field' ? row[side.field] : side.kind === 'const' ? side.value : undefined,
      ) as [number | null, number | null]
      if (a === null || b === null) return null
      return { eq: a === b, ne: a !== b, lt: a < b, lte: a <= b, gt: a > b, gte: a >= b }[node.op as 'eq']
    }
    default:
      throw new Error(node.kind)
  }
}

const values = [null, 0, 1, 2, 3, 4]
const rows: readonly Cells[] = values.flatMap((n) => values.map((m) => ({ n, m })))

const said: readonly (readonly [string, string, boolean])[] = [
  ['n = 1', 'n = 1', true],
  ['n = 1', 'n IS NOT NULL', true],
  ['n = 1', 'm IS NOT NULL', false],
  ['n > 2', 'n > 1', true],
  ['n > 1', 'n > 2', false],
  ['n = m', 'n IS NOT NULL', true],
  ['n = m', 'n <= m', true],
  ['n <= m', 'n = m', false],
  ['NOT n = m', 'n != m', true],
  ['NOT n < m', 'n >= m', true],
  ['n IN (1, 2)', 'n IS NOT NULL', true],
  ['NOT n IN (1, 2)', 'n IS NOT NULL', true],
  ['n = 1 AND m = 1', 'n = 1', true],
  ['n = 1', 'n = 1 AND m = 1', false],
  ['n = 1', 'n = 1 OR m = 1', true],
  ['n = 1 OR m = 1', 'n = 1', false],
  ['n = 1 OR n = 2', 'n IN (1, 2, 3)', true],
  ['false', 'n = 1', true],
  ['n = 1', 'true', true],
  // Denied, "has a value" is more than the comparison says: where there is none, the one is false and the other unknown.
  ['NOT (n IS NOT NULL AND m = 1)', 'NOT (n = 1 AND m = 1)', false],
  ['NOT (n IS NOT NULL OR m = 1)', 'NOT (n = 1 OR m = 1)', false],
  ['NOT (n = 1 OR m = 1)', 'NOT n = 1', true],
  ['NOT n = 1', 'NOT (n = 1 OR m = 1)', false],
]
for (const [a, b, expected] of said)
  test(`${a} ${expected ? 'implies' : 'does not imply'} ${b}`, () => {
    assert.equal(implies(parse(a), parse(b)), expected)
    if (expected) for (const cells of rows) if (truth(parse(a), cells) === true) assert.equal(truth(parse(b), cells), true, JSON.stringify(cells))
  })

const leaf = fc.constantFrom(
  ...[
    'n IS NULL',
    'n IS NOT NULL',
    'm IS NULL',
    'n = 1',
    'n != 1',
    'n < 2',
    'n >= 2',
    'n IN (1, 2)',
    'n IN (2)',
    'm IN (1, 3)',
    'n = m',
    'n < m',
    'n >= m',
    'true',
    'false',
  ].map(parse),
  { kind: 'in', left: { kind: 'field', field: 'n' }, list: { kind: 'const', value: [], type: { type: 'integer' } }, insensitive: false } as Predicate,
)
const tree: fc.Arbitrary<Predicate> = fc.letrec<{ node: Predicate }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((all): Predicate => ({ kind: 'and', all })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((any): Predicate => ({ kind: 'or', any })),
    tie('node').map((of): Predicate => ({ kind: 'not', of })),
  ),
})).node

test('what is implied holds in every row where the other does', () => {
  let implied = 0
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      if (!implies(a, b)) return
      implied++
      for (const cells of rows) if (truth(a, cells) === true) assert.equal(truth(b, cells), true, JSON.stringify(cells))
    }),
    { seed: 20_261_121, numRuns: 6_000 },
  )
  assert.ok(implied > 300, `only ${implied} were implied`)
})

test('beside its own negation a condition is asked of the same rows in every order', () => {
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      for (const whole of [
        { kind: 'and', all: [a, { kind: 'not', of: b }] },
        { kind: 'not', of: { kind: 'or', any: [a, b] } },
        { kind: 'not', of: { kind: 'and', all: [{ kind: 'not', of: a }, b] } },
      ] as Predicate[]) {
        const less = reduce(whole, row)
        for (const cells of rows) assert.equal(truth(less, cells) === true, truth(whole, cells) === true, JSON.stringify(cells))
      }
    }),
    { seed: 20_261_121, numRuns: 1_500 },
  )
})
