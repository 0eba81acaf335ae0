import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, system } from '../../../test/support/lab.ts'

const yaml = `
entity: Account
tenant: true
fields:
  id: { type: integer, primary: true, required: true }
  name: { type: string, required: true, unique: true }
  mail: { type: string, required: true, unique: insensitive }
  a: { type: integer, default: 0 }
  b: { type: integer, nullable: true }
indexes: [{ fields: [a, b], unique: true }]
`
type Clash = { name: string; details: { fields: { field: string }[] } }
const named = (error: unknown) => (error as Clash).details.fields.map((f) => f.field)

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: of several values that are taken the first unique is named, the same on every backend`, async () => {
    const { call } = await openLab(yaml, which)
    const row = (id: number, name: string, mail: string, more: object = {}) => ({ id, tenantId: 't', name, mail, ...more })
    const create = (data: object) => call(system, 'create', 'Account', data)
    await create(row(1, 'one', 'One@x', { b: 1 }))
    await create(row(2, 'two', 'two@x', { b: 2 }))
    assert.deepEqual(named(await create(row(1, 'one', 'ONE@x', { b: 1 }))), ['id'])
    assert.deepEqual(named(await create(row(3, 'one', 'ONE@x', { b: 1 }))), ['name'])
    assert.deepEqual(named(await create(row(3, 'new', 'ONE@X', { b: 1 }))), ['mail'])
    assert.deepEqual(named(await create(row(3, 'new', 'new', { b: 1 }))), ['a', 'b'])
    assert.deepEqual(named(await call(system, 'createMany', 'Account', [row(4, 'x', 'y'), row(5, 'x', 'Y')])), ['name'])
    assert.deepEqual(named(await call(system, 'update', 'Account', 2, { name: 'one', mail: 'oNe@X' })), ['name'])
    assert.deepEqual(named(await call(system, 'update', 'Account', 2, { name: 'two', a: 0, b: 1 })), ['a', 'b'])
    assert.equal(await call(system, 'count', 'Account'), 2)
  })
}
