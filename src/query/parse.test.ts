import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DBALError } from '../errors/error.ts'
import { nameParams, parse } from './parse.ts'

function complaints(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError, String(error))
    assert.equal(error.code, 'VALIDATION_ERROR')
    return (error.details.fields ?? []).map(({ field, error: text }) => `${field}: ${text}`)
  }
  throw new Error('accepted')
}

const list = (options: Record<string, unknown>) => parse('list', { entity: 'User', options })
const shape = (filter: unknown) => list({ filter }).shape

test('parameters by position become named ones', () => {
  assert.deepEqual(nameParams(['entity', 'id', 'options?'], ['User', 'x']), { entity: 'User', id: 'x' })
  assert.deepEqual(nameParams(['entity', 'id', 'options?'], ['User', null, null]), { entity: 'User', id: null })
  assert.deepEqual(nameParams([], undefined), {})
  const named = { entity: 'User', limit: 3 }
  assert.equal(nameParams(['entity', 'options?'], named), named)
  assert.deepEqual(
    complaints(() => nameParams(['entity', 'id'], ['User'])),
    ['id: Is required'],
  )
  assert.deepEqual(
    complaints(() => nameParams(['entity'], ['User', 1])),
    ['params: Must have at most 1 values'],
  )
  assert.deepEqual(
    complaints(() => nameParams(['token'], { token: 'x', extra: 1 })),
    ['extra: Unknown parameter'],
  )
  assert.deepEqual(
    complaints(() => nameParams(['entity', 'id'], {})),
    ['entity: Is required', 'id: Is required'],
  )
  assert.deepEqual(
    complaints(() => nameParams(['token'], 'x')),
    ['params: Must be a list or an object'],
  )
})

test('shapes are equal where only values differ', () => {
  const a = list({ filter: { role: 'admin', level: { gte: 1, in: [1, 2] }, or: [{ a: 1 }, { b: true }] }, limit: 3, page: 2, search: 'x yy' })
  const b = list({ filter: { role: 'user', level: { gte: 9, in: [] }, or: [{ a: 'x' }, { b: new Date(0) }] }, search: 'zz\n q' })
  assert.equal(a.shape, b.shape)
  assert.notDeepEqual(a.values, b.values)
  assert.equal(parse('read', { entity: 'User', id: 1 }).shape, parse('read', { entity: 'User', id: 'x' }).shape)
})

test('shapes differ where structure differs', () => {
  const filters = [
    {},
    { a: 1 },
    { b: 1 },
    { a: null },
    { a: { eq: 1 } },
    { a: { ne: 1 } },
    { a: { isNull: true } },
    { a: { isNull: false } },
    { a: { eq: 1, ne: 1 } },
    { a: { eq: 1, mode: 'insensitive' } },
    { and: [{ a: 1 }] },
    { and: { a: 1 } },
    { or: [{ a: 1 }] },
    { not: { a: 1 } },
    { and: [{ a: 1 }, {}] },
    { 'a":0,"b': 1 },
    { a: 1, b: 1 },
    { 'a.b': 1 },
    { 'a.b': 'x' },
    { 'a.b': true },
    { a: { b: 1 } },
    { 'a":{"b': 1 },
    { '"a"': 1 },
    { '\\': 1 },
    { 'a\n': 1 },
  ]
  const shapes = filters.map(shape)
  assert.equal(new Set(shapes).size, filters.length)
  const calls = [
    list({}),
    list({ sort: { a: 'asc' } }),
    list({ sort: { a: 'desc' } }),
    list({ select: ['a', 'b'] }),
    list({ select: ['a,b'] }),
    list({ include: { a: true } }),
    list({ include: { a: { limit: 1 } } }),
    list({ after: 'x' }),
    list({ total: 'none' }),
    list({ search: 'x' }),
    list({ search: 'x y' }),
    parse('count', { entity: 'User' }),
    parse('list', { entity: 'Users' }),
  ]
  assert.equal(new Set(calls.map((call) => call.shape)).size, calls.length)
})

