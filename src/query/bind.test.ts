import assert from 'node:assert/strict'
import { test } from 'node:test'
import { library, viewOf } from '../../test/support/library-schema.ts'
import { DBALError } from '../errors/error.ts'
import type { Entity, Value } from '../schema/entity.ts'
import { bind, bindRow } from './bind.ts'
import { check } from './check.ts'
import { parse } from './parse.ts'

const view = viewOf(library)
const id = '0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b'

function bound(method: string, args: Record<string, unknown>): Value[] {
  const parsed = parse(method, args)
  return bind(check(parsed, library, view), parsed.values)
}

function refusal(work: () => unknown): DBALError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError, String(error))
    return error
  }
  throw new Error('accepted')
}

const complaints = (work: () => unknown) => (refusal(work).details.fields ?? []).map(({ field, error }) => `${field}: ${error}`)
const list = (options: Record<string, unknown>) => () => bound('list', { entity: 'Author', ...options })

test('values are normalised by the type of their field', () => {
  assert.deepEqual(bound('read', { entity: 'Author', id: id.toUpperCase() }), [id])
  assert.deepEqual(bound('count', { entity: 'Author', filter: { balance: { gte: 5 }, level: -0, active: true } }), ['5.00', 0, true])
  assert.deepEqual(bound('count', { entity: 'Author', filter: { email: { startsWith: 'jo' }, level: { in: [1, -0] } } }), ['jo', [1, 0]])
  assert.deepEqual(
    complaints(() => bound('count', { entity: 'Author', filter: { level: '1', role: 'king', id: 'x', balance: 0.001, name: { $ne: 1 } } })),
    ['filter.name.$ne: Unknown operator; did you mean "ne"?'],
  )
  assert.deepEqual(
    complaints(() => bound('count', { entity: 'Author', filter: { level: '1', role: 'king', id: 'x', balance: 0.001, or: [{ name: 3 }] } })),
    [
      'filter.level: Must be an integer',
      'filter.role: Must be one of: reader, writer',
      'filter.id: Must be a UUID',
      'filter.balance: Must have at most 2 digits behind the point',
      'filter.or[0].name: Must be a string',
    ],
  )
})

test('scalars only where scalars belong', () => {
  for (const value of [['alice'], [], [['x']], 0, true, new Date(0), 1n]) {
    assert.deepEqual(
      complaints(() => bound('count', { entity: 'Author', filter: { name: value } })),
      ['filter.name: Must be a string'],
    )
  }
  assert.deepEqual(
    complaints(() => bound('count', { entity: 'Author', filter: { level: { in: 'x' }, name: { in: ['a', null, 3, 'b\0'] } } })),
    [
      'filter.level.in: Must be a list of values',
      'filter.name.in[1]: Must not be null',
      'filter.name.in[2]: Must be a string',
      'filter.name.in[3]: Must not contain the NUL character',
    ],
  )
})

test('a text that no id can be names no row; other types are mistakes', () => {
  assert.equal(refusal(() => bound('read', { entity: 'Author', id: 'nonexistent-id' })).code, 'NOT_FOUND')
  assert.equal(refusal(() => bound('delete', { entity: 'Author', id: '' })).code, 'NOT_FOUND')
  assert.equal(refusal(() => bound('update', { entity: 'Author', id: 'x', data: { name: 'y' } })).code, 'NOT_FOUND')
  assert.equal(refusal(() => bound('call', { entity: 'Author', operation: 'byId', input: ['x'] })).code, 'NOT_FOUND')
  assert.deepEqual(
    complaints(() => bound('update', { entity: 'Author', id: 'x', data: { level: 9 } })),
    ['data.level: Must be at most 5'],
  )
  assert.deepEqual(
    complaints(() => bound('read', { entity: 'Author', id: 5 })),
    ['id: Must be a UUID'],
  )
  assert.deepEqual(
    complaints(() => bound('read', { entity: 'Author', id: ['x'] })),
    ['id: Must be a UUID'],
  )
  assert.deepEqual(
    complaints(() => bound('upsert', { entity: 'Author', where: { id: 'x' }, create: {}, update: {} })),
    ['where.id: Must be a UUID'],
  )
})

