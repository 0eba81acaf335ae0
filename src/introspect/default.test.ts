/** Defaults of columns: each database's spelling, and what no field can say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { givenBy } from './default.ts'
import type { FieldPart } from './part.ts'

const value = (of: unknown): unknown => ({ is: 'value', value: of })

const said: readonly (readonly [expression: string, field: FieldPart, given: unknown])[] = [
  ["'x'::character varying", { type: 'string' }, value('x')],
  ["'it''s'", { type: 'text' }, value("it's")],
  ["''::text", { type: 'text' }, value('')],
  ['4.99', { type: 'decimal', precision: 4, scale: 2 }, value('4.99')],
  ["'-7'::integer", { type: 'integer' }, value(-7)],
  ['(-7)', { type: 'integer' }, value(-7)],
  ["'9007199254740993'::bigint", { type: 'bigint' }, value('9007199254740993')],
  ['true', { type: 'boolean' }, value(true)],
  ['0', { type: 'boolean' }, value(false)],
  ["'a'::mood", { type: 'enum', values: ['a'] }, value('a')],
  [`'a'::"odd one"."Mood ""x"""`, { type: 'enum', values: ['a'] }, value('a')],
  ['\'{"a":[1]}\'::jsonb', { type: 'json' }, value({ a: [1] })],
  ["'2020-01-31 10:00:00'::timestamp without time zone", { type: 'datetime' }, value('2020-01-31T10:00:00.000Z')],
  ["'2020-01-31 10:00:00+02'::timestamp with time zone", { type: 'datetime' }, value('2020-01-31T08:00:00.000Z')],
  ["'2020-01-31'", { type: 'date' }, value('2020-01-31')],
  ['now()', { type: 'datetime' }, { is: 'now' }],
  ['current_timestamp(3)', { type: 'datetime' }, { is: 'now' }],
  ['CURRENT_TIMESTAMP', { type: 'datetime' }, { is: 'now' }],
  ['(now())::timestamp without time zone', { type: 'datetime' }, { is: 'now' }],
  ['CURRENT_DATE', { type: 'date' }, { is: 'now' }],
  ['gen_random_uuid()', { type: 'uuid' }, { is: 'uuid' }],
  ['NULL::character varying', { type: 'string' }, { is: 'null' }],
]

for (const [expression, field, given] of said) test(`${field.type} default ${expression}`, () => assert.deepEqual(givenBy(expression, field), given))

for (const [expression, field] of [
  ["lower('A')", { type: 'text' }],
  ['1 + 1', { type: 'integer' }],
  ["nextval('s'::regclass)", { type: 'integer' }],
  ['now()', { type: 'text' }],
  ['99999', { type: 'decimal', precision: 4, scale: 2 }],
  ["'b'", { type: 'enum', values: ['a'] }],
  ['7', { type: 'integer', max: 5 }],
  ["'long'", { type: 'string', max_length: 3 }],
  ['1e400', { type: 'float' }],
  ["''", { type: 'integer' }],
] as const satisfies readonly (readonly [string, FieldPart])[])
  test(`${field.type} default ${expression} cannot be said`, () => assert.equal(givenBy(expression, field as FieldPart), undefined))
