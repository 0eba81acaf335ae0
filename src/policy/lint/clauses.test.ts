/** What can never hold, and what always does: each form told from its nearest neighbour that is neither. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, schema } from '../../../test/support/entities.ts'
import { compare, constant, field as stored } from '../../query/build.ts'
import { parseExpression } from '../expression.ts'
import { lintPolicy } from '../lint.ts'
import { loadPolicy } from '../rules.ts'
import { isContradiction } from './clauses.ts'

const row = entity('Row', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('n', 'integer', { index: true }),
    field('m', 'integer'),
    field('s', 'string', { nullable: true }),
    field('b', 'bytes'),
    field('on', 'boolean'),
  ],
})
const parse = (text: string, of = row) => parseExpression(text, of, schema([row]), row.place)

const never = [
  'false',
  'false AND n = 1',
  'n = 1 AND n = 2',
  'n = 1 AND n != 1',
  '1 = n AND 2 = n',
  'n > 1 AND n < 1',
  'n > 2 AND n < 1',
  'n > 1 AND n <= 1',
  'n >= 1 AND n < 1',
  '1 < n AND 1 >= n',
  'n = 3 AND n < 3',
  'n = 3 AND n > 3',
  'n = 3 AND n <= 2',
  'n = 3 AND n >= 4',
  "s IS NULL AND s = 'a'",
  "s IS NULL AND s IN ('a')",
  'n IN (1, 2) AND n = 3',
  'n IN (1, 2) AND n > 2',
  'on AND NOT on',
  's IS NULL AND s IS NOT NULL',
  '(n = 1 AND n = 2) OR (n = 3 AND n = 4)',
  'm = 1 AND (n = 1 AND n = 2)',
  'n = 1 AND n IN (2) AND m = 1',
]
const possible = [
  'true',
  'n = 1',
  'n = 1 AND m = 2',
  'n = 1 OR n = 2',
  'n >= 1 AND n <= 1',
  'n > 1 AND n < 2',
  'n > 1 AND n > 2',
  'n < 1 AND n <= 2',
  'n = 3 AND n <= 3',
  'n = 3 AND n >= 3',
  'n = 3 AND n != 4',
  'n != 3 AND n != 4',
  's IS NULL AND n = 1',
  "s IS NULL OR s = 'a'",
  'n IN (1, 2) AND n = 2',
  'n IN (1, 2) AND m = 3',
  'n IN (1, 2) AND n > 1',
  '(n = 1 AND n = 2) OR n = 3',
  'on AND NOT n = 1',
  'n = m AND n != m OR on',
  '$user.id = id AND n = 1',
]
for (const text of never) test(`never: ${text}`, () => assert.equal(isContradiction(parse(text)), true))
for (const text of possible) test(`possible: ${text}`, () => assert.equal(isContradiction(parse(text)), false))

test('what has no order, or is compared folded, is not seen through', () => {
  const both = (a: object, b: object) => ({ kind: 'and', all: [a, b] }) as never
  const text = (value: string) => constant(value, { type: 'string' })
  const folded = (value: string) => ({ ...compare('eq', stored('s'), text(value)), insensitive: true })
  assert.equal(isContradiction(both(folded('A'), folded('a'))), false)
  const bytes = (value: string) => compare('eq', stored('b'), constant(value, { type: 'bytes' }))
  assert.equal(isContradiction(both(bytes('AA=='), bytes('AQ=='))), false)
  const none = (value: null | number) => compare('eq', stored('n'), constant(value, { type: 'integer' }))
  assert.equal(isContradiction(both(none(null), none(1))), false)
  const starts = (value: string) => compare('startsWith', stored('s'), text(value))
  assert.equal(isContradiction(both(starts('a'), starts('b'))), false)
})

/** Codes of the findings about the clauses of a rule. */
function dead(rule: string): string {
  const made = schema([
    { ...entity('Row', { fields: [...row.fields.values()], acl: `rules: [{ role: [user], operations: [read, update], ${rule} }]` }) },
  ])
  return lintPolicy(made, loadPolicy(made))
    .filter(({ code }) => code === 'dead-clause' || code === 'self-comparison')
    .map(({ code, message }) => `${code}: ${message}`)
    .join('\n')
}

const told: readonly (readonly [string, RegExp])[] = [
  ['row_level_filter: "n = n"', /^self-comparison: "n = n" compares/],
  ['row_level_filter: "n = m"', /^$/],
  ['row_level_filter: "n = 1 OR (m = 1 AND m = 2)"', /^dead-clause: .*this side of OR does nothing$/],
  ['row_level_filter: "n = 1 OR (m = 1 AND n = 2)"', /^$/],
  ['row_level_filter: "n = 1 OR n != 1"', /^dead-clause: .*holds whatever the value is/],
  ['row_level_filter: "n != 1 OR n = 1"', /^dead-clause: .*holds whatever the value is/],
  ['row_level_filter: "n = 1 OR n != 2"', /^$/],
  ['row_level_filter: "n = 1 OR m != 1"', /^$/],
  ['row_level_filter: "n = 1 OR NOT n = 1"', /^dead-clause: .*holds whatever the value is/],
  ['row_level_filter: "n = 1 OR NOT m = 1"', /^$/],
  ['row_level_filter: "n < 1 OR n != 1"', /^$/],
  ['row_level_filter: "id IN (SELECT id FROM Row WHERE n = 1 AND n = 2)"', /^dead-clause: .*nothing is ever selected$/],
  ['row_level_filter: "id IN (SELECT id FROM Row WHERE n = 1)"', /^$/],
  ['row_level_filter: "n = 1", check: "n = 1 AND n = 2"', /^dead-clause: The check never holds, so every write is refused$/],
  ['row_level_filter: "n = 1", check: "false"', /^dead-clause: The check never holds/],
  ['row_level_filter: "n = 1", check: "n = 2"', /^$/],
]
for (const [rule, expected] of told) test(`clauses of { ${rule} }`, () => assert.match(dead(rule), expected))
