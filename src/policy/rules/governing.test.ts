import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { entity, field, ladder, operation, schema } from '../../../test/support/entities.ts'
import { filed, line, policy } from '../../../test/support/notes.ts'
import { parseSchema } from '../../schema/parse.ts'
import type { Policy } from '../policy.ts'
import { loadPolicy } from '../rules.ts'

test('governing follows the chain of operations, per role', () => {
  const loaded = policy(`
rules:
  - { id: read, role: [user, god], operations: [read] }
  - { id: list, role: [god], operations: [list] }
  - { id: all, role: [public], operations: [getTree] }
  - { id: create, role: [user], operations: [create] }
  - { id: update, role: [user], operations: [update] }
  - { id: level, role: [user], operations: [setLevel], effect: deny }
  - { id: delete, role: [user], operations: [delete] }`)
  const ids = (role: string, name: string, kind: string) =>
    loaded
      .governing('Note', role, name, kind)
      .map((rule) => rule.id)
      .join(' ')
  const table: readonly (readonly [string, string, string, string])[] = [
    ['user', 'read', 'read', 'read'],
    ['user', 'list', 'list', 'read'],
    ['god', 'list', 'list', 'list'],
    ['god', 'count', 'count', 'list'],
    ['user', 'count', 'count', 'read'],
    ['god', 'search', 'search', 'list'],
    ['god', 'aggregate', 'aggregate', 'list'],
    ['god', 'getByCode', 'find_by', 'read'],
    ['god', 'listByLevel', 'list_by', 'read'],
    ['god', 'getTree', 'tree', 'all'],
    ['admin', 'getTree', 'tree', 'all'],
    ['public', 'getTree', 'tree', 'all'],
    ['admin', 'read', 'read', ''],
    ['public', 'read', 'read', ''],
    ['user', 'createMany', 'createMany', 'create'],
    ['user', 'updateMany', 'updateMany', 'update'],
    ['user', 'arrange', 'reorder', 'update'],
    ['user', 'move', 'move', 'update'],
    ['user', 'setLevel', 'update_by', 'level'],
    ['user', 'deleteMany', 'deleteMany', 'delete'],
    ['user', 'dropIt', 'delete_by', 'delete'],
    ['user', 'upsert', 'upsert', ''],
    ['user', 'setSecret', 'set_secret', ''],
    ['user', 'verify', 'verify_secret', ''],
    ['user', 'browse', 'list', 'read'],
    ['god', 'browse', 'list', 'list'],
    ['supergod', 'read', 'read', ''],
    ['User', 'read', 'read', ''],
    ['user ', 'getTree', 'tree', 'all'],
    ['system', 'read', 'read', ''],
    ['system', 'getTree', 'tree', 'all'],
    ['constructor', 'getTree', 'tree', 'all'],
    ['user', 'constructor', 'constructor', ''],
  ]
  for (const [role, name, kind, expected] of table) assert.equal(ids(role, name, kind), expected, `${role} ${name}`)
  assert.equal(loaded.governing('Note', 'god', 'count', 'count'), loaded.governing('Note', 'god', 'count', 'count'))
  assert.deepEqual(loaded.governing('Nope', 'god', 'read', 'read'), [])
})

test('order, repetition and spelling of rules never matter (A17)', () => {
  const roles = fc.uniqueArray(fc.constantFrom(...ladder.keys()), { maxLength: 3 })
  const rule = fc.record({
    role: roles,
    operations: fc.uniqueArray(fc.constantFrom('create', 'read', 'update', 'delete', 'list', 'getTree'), { maxLength: 3 }),
    row_level_filter: fc.constantFrom(
      undefined,
      'level = 1',
      'level = 1 AND ownerId = $user.id',
      'ownerId = $user.id AND level = 1',
      'NOT level = 1 OR false',
    ),
    effect: fc.constantFrom(undefined, 'permit', 'deny'),
    reason: fc.constantFrom(undefined, 'Why'),
  })
  const text = (rules: readonly object[]) => JSON.stringify({ rules: rules.map((r) => ({ entity: 'Note', ...r })) })
  const facts = (loaded: Policy) => [loaded.version, loaded.rules.map((r) => [r.id, line(r)])]
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (rules, seeds) => {
      const shuffled = [...rules, ...rules.filter((_, i) => i % 2 === 0)]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = (seeds.next().value as number) % (i + 1)
        ;[shuffled[i], shuffled[j]] = [shuffled[j] as (typeof rules)[number], shuffled[i] as (typeof rules)[number]]
      }
      const turned = shuffled.map((r) => ({ ...r, role: [...r.role].reverse(), operations: [...r.operations].reverse() }))
      assert.deepEqual(facts(filed(text(turned))), facts(filed(text(rules))))
    }),
    { numRuns: 300 },
  )
})

