import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readShipped } from '../config/schema-files.ts'
import type { Entity } from './entity.ts'
import { parseSchema } from './parse.ts'

const shipped = readShipped()
const schema = parseSchema(shipped.files, shipped)
const entity = (name: string): Entity => schema.entities.get(name) ?? assert.fail(`no ${name}`)

/** `name: type` with R required from the caller, N nullable, U unique, G generated, A auto_update, I immutable, S sensitive, D default. */
function summary(of: Entity): string[] {
  return [...of.fields.values()].map((field) => {
    const letters = [
      field.required && 'R',
      field.nullable && 'N',
      field.unique !== false && 'U',
      field.generated && 'G',
      field.autoUpdate && 'A',
      field.immutable && 'I',
      field.sensitive && 'S',
      field.default !== undefined && `D${JSON.stringify(field.default)}`,
    ]
    const key = field.foreignKey === undefined ? '' : ` → ${field.foreignKey.entity}.${field.foreignKey.field} ${field.foreignKey.onDelete}`
    return `${field.name}: ${field.type} ${letters.filter(Boolean).join('')}${key}`
  })
}

const times = ['createdAt: datetime GI', 'updatedAt: datetime A']

const expected: Readonly<Record<string, readonly string[]>> = {
  User: ['id: uuid GI', 'username: string RU', 'email: email RU', 'role: enum D"user"', ...times],
  Credential: ['id: uuid GI', 'username: string RU → User.username cascade', 'passwordHash: string RS', 'firstLogin: boolean Dtrue', ...times],
  Session: [
    'id: uuid GI',
    'userId: uuid R → User.id cascade',
    'token: string RUS',
    'expiresAt: datetime R',
    'createdAt: datetime GI',
    'lastActivity: datetime D"now"',
  ],
  PageView: [
    'id: uuid GI',
    'slug: string RU',
    'title: string R',
    'description: text N',
    'level: integer R',
    'layout: json R',
    'isActive: boolean Dtrue',
    ...times,
  ],
  ComponentHierarchy: [
    'id: uuid GI',
    'pageId: uuid R → PageView.id cascade',
    'parentId: uuid N → ComponentHierarchy.id cascade',
    'componentType: string R',
    'order: integer D0',
    'props: json D{}',
    ...times,
  ],
  Workflow: [
    'id: uuid GI',
    'name: string RU',
    'description: text N',
    'trigger: enum R',
    'triggerConfig: json R',
    'steps: json R',
    'isActive: boolean Dtrue',
    'createdBy: uuid R → User.id restrict',
    ...times,
  ],
  LuaScript: [
    'id: uuid GI',
    'name: string RU',
    'description: text N',
    'code: text R',
    'isSandboxed: boolean Dtrue',
    'allowedGlobals: json D[]',
    'timeoutMs: integer D5000',
    'createdBy: uuid R → User.id restrict',
    ...times,
  ],
  Package: [
    'id: uuid GI',
    'name: string R',
    'version: string R',
    'description: text N',
    'author: string R',
    'manifest: json R',
    'isInstalled: boolean Dfalse',
    'installedAt: datetime N',
    'installedBy: uuid N → User.id set_null',
    ...times,
  ],
  DbalToken: [
    'id: uuid GI',
    'name: string R',
    'digest: string RUS',
    'role: string R',
    'tenantId: string N',
    'expiresAt: datetime R',
    'createdAt: datetime GI',
  ],
  DbalReply: ['id: uuid GI', 'scope: string R', 'key: string R', 'digest: string R', 'reply: json R', 'expiresAt: datetime R'],
}

for (const [name, fields] of Object.entries(expected)) test(`${name} has its fields`, () => assert.deepEqual(summary(entity(name)), fields))

test('there is no other entity', () => assert.deepEqual([...schema.entities.keys()].sort(), Object.keys(expected).sort()))

test('client properties', () => {
  assert.deepEqual(
    [...schema.entities.values()]
      .filter((e) => !e.internal)
      .map((e) => e.plural)
      .sort(),
    ['components', 'credentials', 'luaScripts', 'packages', 'pages', 'sessions', 'users', 'workflows'],
  )
})

test('roles', () => {
  assert.deepEqual(
    [...schema.roles],
    [
      ['public', 1],
      ['user', 2],
      ['admin', 3],
      ['god', 4],
      ['supergod', 5],
    ],
  )
  assert.deepEqual(schema.developerRoles, ['god', 'supergod'])
})

test('limits of fields', () => {
  const field = (name: string, of: string) => entity(name).fields.get(of)!
  assert.deepEqual(
    [field('User', 'username').minLength, field('User', 'username').maxLength, field('User', 'username').pattern],
    [3, 50, '^[a-zA-Z0-9_-]+$'],
  )
  assert.equal(field('User', 'email').maxLength, 255)
  assert.deepEqual(field('User', 'role').values, ['user', 'admin', 'god', 'supergod'])
  assert.deepEqual([field('PageView', 'level').min, field('PageView', 'level').max], [1, 5])
  assert.deepEqual([field('LuaScript', 'timeoutMs').min, field('LuaScript', 'timeoutMs').max], [100, 30000])
  assert.deepEqual(field('Workflow', 'trigger').values, ['manual', 'schedule', 'event', 'webhook'])
  assert.equal(field('DbalReply', 'key').maxLength, 128)
  assert.ok(field('Credential', 'passwordHash').neverExposed)
})

