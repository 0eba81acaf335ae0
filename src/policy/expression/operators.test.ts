/** Every operator with every type on either side: what may meet is a table, and everything else is refused at load, at the place that is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, schema } from '../../../test/support/entities.ts'
import { DBALError } from '../../errors/error.ts'
import type { Field } from '../../schema/entity.ts'
import { parseExpression } from '../expression.ts'

type TypeName = Field['type']
/** A value of the type as it is written, and a field of another name with the same type. */
const samples: Readonly<Record<TypeName, string>> = {
  uuid: "'0190163d-8694-739b-aea5-966c26f8ad91'",
  cuid: "'tz4a98xxat96iws9zmbrgj3a'",
  string: "'a'",
  text: "'a'",
  email: "'a@b.org'",
  integer: '1',
  bigint: '1',
  decimal: '1.50',
  float: '1.5',
  boolean: 'true',
  datetime: "'2026-01-01T00:00:00Z'",
  date: "'2026-01-01'",
  json: "'a'",
  enum: "'low'",
  bytes: "'AAE='",
}
const types = Object.keys(samples) as TypeName[]
const more = (type: TypeName): Partial<Field> =>
  type === 'enum' ? { values: ['low', 'high'] } : type === 'decimal' ? { precision: 8, scale: 2 } : {}
const thing = entity('Thing', {
  fields: [
    field('id', 'integer', { primary: true }),
    ...types.map((type) => field(`${type}1`, type, more(type))),
    ...types.map((type) => field(`${type}2`, type, more(type))),
    field('finer', 'decimal', { precision: 8, scale: 3 }),
  ],
})
const world = schema([thing])
const place = { file: 'rules.yaml', line: 4, column: 9 }

/** Undefined where the text is accepted, else where the complaint points to (from 0) and what it says. */
function refusal(text: string): { readonly at: number; readonly error: string } | undefined {
  try {
    parseExpression(text, thing, world, place)
    return undefined
  } catch (error) {
    assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', text)
    const [complaint, ...others] = error.details.fields ?? []
    assert.equal(others.length, 0)
    const [, at] = /^rules\.yaml:4:(\d+)$/.exec(complaint?.field ?? '') ?? []
    assert.ok(at !== undefined, `${text}: ${complaint?.field}`)
    return { at: Number(at) - place.column, error: complaint?.error ?? '' }
  }
}

const signs = ['=', '!=', '<', '<=', '>', '>='] as const
const ordered: ReadonlySet<TypeName> = new Set([
  'uuid',
  'cuid',
  'string',
  'text',
  'email',
  'integer',
  'bigint',
  'decimal',
  'float',
  'datetime',
  'date',
  'enum',
])
const takes = (type: TypeName, sign: string): boolean => type !== 'json' && (sign === '=' || sign === '!=' || ordered.has(type))

/** Points into `text` at `part`. */
function pointsTo(text: string, part: string, found: ReturnType<typeof refusal>, from = 0): void {
  assert.ok(found !== undefined, `${text} is accepted`)
  assert.equal(found.at, text.indexOf(part, from), `${text}: points to ${JSON.stringify(text.slice(found.at, found.at + 12))}: ${found.error}`)
}

for (const type of types) {
  test(`${type} with a value of its own, by every operator`, () => {
    for (const sign of signs) {
      const text = `${type}1 ${sign} ${samples[type]}`
      if (takes(type, sign)) assert.equal(refusal(text), undefined, text)
      else if (type === 'json') assert.ok(refusal(text) !== undefined, text)
      else pointsTo(text, sign, refusal(text))
      const mirrored = `${samples[type]} ${sign} ${type}1`
      assert.equal(refusal(mirrored) === undefined, takes(type, sign), mirrored)
    }
    for (const text of [`${type}1 IN (${samples[type]}, ${samples[type]})`, `${type}1 NOT IN (${samples[type]})`]) {
      if (type === 'json') pointsTo(text, 'json1', refusal(text))
      else assert.equal(refusal(text), undefined, text)
    }
    for (const text of [`${type}1 IS NULL`, `NOT (${type}1 IS NOT NULL)`]) assert.equal(refusal(text), undefined, text)
    for (const text of [`${type}1 = NULL`, `${type}1 >= NULL`, `${type}1 IN (NULL)`]) pointsTo(text, 'NULL', refusal(text))
  })

  test(`${type} as a condition by itself, and as the name of a role`, () => {
    for (const text of [`${type}1`, `NOT ${type}1`]) {
      if (type === 'boolean') assert.equal(refusal(text), undefined)
      else pointsTo(text, `${type}1`, refusal(text))
    }
    const level = `level(${type}1) > 2`
    if (type === 'string' || type === 'text') assert.equal(refusal(level), undefined)
    else pointsTo(level, `${type}1`, refusal(level))
  })

  test(`${type} with values of other kinds`, () => {
    const own = samples[type].startsWith("'") ? 'text' : type === 'boolean' ? 'flag' : 'number'
    const strangers = [
      ['text', "'?'"],
      ['number', '7.25'],
      ['flag', 'true'],
    ] as const
    for (const [kind, value] of strangers) {
      if (kind === own) continue
      for (const sign of ['=', '!=', '<='] as const) {
        const text = `${type}1 ${sign} ${value}`
        const found = refusal(text)
        assert.ok(found !== undefined, text)
        // Of two faults either may be told: no order, or a value of another kind.
        assert.ok([text.indexOf(sign), text.indexOf(value), ...(type === 'json' ? [0] : [])].includes(found.at), `${text} at ${found.at}`)
      }
      const list = `${type}1 IN (${samples[type]}, ${value})`
      pointsTo(list, type === 'json' ? 'json1' : value, refusal(list), type === 'json' ? 0 : list.indexOf(','))
    }
  })
}

