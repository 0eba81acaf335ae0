/** Which row a write means, and who may know: by a unique value only what the caller reads, by key what its rule lets it write; denies across tenants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'

const name = (answer: unknown) => (answer as { name?: string }).name ?? 'ok'
const entities = `
entity: Card
fields:
  id: { type: integer, primary: true }
  code: { type: string, required: true, unique: true }
  text: { type: string, default: "" }
  open: { type: boolean, default: true }
  mine: { type: boolean, default: true }
acl:
  rules:
    - { role: [user], operations: [read], row_level_filter: "open = true" }
    - { role: [user], operations: [create] }
    - { role: [user], operations: [update, delete], row_level_filter: "mine = true" }
    - { role: [admin], operations: [read], readable_fields: [id, text] }
    - { role: [admin], operations: [update, delete] }
`
const operations = `
entity: Card
operations:
  setByCode: { kind: update_by, by: [code], input: { required: [code], optional: [text] } }
  dropByCode: { kind: delete_by, by: [code], input: { required: [code] } }
`
const cards = [
  { id: 1, code: 'a' },
  { id: 2, code: 'b', open: false },
  { id: 3, code: 'c', mine: false },
  { id: 4, code: 'd', open: false, mine: false },
]

for (const which of ['memory', 'sqlite'] as const) {
  const opened = async () => {
    const { call } = await openLab({ entities, operations }, which)
    await call(system, 'createMany', 'Card', cards)
    const text = async (id: number) => ((await call(system, 'read', 'Card', id)) as { text?: string }).text
    const by = (role: string, operation: string, input: object) => call(signedIn('ann', role), 'call', 'Card', operation, input)
    return { call, text, by }
  }

  test(`${which}: a unique value names no row that the caller does not read, though its rule would let it write the row`, async () => {
    const { call, text, by } = await opened()
    const set = async (code: string) => name(await by('user', 'setByCode', { code, text: 'new' }))
    assert.deepEqual(
      [await set('a'), await set('b'), await set('c'), await set('d'), await set('x')],
      ['ok', 'NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND'],
    )
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(text)), ['new', '', '', ''])
    const drop = async (code: string) => name(await by('user', 'dropByCode', { code }))
    assert.deepEqual(
      [await drop('b'), await drop('c'), await drop('d'), await drop('x'), await drop('a')],
      ['NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND', 'ok'],
    )
    assert.equal(await call(system, 'count', 'Card'), 3)
    // By its key the row is the rule's to write; what comes back is what the caller may read.
    const answer = (await call(signedIn('ann'), 'update', 'Card', 2, { text: 'key' })) as { $visible?: boolean; text?: string }
    assert.deepEqual([answer.$visible, answer.text, await text(2)], [false, undefined, 'key'])
  })

  test(`${which}: a field that the caller does not read names no row`, async () => {
    const { call, by } = await opened()
    assert.notEqual(name(await by('admin', 'setByCode', { code: 'a', text: 'new' })), 'ok')
    assert.notEqual(name(await by('admin', 'dropByCode', { code: 'a' })), 'ok')
    assert.equal(await call(system, 'count', 'Card'), 4)
    assert.equal(((await call(system, 'read', 'Card', 1)) as { text?: string }).text, '')
  })

  test(`${which}: an upsert takes the row that is there, or tells no more than a conflict`, async () => {
    const { call, text } = await opened()
    const put = async (code: string) =>
      name(await call(signedIn('ann'), 'upsert', 'Card', { where: { code }, create: { id: 9, code, text: 'made' }, update: { text: 'put' } }))
    assert.equal(await put('a'), 'ok')
    assert.equal(await text(1), 'put')
    assert.deepEqual([await put('c'), await put('d')], ['CONFLICT', 'CONFLICT'])
    assert.deepEqual([await text(3), await text(4)], ['', ''])
    assert.equal(await put('e'), 'ok')
    assert.equal(await text(9), 'made')
  })

  test(`${which}: an empty change still asks for the right to write the row`, async () => {
    const { call } = await opened()
    const touch = async (code: string) =>
      name(await call(signedIn('ann'), 'upsert', 'Card', { where: { code }, create: { id: 9, code }, update: {} }))
    assert.deepEqual([await touch('a'), await touch('c'), await touch('d')], ['ok', 'CONFLICT', 'CONFLICT'])
    assert.equal(await call(system, 'count', 'Card'), 4)
  })

  test(`${which}: a deny that looks elsewhere looks across tenants where a permit does`, async () => {
    const tenants = `
entity: Doc
tenant: true
fields:
  id: { type: integer, primary: true }
  slug: { type: string, required: true }
acl:
  rules:
    - { id: in, role: [god], operations: [read] }
    - { id: out, role: [god], operations: [read], across_tenants: true, row_level_filter: "slug != 'none'" }
    - { role: [god], operations: [read], effect: deny, row_level_filter: "slug IN (SELECT slug FROM Ban)" }
    - { role: [user], operations: [read] }
    - { role: [user], operations: [read], effect: deny, row_level_filter: "slug IN (SELECT slug FROM Ban)" }
---
entity: Ban
tenant: true
fields:
  id: { type: integer, primary: true }
  slug: { type: string, required: true }
`
    const { call } = await openLab(tenants, which)
    await call(system, 'createMany', 'Doc', [
      { id: 1, tenantId: 'a', slug: 'x' },
      { id: 2, tenantId: 'a', slug: 'y' },
      { id: 3, tenantId: 'b', slug: 'x' },
      { id: 4, tenantId: 'b', slug: 'z' },
      { id: 5, tenantId: 'b', slug: 'none' },
    ])
    await call(system, 'createMany', 'Ban', [
      { id: 1, tenantId: 'b', slug: 'x' },
      { id: 2, tenantId: 'a', slug: 'y' },
    ])
    const seen = async (role: string) => {
      const { data } = (await call(signedIn('gil', role, { tenantId: 'a' }), 'list', 'Doc')) as unknown as { data: { id: number }[] }
      return data.map(({ id }) => id)
    }
    assert.deepEqual(await seen('god'), [4], 'the other tenant bans x here and there')
    assert.deepEqual(await seen('user'), [1], 'of the own tenant alone, only its own bans count')
  })

  test(`${which}: a relation is no member of a row in which its link is hidden`, async () => {
    const linked = `
entity: Shelf
fields: { id: { type: integer, primary: true } }
acl: { read: { public: true } }
---
entity: Book
fields:
  id: { type: integer, primary: true }
  open: { type: boolean, required: true }
  shelfId: { type: integer, nullable: true, foreign_key: { entity: Shelf } }
acl:
  rules:
    - { role: user, operations: [read], readable_fields: [id, open] }
    - { role: user, operations: [read], row_level_filter: "open = true" }
`
    const { call } = await openLab(linked, which)
    await call(system, 'create', 'Shelf', { id: 7 })
    await call(system, 'createMany', 'Book', [
      { id: 1, open: true, shelfId: 7 },
      { id: 2, open: false, shelfId: 7 },
      { id: 3, open: true, shelfId: null },
      { id: 4, open: false, shelfId: null },
    ])
    const { data } = (await call(signedIn('u'), 'list', 'Book', { include: { shelf: true } })) as unknown as { data: object[] }
    assert.deepEqual(data, [
      { id: 1, open: true, shelfId: 7, shelf: { id: 7 } },
      { id: 2, open: false },
      { id: 3, open: true, shelfId: null, shelf: null },
      { id: 4, open: false },
    ])
  })
}
