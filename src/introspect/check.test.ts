/** Checks as limits: each database's spelling of the same condition, and what has to be left to the database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Limit, limitsOf } from './check.ts'

const said: readonly (readonly [text: string, limits: readonly Limit[]])[] = [
  [
    'level >= 1 AND level <= 5',
    [
      { column: 'level', of: 'value', min: '1' },
      { column: 'level', of: 'value', max: '5' },
    ],
  ],
  [
    '((level >= 1) AND (level <= 5))',
    [
      { column: 'level', of: 'value', min: '1' },
      { column: 'level', of: 'value', max: '5' },
    ],
  ],
  ['`level` between -1 and 5', [{ column: 'level', of: 'value', min: '-1', max: '5' }]],
  ['(rate >= (0)::numeric)', [{ column: 'rate', of: 'value', min: '0' }]],
  [
    "((kind)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))",
    [{ column: 'kind', of: 'value', values: ['a', "it's"] }],
  ],
  ["`kind` in (_utf8mb4\\'a\\',_utf8mb4\\'b\\')", [{ column: 'kind', of: 'value', values: ['a', 'b'] }]],
  ['"Kind Of" IN (\'x\')', [{ column: 'Kind Of', of: 'value', values: ['x'] }]],
  ['length("name") <= 20', [{ column: 'name', of: 'length', max: '20' }]],
  ['char_length((name)::text) > 2', [{ column: 'name', of: 'length', above: '2' }]],
  ['length IS NULL OR length > 0', [{ column: 'length', of: 'value', above: '0' }]],
  ['json_valid("tags")', [{ column: 'tags', of: 'value', json: true }]],
  ['[odd name] = 3', [{ column: 'odd name', of: 'value', min: '3', max: '3' }]],
]

for (const [text, limits] of said) test(`is understood: ${text}`, () => assert.deepEqual(limitsOf(text), limits))

for (const text of [
  'a > b',
  'a > 1 OR a < 0',
  'a IS NULL OR b > 0',
  'NOT (a > 1)',
  "lower(a) = 'x'",
  'a > 1 AND b',
  'a > 1 + 2',
  "a LIKE 'x%'",
  'a <> 3',
  'octet_length(a) <= 3',
  'a IN (SELECT 1)',
  '(a > 1',
  'a > 1)',
  '',
])
  test(`is left to the database: ${text}`, () => assert.equal(limitsOf(text), undefined))
