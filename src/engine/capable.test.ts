/** Calls that need what the database cannot do are refused with a way around, and nothing else is; callers see what there is, by role. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDoor } from '../../conformance/doors.ts'
import { nobody, openLab, signedIn, system } from '../../test/support/lab.ts'
import type { Adapter } from '../adapter/adapter.ts'
import type { Capability } from '../adapter/capabilities.ts'
import { createMemoryAdapter } from '../adapters/memory/memory.ts'
import type { Policy } from '../policy/policy.ts'
import { loadPolicy } from '../policy/rules.ts'
import type { Schema, Value } from '../schema/entity.ts'
import { parseSchema } from '../schema/parse.ts'
import type { Needed } from './capable.ts'
import { createEngine } from './engine.ts'

const entities = `
entity: Pet
fields:
  id: { type: integer, primary: true }
  name: { type: string, default: x }
  tags: { type: json, default: {} }
  ownerId: { type: integer, nullable: true, foreign_key: { entity: Person } }
acl: { read: { public: true }, create: { admin: true }, update: { admin: true }, delete: { admin: true } }
---
entity: Person
fields:
  id: { type: integer, primary: true }
acl: { read: { admin: true }, create: { admin: true } }
`
const schema = parseSchema(
  [
    { path: 'roles.yaml', text: 'roles: {public: 1, user: 2, admin: 3, god: 4, supergod: 5}' },
    { path: 'entities/all.yaml', text: entities },
  ],
  {},
)
const admin = signedIn('a', 'admin')

/** The memory adapter, made to lack something. It could answer, so a refusal is the engine's own. */
async function without(...lacking: readonly Capability[]) {
  return openWithout({ schema, policy: loadPolicy(schema) }, lacking)
}

async function openWithout(given: { readonly schema: Schema; readonly policy: Policy }, lacking: readonly Capability[]) {
  const memory = createMemoryAdapter()
  await memory.prepare(given.schema)
  const capabilities = { ...memory.capabilities, ...Object.fromEntries(lacking.map((name) => [name, false])) }
  const adapter: Adapter = {
    name: 'memory',
    capabilities,
    run: (query, args, options) => memory.run(query, args, options),
    transaction: (mode, work, options) => memory.transaction(mode, work, options),
    prepare: (wanted) => memory.prepare(wanted),
    probe: () => memory.probe(),
    gauges: () => memory.gauges(),
    close: () => memory.close(),
  }
  return createEngine({ ...given, adapter })
}

type Call = readonly [method: string, ...params: unknown[]]

/** For each capability calls that need it, in every part of a call where it can stand. */
const needing: Readonly<Record<Needed, readonly Call[]>> = {
  transactions: [['transaction', [{ method: 'create', params: ['Pet', { id: 9 }] }]]],
  jsonQueries: [
    ['list', 'Pet', { filter: { 'tags.a': 1 } }],
    ['list', 'Pet', { filter: { or: [{ id: 1 }, { not: { 'tags.a.b': { gt: 'x' } } }] } }],
    ['count', 'Pet', { filter: { 'tags.a': { isNull: true } } }],
    ['updateMany', 'Pet', { 'tags.a': 1 }, { name: 'y' }],
    ['deleteMany', 'Pet', { 'tags.a': 1 }],
    ['list', 'Person', { include: { pets: { filter: { 'tags.a': 1 } } } }],
    ['aggregate', 'Pet', { filter: { 'tags.a': 1 } }],
  ],
  aggregations: [
    ['aggregate', 'Pet', { count: true }],
    ['aggregate', 'Pet', { groupBy: ['name'] }],
  ],
  relations: [
    ['list', 'Pet', { filter: { owner: { id: 1 } } }],
    ['list', 'Person', { filter: { pets: { some: { id: 1 } } } }],
    ['count', 'Person', { filter: { not: { pets: { none: { id: 1 } } } } }],
    ['list', 'Pet', { include: { owner: true } }],
    ['read', 'Pet', 1, { include: { owner: true } }],
    ['create', 'Pet', { id: 8 }, { include: { owner: true } }],
  ],
}

const plain: readonly Call[] = [
  ['create', 'Pet', { id: 1, tags: { a: 1 } }],
  ['list', 'Pet', { filter: { name: 'x', tags: { isNull: false } }, sort: { name: 'asc' } }],
  ['count', 'Pet'],
  ['update', 'Pet', 1, { name: 'z' }],
  ['search', 'Pet', 'z'],
  ['createMany', 'Pet', [{ id: 2 }, { id: 3 }]],
  ['upsert', 'Pet', { where: { id: 2 }, create: { id: 2 }, update: { name: 'u' } }],
  ['delete', 'Pet', 3],
]

for (const [name, calls] of Object.entries(needing) as [Needed, readonly Call[]][]) {
  test(`without ${name} what needs it is refused with a hint, and the rest goes on`, async () => {
    const lacking = await without(name)
    const whole = await without()
    for (const [i, [method, ...params]] of calls.entries()) {
      // Refused each time: a plan that was refused must not be remembered as one that may run.
      for (const requestId of ['first', 'again']) {
        const reply = await lacking.execute({ method, params, requestId }, admin)
        assert.ok(!reply.ok, `${method} ${JSON.stringify(params)}`)
        assert.equal(reply.error.code, 'CAPABILITY_NOT_SUPPORTED')
        assert.equal(reply.error.details['capability'], name)
        assert.ok((reply.error.details.hint ?? '').length > 20)
      }
      const answered = await whole.execute({ method, params, requestId: `w${i}` }, admin)
      assert.ok(answered.ok || answered.error.code === 'NOT_FOUND', `${method} ${JSON.stringify(params)}`)
    }
    assert.equal(await lacking.system('count', ['Pet'], 'test'), 0)
    for (const [method, ...params] of plain) assert.ok((await lacking.execute({ method, params, requestId: 'p' }, admin)).ok, method)
  })
}

