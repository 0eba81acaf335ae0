/** Which rule serves which row of a write, and that a refused write leaves nothing behind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'
import type { Value } from '../../schema/entity.ts'

const schema = `
entity: Note
versioned: true
fields:
  id: { type: integer, primary: true, generated: true }
  text: { type: string, optional: true }
  place: { type: string, optional: true }
  ownerId: { type: string, optional: true }
  parentId: { type: integer, optional: true, foreign_key: { entity: Note, on_delete: cascade } }
acl:
  rules:
    - { role: user, operations: [read], row_level_filter: "text IS NULL OR text != 'secret'" }
    - { role: user, operations: [create], writable_fields: [] }
    - { role: user, operations: [create], check: "place = 'here'" }
    - { role: user, operations: [update], check: "place IS NULL", presets: { ownerId: "$user.id" } }
    - { role: user, operations: [update], row_level_filter: "place = 'here'" }
    - { role: user, operations: [delete] }
    - { role: admin, operations: [update, delete, read], except_fields: [version] }
    - { role: god, operations: [create, read, update, delete] }
---
entity: Plain
fields:
  id: { type: string, primary: true }
  text: { type: string, optional: true }
acl:
  rules:
    - { role: user, operations: [read] }
    - { role: user, operations: [create], writable_fields: [] }
    - { role: user, operations: [create], row_level_filter: "text = 'x'" }
---
entity: Tag
fields:
  id: { type: string, primary: true }
relations:
  notes: { many: Note, through: Link }
acl: { read: { public: true } }
---
entity: Link
fields:
  id: { type: string, primary: true }
  tagId: { type: string, required: true, foreign_key: { entity: Tag } }
  noteId: { type: integer, required: true, foreign_key: { entity: Note } }
acl: { read: { public: true } }
`
const nameOf = (answer: Value): unknown => (answer as { name?: unknown }).name
const ann = signedIn('ann')

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: a create refused by the one rule that could serve it is not written`, async () => {
    const { call } = await openLab(schema, which)
    assert.equal(nameOf(await call(ann, 'create', 'Plain', { id: 'a', text: 'y' })), 'FORBIDDEN')
    assert.equal(
      nameOf(
        await call(ann, 'createMany', 'Plain', [
          { id: 'a', text: 'x' },
          { id: 'b', text: 'y' },
        ]),
      ),
      'FORBIDDEN',
    )
    assert.equal(await call(system, 'count', 'Plain'), 0)
  })

  test(`${which}: each row of a bulk update goes on to the next rule that permits it`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'createMany', 'Note', [{ place: 'here' }, {}])
    const rows = await call(ann, 'updateMany', 'Note', {}, { text: 't' }, { all: true, returning: true })
    assert.deepEqual(
      (rows as { id: number; ownerId: Value }[]).map(({ id, ownerId }) => [id, ownerId]),
      [
        [1, null],
        [2, 'ann'],
      ],
    )
    await call(system, 'create', 'Note', { place: 'there' })
    assert.equal(nameOf(await call(ann, 'updateMany', 'Note', {}, { text: 'u' }, { all: true })), 'FORBIDDEN')
    assert.equal(await call(system, 'count', 'Note', { filter: { text: 'u' } }), 0)
  })

  test(`${which}: a version that the caller may not read cannot be guessed`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'create', 'Note', { text: 'secret' })
    for (const expectedVersion of [1, 2]) {
      assert.equal(nameOf(await call(ann, 'delete', 'Note', 1, { expectedVersion })), 'CONFLICT', 'the row is hidden')
      assert.equal(
        nameOf(await call(signedIn('x', 'admin'), 'update', 'Note', 1, { text: 'a' }, { expectedVersion })),
        'VALIDATION_ERROR',
        'the field is hidden',
      )
    }
    assert.equal(await call(signedIn('x', 'god'), 'delete', 'Note', 1, { expectedVersion: 1 }), true)
  })

  test(`${which}: an upsert looks at both rows of data before it looks for a row`, async () => {
    const { call } = await openLab(schema, which)
    const god = signedIn('x', 'god')
    await call(god, 'create', 'Note', { text: 'a' })
    for (const id of [1, 2]) {
      const asked = { where: { id }, create: { nosuch: 1 }, update: { text: 'b' } }
      assert.equal(nameOf(await call(god, 'upsert', 'Note', asked)), 'VALIDATION_ERROR', `id ${id}`)
    }
  })

  test(`${which}: rows linked twice are related once`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'create', 'Note', { text: 'a' })
    await call(system, 'create', 'Tag', { id: 't' })
    await call(system, 'createMany', 'Link', [
      { id: '1', tagId: 't', noteId: 1 },
      { id: '2', tagId: 't', noteId: 1 },
    ])
    assert.deepEqual(await call(ann, 'read', 'Tag', 't', { include: { notes: { select: ['id'] } } }), { id: 't', notes: [{ id: 1 }] })
  })

  test(`${which}: a bulk delete counts the rows of its filter, whichever of them cascades first`, async () => {
    const { call } = await openLab(schema, which)
    await call(system, 'createMany', 'Note', [{ text: 'a' }, { text: 'b', parentId: 1 }, { text: 'c', parentId: 2 }])
    assert.equal(await call(ann, 'deleteMany', 'Note', { text: { in: ['a', 'b'] } }), 2)
    assert.equal(await call(system, 'count', 'Note'), 0)
  })
}
