import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'

const yaml = `
entity: Thing
fields:
  code: { type: integer, primary: true, required: true }
  label: { type: string, required: true }
  open: { type: boolean, required: true }
acl:
  rules:
    - { entity: Thing, role: user, operations: [read], readable_fields: [label] }
    - { entity: Thing, role: user, operations: [read], row_level_filter: "open = true" }
    - { entity: Thing, role: admin, operations: [read], readable_fields: [label] }
`

const linked = `
entity: Shelf
fields:
  id: { type: integer, primary: true, required: true }
  name: { type: string, required: true }
acl: { rules: [{ role: user, operations: [read], readable_fields: [name] }] }
---
entity: Book
fields:
  id: { type: integer, primary: true, required: true }
  shelfId: { type: integer, optional: true, foreign_key: { entity: Shelf } }
acl: { rules: [{ role: user, operations: [read] }] }
`

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: a relation to a row whose key no rule shows is unknown, not null`, async () => {
    const { call } = await openLab(linked, which)
    await call(system, 'create', 'Shelf', { id: 1, name: 'top' })
    await call(system, 'create', 'Book', { id: 1, shelfId: 1 })
    for (const options of [{ include: { shelf: true } }, { filter: { shelf: null } }, { filter: { shelf: { name: 'top' } } }])
      assert.equal(((await call(signedIn('u'), 'list', 'Book', options)) as { name?: string }).name, 'VALIDATION_ERROR')
  })

  test(`${which}: a key that is hidden in some rows sorts as null there, page by page`, async () => {
    const { call } = await openLab(yaml, which)
    for (const [code, open] of [
      [5, true],
      [7, false],
      [9, true],
      [1, false],
    ] as const)
      await call(system, 'create', 'Thing', { code, label: `n${code}`, open })
    const labels: string[] = []
    let after: string | null | undefined
    do {
      const page = (await call(signedIn('u'), 'list', 'Thing', { sort: { code: 'asc' }, limit: 1, ...(after ? { after } : {}) })) as {
        data: { label: string }[]
        nextCursor: string | null
        total: number
      }
      assert.equal(page.total, 4)
      labels.push(...page.data.map((row) => row.label))
      after = page.nextCursor
    } while (after !== null)
    assert.deepEqual(labels, ['n1', 'n7', 'n5', 'n9'])
  })

  test(`${which}: a key that no rule ever shows still leads from page to page`, async () => {
    const { call } = await openLab(yaml, which)
    for (const code of [3, 1, 2]) await call(system, 'create', 'Thing', { code, label: `n${code}`, open: true })
    const first = (await call(signedIn('u', 'admin'), 'list', 'Thing', { limit: 2 })) as { data: object[]; nextCursor: string }
    assert.deepEqual(first.data, [{ label: 'n1' }, { label: 'n2' }])
    const second = (await call(signedIn('u', 'admin'), 'list', 'Thing', { limit: 2, after: first.nextCursor })) as { data: object[] }
    assert.deepEqual(second.data, [{ label: 'n3' }])
  })
}
