/** When scripts are read: presets, defaults, rows as they are after a write, scripts that the caller may not see; and what the audit says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { openLab, signedIn } from '../../../test/support/lab.ts'
import type { AuditEvent, AuditOutcome, Sink } from '../../audit/sink.ts'
import { readShipped } from '../../config/schema-files.ts'
import { loadPolicy } from '../../policy/rules.ts'
import type { Value } from '../../schema/entity.ts'
import { parseSchema } from '../../schema/parse.ts'

const schema = `
entity: Script
fields:
  id: { type: integer, primary: true }
  body: { type: text, required: true, code: { language: lua, globals_field: names, globals: [fetch, send] } }
  names: { type: json, default: [send] }
  note: { type: text, optional: true }
acl:
  rules:
    - { role: god, operations: [create, read, update, delete, list] }
    - { role: admin, operations: [read], except_fields: [body] }
    - { role: admin, operations: [update], writable_fields: [names, note] }
    - { role: user, operations: [read] }
    - { role: user, operations: [create], presets: { body: "return os.time()" } }
    - { role: user, operations: [update], writable_fields: [note], presets: { body: "return os.time()" } }
`
const god = signedIn('god', 'god')
const hostile = (parse(readFileSync(new URL('../../../test/scripts/hostile.yaml', import.meta.url), 'utf8')) as { code: string }[]).map(
  ({ code }) => code,
)

type Failure = { name: string; details: { fields?: { field: string; error: string }[]; construct?: string } }
const told = (answer: Value): Failure => answer as unknown as Failure

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: defaults count as what a row allows`, async () => {
    const { call } = await openLab(schema, which)
    assert.equal(told(await call(god, 'create', 'Script', { id: 1, body: 'return fetch()' })).name, 'VALIDATION_ERROR')
    assert.deepEqual(await call(god, 'create', 'Script', { id: 1, body: 'return send()' }), {
      id: 1,
      body: 'return send()',
      names: ['send'],
      note: null,
    })
    assert.equal(told(await call(god, 'update', 'Script', 1, { names: ['other'] })).name, 'VALIDATION_ERROR')
  })

  test(`${which}: what a rule puts into a row is read too`, async () => {
    const { call } = await openLab(schema, which)
    await call(god, 'create', 'Script', { id: 1, body: 'return 1' })
    assert.equal(told(await call(signedIn('u'), 'update', 'Script', 1, { note: 'x' })).details.construct, 'os')
    assert.equal(told(await call(signedIn('u'), 'create', 'Script', { id: 2 })).details.construct, 'os')
    assert.deepEqual(await call(god, 'read', 'Script', 1), { id: 1, body: 'return 1', names: ['send'], note: null })
  })

  test(`${which}: who may not read a script learns nothing of it`, async () => {
    const { call } = await openLab(schema, which)
    await call(god, 'create', 'Script', { id: 1, body: 'return send()' })
    const admin = signedIn('a', 'admin')
    for (const answer of [
      await call(admin, 'update', 'Script', 1, { names: [] }),
      await call(admin, 'updateMany', 'Script', {}, { names: [] }, { all: true }),
    ]) {
      assert.equal(told(answer).name, 'VALIDATION_ERROR')
      assert.doesNotMatch(JSON.stringify(answer), /send|line/)
    }
    assert.deepEqual(await call(god, 'read', 'Script', 1), { id: 1, body: 'return send()', names: ['send'], note: null })
    assert.deepEqual(await call(admin, 'update', 'Script', 1, { names: ['send', 'fetch'] }), { id: 1, names: ['send', 'fetch'], note: null })
  })

  test(`${which}: a script stored before its field said so stays until it, or what it is allowed, is touched`, async () => {
    const { call, engine } = await openLab(schema.replace(/code: \{.*?\} \}/, 'description: a text }'), which)
    await call(god, 'create', 'Script', { id: 1, body: 'return os.time()' })
    const judging = parseSchema([{ path: 'entities/all.yaml', text: schema }], readShipped())
    engine.swap(judging, loadPolicy(judging))
    assert.equal(((await call(god, 'update', 'Script', 1, { note: 'x' })) as { note: string }).note, 'x')
    assert.equal(told(await call(god, 'update', 'Script', 1, { names: [] })).details.construct, 'os')
    assert.equal(told(await call(god, 'updateMany', 'Script', { id: 1 }, { names: [] })).details.construct, 'os')
    assert.equal(((await call(god, 'update', 'Script', 1, { body: 'return 1' })) as { body: string }).body, 'return 1')
  })

  test(`${which}: hostile text in ordinary fields comes back as it went in`, async () => {
    const { call } = await openLab(schema, which)
    let id = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...hostile), async (note) => {
        const row = (await call(god, 'create', 'Script', { id: ++id, body: 'return 1', note })) as { note: string }
        const read = (await call(god, 'update', 'Script', id, { note: `${note} ` })) as { note: string }
        return row.note === note && read.note === `${note} `
      }),
      { numRuns: 100 },
    )
  })

  test(`${which}: scripts are read before any row is looked at, both branches of an upsert among them`, async () => {
    const { call } = await openLab(schema, which)
    const body = 'return os.time()'
    const sound = { id: 1, body: 'return 1' }
    assert.equal(told(await call(god, 'update', 'Script', 1, { body })).details.construct, 'os')
    assert.equal(told(await call(god, 'updateMany', 'Script', { id: 1 }, { body })).details.construct, 'os')
    assert.equal(told(await call(god, 'upsert', 'Script', { where: { id: 1 }, create: sound, update: { body } })).details.construct, 'os')
    await call(god, 'create', 'Script', sound)
    assert.equal(told(await call(god, 'upsert', 'Script', { where: { id: 1 }, create: { id: 1, body }, update: {} })).details.construct, 'os')
  })

  test(`${which}: an incident stands before the mistakes of other rows`, async () => {
    const { call } = await openLab(schema, which)
    assert.equal(told(await call(god, 'createMany', 'Script', [{ id: 1 }, { id: 2, body: 'return os' }])).details.construct, 'os')
    assert.equal(await call(god, 'count', 'Script'), 0)
  })

  test(`${which}: no hostile script is ever stored, whichever way it comes in`, async () => {
    const { call } = await openLab(schema, which)
    await call(god, 'create', 'Script', { id: 1, body: 'return 1' })
    for (const body of hostile) {
      for (const answer of [
        await call(god, 'create', 'Script', { id: 2, body }),
        await call(god, 'createMany', 'Script', [
          { id: 3, body: 'return 1' },
          { id: 4, body },
        ]),
        await call(god, 'update', 'Script', 1, { body }),
        await call(god, 'updateMany', 'Script', { id: 1 }, { body }),
        await call(god, 'upsert', 'Script', { where: { id: 1 }, create: { id: 1, body: 'return 1' }, update: { body } }),
        await call(god, 'upsert', 'Script', { where: { id: 5 }, create: { id: 5, body }, update: {} }),
        await call(god, 'transaction', [{ method: 'update', params: ['Script', 1, { body }] }]),
      ])
        assert.equal(told(answer).name, 'MALICIOUS_CODE_DETECTED', body)
    }
    assert.deepEqual(await call(god, 'list', 'Script', { select: ['id', 'body'] }).then((page) => (page as { data: Value }).data), [
      { id: 1, body: 'return 1' },
    ])
  })
}

test('an incident has its line in the audit, without the script', async () => {
  const lines: (AuditEvent & Partial<AuditOutcome>)[] = []
  const sink: Sink = { intent: () => undefined, outcome: (event) => void lines.push(event), close: async () => undefined }
  const { call } = await openLab(schema, 'memory', { sink })
  await call(god, 'create', 'Script', { id: 1, body: 'return os.getenv("SECRET")' })
  const [line] = lines
  assert.equal(line?.success, false)
  assert.equal(line?.code, 'MALICIOUS_CODE_DETECTED')
  assert.deepEqual([line?.entity, line?.operation, line?.userId], ['Script', 'create', 'god'])
  assert.doesNotMatch(JSON.stringify(lines), /SECRET|getenv/)
})
