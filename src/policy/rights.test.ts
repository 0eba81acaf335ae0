/** What a role holds, without a row or a value: operations, fields to read and to write, and what only the engine's own identity may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, operation, schema } from '../../test/support/entities.ts'
import { note, noteFields, user } from '../../test/support/notes.ts'
import { DBALError } from '../errors/error.ts'
import { always, type Delete } from '../query/ast.ts'
import type { Entity, Field } from '../schema/entity.ts'
import { authorizeLook, authorizeSweep, permit, refuse } from './authorize.ts'
import { Rights, writableByCallers } from './rights.ts'
import { loadPolicy } from './rules.ts'

const made = (entities: readonly Entity[]) => {
  const world = schema(entities)
  const policy = loadPolicy(world)
  return (role: string, system = false, asStored = false) => new Rights(world, policy, role, system, asStored)
}
const operationOf = (of: Entity, name: string) => of.operations.get(name) as Parameters<Rights['allows']>[1]

test('what callers may write whatever the rules say', () => {
  const mortal = note(undefined, { softDelete: 'createdAt' })
  const own = (name: string, more: Partial<Field> = {}): Field => ({ ...(noteFields.find((one) => one.name === name) as Field), ...more })
  const who = (of: Field) =>
    (['create', 'update'] as const).flatMap((kind) => [false, true].map((system) => writableByCallers(of, mortal, kind, system)))
  const none = [false, false, false, false]
  // create by a caller, by the engine; update by a caller, by the engine
  assert.deepEqual(who(own('title')), [true, true, true, true])
  assert.deepEqual(who(own('id')), none, 'generated')
  assert.deepEqual(who(own('updatedAt')), none, 'auto_update')
  assert.deepEqual(who(own('version')), none, 'kept')
  assert.deepEqual(who(own('code')), [true, true, false, false], 'immutable')
  assert.deepEqual(who(own('id', { generated: false })), [true, true, false, false], 'a key')
  assert.deepEqual(who(own('title', { kept: 'tenant' })), [false, true, false, false], 'the tenant')
  assert.deepEqual(who(own('createdAt', { generated: false })), [false, true, false, true], 'the mark of deletion')
})

const acl = `
rules:
  - { id: a, role: [user], operations: [read, update], readable_fields: [id, title], writable_fields: [title, code] }
  - { id: b, role: [user], operations: [read, update], row_level_filter: "level = 1", readable_fields: [id, level], writable_fields: [level], presets: { price: 1 } }
  - { id: c, role: [user], operations: [create] }
  - { id: d, role: [user], operations: [list], effect: deny, reason: Never }
`

test('fields are read where a permit shows them, and written where one lets and does not set them itself', () => {
  const rightsOf = made([user, note(acl)])
  const rights = rightsOf('user')
  const entityOf = rights.schema.entities.get('Note') as Entity
  assert.deepEqual([...rights.readable(entityOf, 'read')].sort(), ['id', 'level', 'title'])
  assert.deepEqual([...rights.readable(entityOf, 'getByCode')].sort(), ['id', 'level', 'title'])
  assert.deepEqual([...rights.readable(entityOf, 'list')], [])
  assert.deepEqual([...rights.writable(entityOf, 'update')].sort(), ['level', 'title'])
  assert.deepEqual([...rights.writable(entityOf, 'create')].sort(), ['code', 'level', 'ownerId', 'price', 'secret', 'title'])
  const guard = (name: string) => rights.grant(entityOf, 'read').guard(name)
  assert.equal(guard('id'), always)
  assert.equal(guard('secret'), undefined)
  assert.equal(guard('price'), undefined)
  assert.ok(guard('level') !== undefined && guard('level') !== always)
  const stranger = rightsOf('public')
  assert.deepEqual([...stranger.readable(entityOf, 'read')], [])
})

test('a permit that another one serves is not asked, one that presets or writes or sees otherwise is', () => {
  const count = (...rules: string[]) => {
    const rights = made([user, note(`rules: [${rules.map((rule) => `{ role: [user], operations: [update], ${rule} }`).join(', ')}]`)])('user')
    return rights.grant(rights.schema.entities.get('Note') as Entity, 'update').permits.length
  }
  const narrow = 'row_level_filter: "level = 1 AND title = \'a\'"'
  const wide = 'row_level_filter: "level = 1"'
  assert.equal(count(wide, narrow), 1)
  assert.equal(count(wide, `${narrow}, writable_fields: [title]`), 1)
  assert.equal(count(`${wide}, writable_fields: [title]`, narrow), 2)
  assert.equal(count(`${wide}, writable_fields: [title, level]`, `${narrow}, writable_fields: [title]`), 1)
  assert.equal(count(`${wide}, writable_fields: [level]`, `${narrow}, writable_fields: [title]`), 2)
  assert.equal(count(`${wide}, presets: { price: 1 }`, narrow), 2)
  assert.equal(count(wide, `${narrow}, presets: { price: 1 }`), 2)
  assert.equal(count(`${wide}, presets: { price: 1 }`, `${narrow}, presets: { price: 1 }`), 1)
  assert.equal(count(`${wide}, presets: { price: 1 }`, `${narrow}, presets: { price: 2 }`), 2)
  assert.equal(count(`${wide}, check: "level = 2"`, narrow), 2)
  assert.equal(count(wide, 'row_level_filter: "level = 2"'), 2)
  assert.equal(count(wide, `${wide}, writable_fields: [title]`, `${wide}, writable_fields: [level]`), 1)
})

test('the engine itself reads and writes all but what nobody may; as stored, what is generated too', () => {
  const rightsOf = made([user, note(acl)])
  const names = (of: ReadonlySet<string>) => [...of].sort().join(' ')
  const [system, stored, posing] = [rightsOf('system', true), rightsOf('system', true, true), rightsOf('user', false, true)]
  const entityOf = system.schema.entities.get('Note') as Entity
  assert.ok(!system.readable(entityOf, 'read').has('secret') && system.readable(entityOf, 'read').has('price'))
  assert.equal(names(system.writable(entityOf, 'update')), 'level ownerId price secret title')
  assert.equal(names(stored.writable(entityOf, 'create')), names(new Set(entityOf.fields.keys())))
  assert.equal(names(stored.writable(entityOf, 'update')), names(system.writable(entityOf, 'update')))
  assert.ok(!system.writable(entityOf, 'create').has('id'))
  assert.ok(!posing.writable(entityOf, 'create').has('id'), 'only the engine')
  const { schema: world, policy } = system
  assert.ok(!new Rights(world, policy, 'system', true).writable(entityOf, 'create').has('id'), 'only when asked to')
})

test('an operation is allowed where a permit for it exists; those of the engine to nobody else', () => {
  const secret = { ...operation('verify', 'verify_secret'), public: true }
  const shut = entity('Inner', { fields: [field('id', 'uuid', { primary: true })], acl: 'read: { public: true }', more: { internal: true } })
  const one = entity('One', {
    fields: [field('id', 'uuid', { primary: true }), field('name', 'string')],
    operations: [{ ...operation('sweep', 'deleteMany'), systemOnly: true }, secret, operation('hush', 'verify_secret')],
    acl: 'create: { role: [user, god] }\nupdate: { role: [admin, god] }\ndelete: { public: true }',
  })
  const closed = entity('Closed', { fields: [field('id', 'uuid', { primary: true })] })
  const rightsOf = made([shut, one, closed])
  const may = (role: string, name: string, of = one) => rightsOf(role, role === 'system').allows(of, operationOf(of, name))
  assert.deepEqual(
    ['user', 'admin', 'god', 'system'].map((role) => [may(role, 'create'), may(role, 'update'), may(role, 'upsert')]),
    [
      [true, false, false],
      [false, true, false],
      [true, true, true],
      [true, true, true],
    ],
  )
  assert.deepEqual([may('god', 'sweep'), may('system', 'sweep'), may('god', 'delete')], [false, true, true])
  assert.deepEqual([may('public', 'verify'), may('public', 'hush')], [true, false])
  assert.deepEqual([may('god', 'read', shut), may('system', 'read', shut)], [false, true])
  const seen = (role: string, name: string) => rightsOf(role, role === 'system').entity(name)?.name
  assert.deepEqual(
    [seen('god', 'Inner'), seen('system', 'Inner'), seen('god', 'Closed'), seen('system', 'Closed'), seen('god', 'None')],
    [undefined, 'Inner', undefined, 'Closed', undefined],
  )
  assert.equal(seen('public', 'One'), 'One')
})

test('a refusal says who is asked to sign in, and to others the reasons of the rules', () => {
  const text = `
rules:
  - { id: a, role: [god], operations: [list], reason: "B: gods only" }
  - { id: b, role: [admin], operations: [list], row_level_filter: "level = 1", reason: "A: admins, some" }
  - { id: c, role: [supergod], operations: [list], row_level_filter: "level = 2", reason: "B: gods only" }
  - { id: d, role: [user], operations: [delete], effect: deny, reason: Kept }
`
  const rightsOf = made([user, note(text)])
  const refused = (role: string, name: string) => {
    const rights = rightsOf(role)
    const of = rights.schema.entities.get('Note') as Entity
    return refuse(rights, of, operationOf(of, name)).toPublic()
  }
  assert.equal(refused('public', 'list').name, 'UNAUTHORIZED')
  const reason = (role: string, name: string) => (refused(role, name).details as { reason?: string }).reason
  assert.equal(reason('user', 'list'), 'B: gods only; A: admins, some')
  assert.equal(reason('user', 'count'), 'B: gods only; A: admins, some')
  assert.equal(reason('user', 'delete'), 'Kept')
  assert.equal(reason('user', 'read'), "Insufficient permissions for operation 'read' on entity 'Note'")
  const rights = rightsOf('user')
  const of = rights.schema.entities.get('Note') as Entity
  assert.throws(() => permit(rights, of, operationOf(of, 'list')), { code: 'FORBIDDEN' })
})

test('only the engine looks past the rules, and only what ends by itself is swept', () => {
  const rightsOf = made([user, note(acl)])
  const of = rightsOf('god').schema.entities.get('Note') as Entity
  assert.throws(() => authorizeLook(rightsOf('god'), of, always, ['id'], []), DBALError)
  const look = authorizeLook(rightsOf('system', true), of, always, ['id', 'title'], [always])
  assert.deepEqual([look.columns, look.probes, look.total, look.reach], [[{ field: 'id' }, { field: 'title' }], [always], false, 'many'])
  const mortal = (autoDelete: boolean | undefined): Entity => ({
    ...of,
    ...(autoDelete === undefined ? {} : { ttl: { field: 'createdAt', autoDelete } }),
  })
  assert.deepEqual([authorizeSweep(mortal(undefined)), authorizeSweep(mortal(false))], [undefined, undefined])
  assert.deepEqual((authorizeSweep(mortal(true)) as Delete).where, {
    kind: 'compare',
    op: 'lte',
    left: { kind: 'field', field: 'createdAt' },
    right: { kind: 'session', name: 'context.now', type: { type: 'datetime' } },
    insensitive: false,
  })
})

test('what a role holds is computed once, and conditions that are equal are one object, which is asked once', () => {
  const of = note(acl)
  const rights = made([of])('user')
  const grant = rights.grant(of, 'read')
  assert.equal(rights.grant(of, 'read'), grant)
  assert.equal(rights.readable(of, 'read'), rights.readable(of, 'read'))
  assert.equal(rights.writable(of, 'update'), rights.writable(of, 'update'))
  assert.notEqual(rights.readable(of, 'read'), rights.readable(of, 'update'))
  assert.equal(rights.grant(of, 'getByCode').rows, grant.rows)
})

test('what is no operation of the entity is granted to nobody, not even to the engine', () => {
  const of = note(acl)
  const rights = made([of])
  for (const who of [rights('user'), rights('system', true)]) {
    const { allowed, permits } = who.grant(of, 'nosuch')
    assert.deepEqual([allowed, permits.length, who.readable(of, 'nosuch').has('id')], [false, 0, who.readable(of, 'read').has('id')])
  }
})
