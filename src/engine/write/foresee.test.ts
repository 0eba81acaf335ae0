/** What is said of a row before it is written is what the database would say of it after: asked of every combination of truths, and of the definition. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'
import { readShipped } from '../../config/schema-files.ts'
import { parseExpression } from '../../policy/expression.ts'
import { not } from '../../query/build.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { parseSchema } from '../../schema/parse.ts'
import { SessionValues } from '../running.ts'
import { mayHold } from './foresee.ts'

const yaml = `entity: Note
fields:
  id: { type: integer, primary: true }
  ownerId: { type: string, nullable: true }
  state: { type: enum, values: [draft, live], nullable: true }
  level: { type: integer, nullable: true }
  price: { type: decimal, precision: 10, scale: 2, nullable: true }
  rank: { type: string, nullable: true }
  open: { type: boolean, nullable: true }
  details: { type: json, nullable: true }
  parentId: { type: integer, nullable: true, foreign_key: { entity: Note } }
relations:
  parent: { to: Note, via: parentId }
`
const { shipped, internal } = readShipped()
const schema = parseSchema([{ path: 'entities/note.yaml', text: yaml }], { shipped, internal })
const entity = schema.entities.get('Note') as Entity
const session = new SessionValues({ kind: 'user', id: 'ana', role: 'admin', username: 'ana', attributes: {} }, 3, 0)
const place = { file: 'note.yaml', line: 1, column: 1 }

/** What a condition is known to be; 'open' where it or its opposite may hold. */
function foreseen(text: string, values: Readonly<Record<string, Value>>): string {
  const condition = parseExpression(text, entity, schema, place)
  const row = { entity, session, value: (name: string) => values[name] }
  const [holds, opposite] = [mayHold(condition, row), mayHold(not(condition), row)]
  return holds && opposite ? 'open' : holds ? 'true' : opposite ? 'false' : 'unknown'
}

const known = { id: 1, ownerId: 'ana', state: 'live', level: 3, price: '2.50', rank: 'god', open: true, parentId: null, details: { a: 1 } }

test('what compares own values with literals and the session is foreseen', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['ownerId = $user.id', 'true'],
    ["ownerId != 'ana'", 'false'],
    ['level <= $user.level', 'true'],
    ['level < $user.level', 'false'],
    ['price > 2.4', 'true'],
    ['price >= 2.50 AND price < 2.51', 'true'],
    ["state IN ('draft')", 'false'],
    ["state NOT IN ('draft')", 'true'],
    ['level(rank) > $user.level', 'true'],
    ['level(rank) <= $user.level', 'false'],
    ['open', 'true'],
    ['NOT open', 'false'],
    ["$user.username = 'ana'", 'true'],
    ['ownerId IS NULL', 'false'],
    ['parentId IS NULL', 'true'],
    ['parentId = 1', 'unknown'],
    ['$user.tenantId = ownerId', 'unknown'],
    ['level(ownerId) = 1', 'unknown'],
  ]
  for (const [text, wanted] of cases) assert.equal(foreseen(text, known), wanted, text)
})

test('what only the database knows is left open, and decides nothing that is decided without it', () => {
  const { level: _, ...without } = known
  const cases: readonly (readonly [string, string])[] = [
    ['level = 3', 'open'],
    ['parent.level = 3', 'open'],
    ['details.a = 1', 'open'],
    ['id IN (SELECT parentId FROM Note)', 'open'],
    ["level = 3 AND ownerId = 'ben'", 'false'],
    ["level = 3 OR ownerId = 'ana'", 'true'],
    ["level = 3 OR ownerId = 'ben'", 'open'],
    ['parent.level = 3 AND open', 'open'],
  ]
  for (const [text, wanted] of cases) assert.equal(foreseen(text, without), wanted, text)
  // Unknown joined with what is open can still be false, and so its opposite true, but never true.
  const row = { entity, session, value: (name: string) => (without as Readonly<Record<string, Value>>)[name] }
  const joined = parseExpression('parentId = 1 AND level = 3', entity, schema, place)
  assert.deepEqual([mayHold(joined, row), mayHold(not(joined), row)], [false, true])
})

/** A leaf of each truth, and their meaning as SQL has it. */
const leaves: readonly (readonly [string, boolean | null])[] = [
  ['open', true],
  ["ownerId = 'ben'", false],
  ['parentId = 1', null],
]
const and = (a: boolean | null, b: boolean | null) => (a === false || b === false ? false : a === null || b === null ? null : true)
const opposite = (a: boolean | null) => (a === null ? null : !a)

test('AND, OR and NOT of every pair of truths are those of three-valued logic', () => {
  const words = (truth: boolean | null) => (truth === null ? 'unknown' : String(truth))
  for (const [a, left] of leaves)
    for (const [b, right] of leaves) {
      assert.equal(foreseen(`${a} AND ${b}`, known), words(and(left, right)), `${a} AND ${b}`)
      assert.equal(foreseen(`${a} OR ${b}`, known), words(opposite(and(opposite(left), opposite(right)))), `${a} OR ${b}`)
      assert.equal(foreseen(`NOT (${a} AND NOT ${b})`, known), words(opposite(and(left, opposite(right)))), `NOT (${a} AND NOT ${b})`)
    }
})

for (const which of ['memory', 'sqlite'] as const)
  test(`a row is refused for its check exactly where the check does not hold for it (${which})`, async () => {
    const checks = [
      'ownerId = $user.id',
      "level <= $user.level AND state = 'live'",
      "price > 2 OR NOT (state IN ('draft'))",
      'level(rank) < $user.level',
      'open OR parentId IS NULL',
    ]
    const rows: readonly Readonly<Record<string, Value>>[] = [
      {},
      { ownerId: 'ana', level: 2, state: 'live', price: '2.01', rank: 'user', open: false },
      { ownerId: 'ben', level: 9, state: 'draft', price: '2.00', rank: 'god', open: true },
      { level: 3, state: 'live', rank: 'nobody' },
    ]
    for (const check of checks) {
      const rule = `row_level_filter: "${check}"`
      const lab = await openLab(`${yaml}acl:\n  rules:\n    - { role: [admin], operations: [create, read], ${rule} }\n`, which)
      for (const [i, row] of rows.entries()) {
        await lab.call(system, 'create', 'Note', { ...row, id: i + 1 })
        // The same condition as a filter of rows that are there says what the check has to say.
        const holds = (await lab.call(signedIn('ana', 'admin'), 'count', 'Note', { filter: { id: i + 1 } })) === 1
        const made = (await lab.call(signedIn('ana', 'admin'), 'create', 'Note', { ...row, id: i + 100 })) as { readonly name?: string }
        assert.equal(made.name, holds ? undefined : 'FORBIDDEN', `${check} of ${JSON.stringify(row)}`)
      }
    }
  })
