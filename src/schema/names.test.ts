import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearest } from './complaint.ts'
import { camelCase, linkName, plural, singular, snakeCase } from './names.ts'
import { sha256 } from './sha256.ts'

test('snake case', () => {
  assert.deepEqual(['createdAt', 'PageView', 'htmlURL', 'URLMap', 'a1B', 'already_snake'].map(snakeCase), [
    'created_at',
    'page_view',
    'html_url',
    'url_map',
    'a1_b',
    'already_snake',
  ])
})

test('camel case', () => assert.deepEqual(['PageView', 'URLMap', 'A', 'ID'].map(camelCase), ['pageView', 'urlMap', 'a', 'id']))

test('plurals', () => {
  assert.deepEqual(
    ['user', 'category', 'day', 'box', 'bus', 'church', 'playlistTrack', 'mediaType', 'person', 'salesPerson', 'series', 'toString'].map(plural),
    ['users', 'categories', 'days', 'boxes', 'buses', 'churches', 'playlistTracks', 'mediaTypes', 'people', 'salesPeople', 'series', 'toStrings'],
  )
})

test('names of links', () =>
  assert.deepEqual(['pageId', 'page_id', 'createdBy', 'Id', 'grid'].map(linkName), ['page', 'page', undefined, undefined, undefined]))

test('the nearest word is one that a slip of the pen reaches', () => {
  assert.equal(nearest('requried', ['required', 'nullable']), 'required')
  assert.equal(nearest('Required', ['required', 'nullable']), 'required')
  assert.equal(nearest('xyzzy', ['required', 'nullable']), undefined)
  assert.equal(nearest('x'.repeat(1_000_000), ['required']), undefined)
})

test('sha256 is SHA-256', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      (text) => sha256(text) === createHash('sha256').update(text.toWellFormed()).digest('hex'),
    ),
  )
})

test('a singular is the name whose plural it was', () => {
  for (const [many, one] of [
    ['users', 'user'],
    ['order_lines', 'order_line'],
    ['categories', 'category'],
    ['boxes', 'box'],
    ['houses', 'house'],
    ['courses', 'course'],
    ['sizes', 'size'],
    ['addresses', 'address'],
    ['statuses', 'status'],
    ['branches', 'branch'],
    ['people', 'person'],
    ['OrderLines', 'OrderLine'],
    ['news', 'news'],
  ] as const)
    assert.equal(singular(many), one)
  for (const name of ['status', 'address', 'bus', 'film', 'analysis', 'staff', 's', '']) assert.equal(singular(name), undefined, name)
})
