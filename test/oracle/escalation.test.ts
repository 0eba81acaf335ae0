/**
 * Nobody gains a role or a tenant, by any path: every caller of the shipped schema tries to give every role to every account by each way
 * of writing a row, alone, in a transaction and in one that is led call by call. Judged by the accounts as they are stored afterwards.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Value } from '../../src/schema/entity.ts'
import { type Lab, openLab, signedIn } from '../support/lab.ts'

const ladder = ['user', 'admin', 'god', 'supergod'] as const
type Role = (typeof ladder)[number]
const idOf = (n: number): string => `00000000-0000-7000-8000-00000000000${n}`

interface Account {
  readonly id: string
  readonly role: Role
}
const accounts: readonly Account[] = ladder.flatMap((role, i) => [
  { id: idOf(2 * i + 1), role },
  { id: idOf(2 * i + 2), role },
])

interface Call {
  readonly method: string
  readonly params: readonly Value[]
}
/** Ways to give `role` to an account, or to one made for it. */
const paths = (target: Account, role: Role): readonly Call[] => {
  const fresh = { username: `new_${role}`, email: `new_${role}@x.org`, role }
  const where = { id: target.id }
  return [
    { method: 'create', params: ['User', fresh] },
    { method: 'createMany', params: ['User', [fresh]] },
    { method: 'createMany', params: ['User', [{ ...fresh, username: 'plain', email: 'p@x.org', role: 'user' }, fresh]] },
    { method: 'update', params: ['User', target.id, { role }] },
    { method: 'update', params: ['User', target.id, { role, email: 'other@x.org' }] },
    { method: 'updateMany', params: ['User', where, { role }] },
    { method: 'updateMany', params: ['User', {}, { role }, { all: true }] },
    { method: 'upsert', params: ['User', { where, create: fresh, update: { role } }] },
    { method: 'upsert', params: ['User', { where: { username: fresh.username }, create: fresh, update: { role } }] },
    { method: 'update', params: ['User', target.id, { credential: { user: { role } } }] },
    { method: 'create', params: ['Session', { userId: target.id, token: 'x', expiresAt: '2030-01-01T00:00:00.000Z' }] },
    { method: 'create', params: ['Credential', { username: 'name1', passwordHash: 'x' }] },
    { method: 'call', params: ['Credential', 'set', { username: 'name1', password: 'correct horse battery' }] },
  ]
}

type Stored = ReadonlyMap<string, string>
async function stored(lab: Lab): Promise<Stored> {
  const { data } = (await lab.engine.system('list', ['User', { limit: 100 }], 'look')) as unknown as { data: readonly Account[] }
  return new Map(data.map(({ id, role }) => [id, role]))
}

const level = (role: string): number => ladder.indexOf(role as Role)

/** Roles that the caller had no right to give. */
function gained(caller: Account, before: Stored, after: Stored): readonly string[] {
  return [...after].flatMap(([id, role]) => {
    if (before.get(id) === role) return []
    const may = caller.role === 'supergod' ? id !== caller.id : id !== caller.id && level(role) < level(caller.role) && level(caller.role) > 0
    return may ? [] : [`${caller.role} made ${id} ${role}`]
  })
}

async function carried(lab: Lab, caller: Account, call: Call): Promise<void> {
  const who = signedIn(caller.id, caller.role)
  const connection = new AbortController().signal
  await lab.send(who, call)
  await lab.send(who, { method: 'transaction', params: [[call]] })
  const { transaction } = (await lab.send(who, { method: 'begin', params: [], connection })) as { transaction: string }
  await lab.send(who, { ...call, transaction, connection })
  await lab.send(who, { method: 'commit', params: [], transaction, connection })
}

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: nobody gives a role that is not below the own, and nobody changes the own`, async () => {
    const lab = await openLab(undefined, which)
    try {
      const made: Account[] = []
      for (const { role } of accounts) {
        const n = made.length + 1
        const row = (await lab.engine.system('create', ['User', { username: `name${n}`, email: `m${n}@x.org`, role }], 'accounts')) as { id: string }
        made.push({ id: row.id, role })
      }
      let changes = 0
      for (const caller of made.filter((_, i) => i % 2 === 0)) {
        for (const target of made) {
          for (const role of ladder) {
            for (const call of paths(target, role)) {
              const before = await stored(lab)
              await carried(lab, caller, call)
              const after = await stored(lab)
              const same = after.size === before.size && [...after].every(([id, one]) => before.get(id) === one)
              if (same) continue
              changes++
              assert.deepEqual(gained(caller, before, after), [], JSON.stringify(call))
              for (const id of after.keys()) if (!before.has(id)) await lab.engine.system('delete', ['User', id], 'tidy')
              for (const one of made) await lab.engine.system('update', ['User', one.id, { role: one.role }], 'tidy')
            }
          }
        }
      }
      assert.ok(changes > 50, `only ${changes} roles were given at all`)
    } finally {
      await lab.engine.close()
    }
  })
}

test('the judge sees a role that was not to be given', () => {
  const [user, , admin] = accounts as [Account, Account, Account]
  const before = new Map(accounts.map(({ id, role }) => [id, role as string]))
  const other = idOf(2)
  for (const [caller, id, role, wrong] of [
    [user, user.id, 'admin', true],
    [admin, other, 'admin', true],
    [admin, admin.id, 'user', true],
    [admin, 'new', 'user', false],
    [user, 'new', 'user', true],
  ] as const)
    assert.equal(gained(caller, before, new Map([...before, [id, role]])).length > 0, wrong, `${caller.role} ${role}`)
})
