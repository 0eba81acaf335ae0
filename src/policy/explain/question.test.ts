/** The questions that calls put to rules: what each is made of, and that no rule answers for another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, operation, schema } from '../../../test/support/entities.ts'
import { world } from '../../../test/support/notes.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import { Rights } from '../rights.ts'
import { loadPolicy } from '../rules.ts'
import { causeOf, type Truth, truthOf } from './cause.ts'
import { type Formula, sitesOf } from './clause.ts'
import { fieldQuestion, rowQuestion, ruledBy, writeQuestion } from './question.ts'
import { rolesFor } from './role.ts'

function rightsOf(made: Schema, role: string, system = false): Rights {
  return new Rights(made, loadPolicy(made), role, system)
}
const of = (rights: Rights, name: string): Entity => rights.schema.entities.get(name) as Entity
const ruled = (rights: Rights, operation: string, name = 'Note') => ruledBy(rights, of(rights, name), operation)

/** The answer where each condition is what `given` says of its text and moment; what is known without rows is as it is. */
function answer(formula: Formula, given: (says: string, moment: string) => Truth = () => true): Truth {
  return truthOf(formula, ({ clause, moment }) => clause.fixed ?? given(clause.says, moment))
}
const asked = (formula: Formula): string[] => sitesOf(formula).map(({ clause, moment }) => `${clause.says}${moment === '' ? '' : ` ${moment}`}`)

const acl = `
rules:
  - { id: b, role: [user], operations: [read, update, create], row_level_filter: "level = 1", writable_fields: [title, code], readable_fields: [title] }
  - { id: a, role: [user], operations: [read, update], row_level_filter: "level = 2", check: "level = 3", writable_fields: [level], presets: { price: 1 } }
  - { id: d, role: [user], operations: [read, update], effect: deny, row_level_filter: "slug = 'shut'" }
`.replace('slug', 'title')

test('the rules of a role for an operation, in the order of their ids; the engine and its own operations have none', () => {
  const rights = rightsOf(world(acl), 'user')
  assert.deepEqual(
    [ruled(rights, 'read').permits, ruled(rights, 'getByCode').denies].map((rules) => rules.map((rule) => rule.id)),
    [['a', 'b'], ['d']],
  )
  assert.deepEqual([ruled(rights, 'create').permits.length, ruled(rights, 'delete').permits.length], [1, 0])
  const system = ruled(rightsOf(world(acl), 'system', true), 'read')
  assert.deepEqual([system.system, system.permits.length], [true, 0])
  const shut = entity('Inner', { fields: [field('id', 'uuid', { primary: true })], acl: 'read: { public: true }', more: { internal: true } })
  const open = entity('Outer', {
    fields: [field('id', 'uuid', { primary: true })],
    operations: [{ ...operation('sweep', 'deleteMany'), systemOnly: true }],
    acl: 'delete: { public: true }',
  })
  const both = rightsOf(schema([shut, open]), 'god')
  assert.equal(ruled(both, 'read', 'Inner').permits.length, 0)
  assert.equal(ruled(both, 'sweep', 'Outer').permits.length, 0)
  assert.equal(ruled(both, 'delete', 'Outer').permits.length, 1)
})

test('a row is seen where one permit holds and no deny does', () => {
  const question = rowQuestion(ruled(rightsOf(world(acl), 'user'), 'read'), 'now')
  const seen = (...holding: string[]) => answer(question, (says) => holding.includes(says))
  assert.equal(seen('level = 1'), true)
  assert.equal(seen('level = 2'), true)
  assert.equal(seen(), false)
  assert.equal(seen('level = 1', 'title = "shut"'), false)
  assert.equal(
    answer(question, (says) => (says.startsWith('title') ? null : true)),
    null,
  )
})

test('a field is shown by a permit that lists it and holds; one that is never exposed by none, not even to the engine', () => {
  const rights = rightsOf(world(acl), 'user')
  const shown = (name: string, ...holding: string[]) => answer(fieldQuestion(ruled(rights, 'read'), name, 'now'), (says) => holding.includes(says))
  assert.deepEqual([shown('title', 'level = 1'), shown('price', 'level = 1'), shown('price', 'level = 2')], [true, false, true])
  assert.deepEqual([shown('secret', 'level = 2'), shown('title')], [false, false])
  const system = ruled(rightsOf(world(acl), 'system', true), 'read')
  assert.deepEqual([answer(fieldQuestion(system, 'title', 'now')), answer(fieldQuestion(system, 'secret', 'now'))], [true, false])
  assert.equal(answer(rowQuestion(system, 'now')), true)
})