const name = fc
  .string({ unit: 'binary', maxLength: 6 })
  .filter((text) => text !== '__proto__' && !['and', 'or', 'not', 'mode', 'isNull'].includes(text))
/** A filter with marks where values go, so that two fillings of one skeleton can be compared. */
const skeleton = fc.letrec((tie) => ({
  filter: fc.dictionary(name, fc.oneof({ maxDepth: 4 }, fc.constant('value'), fc.constant(null), tie('filter'))),
})).filter
const fill = (part: unknown, value: () => unknown): unknown =>
  part === 'value'
    ? value()
    : part === null
      ? null
      : Object.fromEntries(Object.entries(part as object).map(([key, inner]) => [key, fill(inner, value)]))

test('property: same structure, same shape; different structure, different shape; values in slot order', () => {
  let next = 0
  fc.assert(
    fc.property(skeleton, skeleton, (one, other) => {
      const text = () => `v${next++}`
      const [a, b] = [list({ filter: fill(one, text) }), list({ filter: fill(one, text) })]
      assert.equal(a.shape, b.shape)
      const order = (part: unknown): string => JSON.stringify(part)
      assert.equal(order(one) === order(other), a.shape === list({ filter: fill(other, text) }).shape)
      const read = JSON.parse(a.shape).filter
      const leaves: number[] = []
      JSON.stringify(read, (_, leaf) => {
        if (typeof leaf === 'number' || (typeof leaf === 'string' && /^[snb]\d+$/.test(leaf))) leaves.push(Number(String(leaf).replace(/^\D/, '')))
        return leaf
      })
      assert.deepEqual(
        leaves,
        leaves.map((_, i) => i),
      )
    }),
  )
})

const nest = (levels: number, wrap: (inner: unknown) => unknown): unknown =>
  Array.from({ length: levels }).reduce((inner) => wrap(inner), { a: 1 } as unknown)

test('filters are bounded in depth, width and lists', () => {
  assert.ok(shape(nest(15, (inner) => ({ not: inner }))))
  for (const levels of [16, 33, 1000, 10000]) {
    for (const wrap of [(inner: unknown) => ({ not: inner }), (inner: unknown) => ({ and: [inner] }), (inner: unknown) => ({ x: inner })]) {
      assert.match(complaints(() => shape(nest(levels, wrap)))[0] ?? '', /Must have at most 16 levels/)
    }
  }
  const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]))
  assert.ok(shape(wide(500)))
  assert.deepEqual(
    complaints(() => shape(wide(501))),
    ['filter: Must have at most 500 conditions in all'],
  )
  assert.deepEqual(
    complaints(() => shape({ or: Array.from({ length: 100_000 }, () => ({})) })),
    ['filter: Must have at most 500 conditions in all'],
  )
  assert.ok(shape({ a: { in: Array.from({ length: 1000 }) } }))
  assert.deepEqual(
    complaints(() => shape({ a: { in: Array.from({ length: 1001 }) } })),
    ['filter.a.in: Must have at most 1000 values'],
  )
  const cycle: Record<string, unknown> = {}
  cycle['not'] = cycle
  assert.match(complaints(() => shape(cycle))[0] ?? '', /Must have at most 16 levels/)
  assert.deepEqual(
    complaints(() => shape({ ['x'.repeat(129)]: 1 })),
    ['filter: Unknown name'],
  )
})

