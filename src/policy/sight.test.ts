/** What a rule's own look at other rows counts: deleted and expired rows never, other tenants' rows only where no tenant binds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../test/support/lab.ts'
import type { Value } from '../schema/entity.ts'

const id = 'id: { type: integer, primary: true }'
const schema = `
entity: Paper
fields:
  ${id}
  folderId: { type: integer, optional: true, foreign_key: { entity: Folder } }
acl:
  read: { role: [user], row_level: "id IN (SELECT paper FROM Share WHERE reader = $user.id)" }
  count: { role: [user], row_level: "folder.open = true" }
  list: { role: [user], row_level: "folder.open IS NULL" }
  aggregate: { role: [user] }
  rules:
    - { role: user, operations: [aggregate], effect: deny, row_level_filter: "id IN (SELECT paper FROM Share WHERE reader = 'banned')" }
---
entity: Folder
soft_delete: gone
fields:
  ${id}
  open: { type: boolean, required: true }
  gone: { type: datetime, optional: true }
---
entity: Share
ttl: { field: until }
soft_delete: gone
fields:
  ${id}
  paper: { type: integer, required: true }
  reader: { type: string, required: true }
  until: { type: datetime, optional: true }
  gone: { type: datetime, optional: true }
---
entity: Doc
tenant: true
fields:
  ${id}
  slug: { type: string, required: true }
acl:
  read: { role: [user], row_level: "slug IN (SELECT slug FROM Pass WHERE reader = $user.id)" }
  rules:
    - { role: god, operations: [read], across_tenants: true, row_level_filter: "slug IN (SELECT slug FROM Pass WHERE reader = $user.id)" }
---
entity: Pass
tenant: true
fields:
  ${id}
  slug: { type: string, required: true }
  reader: { type: string, required: true }
`
const data = (answer: Value): Value => (answer as { data?: { id: Value }[] }).data?.map((row) => row.id) ?? answer

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: a sub-select of a rule is not satisfied by rows that are deleted or past their time`, async () => {
    const { call } = await openLab(schema, which)
    const ann = signedIn('ann')
    await call(system, 'createMany', 'Paper', [{ id: 1 }, { id: 2 }, { id: 3 }])
    await call(system, 'createMany', 'Share', [
      { id: 1, paper: 1, reader: 'ann' },
      { id: 2, paper: 2, reader: 'ann', until: '2020-01-01T00:00:00.000Z' },
      { id: 3, paper: 3, reader: 'ann' },
      { id: 4, paper: 1, reader: 'banned' },
      { id: 5, paper: 2, reader: 'banned', until: '2020-01-01T00:00:00.000Z' },
    ])
    await call(system, 'delete', 'Share', 3)
    const seen = async (paper: number) => ((await call(ann, 'read', 'Paper', paper)) as { id?: number }).id
    assert.deepEqual([await seen(1), await seen(2), await seen(3)], [1, undefined, undefined])
    assert.deepEqual(
      await call(ann, 'aggregate', 'Paper', { groupBy: ['id'] }),
      [
        { id: 2, count: 1 },
        { id: 3, count: 1 },
      ],
      'a deny alike',
    )
  })

  test(`${which}: a path of a rule ends at a deleted row as at a missing one`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'createMany', 'Folder', [
      { id: 1, open: true },
      { id: 2, open: true },
    ])
    await call(system, 'createMany', 'Paper', [{ id: 1, folderId: 1 }, { id: 2, folderId: 2 }, { id: 3 }])
    await call(system, 'delete', 'Folder', 2)
    assert.equal(await call(signedIn('ann'), 'count', 'Paper'), 1)
    assert.deepEqual(data(await call(signedIn('ann'), 'list', 'Paper')), [2, 3])
  })

  test(`${which}: another tenant's rows give no rights here, but to a rule across tenants`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'createMany', 'Doc', [
      { id: 1, tenantId: 'a', slug: 'x' },
      { id: 2, tenantId: 'a', slug: 'y' },
    ])
    await call(system, 'createMany', 'Pass', [
      { id: 1, tenantId: 'b', slug: 'x', reader: 'ann' },
      { id: 2, tenantId: 'a', slug: 'y', reader: 'ann' },
    ])
    assert.deepEqual(data(await call(signedIn('ann', 'user', { tenantId: 'a' }), 'list', 'Doc')), [2])
    assert.deepEqual(data(await call(signedIn('ann', 'user'), 'list', 'Doc')), [])
    assert.deepEqual(data(await call(signedIn('ann', 'god', { tenantId: 'c' }), 'list', 'Doc')), [1, 2])
  })
}