test('pairs that are unique, and rows that expire', () => {
  const unique = (name: string) =>
    entity(name)
      .indexes.filter((index) => index.unique)
      .map((index) => index.fields)
  assert.deepEqual(unique('Package'), [['name', 'version']])
  assert.deepEqual(unique('DbalReply'), [['scope', 'key']])
  assert.deepEqual(entity('Session').ttl, { field: 'expiresAt', autoDelete: true })
  assert.deepEqual(entity('DbalReply').ttl, { field: 'expiresAt', autoDelete: true })
})

test('domain operations', () => {
  const kinds = [...schema.entities.values()].flatMap((e) =>
    [...e.operations.values()]
      .filter((o) => !/^[a-z]+(Many)?$/.test(o.kind) || ['tree', 'reorder', 'move'].includes(o.kind))
      .map((o) => `${e.plural}.${o.name}(${o.input.required.join()}) ${o.kind}${o.systemOnly ? ' system' : ''}`),
  )
  assert.deepEqual(kinds.sort(), [
    'components.getTree(pageId) tree',
    'components.move(id,parentId,order) move',
    'components.reorder(ids) reorder',
    'credentials.deleteByUsername(username) delete_by system',
    'credentials.getFirstLoginFlag(username) find_by system',
    'credentials.set(username,password) set_secret system',
    'credentials.setFirstLoginFlag(username,firstLogin) update_by system',
    'credentials.verify(username,password) verify_secret',
    'pages.getBySlug(slug) find_by',
    'pages.listByLevel(level) list_by',
  ])
  const verify = entity('Credential').operations.get('verify')!
  assert.deepEqual(
    [verify.public, verify.rateLimit, verify.secret],
    [true, { maxAttempts: 5, windowSeconds: 300 }, { identity: 'username', hash: 'passwordHash' }],
  )
  assert.equal(entity('Credential').operations.get('getFirstLoginFlag')!.returns, 'firstLogin')
  for (const name of ['getTree', 'reorder', 'move']) {
    assert.deepEqual(entity('ComponentHierarchy').operations.get(name)!.tree, { parent: 'parentId', order: 'order', scope: 'pageId' })
  }
})

test('every entity has the twelve basic operations', () => {
  for (const e of schema.entities.values()) {
    for (const name of [
      'create',
      'read',
      'update',
      'delete',
      'list',
      'count',
      'search',
      'aggregate',
      'createMany',
      'updateMany',
      'deleteMany',
      'upsert',
    ]) {
      assert.equal(e.operations.get(name)?.kind, name, `${e.name}.${name}`)
    }
  }
  const { defaultLimit, maxLimit } = entity('Session').operations.get('list')!
  assert.deepEqual([defaultLimit, maxLimit], [50, 200])
  assert.deepEqual([entity('User').operations.get('list')!.defaultLimit, entity('User').operations.get('aggregate')!.maxLimit], [20, 100])
})

test('relations in both directions', () => {
  const relations = (name: string) => [...entity(name).relations.values()].map((r) => `${r.name} ${r.kind} ${r.target}`)
  assert.deepEqual(relations('ComponentHierarchy'), ['page one PageView', 'parent one ComponentHierarchy', 'children many ComponentHierarchy'])
  assert.deepEqual(relations('PageView'), ['components many ComponentHierarchy'])
  assert.deepEqual(relations('User').sort(), [
    'credential one Credential',
    'luaScripts many LuaScript',
    'packages many Package',
    'sessions many Session',
    'workflows many Workflow',
  ])
})

test('nothing of it can be changed', () => {
  assert.throws(() => (schema.entities as Map<string, Entity>).set('X', entity('User')), TypeError)
  assert.throws(() => (schema.roles as Map<string, number>).clear(), TypeError)
  assert.throws(() => Object.assign(entity('User').fields.get('role')!, { sensitive: true }), TypeError)
  assert.throws(() => ((entity('User').acl!.value as { read: { admin: boolean } }).read.admin = false), TypeError)
})

test('the version follows content, not the order of files or the text', () => {
  const again = parseSchema([...shipped.files].reverse(), shipped)
  assert.equal(again.version, schema.version)
  assert.match(schema.version, /^[0-9a-f]{16}$/)
  const spaced = shipped.files.map((file) => ({ ...file, text: `# a comment\n${file.text}` }))
  assert.equal(parseSchema(spaced, shipped).version, schema.version)
  const changed = shipped.files.map((file) => ({ ...file, text: file.text.replace('max_length: 50', 'max_length: 51') }))
  assert.notEqual(parseSchema(changed, shipped).version, schema.version)
  const opened = shipped.files.map((file) => ({ ...file, text: file.text.replace('admin: true', 'user: true') }))
  assert.notEqual(parseSchema(opened, shipped).version, schema.version)
})
