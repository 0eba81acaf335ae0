/** What lint takes together and what it takes apart: several permits at once, several operations in a rule, several questions to a row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, ladder, operation, schema, toOne } from '../../../test/support/entities.ts'
import { DBALError } from '../../errors/error.ts'
import { compare, constant, field as stored } from '../../query/build.ts'
import { lintPolicy } from '../lint.ts'
import { lineage } from '../rules/governing.ts'
import { loadPolicy } from '../rules.ts'
import { isContradiction } from './clauses.ts'
import type { FindingCode } from './finding.ts'

const user = (acl: string) =>
  entity('User', {
    fields: [field('id', 'uuid', { primary: true, generated: true }), field('team', 'string', { index: true })],
    acl,
    more: { owner: 'id' },
  })
const thing = (acl: string) =>
  entity('Thing', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('ownerId', 'uuid', { index: true }),
      field('level', 'integer', { index: true }),
    ],
    relations: [toOne('owner', 'User', 'ownerId')],
    operations: [operation('setPassword', 'set_secret'), operation('setLevel', 'update_by')],
    acl,
  })
const worldOf = (things: string, users: string) => schema([user(users), thing(things)])
function told(code: FindingCode, things: string, users = 'read: { user: true }'): string[] {
  const world = worldOf(things, users)
  return lintPolicy(world, loadPolicy(world)).flatMap((one) => (one.code === code && one.entity === 'Thing' ? [one.message] : []))
}
const reads = (filter: string) => `rules: [{ role: [user], operations: [read], row_level_filter: "${filter}" }]`
const permits = (...filters: string[]) =>
  `rules: [${filters.map((one) => `{ role: [user], operations: [read]${one === '' ? '' : `, row_level_filter: "${one}"`} }`).join(', ')}]`

test('one permit for all rows is enough, whatever others there are', () => {
  assert.deepEqual(told('hidden-dependency', reads("owner.team = 'a'"), permits('', "team = 'b'")), [])
  assert.equal(told('hidden-dependency', reads("owner.team = 'a'"), permits("team = 'b'")).length, 1)
})

test('alternatives may each be read by another permit', () => {
  const either = reads("owner.team = 'a' OR owner.team = 'b'")
  assert.deepEqual(told('hidden-dependency', either, permits("team = 'a'", "team = 'b'")), [])
  assert.equal(told('hidden-dependency', either, permits("team = 'a'", "team = 'c'")).length, 1)
  assert.deepEqual(told('hidden-dependency', reads("owner.team = 'a'"), permits("team = 'c'", "team = 'a'")), [])
})

test('a question to another row does not hide one to the own row beside it', () => {
  const both = `rules: [
    { role: [user], operations: [read], readable_fields: [id] },
    { role: [user], operations: [setLevel], row_level_filter: "owner.team = 'a' OR level = 1" }]`
  assert.match(told('hidden-dependency', both).join(), /Thing\.level, which "user" may not read/)
})

test('what is asked under NOT is looked at as it is without', () => {
  const under = (text: string) => told('hidden-dependency', reads(`NOT (${text} AND owner.team = 'b')`), permits("team = 'a'", "team = 'b'"))
  assert.deepEqual(under('level = 1'), [])
  assert.equal(told('hidden-dependency', reads("NOT (level = 1 AND owner.team = 'b')"), permits("team = 'a'")).length, 1)
})

test('a rule that sets a password may say what is written, whatever else it allows', () => {
  const of = (operations: string) => told('idle-part', `rules: [{ role: [user], operations: ${operations}, writable_fields: [level] }]`)
  assert.deepEqual(of('[setPassword, read]'), [])
  assert.equal(of('[read]').length, 1)
  assert.equal(of('[read, delete]').length, 1)
})

test('the level of a role that may be none is unknown too', () => {
  const world = schema([
    entity('Seat', {
      fields: [field('id', 'uuid', { primary: true, generated: true }), field('role', 'enum', { nullable: true, values: ['user', 'admin'] })],
      acl: 'rules: [{ role: [user], operations: [read], row_level_filter: "level(role) < $user.level" }]',
    }),
  ])
  assert.match(
    lintPolicy(world, loadPolicy(world))
      .map(({ message }) => message)
      .join('\n'),
    /"role" can be null; the permit then does not hold/,
  )
})

test('a question for a part of a text contradicts nothing', () => {
  const text = (value: string) => constant(value, { type: 'string' })
  const parts = [compare('startsWith', stored('s'), text('a')), compare('eq', stored('s'), text('b'))]
  assert.equal(isContradiction({ kind: 'and', all: parts }), false)
})

test('a name of another kind of operation is asked for by itself, each time', () => {
  const policy = loadPolicy(worldOf('rules: [{ role: [user], operations: [read] }, { role: [user], operations: [update] }]', 'read: { user: true }'))
  const asked = (kind: string) => policy.governing('Thing', 'user', 'setLevel', kind).map(({ operations }) => [...operations].join())
  assert.deepEqual([asked('read'), asked('update_by'), asked('read'), asked('delete')], [['read'], ['update'], ['read'], []])
  const of = (operation: string, kind: string) => policy.governing('Nothing', 'user', operation, kind)
  assert.deepEqual([of('read', 'read'), of('read', 'read')], [[], []])
})

test('an operation follows others by their names, and never by a kind that is no name', () => {
  assert.deepEqual(lineage('setLevel', 'update_by'), ['setLevel', 'update'])
  assert.deepEqual(lineage('sweep', 'deleteMany'), ['sweep', 'deleteMany', 'delete'])
  assert.deepEqual(lineage('find', 'search'), ['find', 'search', 'list', 'read'])
  assert.deepEqual(lineage('swap', 'upsert'), ['swap'])
})

test('no caller becomes the engine by its name', () => {
  const world = schema(
    [thing('rules: [{ role: [user], operations: [read] }, { role: [public], operations: [update] }]')],
    new Map([...ladder, ['system', 9]]),
  )
  const { governing } = loadPolicy(world)
  const of = (role: string, operation: string) => governing('Thing', role, operation, operation).length
  assert.deepEqual([of('system', 'read'), of('system', 'update'), of('nobody', 'update'), of('nobody', 'read'), of('user', 'read')], [0, 1, 1, 0, 1])
})

test('keywords of the other form are named, and texts that go on for ever are not read', () => {
  const complaints = (acl: string): string => {
    try {
      loadPolicy(worldOf(acl, 'read: { user: true }'))
      return ''
    } catch (error) {
      assert.ok(error instanceof DBALError)
      return (error.details.fields ?? []).map((one) => one.error).join('\n')
    }
  }
  const words = {
    row_level_filter: '"level = 1"',
    roles: '[user]',
    filter: 'x',
    owner: 'true',
    effect: 'deny',
    across_tenants: 'true',
    fields: '[id]',
  }
  const hints = Object.entries(words).map(([name, value]) => complaints(`read: { role: [user], ${name}: ${value} }`))
  assert.deepEqual(hints, [
    'Unknown keyword "row_level_filter"; in this form it is "row_level"',
    'Unknown keyword "roles"; it is "role"',
    'Unknown keyword "filter"; it is "row_level"',
    'Unknown keyword "owner"; it is "self"',
    'Unknown keyword "effect"; denies stand in the list "rules"',
    'Unknown keyword "across_tenants"; rules across tenants stand in the list "rules"',
    'Unknown keyword "fields"; it is "readable_fields" or "writable_fields"',
  ])
  assert.match(complaints('read: { public: 3 }'), /3 is neither true nor false/)
  assert.match(
    complaints(`create: { role: [user], presets: { level: $user.${'x'.repeat(10_000)} } }`),
    /The text has 10006 characters; at most \d+ are accepted/,
  )
  const name = (length: number) => complaints(`read: { role: [user], row_level: "${'x'.repeat(length)} = 1" }`)
  assert.match(name(60), /no (field )?"x{60}"/)
  assert.match(name(61), /"x{57}…"/)
})
