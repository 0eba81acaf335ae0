/**
 * A copy made as somebody is bound by that one's rules: nobody gains a role, a tenant or somebody else's rows by importing, and an export
 * holds what a list would show. Judged by what is stored afterwards.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../src/policy/principal.ts'
import { openLabOn } from '../backends/lab.ts'
import { exported, imported, linesOf } from './copy.ts'

const entities = `
entity: Account
owner: id
fields:
  id: { type: uuid, primary: true, generated: true }
  name: { type: string, max_length: 20, required: true, unique: true }
  role: { type: enum, values: [user, admin, god], default: user }
acl:
  read: { self: true, admin: true }
  rules:
    - { role: admin, operations: [create], check: "level(role) < $user.level" }
    - { role: god, operations: [create] }
---
entity: Note
tenant: true
versioned: true
soft_delete: goneAt
owner: ownerId
fields:
  id: { type: uuid, primary: true, generated: true }
  ownerId: { type: uuid, required: true, foreign_key: { entity: Account } }
  title: { type: string, max_length: 20, required: true }
  pay: { type: integer, optional: true }
  madeAt: { type: datetime, generated: true, immutable: true }
  goneAt: { type: datetime, optional: true }
acl:
  read: { self: true, except_fields: [pay] }
  create: { self: true, writable_fields: [ownerId, title] }
`
const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const as = (n: number, role: string, tenantId?: string): Principal => ({
  kind: 'user',
  id: idOf(n),
  role,
  attributes: {},
  ...(tenantId === undefined ? {} : { tenantId }),
})
const ana = as(1, 'user', 'one')
const ben = as(2, 'user', 'one')
const adam = as(3, 'admin', 'one')
const accounts = linesOf([
  ['Account', { id: idOf(1), name: 'ana', role: 'user' }],
  ['Account', { id: idOf(2), name: 'ben', role: 'user' }],
  ['Account', { id: idOf(3), name: 'adam', role: 'admin' }],
])

async function lab() {
  const opened = await openLabOn('memory', { entities })
  assert.equal((await imported(opened.engine, accounts)).error, undefined)
  return { ...opened, stored: () => exported(opened.engine) }
}

const note = { ownerId: idOf(1), title: 'mine' }
const refused: readonly (readonly [what: string, who: Principal, entity: string, row: object, code: string])[] = [
  ['a god, made by a user', ana, 'Account', { name: 'x', role: 'god' }, 'FORBIDDEN'],
  ['a user, made by a user', ana, 'Account', { name: 'x', role: 'user' }, 'FORBIDDEN'],
  ['a god, made by an admin', adam, 'Account', { name: 'x', role: 'god' }, 'FORBIDDEN'],
  ['an admin, made by an admin', adam, 'Account', { name: 'x', role: 'admin' }, 'FORBIDDEN'],
  ['the key of a new account', adam, 'Account', { id: idOf(9), name: 'x' }, 'VALIDATION_ERROR'],
  ['somebody else as the owner', ana, 'Note', { ...note, ownerId: idOf(2) }, 'VALIDATION_ERROR'],
  ['another tenant', ana, 'Note', { ...note, tenantId: 'two' }, 'VALIDATION_ERROR'],
  ['the own tenant', ana, 'Note', { ...note, tenantId: 'one' }, 'VALIDATION_ERROR'],
  ['a key', ana, 'Note', { ...note, id: idOf(9) }, 'VALIDATION_ERROR'],
  ['a version', ana, 'Note', { ...note, version: 9 }, 'VALIDATION_ERROR'],
  ['a time of making', ana, 'Note', { ...note, madeAt: '2001-01-01T00:00:00.000Z' }, 'VALIDATION_ERROR'],
  ['a row that is deleted already', ana, 'Note', { ...note, goneAt: '2001-01-01T00:00:00.000Z' }, 'VALIDATION_ERROR'],
  ['a field outside of its lists', ana, 'Note', { ...note, pay: 1 }, 'VALIDATION_ERROR'],
  ['anything, by somebody without a tenant', as(1, 'user'), 'Note', note, 'FORBIDDEN'],
  ['anything, by nobody', { kind: 'public', role: 'public', attributes: {} }, 'Note', note, 'UNAUTHORIZED'],
]

for (const [what, who, entity, row, code] of refused) {
  test(`importing does not give ${what}`, async (t) => {
    const { engine, stored, close } = await lab()
    t.after(close)
    const before = await stored()
    // Alone, and behind a row that is in order.
    const good = entity === 'Note' ? [['Note', note] as const] : [['Account', { name: 'fine' }] as const]
    for (const rows of [[[entity, row] as const], [...good, [entity, row] as const]]) {
      const { error } = await imported(engine, linesOf(rows), { who })
      assert.equal(error?.code, code, JSON.stringify(error?.details))
      assert.equal(await stored(), before)
    }
  })
}

test('with new keys, what a caller cannot give is left out, and cannot be brought in by it', async (t) => {
  const { engine, stored, close } = await lab()
  t.after(close)
  const row = { ...note, id: idOf(9), version: 9, tenantId: 'two', madeAt: '2001-01-01T00:00:00.000Z', goneAt: '2001-01-01T00:00:00.000Z' }
  assert.equal((await imported(engine, linesOf([['Note', row]]), { who: ana, newKeys: true })).error, undefined)
  const { row: made } = JSON.parse((await stored()).trimEnd().split('\n').at(-1) as string) as { row: typeof row }
  assert.deepEqual([made.version, made.tenantId, made.goneAt], [1, 'one', null])
  assert.notEqual(made.id, row.id)
  assert.notEqual(made.madeAt, row.madeAt)
})

test('an export holds what its account may see, and no trace of anything else', async (t) => {
  const { engine, close } = await lab()
  t.after(close)
  const all = linesOf([
    ['Note', { id: idOf(11), ownerId: idOf(1), title: 'of ana', pay: 7701, tenantId: 'one' }],
    ['Note', { id: idOf(12), ownerId: idOf(2), title: 'of ben', pay: 7702, tenantId: 'one' }],
    ['Note', { id: idOf(13), ownerId: idOf(1), title: 'elsewhere', pay: 7703, tenantId: 'two' }],
    ['Note', { id: idOf(14), ownerId: idOf(1), title: 'deleted', pay: 7704, tenantId: 'one', goneAt: '2001-01-01T00:00:00.000Z' }],
  ])
  assert.equal((await imported(engine, all)).error, undefined)
  const text = await exported(engine, ana)
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { entity: string; row: Readonly<Record<string, unknown>> })
  assert.deepEqual(
    rows.map(({ entity, row }) => [entity, row['title'] ?? row['name']]),
    [
      ['Account', 'ana'],
      ['Note', 'of ana'],
    ],
  )
  assert.ok(!('pay' in (rows[1]?.row ?? {})))
  assert.doesNotMatch(text, /770|ben|adam|elsewhere|deleted/)
  // Without a rule of its own the same file of everything shows all four.
  assert.equal((await exported(engine)).match(/"pay":770/g)?.length, 4)
})

test('two databases that differ in what somebody may not see give that one the same export', async (t) => {
  const texts: string[] = []
  for (const secret of ['a', 'b']) {
    const { engine, close } = await lab()
    t.after(close)
    const hidden =
      secret === 'a'
        ? []
        : [['Note', { id: idOf(12), ownerId: idOf(2), title: secret, pay: 1, tenantId: 'one', madeAt: '2001-01-01T00:00:00.000Z' }] as const]
    const shown = [
      'Note',
      { id: idOf(11), ownerId: idOf(1), title: 'x', pay: secret === 'a' ? 1 : 2, tenantId: 'one', madeAt: '2001-01-01T00:00:00.000Z' },
    ] as const
    assert.equal((await imported(engine, linesOf([...hidden, shown]))).error, undefined)
    texts.push(await exported(engine, ana))
  }
  assert.equal(texts[0], texts[1])
  assert.match(texts[0] as string, /"title":"x"/)
})

test('asked for by name, what may not be listed is an error; else it is left out', async (t) => {
  const { engine, close } = await lab()
  t.after(close)
  const nobody: Principal = { kind: 'public', role: 'public', attributes: {} }
  assert.equal(await exported(engine, nobody), '')
  await assert.rejects(exported(engine, nobody, new Set(['Note'])), { code: 'UNAUTHORIZED' })
  assert.ok((await exported(engine, ben)).includes('ben'))
})