test('rules and validations that the database cannot ask are refused when they are put in force', async () => {
  const ruled = (rule: string, validation = 'true') => {
    const of = [
      { path: 'roles.yaml', text: 'roles: {public: 1, user: 2, admin: 3, god: 4, supergod: 5}' },
      {
        path: 'entities/pets.yaml',
        text: `entity: Pet
fields:
  id: { type: integer, primary: true }
  tags: { type: json, default: {} }
  upId: { type: integer, nullable: true, foreign_key: { entity: Pet } }
relations: { up: { to: Pet, via: upId } }
acl: { rules: [{ id: rule-of-pets, role: user, operations: [read], ${rule} }] }
validations: { sound: { expression: "${validation}", message: not sound } }
`,
      },
    ]
    const made = parseSchema(of, {})
    return { schema: made, policy: loadPolicy(made) }
  }
  const plain = ruled('row_level_filter: "id > 1"')
  const needing: readonly (readonly [ReturnType<typeof ruled>, Capability, RegExp])[] = [
    [ruled(`row_level_filter: "tags.a = 'x'"`), 'jsonQueries', /'rule-of-pets' at entities\/pets\.yaml:7:\d+ needs it/],
    [ruled(`row_level_filter: "id = 1", check: "NOT (tags.a IS NULL)"`), 'jsonQueries', /rule-of-pets/],
    [ruled('row_level_filter: "up.id = 1"'), 'relations', /rule-of-pets/],
    [ruled('row_level_filter: "id IN (SELECT upId FROM Pet)"'), 'relations', /rule-of-pets/],
    [ruled('row_level_filter: "id = 1"', "tags.a != 'x'"), 'jsonQueries', /validation 'sound'/],
  ]
  for (const [given, lacking, told] of needing) {
    const refused = { code: 'CAPABILITY_NOT_SUPPORTED' }
    await assert.rejects(openWithout(given, [lacking]), (error: { code: string; details: { reason: string; capability: string } }) => {
      assert.deepEqual([error.code, error.details.capability], ['CAPABILITY_NOT_SUPPORTED', lacking])
      assert.match(error.details.reason, told)
      return true
    })
    await (await openWithout(given, [])).close()
    const engine = await openWithout(plain, [lacking])
    const before = engine.world()
    assert.throws(() => engine.swap(given.schema, given.policy), refused)
    assert.equal(engine.world(), before)
    await engine.close()
  }
})

test('whoever may not call something learns nothing of what the database can do', async () => {
  const lacking = await without('jsonQueries', 'relations', 'aggregations')
  const asked: readonly (readonly [Call, string])[] = [
    [['list', 'Person', { filter: { pets: { some: {} } } }], 'UNAUTHORIZED'],
    [['list', 'Pet', { include: { owner: true } }], 'VALIDATION_ERROR'],
    [['list', 'Pet', { filter: { 'nosuch.a': 1 } }], 'VALIDATION_ERROR'],
    [['updateMany', 'Pet', { 'tags.a': 1 }, { name: 'x' }], 'UNAUTHORIZED'],
  ]
  for (const [[method, ...params], code] of asked) {
    const reply = await lacking.execute({ method, params, requestId: 'r' }, nobody)
    assert.equal(reply.ok ? 'ok' : reply.error.code, code, method)
  }
})

for (const door of ['in-process', 'daemon'] as const) {
  test(`${door}: getCapabilities tells what the database can do and what the role may call`, async () => {
    const engine = await without('jsonQueries')
    const open = await openDoor(door, engine)
    try {
      const told = (await open.transport.send({ method: 'getCapabilities', params: [], identity: { kind: 'nobody' }, writes: false })) as {
        readonly adapter: string
        readonly features: { readonly [name: string]: boolean }
        readonly entities: { readonly [name: string]: readonly string[] }
      }
      assert.equal(told.adapter, 'memory')
      assert.equal(told.features['jsonQueries'], false)
      assert.equal(told.features['transactions'], true)
      assert.deepEqual(Object.keys(told.entities), ['Pet'])
      assert.ok(told.entities['Pet']?.includes('list') && !told.entities['Pet'].includes('create'))
    } finally {
      await open.close()
      await engine.close()
    }
  })
}

test('getCapabilities is another one for each role', async () => {
  const { call } = await openLab(entities, 'memory')
  const entitiesOf = async (who: Parameters<typeof call>[0]): Promise<readonly string[]> =>
    Object.keys(((await call(who, 'getCapabilities')) as { readonly entities: { readonly [name: string]: Value } }).entities)
  assert.ok(!(await entitiesOf(nobody)).includes('Person'))
  assert.ok((await entitiesOf(admin)).includes('Person'))
  assert.ok((await entitiesOf(system)).includes('Person'))
})
