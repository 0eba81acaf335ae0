/** What rules may not say, where nothing else in them is wrong: each is one complaint at its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, schema } from '../../../test/support/entities.ts'
import { filed, policy, world } from '../../../test/support/notes.ts'
import { DBALError } from '../../errors/error.ts'
import type { Schema } from '../../schema/entity.ts'
import { loadPolicy } from '../rules.ts'

function complaints(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', String(error))
    return (error.details.fields ?? []).map((one) => `${one.field} ${one.error}`)
  }
  return []
}

const one = (work: () => unknown, pattern: RegExp): void => {
  const found = complaints(work)
  assert.equal(found.length, 1, found.join('\n'))
  assert.match(found[0] as string, pattern)
}

test('an acl is a map of operations', () => {
  for (const acl of ['[]', 'public', '3', '[{ role: [user], operations: [read] }]'])
    one(() => policy(acl), /^Note\.yaml:1:1 .*not a map of operations/)
  assert.deepEqual(
    complaints(() => policy('null')),
    [],
  )
})

test('entities of the engine cannot be named, and are not suggested', () => {
  const hidden = entity('Inner', { fields: [field('id', 'uuid', { primary: true })], more: { internal: true } })
  const open = entity('Inned', { fields: [field('id', 'uuid', { primary: true })] })
  const load = (name: string, entities = [hidden, open]) =>
    loadPolicy(schema(entities), { path: 'rules.yaml', text: `rules: [{ entity: ${name}, role: [user], operations: [read] }]` })
  one(() => load('Inner'), /no entity "Inner"; did you mean "Inned"\?/)
  one(() => load('Inmer', [hidden]), /no entity "Inmer"$/)
  one(() => load('3'), /3 is not the name of an entity/)
})

test('what a rules file says once is not asked twice', () => {
  one(() => filed('rules: [{ role: [user], operations: [read] }]'), /has no "entity"/)
  one(() => filed('rules: [{ entity: Note, role: [user], operations: [read], effect: dney }]'), /Unknown effect "dney"; did you mean "deny"/)
  one(() => filed('rules: [{ entity: Note, role: [user], operations: [read], effect: 3 }]'), /Unknown effect 3/)
  one(() => filed('rules: [{ entity: Note, role: [user], operations: [read], effect: Permit }]'), /did you mean "permit"/)
  one(() => filed('rules: { entity: Note }'), /not a list of rules/)
  for (const [keyword, hint] of [
    ['filter', '"row_level_filter"'],
    ['roles', '"role"'],
    ['fields', '"readable_fields" or "writable_fields"'],
    ['operation', '"operations"'],
    ['public', 'role: \\[public\\]'],
    ['self', 'ownerId = \\$user\\.id'],
  ])
    one(() => filed(`rules: [{ entity: Note, role: [user], operations: [read], ${keyword}: x }]`), new RegExp(`${keyword}.*${hint}`))
  for (const part of [
    'check: "level = 1"',
    'readable_fields: [id]',
    'except_fields: [id]',
    'writable_fields: [title]',
    'presets: {}',
    'across_tenants: true',
  ])
    assert.ok(
      complaints(() => filed(`rules: [{ entity: Doc, role: [god], operations: [read], effect: deny, ${part} }]`)).some((text) =>
        text.includes('A deny has no'),
      ),
      part,
    )
})

test('where the ladder has no god, its developer roles act across tenants', () => {
  const doc = world().entities.get('Doc')
  assert.ok(doc !== undefined)
  const flat: Schema = {
    ...schema(
      [doc],
      new Map([
        ['public', 1],
        ['user', 2],
        ['root', 3],
      ]),
    ),
    developerRoles: ['root'],
  }
  const load = (role: string) => () =>
    loadPolicy(flat, { path: 'rules.yaml', text: `rules: [{ entity: Doc, role: [${role}], operations: [read], across_tenants: true }]` })
  assert.deepEqual(complaints(load('root')), [])
  one(load('user'), /"user" cannot act across tenants; only root can/)
})

test('of equal rules the first place is kept, and a taken id names it', () => {
  const rule = (role: string) => `{ id: a, entity: Note, role: [${role}], operations: [read] }`
  const twice = filed(`rules:\n  - ${rule('user')}\n  - ${rule('user')}`)
  assert.deepEqual(
    twice.rules.map(({ place }) => place.line),
    [2],
  )
  one(() => filed(`rules:\n  - ${rule('user')}\n  - ${rule('god')}`), /"a" is taken by another rule \(rules\.yaml:2\)/)
  const named = (id: string) =>
    `{ id: ${id}, entity: Note, role: [god, user, god], operations: [read, list, read], readable_fields: [title, id, title] }`
  const loaded = filed(`rules: [${named('b')}, ${named('a')}]`)
  assert.deepEqual(
    loaded.rules.map((one) => [one.id, [...one.roles], [...one.operations], [...(one.readable ?? [])]]),
    ['a', 'b'].map((id) => [id, ['god', 'user'], ['list', 'read'], ['id', 'title']]),
  )
})

test('a rule without an id is named by entity, operations, effect and what it means', () => {
  const ids = (text: string) => filed(`rules: [${text}]`).rules.map((rule) => rule.id)
  const [permit, deny] = [
    ids('{ entity: Note, role: [user], operations: [update, read] }'),
    ids('{ entity: Note, role: [user], operations: [read], effect: deny }'),
  ]
  assert.match(permit[0] ?? '', /^Note\.read\+update\.permit#[0-9a-f]{8}$/)
  assert.match(deny[0] ?? '', /^Note\.read\.deny#[0-9a-f]{8}$/)
  assert.deepEqual(ids('{ entity: Note, role: [user], operations: [read, update, read] }'), permit)
})