test('write data is bounded without recursion, cycles included', () => {
  const create = (data: unknown) => parse('create', { entity: 'User', data })
  assert.ok(create({ props: nest(31, (inner) => ({ x: inner })) }))
  assert.deepEqual(
    complaints(() => create({ props: nest(33, (inner) => ({ x: inner })) })),
    ['data: Must have at most 33 levels'],
  )
  assert.deepEqual(
    complaints(() => create(nest(1_000_000, (inner) => [inner]))),
    ['data: Must be an object of fields'],
  )
  assert.deepEqual(
    complaints(() => create({ x: nest(100_000, (inner) => [inner]) })),
    ['data: Must have at most 33 levels'],
  )
  const cycle: Record<string, unknown> = {}
  cycle['a'] = [cycle, cycle]
  assert.equal(complaints(() => create(cycle)).length, 1)
  assert.deepEqual(
    complaints(() => create({ x: Array.from({ length: 20_001 }, () => 1) })),
    ['data: Must have at most 20000 values in all'],
  )
  const row = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, i]))
  assert.ok(parse('createMany', { entity: 'User', items: Array.from({ length: 1000 }, () => row) }))
})

test('only plain data is taken', () => {
  class Query {
    role = 'admin'
  }
  assert.deepEqual(
    complaints(() => shape(new Query())),
    ['filter: Must be an object of conditions'],
  )
  assert.deepEqual(
    complaints(() => shape([])),
    ['filter: Must be an object of conditions'],
  )
  assert.deepEqual(
    complaints(() => shape({ a: new Query(), b: new Map(), c: () => 1, d: Symbol('x'), e: undefined, f: new Uint8Array(1) })),
    [
      'filter.a: Must be plain data',
      'filter.b: Must be plain data',
      'filter.c: Must be plain data',
      'filter.d: Must be plain data',
      'filter.e: Must not be undefined',
      'filter.f: Must be plain data',
    ],
  )
  assert.ok(shape({ a: new Date(0), b: 10n }))
  assert.ok(shape(Object.assign(Object.create(null), { a: 1 })))
  assert.deepEqual(
    complaints(() => shape({ or: 'x' })),
    ['filter.or: Must be an object of conditions'],
  )
  assert.deepEqual(
    complaints(() => shape({ or: [{ a: 1 }, 3] })),
    ['filter.or[1]: Must be an object of conditions'],
  )
})

test('names of prototypes are names like others', () => {
  const filter = JSON.parse('{"__proto__":{"eq":1},"constructor":1,"toString":{"eq":2}}')
  const { shape: text, values } = list({ filter })
  assert.deepEqual(Object.keys(JSON.parse(text).filter), ['__proto__', 'constructor', 'toString'])
  assert.deepEqual(values.slice(0, 3), [1, 1, 2])
  assert.equal(({} as { eq?: unknown }).eq, undefined)
  assert.deepEqual(
    complaints(() => parse('constructor', { entity: 'User' })),
    ['method: Unknown method'],
  )
  assert.deepEqual(
    complaints(() => parse('list', JSON.parse('{"entity":"User","__proto__":1}'))),
    ['__proto__: Unknown option'],
  )
})

