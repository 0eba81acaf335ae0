/** Copies of rows: the engine's own identity may bring along what is made otherwise, and sees deleted rows; nobody else, whatever they say of themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'
import { copyingPrincipal } from '../../policy/principal.ts'
import type { Value } from '../../schema/entity.ts'

const schema = `
entity: Note
tenant: true
versioned: true
soft_delete: goneAt
fields:
  id: { type: uuid, primary: true, generated: true }
  text: { type: string, optional: true }
  madeAt: { type: datetime, generated: true, immutable: true }
  touchedAt: { type: datetime, auto_update: true }
  goneAt: { type: datetime, optional: true }
  secret: { type: string, optional: true }
security: { never_expose: [secret] }
acl: { read: { user: true }, create: { user: true }, update: { user: true }, delete: { user: true } }
`
const row = {
  id: '01980000-0000-7000-8000-000000000001',
  text: 'kept',
  madeAt: '2001-02-03T04:05:06.007Z',
  touchedAt: '2002-02-03T04:05:06.007Z',
  goneAt: '2003-02-03T04:05:06.007Z',
  version: 7,
  tenantId: 'one',
}
const copying = copyingPrincipal('test')
const codeOf = (answer: Value): unknown => (answer as { name?: unknown }).name

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: a copied row is the row, deleted ones included`, async () => {
    const { call } = await openLab(schema, which)
    assert.equal(await call(copying, 'createMany', 'Note', [row]), 1)
    assert.deepEqual(await call(copying, 'read', 'Note', row.id), row)
    assert.equal(await call(copying, 'count', 'Note'), 1)
    // To everybody else, the engine's ordinary work included, it is gone.
    assert.equal(codeOf(await call(system, 'read', 'Note', row.id)), 'NOT_FOUND')
    assert.equal(await call(signedIn('ann', 'user', { tenantId: 'one' }), 'count', 'Note'), 0)
  })

  test(`${which}: what is not brought along is made as ever, and a secret never comes out`, async () => {
    const { call } = await openLab(schema, which)
    const made = (await call(copying, 'create', 'Note', { text: 'x', tenantId: 'one', secret: 's' })) as Readonly<Record<string, Value>>
    assert.equal(made['version'], 1)
    assert.match(String(made['id']), /^[0-9a-f-]{36}$/)
    assert.ok(!('secret' in made))
  })

  test(`${which}: an update by it changes nothing that callers cannot`, async () => {
    const { call } = await openLab(schema, which)
    await call(copying, 'create', 'Note', { ...row, goneAt: null })
    for (const change of [{ id: '01980000-0000-7000-8000-000000000002' }, { madeAt: row.touchedAt }, { version: 9 }, { tenantId: 'two' }])
      assert.equal(codeOf(await call(copying, 'update', 'Note', row.id, change)), 'VALIDATION_ERROR')
  })

  test(`${which}: anybody else who says so of themselves is refused`, async () => {
    const { call } = await openLab(schema, which)
    const ann = signedIn('ann', 'user', { tenantId: 'one', asStored: true })
    for (const field of ['id', 'madeAt', 'touchedAt', 'goneAt', 'version', 'tenantId'] as const)
      for (const who of [ann, ...(field === 'goneAt' || field === 'tenantId' ? [] : [system])])
        assert.equal(codeOf(await call(who, 'create', 'Note', { text: 'x', [field]: row[field] })), 'VALIDATION_ERROR', `${who.role} ${field}`)
    assert.equal(await call(copying, 'count', 'Note'), 0)
    await call(copying, 'create', 'Note', row)
    assert.equal(codeOf(await call(ann, 'read', 'Note', row.id)), 'NOT_FOUND')
  })
}