/** What has one meaning on every backend: texts with texts, otherwise like with like, and decimals of one scale. */
const texts: ReadonlySet<TypeName> = new Set(['cuid', 'string', 'text', 'email', 'enum'])
const alike = (a: TypeName, b: TypeName): boolean => (texts.has(a) ? texts.has(b) : a === b) && a !== 'json'

test('fields with fields, of every two types, in comparisons and in sub-selects', () => {
  for (const a of types) {
    for (const b of types) {
      const text = `${a}1 = ${b}2`
      if (alike(a, b)) assert.equal(refusal(text), undefined, text)
      else assert.ok(refusal(text) !== undefined, text)
      const list = `${a}1 IN (SELECT ${b}2 FROM Thing WHERE ${b}1 IS NULL)`
      if (alike(a, b)) assert.equal(refusal(list), undefined, list)
      else pointsTo(list, `${b}2`, refusal(list))
      const smaller = `${a}1 < ${b}2`
      assert.equal(refusal(smaller) === undefined, alike(a, b) && ordered.has(a), smaller)
    }
  }
  assert.ok(refusal('decimal1 = finer') !== undefined)
  assert.ok(refusal('decimal1 IN (SELECT finer FROM Thing)') !== undefined)
})

/** The caller's own values: an id or a name is a text, a level a whole number. */
const session: readonly (readonly [name: string, fits: readonly TypeName[]])[] = [
  ['$user.level', ['integer', 'bigint', 'decimal', 'float']],
  ['$user.role', ['uuid', 'cuid', 'string', 'text', 'email', 'enum']],
  ['$context.tenantId', ['uuid', 'cuid', 'string', 'text', 'email', 'enum']],
  ['$context.now', ['datetime']],
]
test('fields with values of the session, of every type', () => {
  for (const [name, fits] of session) {
    for (const type of types) {
      const text = `${type}1 != ${name}`
      if (fits.includes(type)) assert.equal(refusal(text), undefined, text)
      else assert.ok(refusal(text) !== undefined, text)
      assert.equal(refusal(`${name} = ${type}1`) === undefined, fits.includes(type), `${name} = ${type}1`)
      const list = `${name} IN (SELECT ${type}2 FROM Thing)`
      assert.equal(refusal(list) === undefined, fits.includes(type), list)
    }
  }
})

test('a place inside JSON takes texts, numbers and flags; of what else there is no such place', () => {
  const inside: ReadonlySet<TypeName> = new Set(['uuid', 'cuid', 'string', 'text', 'email', 'integer', 'float', 'boolean', 'enum'])
  for (const type of types) {
    const text = `json1.a.0 = ${type}2`
    assert.equal(refusal(text) === undefined, inside.has(type), text)
    if (type !== 'json') pointsTo(`${type}1.a = 'x'`, `${type}1`, refusal(`${type}1.a = 'x'`))
  }
  for (const text of ["json1.a >= 'x'", 'json1.a < 1.5', 'json1.a = true', "json1.a IN ('x', 'y')", 'json1.a IS NULL'])
    assert.equal(refusal(text), undefined, text)
  pointsTo('json1.a > true', '>', refusal('json1.a > true'))
  pointsTo("json1.a IN ('x', 1)", '1)', refusal("json1.a IN ('x', 1)"))
})