test('a write is made by one rule that lets all of it, before and after', () => {
  const rights = rightsOf(world(acl), 'user')
  const update = (...fields: string[]) => writeQuestion(ruled(rights, 'update'), { kind: 'update', fields, before: 'before', after: () => 'after' })
  const holds = (says: string) => !says.startsWith('title = ')
  assert.equal(answer(update('title'), holds), true)
  assert.equal(answer(update('level'), holds), true)
  assert.equal(answer(update('title', 'level'), holds), false, 'each half by another rule')
  assert.equal(answer(update('price'), holds), false, 'what the rule itself sets')
  assert.equal(answer(update('code'), holds), false, 'never changes, whatever a rule lists')
  assert.equal(answer(update('title', 'no such field'), holds), false, 'listed nowhere')
  const create = (...fields: string[]) => writeQuestion(ruled(rights, 'create'), { kind: 'create', fields, after: () => 'after' })
  assert.equal(answer(create('title', 'code'), holds), true)
  assert.equal(answer(create('id'), holds), false, 'generated')
  // The row before has to be one of the rule's, the row after has to pass its check; a deny is asked of both.
  const level = update('level')
  const at = (says: string, moment: string) => answer(level, (text, when) => (text === says && when === moment ? false : holds(text)))
  assert.deepEqual([at('level = 2', 'before'), at('level = 3', 'after'), at('level = 1', 'before')], [false, false, true])
  for (const moment of ['before', 'after'])
    assert.equal(
      answer(level, (text, when) => holds(text) || when === moment),
      false,
      `denied ${moment}`,
    )
})

test('where nobody can know the row after, it is not asked for; where there is no row before, neither', () => {
  const rights = rightsOf(world(acl), 'user')
  const moments = (formula: Formula) => new Set(sitesOf(formula).map((site) => site.moment))
  assert.ok(
    !moments(writeQuestion(ruled(rights, 'update'), { kind: 'update', fields: ['title'], before: 'before', after: () => undefined })).has('after'),
  )
  assert.deepEqual([...moments(writeQuestion(ruled(rights, 'create'), { kind: 'create', fields: [], after: () => 'after' }))].sort(), ['after'])
})

test('the engine writes what callers cannot, of rows that are there', () => {
  const mortal = entity('Mortal', {
    fields: [field('id', 'uuid', { primary: true, generated: true }), field('name', 'string'), field('gone', 'datetime', { nullable: true })],
    acl: 'update: { public: true }',
    more: { softDelete: 'gone' },
  })
  const ask = (system: boolean, name: string) =>
    writeQuestion(ruledBy(rightsOf(schema([mortal]), system ? 'system' : 'user', system), mortal, 'update'), {
      kind: 'update',
      fields: [name],
      before: 'before',
      after: () => undefined,
    })
  assert.equal(answer(ask(true, 'gone')), true)
  assert.equal(answer(ask(false, 'gone')), false, 'deleting has a right of its own')
  assert.equal(
    answer(ask(true, 'gone'), () => false),
    false,
    'a row that is deleted',
  )
  assert.equal(asked(ask(true, 'name')).length, 1)
  assert.equal(
    answer(ask(false, 'name'), (says) => !says.includes('deleted')),
    false,
  )
})

test('inside a tenant every permit asks for it, and denies look no further unless a permit does', () => {
  const doc = (rules: string) =>
    schema([
      entity('Doc', {
        fields: [field('id', 'uuid', { primary: true }), field('tenantId', 'string', { kept: 'tenant' })],
        acl: `rules: [${rules}]`,
        more: { tenant: 'tenantId' },
      }),
    ])
  const within = '{ id: in, role: [god], operations: [read] }'
  const across = '{ id: out, role: [god], operations: [read], across_tenants: true }'
  const ofTenant = (text: string) =>
    answer(rowQuestion(ruledBy(rightsOf(doc(text), 'god'), of(rightsOf(doc(text), 'god'), 'Doc'), 'read'), 'now'), (says) => !says.includes('tenant'))
  assert.deepEqual([ofTenant(within), ofTenant(across), ofTenant(`${within}, ${across}`)], [false, true, true])
})

test('roles are named for the permits that would be enough alone', () => {
  const rights = rightsOf(world(acl), 'public')
  const roles = (operation: string) => rolesFor(rights, of(rights, 'Note'), operation).map((rule) => rule.id)
  assert.deepEqual([roles('read').sort(), roles('create'), roles('delete')], [['a', 'b'], ['b'], []])
  assert.deepEqual(rolesFor(rightsOf(world(acl), 'user'), of(rights, 'Note'), 'read'), [], 'it has them')
})

test('of a row that is deleted and does not fit either, that it is deleted is the reason', () => {
  const mortal = entity('Mortal', {
    fields: [field('id', 'uuid', { primary: true }), field('level', 'integer'), field('gone', 'datetime', { nullable: true })],
    acl: 'read: { role: [user], row_level: "level = 1" }',
    more: { softDelete: 'gone' },
  })
  const question = rowQuestion(ruledBy(rightsOf(schema([mortal]), 'user'), mortal, 'read'), 'now')
  const because = (given: (says: string) => Truth) =>
    causeOf(question, ({ clause }) => clause.fixed ?? given(clause.says)).because.map(({ kind }) => kind)
  assert.deepEqual(
    because(() => false),
    ['live'],
  )
  assert.deepEqual(
    because((says) => says.includes('deleted')),
    ['condition'],
  )
})
