import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import type { Schema } from './entity.ts'
import { parseSchema } from './parse.ts'

const one = (...texts: string[]): Schema => parseSchema(texts.map((text, i) => ({ path: `${i}.yaml`, text })))
const keyed = (name: string, rest: string): string => `entity: ${name}\nfields:\n  id: {type: integer, primary: true}\n${rest}`

test('several documents stand in one file of a flat folder; rules, tests and other YAML are left alone', () => {
  const schema = parseSchema([
    { path: 'all.yaml', text: `${keyed('A', '')}---\n${keyed('B', '')}` },
    { path: 'rules.yaml', text: 'rules: []\n' },
    { path: 'a.policy.test.yaml', text: 'entity: A\nfields: 1\n' },
    { path: 'notes.txt', text: ': : :' },
  ])
  assert.deepEqual([...schema.entities.keys()], ['A', 'B'])
  assert.deepEqual([...schema.roles], [['public', 1]])
})

test('a file that is nearly an entity is not passed over in silence', () => {
  assert.throws(
    () => one(keyed('A', ''), 'entitty: B\nfields: {}\n'),
    (error) => error instanceof DBALError && /did you mean "entity"/.test(error.details.fields?.[0]?.error ?? ''),
  )
})

test('names of tables, columns and client properties', () => {
  const schema = one(
    keyed(
      'OrderLine',
      '  unitPrice: {type: decimal, precision: 10, scale: 2, required: true}\n  htmlURL: {type: string, optional: true, column: page}\n',
    ),
    keyed('Category', ''),
    keyed('Box', ''),
    keyed('Person', ''),
    keyed('MediaType', ''),
    keyed('Day', 'plural: calendar\ntable: cal\n'),
  )
  assert.deepEqual(
    [...schema.entities.values()].map((e) => `${e.plural} ${e.table}`),
    ['orderLines order_lines', 'categories categories', 'boxes boxes', 'people people', 'mediaTypes media_types', 'calendar cal'],
  )
  assert.deepEqual(
    [...schema.entities.get('OrderLine')!.fields.values()].map((field) => field.column),
    ['id', 'unit_price', 'page'],
  )
})

test('a field is required of the caller only where nothing else gives its value', () => {
  const fields = one(
    keyed(
      'A',
      [
        '  a: {type: string, required: true}',
        '  b: {type: string, required: true, default: x}',
        '  c: {type: string, optional: true}',
        '  d: {type: string, optional: true, default: x}',
        '  e: {type: string, nullable: true}',
        '  f: {type: string, required: true, nullable: true}',
        '  g: {type: datetime, default: now}',
        '  h: {type: bigint, default: 9007199254740993}',
        '  i: {type: decimal, precision: 5, scale: 2, default: 1.10}',
        '  j: {type: int, default: 3}',
        '  k: {type: string, optional: true, default: null}',
      ].join('\n'),
    ),
  ).entities.get('A')!.fields
  const show = (name: string) => [fields.get(name)!.required, fields.get(name)!.nullable, fields.get(name)!.default]
  assert.deepEqual('abcdefghijk'.split('').map(show), [
    [true, false, undefined],
    [false, false, 'x'],
    [false, true, undefined],
    [false, false, 'x'],
    [false, true, undefined],
    [true, true, undefined],
    [false, false, 'now'],
    [false, false, '9007199254740993'],
    [false, false, '1.10'],
    [false, false, 3],
    [false, true, undefined],
  ])
  assert.equal(fields.get('j')!.type, 'integer')
})

test('tenant, version, owner, soft delete', () => {
  const entity = one(
    keyed(
      'A',
      '  userId: {type: uuid, required: true}\n  deletedAt: {type: datetime, optional: true}\ntenant: true\nversioned: true\nowner: userId\nsoft_delete: deletedAt\n',
    ),
  ).entities.get('A')!
  const { kept, required, index, type, column } = entity.fields.get('tenantId')!
  assert.deepEqual([kept, required, index, type, column], ['tenant', true, true, 'string', 'tenant_id'])
  assert.deepEqual([entity.fields.get('version')!.kept, entity.fields.get('version')!.type, entity.versioned], ['version', 'integer', 'version'])
  assert.deepEqual([entity.tenant, entity.owner, entity.softDelete], ['tenantId', 'userId', 'deletedAt'])
})

test('default names of relations in both directions', () => {
  const schema = one(
    keyed(
      'Post',
      '  authorId: {type: integer, required: true, foreign_key: {entity: Person}}\n  editorId: {type: integer, optional: true, foreign_key: {entity: Person}}\n  topic: {type: integer, optional: true, foreign_key: {entity: Topic}}\n',
    ),
    keyed('Person', '  bossId: {type: integer, optional: true, foreign_key: {entity: Person}}\n'),
    keyed('Topic', ''),
    keyed('Card', '  personId: {type: integer, required: true, unique: true, foreign_key: {entity: Person}}\n'),
  )
  const names = (entity: string) => [...schema.entities.get(entity)!.relations.values()].map((r) => `${r.name}:${r.kind}:${r.target}`)
  assert.deepEqual(names('Post'), ['author:one:Person', 'editor:one:Person', 'topicTopic:one:Topic'])
  assert.deepEqual(names('Person'), ['postsByAuthor:many:Post', 'postsByEditor:many:Post', 'boss:one:Person', 'people:many:Person', 'card:one:Card'])
  assert.deepEqual(names('Topic'), ['posts:many:Post'])
})