test('options', () => {
  assert.deepEqual(list({ filter: undefined, sort: undefined, limit: undefined }).shape, list({}).shape)
  assert.equal(parse('list', { entity: 'User', limit: 3 }).shape, list({ limit: 3 }).shape)
  assert.deepEqual(
    complaints(() => list({ lmit: 3 })),
    ['lmit: Unknown option; did you mean "limit"?'],
  )
  assert.deepEqual(
    complaints(() => parse('list', { entity: 'User', lmit: 3 })),
    ['lmit: Unknown option; did you mean "limit"?'],
  )
  assert.deepEqual(
    complaints(() => parse('list', { entity: 'User', limit: 1, options: { page: 2 } })),
    ['options: Must not stand beside options by name'],
  )
  assert.deepEqual(
    complaints(() => list({ sort: { a: 'up' } })),
    ['sort.a: Must be "asc" or "desc"'],
  )
  assert.deepEqual(
    complaints(() => list({ sort: [{ a: 'asc' }, { a: 'desc' }] })),
    ['sort[1].a: Is named twice'],
  )
  assert.deepEqual(
    complaints(() => list({ sort: Array.from({ length: 1000 }, (_, i) => ({ [`f${i}`]: 'asc' })) })),
    ['sort: Must have at most 20 keys'],
  )
  assert.deepEqual(
    complaints(() => list({ sort: 'a' })),
    ['sort: Must be an object such as {createdAt: "desc"} or a list of such objects'],
  )
  assert.deepEqual(
    complaints(() => list({ select: ['a', 1, 'a'] })),
    ['select[1]: Must be a field name', 'select[2]: Is named twice'],
  )
  assert.deepEqual(
    complaints(() => list({ select: Array.from({ length: 100_000 }, () => 'a') })),
    ['select: Must be a list of 1 to 1000 field names'],
  )
  assert.deepEqual(
    complaints(() => list({ total: true })),
    ['total: Must be "exact" or "none"'],
  )
  assert.deepEqual(
    complaints(() => list({ page: 1, after: 'x' })),
    ['page: Must not stand beside after'],
  )
  assert.deepEqual(
    complaints(() => list({ include: { a: { lmit: 1 } } })),
    ['include.a.lmit: Unknown option; did you mean "limit"?'],
  )
  assert.deepEqual(
    complaints(() => list({ include: { a: 1 } })),
    ['include.a: Must be true or an object of options'],
  )
  assert.deepEqual(
    complaints(() => list({ search: 'a b c d e f g h i' })),
    ['search: Must have at most 8 terms'],
  )
  assert.deepEqual(
    complaints(() => list({ search: 'a'.repeat(1001) })),
    ['search: Must have at most 1000 characters'],
  )
  const deep = Array.from({ length: 6 }).reduce((inner) => ({ a: { include: inner } }), {} as unknown)
  assert.match(complaints(() => list({ include: deep }))[0] ?? '', /Must have at most 5 levels$/)
  assert.match(
    complaints(() => list({ include: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`r${i}`, true])) }))[0] ?? '',
    /at most 50 relations/,
  )
})

test('writes', () => {
  assert.deepEqual(
    complaints(() => parse('update', { entity: 'User', id: 'x', data: {} })),
    ['data: Must name 1 to 1000 fields'],
  )
  assert.deepEqual(
    complaints(() => parse('update', { entity: 'User', id: null, data: { a: undefined } })),
    ['id: Is required', 'data.a: Must not be undefined'],
  )
  assert.deepEqual(
    complaints(() => parse('createMany', { entity: 'User', items: {} })),
    ['items: Must be a list of objects'],
  )
  assert.deepEqual(
    complaints(() => parse('updateMany', { entity: 'User', data: { a: 1 }, options: { all: 1 } })),
    ['filter: Must be an object of conditions', 'all: Must be true or false'],
  )
  assert.ok(parse('upsert', { entity: 'User', options: { where: { id: 1 }, create: { a: 1 }, update: {} } }))
  assert.equal(parse('upsert', { entity: 'User', where: { id: 1 }, create: {}, update: { a: 1 } }).values.length, 3)
  assert.deepEqual(
    complaints(() => parse('upsert', { entity: 'User' })).map((line) => line.split(':')[0]),
    ['where', 'create', 'update'],
  )
  assert.deepEqual(
    complaints(() => parse('create', { entity: 1, data: {} })),
    ['entity: Must be the name of an entity'],
  )
})

test('calls take inputs by position or name, and keep complaints about possible list options for check', () => {
  assert.deepEqual(parse('call', { entity: 'Page', operation: 'getBySlug', input: ['/x'] }).values, ['/x'])
  const called = parse('call', { entity: 'Page', operation: 'byLevel', input: { level: 1, limit: 5, sort: { a: 'up' } } })
  assert.equal(called.operation, 'byLevel')
  const read = JSON.parse(called.shape)
  assert.deepEqual(read.faults, [{ field: 'sort.a', error: 'Must be "asc" or "desc"' }])
  assert.equal(called.values[read.options.limit], 5)
  assert.deepEqual(
    complaints(() => parse('call', { entity: 'Page', operation: 'x', input: 3 })),
    ['input: Must be an object or a list'],
  )
})