test('limits, pages, cursors', () => {
  assert.deepEqual(list({})(), [20, 0])
  assert.deepEqual(list({ limit: 10, page: 3 })(), [10, 20])
  for (const limit of [0, -1, 101, 1.5, '5', null, Number.NaN])
    assert.deepEqual(complaints(list({ limit })), ['limit: Must be an integer from 1 to 100'])
  for (const page of [0, -1, 1.5, '2', 1e300]) assert.deepEqual(complaints(list({ page })), ['page: Must be a page number, from 1'])
  assert.deepEqual(list({ after: 'token' })(), [20, 'token', null])
  assert.deepEqual(complaints(list({ after: null })), ['after: Must be the nextCursor of the page before'])
  assert.deepEqual(bound('list', { entity: 'Author', include: { books: true } }), [20, 0, 20])
  assert.deepEqual(
    complaints(() => bound('list', { entity: 'Author', include: { books: { limit: 1000 } } })),
    ['include.books.limit: Must be an integer from 1 to 100'],
  )
})

test('changes obey every limit of their field', () => {
  const update = (data: Record<string, unknown>) => bound('update', { entity: 'Author', id, data })
  assert.deepEqual(update({ profile: { a: [1] }, level: null }), [id, { a: [1] }, null])
  assert.deepEqual(
    complaints(() => update({ name: null, level: 0, email: 'x', profile: { a: undefined } })),
    [
      'data.name: Must not be null',
      'data.level: Must be at least 1',
      'data.email: Must be an e-mail address',
      'data.profile: Must be JSON: undefined is no JSON value',
    ],
  )
})

test('inputs of domain operations', () => {
  assert.deepEqual(bound('call', { entity: 'Book', operation: 'move', input: { id, parentId: null, place: 2 } }), [id, null, 2])
  assert.deepEqual(bound('call', { entity: 'Book', operation: 'reorder', input: [[id]] }), [[id]])
  assert.equal(refusal(() => bound('call', { entity: 'Book', operation: 'reorder', input: [[id, 'x']] })).code, 'NOT_FOUND')
  assert.deepEqual(
    complaints(() => bound('call', { entity: 'Book', operation: 'byShelf', input: [3] })),
    ['input.shelf: Must be a string'],
  )
  assert.deepEqual(
    complaints(() => bound('call', { entity: 'Book', operation: 'byShelf', input: { shelf: 'x', limit: 11 } })),
    ['limit: Must be an integer from 1 to 10'],
  )
})

const author = library.entities.get('Author') as Entity
const writable = new Set(['name', 'email', 'level', 'profile'])
const readable = new Set(['id', 'name', 'role'])
const row = (raw: unknown) => bindRow(author, writable, readable, (field) => field.required, raw, 'items[3]').row

test('rows of write data', () => {
  assert.deepEqual(
    [...row({ name: 'x', profile: { a: 1 }, level: null })],
    [
      ['name', 'x'],
      ['profile', { a: 1 }],
      ['level', null],
    ],
  )
  assert.deepEqual(
    complaints(() => row({ id: 'x', role: 'reader', secret: 'x', nosuch: 1, level: 9, email: undefined })),
    [
      'items[3].id: Field is not writable',
      'items[3].role: Field is not writable',
      'items[3].secret: Unknown field',
      'items[3].nosuch: Unknown field',
      'items[3].level: Must be at most 5',
      'items[3].email: Must not be undefined',
      'items[3].name: Is required',
    ],
  )
  for (const raw of [null, [], 'x', new Map(), undefined])
    assert.deepEqual(
      complaints(() => row(raw)),
      ['items[3]: Must be an object of fields'],
    )
  const polluting = JSON.parse('{"name":"x","__proto__":{"role":"admin"},"constructor":1}')
  assert.deepEqual(
    complaints(() => row(polluting)),
    ['items[3].__proto__: Unknown field', 'items[3].constructor: Unknown field'],
  )
  assert.equal(({} as { role?: unknown }).role, undefined)
})