test('declared relations: composite key, both directions, many to many', () => {
  const schema = one(
    'entity: Link\nfields:\n  a: {type: integer, foreign_key: {entity: A}, required: true}\n  b: {type: integer, foreign_key: {entity: B}, required: true}\nprimary_key: [a, b]\nrelations:\n  notes: {many: Note, via: [x, y]}\n',
    keyed('A', 'relations:\n  bs: {many: B, through: Link}\n'),
    keyed('B', ''),
    keyed('Note', '  x: {type: integer, required: true}\n  y: {type: integer, required: true}\nrelations:\n  link: {to: Link, via: [x, y]}\n'),
  )
  assert.deepEqual(schema.entities.get('A')!.relations.get('bs'), {
    name: 'bs',
    kind: 'many',
    target: 'B',
    local: ['id'],
    foreign: ['id'],
    through: { entity: 'Link', local: ['a'], foreign: ['b'] },
  })
  assert.deepEqual(schema.entities.get('Note')!.relations.get('link'), {
    name: 'link',
    kind: 'one',
    target: 'Link',
    local: ['x', 'y'],
    foreign: ['a', 'b'],
  })
  assert.deepEqual(schema.entities.get('Link')!.relations.get('notes'), {
    name: 'notes',
    kind: 'many',
    target: 'Note',
    local: ['a', 'b'],
    foreign: ['x', 'y'],
  })
  assert.deepEqual(schema.entities.get('Link')!.key, ['a', 'b'])
})

test('a schema without them gets the shipped entities with their operations, and keeps its own', () => {
  const shipped = [
    { path: 'entities/u.yaml', text: keyed('U', '  name: {type: string, required: true}\n') },
    { path: 'entities/s.yaml', text: keyed('S', '') },
    { path: 'operations/u.ops.yaml', text: 'entity: U\noperations:\n  byName: {kind: list_by, by: [name]}\n' },
    { path: 'operations/s.ops.yaml', text: 'entity: S\noperations:\n  list: {max_limit: 7}\n' },
    { path: 'roles.yaml', text: 'roles: {public: 1, boss: 2}\n' },
  ]
  const schema = parseSchema([{ path: 'entities/u.yaml', text: keyed('U', '  nick: {type: string, required: true}\n') }], { shipped })
  assert.deepEqual([...schema.entities.keys()], ['U', 'S'])
  assert.ok(schema.entities.get('U')!.fields.has('nick') && !schema.entities.get('U')!.operations.has('byName'))
  assert.equal(schema.entities.get('S')!.operations.get('list')!.maxLimit, 7)
  assert.deepEqual(
    [...schema.roles],
    [
      ['public', 1],
      ['boss', 2],
    ],
  )
  assert.deepEqual(schema.developerRoles, ['boss'])
})

test('engine entities are marked, invisible to references, and their prefix is theirs', () => {
  const internal = [{ path: 'internal/x.yaml', text: keyed('DbalX', '') }]
  const schema = parseSchema([{ path: 'a.yaml', text: keyed('A', '') }], { internal })
  assert.deepEqual(
    [...schema.entities.values()].map((e) => [e.name, e.internal]),
    [
      ['A', false],
      ['DbalX', true],
    ],
  )
  assert.throws(
    () => parseSchema([{ path: 'a.yaml', text: keyed('A', '  x: {type: integer, optional: true, foreign_key: {entity: DbalX}}\n') }], { internal }),
    /Validation failed/,
  )
})

test('an alias is a value like any other', () => {
  const schema = one(
    'entity: A\nfields:\n  id: {type: integer, primary: true}\n  a: &name {type: string, required: true, max_length: 9}\n  b: *name\n',
  )
  assert.equal(schema.entities.get('A')!.fields.get('b')!.maxLength, 9)
})

test('places of access rules', () => {
  const acl = one(keyed('A', 'acl:\n  read: {public: true}\n  rules:\n    - role: [x]\n')).entities.get('A')!.acl!
  assert.deepEqual(acl.place('rules[0].role[0]'), { file: '0.yaml', line: 7, column: 14 })
  assert.deepEqual(acl.place('rules.0.role.0'), acl.place('rules[0].role[0]'))
  assert.deepEqual(acl.place('read.nosuch'), acl.place('read'))
  assert.deepEqual(acl.value, { read: { public: true }, rules: [{ role: ['x'] }] })
})
