/** A unique field that others refer to may change; the rows that hold its value follow, through chains and tenants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, system } from '../../../test/support/lab.ts'

const chain = `
entity: Account
tenant: tenantId
fields:
  id: { type: integer, primary: true }
  tenantId: { type: string, required: true }
  name: { type: string, optional: true, unique: true, max_length: 5 }
---
entity: Badge
tenant: tenantId
fields:
  id: { type: integer, primary: true }
  tenantId: { type: string, required: true }
  account: { type: string, optional: true, unique: true, max_length: 4, foreign_key: { entity: Account, field: name, on_delete: restrict } }
---
entity: Visit
tenant: tenantId
fields:
  id: { type: integer, primary: true }
  tenantId: { type: string, required: true }
  badge: { type: string, optional: true, foreign_key: { entity: Badge, field: account, on_delete: cascade } }
`

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: renaming a user carries the references of its name along`, async () => {
    const { call } = await openLab(undefined, which)
    const made = (await call(system, 'create', 'User', { username: 'john', email: 'j@x.org', role: 'user' })) as { id: string }
    await call(system, 'call', 'Credential', 'set', ['john', 'correct horse battery'])
    const renamed = (await call(system, 'update', 'User', made.id, { username: 'jack' })) as { username: string }
    assert.equal(renamed.username, 'jack')
    const credentials = (await call(system, 'list', 'Credential')) as { data: { username: string }[] }
    assert.deepEqual(
      credentials.data.map((row) => row.username),
      ['jack'],
    )
    assert.equal(await call(system, 'call', 'Credential', 'verify', ['jack', 'correct horse battery']), true)
  })

  test(`${which}: a rename runs down a chain, stays in its tenant, and is undone whole where a row cannot follow`, async () => {
    const { call } = await openLab(chain, which)
    const fill = async (at: number, tenantId: string) => {
      await call(system, 'create', 'Account', { id: at, tenantId, name: 'ann' })
      await call(system, 'create', 'Badge', { id: at, tenantId, account: 'ann' })
      await call(system, 'create', 'Visit', { id: at, tenantId, badge: 'ann' })
    }
    await fill(1, 'a')
    await fill(2, 'b')
    const badges = async () => ((await call(system, 'list', 'Visit')) as { data: { badge: string }[] }).data.map((row) => row.badge)
    await call(system, 'update', 'Account', 1, { name: 'bob' })
    assert.deepEqual(await badges(), ['bob', 'ann'])
    const refused = (await call(system, 'update', 'Account', 1, { name: 'robin' })) as { name: string }
    assert.equal(refused.name, 'VALIDATION_ERROR')
    assert.deepEqual(await badges(), ['bob', 'ann'])
    assert.equal(((await call(system, 'read', 'Account', 1)) as { name: string }).name, 'bob')
    await call(system, 'update', 'Account', 2, { name: null })
    assert.deepEqual(await badges(), ['bob', null])
  })
}