test('what rules mean decides the version, where they stand does not', () => {
  const version = (acl: string) => policy(acl).version
  assert.equal(version('read: { public: true }\nlist: false'), version('\n\nlist: false\nread:\n  public: true'))
  const different = [
    'read: { public: true }',
    'read: { user: true }',
    'list: { public: true }',
    'read: { public: true, row_level: "level = 1" }',
    'read: { public: true, row_level: "level = 2" }',
    'read: { public: true, check: "level = 1" }',
    'read: { public: true, readable_fields: [id] }',
    'read: { public: true, presets: { level: 1 } }',
    'read: { public: true, reason: x }',
    'read: false',
  ]
  assert.equal(new Set(different.map(version)).size, different.length)
  assert.match(version('read: false'), /^[0-9a-f]{16}$/)
})

test('the rules of the shipped schema load', () => {
  const root = join(import.meta.dirname, '../../../api/schema')
  const read = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => ({ path: join(folder, path), text: readFileSync(join(root, folder, path), 'utf8') }))
  const files = [...read('entities'), ...read('operations'), { path: 'roles.yaml', text: readFileSync(join(root, 'roles.yaml'), 'utf8') }]
  const shipped = parseSchema(files, { internal: read('internal') })
  const loaded = loadPolicy(shipped)
  const may = (entity: string, role: string, name: string) => {
    const rules = loaded.governing(entity, role, name, shipped.entities.get(entity)?.operations.get(name)?.kind ?? '')
    return rules.some((rule) => rule.effect === 'permit')
  }
  const matrix: Readonly<Record<string, readonly string[]>> = {
    User: ['', 'RU', 'CRUD', 'CRUD', 'CRUD'],
    PageView: ['R', 'R', 'R', 'CRUD', 'CRUD'],
    ComponentHierarchy: ['', '', '', 'CRUD', 'CRUD'],
    Workflow: ['', '', '', 'CRUD', 'CRUD'],
    LuaScript: ['', '', '', 'CRUD', 'CRUD'],
    Package: ['', '', 'R', 'CRUD', 'CRUD'],
    Credential: ['', '', '', '', ''],
    Session: ['', '', '', '', ''],
  }
  for (const [name, row] of Object.entries(matrix)) {
    ;[...ladder.keys()].forEach((role, i) => {
      const held = ['create', 'read', 'update', 'delete']
        .filter((right) => may(name, role, right))
        .map((right) => right[0]?.toUpperCase())
        .join('')
      assert.equal(held, row[i], `${name} ${role}`)
    })
  }
})

test('an operation of the schema of a basic kind follows the rules of that kind, under whatever name', () => {
  const kinds = ['create', 'read', 'update', 'delete', 'list', 'count', 'search', 'aggregate', 'createMany', 'updateMany', 'deleteMany'] as const
  for (const kind of kinds) {
    const own = entity('Own', {
      fields: [field('id', 'uuid', { primary: true })],
      operations: [operation('byAnyName', kind)],
      acl: `rules: [{ id: its, role: [user], operations: [${kind}] }]`,
    })
    const loaded = loadPolicy(schema([own]))
    assert.deepEqual(
      loaded.governing('Own', 'user', 'byAnyName', kind).map((rule) => rule.id),
      ['its'],
      kind,
    )
  }
})
