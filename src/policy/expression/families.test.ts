/** Which types meet: every pair of them, against the short list of what may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldTypeName, ValueType } from '../../schema/entity.ts'
import { alike, fits, hasOrder, jsonTypeFor, type Literal, literalValue, ownType } from './families.ts'

const types: readonly FieldTypeName[] = [
  'uuid',
  'cuid',
  'string',
  'text',
  'email',
  'integer',
  'bigint',
  'decimal',
  'float',
  'boolean',
  'datetime',
  'date',
  'json',
  'enum',
  'bytes',
]
const texts = ['cuid', 'string', 'text', 'email', 'enum']
const of = (type: FieldTypeName, more: Partial<ValueType> = {}): ValueType => ({ type, ...more })

test('stored values are compared with their like; texts with all texts', () => {
  for (const a of types)
    for (const b of types) assert.equal(alike(of(a), of(b)), a === b || (texts.includes(a) && texts.includes(b)), `${a} and ${b}`)
  const decimal = (precision: number, scale?: number) => of('decimal', scale === undefined ? { precision } : { precision, scale })
  assert.equal(alike(decimal(9, 2), decimal(9, 2)), true)
  assert.equal(alike(decimal(9, 2), decimal(8, 2)), false)
  assert.equal(alike(decimal(9, 2), decimal(9, 3)), false)
  assert.equal(alike(decimal(9), decimal(9, 0)), true)
})

/** Session value of the first type where a value of the others is asked. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  integer: ['integer', 'bigint', 'decimal', 'float'],
  bigint: ['bigint', 'decimal'],
  json: [],
  ...Object.fromEntries([...texts, 'uuid'].map((type) => [type, [...texts, 'uuid']])),
}

test('a session value fits where it could ever be a value of the type', () => {
  for (const from of types) for (const to of types) assert.equal(fits(of(from), of(to)), (fitting[from] ?? [from]).includes(to), `${from} as ${to}`)
})

test('order and JSON, type by type', () => {
  assert.deepEqual(
    types.filter((type) => !hasOrder(of(type))),
    ['boolean', 'json', 'bytes'],
  )
  const json = (type: FieldTypeName) => jsonTypeFor(of(type)) ?? 'none'
  assert.deepEqual(types.map(json), [
    ...['string', 'string', 'string', 'string', 'string', 'number', 'none', 'none', 'number', 'boolean', 'none', 'none', 'none', 'string', 'none'],
  ])
})

const literal = (kind: Literal['kind'], text: string): Literal => ({ kind, text, offset: 5 })
const says = (one: Literal, type: ValueType): string => {
  try {
    return JSON.stringify(literalValue(one, type, 'f'))
  } catch (error) {
    return (error as Error).message
  }
}

test('a literal alone has the smallest type that keeps it', () => {
  assert.deepEqual(ownType(literal('string', '1')), of('string'))
  assert.deepEqual(ownType(literal('boolean', 'true')), of('boolean'))
  assert.deepEqual(ownType(literal('number', '12')), of('bigint'))
  assert.deepEqual(ownType(literal('number', '1.250')), of('decimal', { precision: 38, scale: 3 }))
  assert.deepEqual(ownType(literal('number', `0.${'1'.repeat(50)}`)), of('decimal', { precision: 38, scale: 38 }))
})

test('a literal is a value of its type exactly, or a complaint that says why', () => {
  const rows: readonly (readonly [Literal, ValueType, RegExp | string])[] = [
    [literal('boolean', 'true'), of('boolean'), 'true'],
    [literal('boolean', 'false'), of('boolean'), 'false'],
    [literal('number', '7'), of('integer'), '7'],
    [literal('number', '7'), of('bigint'), '"7"'],
    [literal('number', '7.5'), of('decimal', { precision: 5, scale: 2 }), '"7.50"'],
    [literal('number', '7'), of('float'), '7'],
    [literal('number', '7.5'), of('float'), '7.5'],
    [literal('number', '9007199254740992'), of('float'), '9007199254740992'],
    [literal('number', '9007199254740993'), of('float'), /no such number/],
    [literal('number', '7.5'), of('integer'), /needs a whole number: 7\.5/],
    [literal('number', '7.0'), of('bigint'), /needs a whole number: 7\.0/],
    [literal('number', '7'), of('string'), /needs a text in single quotes/],
    [literal('number', '7'), of('boolean'), /true or false without quotes/],
    [literal('string', '7'), of('integer'), /a number without quotes: '7'/],
    [literal('string', '7'), of('decimal'), /a number without quotes/],
    [literal('string', 'true'), of('boolean'), /true or false without quotes/],
    [literal('null', 'null'), of('string'), /never true; write IS NULL or IS NOT NULL/],
    [literal('string', 'x'), of('json'), /f holds JSON; compare a member of it \(f\.name\): 'x'/],
    [literal('string', 'nwe'), of('enum', { values: ['new', 'old'] }), /did you mean "new"/],
    [literal('string', "it's"), of('date'), /'it''s'$/],
    [literal('string', 'x'), of('uuid'), /f is of type uuid\. .*: 'x'$/],
  ]
  for (const [one, type, expected] of rows)
    if (typeof expected === 'string') assert.equal(says(one, type), expected)
    else assert.match(says(one, type), expected)
})
