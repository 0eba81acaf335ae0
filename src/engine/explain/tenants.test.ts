/** Whom and what a developer of one tenant, or of none, may ask about: each case that is refused would have told something of another tenant. */
import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { type Lab, openLab, signedIn, system } from '../../../test/support/lab.ts'
import { systemPrincipal } from '../../policy/principal.ts'
import type { Value } from '../../schema/entity.ts'

const schema = `
entity: User
owner: id
fields:
  id: { type: uuid, primary: true, generated: true }
  username: { type: string, required: true, unique: true }
  email: { type: email, required: true }
  role: { type: enum, values: [user, god], default: user }
  tenantId: { type: string, optional: true, nullable: true }
acl:
  read: { self: true }
---
entity: Doc
tenant: true
fields:
  id: { type: string, primary: true }
  title: { type: string, required: true }
acl:
  rules:
    - { id: docs, role: [user], operations: [read, update], row_level_filter: "title != 'x'" }
    - { id: owners, role: [supergod], operations: [read], across_tenants: true }
---
entity: Page
fields:
  id: { type: string, primary: true }
  docId: { type: string, nullable: true, foreign_key: { entity: Doc, field: id } }
acl:
  rules:
    - { id: pages, role: [user], operations: [read], row_level_filter: "doc.title = 'open'" }
---
entity: Sign
fields:
  id: { type: string, primary: true }
acl:
  read: { user: true }
`

type Tree = { readonly [name: string]: Tree } & Value

async function openFilled(which: 'memory' | 'sqlite'): Promise<Lab> {
  const lab = await openLab(schema, which)
  await lab.call(system, 'create', 'Doc', { id: 'r', title: 'secret of red', tenantId: 'red' })
  await lab.call(system, 'create', 'Doc', { id: 'b', title: 'plan of blue', tenantId: 'blue' })
  await lab.call(system, 'create', 'Page', { id: 'p', docId: 'r' })
  await lab.call(system, 'create', 'Page', { id: 'q', docId: 'b' })
  await lab.call(system, 'create', 'Sign', { id: 's' })
  await lab.call(system, 'create', 'User', { username: 'rita', email: 'rita@example.com', role: 'user', tenantId: 'red' })
  await lab.call(system, 'create', 'User', { username: 'users', email: 'users@example.com', role: 'user', tenantId: 'red' })
  await lab.call(system, 'create', 'User', { username: 'bob', email: 'bob@example.com', role: 'user', tenantId: 'blue' })
  return lab
}

const idOf = async (lab: Lab, username: string): Promise<Value> =>
  ((await lab.call(system, 'list', 'User', { filter: { username } })) as unknown as { data: { id: string }[] }).data[0]?.id ?? null

const blue = signedIn('g', 'god', { tenantId: 'blue' })
const rootless = signedIn('g', 'god')
const owner = signedIn('o', 'supergod', { tenantId: 'blue' })
const red = { role: 'user', id: 'x', tenantId: 'red' }
const list = ['list', ['Doc', {}]] as const

for (const which of ['memory', 'sqlite'] as const) {
  describe(which, () => {
    const told = async (lab: Lab, who: typeof blue, ...params: unknown[]): Promise<Tree> => (await lab.call(who, 'explain', ...params)) as Tree
    const refused = (answer: Tree) => assert.match(JSON.stringify(answer), /"VALIDATION_ERROR".*"field":"as"/)

    test('nobody of another tenant, and nobody who reaches into one', async () => {
      const lab = await openFilled(which)
      for (const as of [red, 'supergod', { role: 'supergod', tenantId: 'blue' }]) {
        refused(await told(lab, blue, ...list, as))
        refused(await told(lab, rootless, ...list, as))
      }
      assert.deepEqual((await told(lab, blue, ...list, 'user'))['outcome'], { ok: true, rows: 1, total: 1 })
      assert.deepEqual((await told(lab, rootless, ...list, 'user'))['outcome'], { ok: true, rows: 0, total: 0 })
      await lab.engine.close()
    })

    test('an account of another tenant is refused in the same words as one that there is not', async () => {
      const lab = await openFilled(which)
      for (const [taken, free] of [
        ['rita', 'nita'],
        ['users', 'userz'],
        [{ id: await idOf(lab, 'rita') }, { id: '0197c5a2-0000-7000-8000-000000000000' }],
      ] as const) {
        const [other, none] = [await told(lab, blue, ...list, taken), await told(lab, blue, ...list, free)]
        refused(other)
        assert.deepEqual(other, none)
        assert.equal((await told(lab, owner, ...list, taken))['tenantId'], 'red')
      }
      assert.equal((await told(lab, blue, ...list, 'bob'))['tenantId'], 'blue')
      await lab.engine.close()
    })

    test('who may act across tenants asks about all of them', async () => {
      const lab = await openFilled(which)
      assert.deepEqual((await told(lab, owner, ...list, red))['outcome'], { ok: true, rows: 1, total: 1 })
      assert.deepEqual((await told(lab, owner, ...list, 'supergod'))['outcome'], { ok: true, rows: 2, total: 2 })
      assert.equal((await told(lab, owner, 'read', ['Doc', 'r'], 'user'))['row']?.['exists'], true)
      await lab.engine.close()
    })

    test('a row of a tenant is no row to a developer without one', async () => {
      const lab = await openFilled(which)
      assert.deepEqual((await told(lab, rootless, 'read', ['Doc', 'r'], 'user'))['row'], { exists: false })
      assert.deepEqual((await told(lab, blue, 'update', ['Doc', 'r', { title: 'y' }], 'user'))['row'], { exists: false })
      await lab.engine.close()
    })

    test('a call that reaches rows of tenants from elsewhere is bound too', async () => {
      const lab = await openFilled(which)
      const reaching = ['list', ['Page', { filter: { doc: { title: 'secret of red' } } }]] as const
      refused(await told(lab, rootless, ...reaching, red))
      assert.equal((await told(lab, rootless, 'list', ['Sign', {}], red))['outcome']?.['ok'], true)
      await lab.engine.close()
    })

    test('what a path ends at in another tenant is not told', async () => {
      const lab = await openFilled(which)
      const other = JSON.stringify(await told(lab, blue, 'read', ['Page', 'p'], 'user'))
      assert.ok(!other.includes('secret of red'), other)
      assert.match(other, /"docId→Doc\.title":"\(hidden\)"/)
      assert.match(JSON.stringify(await told(lab, blue, 'read', ['Page', 'q'], 'user')), /"docId→Doc\.title":"plan of blue"/)
      assert.match(JSON.stringify(await told(lab, systemPrincipal('test') as typeof blue, 'read', ['Page', 'p'], 'user')), /secret of red/)
      await lab.engine.close()
    })

    test('nobody but the engine asks as the engine', async () => {
      const lab = await openFilled(which)
      const asking = ['list', ['Credential', { filter: { username: { startsWith: 'a' } } }]] as const
      refused(await told(lab, rootless, ...asking, 'system'))
      refused(await told(lab, rootless, ...asking, { role: 'system' }))
      assert.equal((await told(lab, systemPrincipal('test') as typeof blue, ...asking, 'system'))['outcome']?.['ok'], true)
      await lab.engine.close()
    })
  })
}
