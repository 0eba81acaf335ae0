/**
 * A call that names one row runs the same statements, word for word, in as many round trips, whether the row is absent or invisible: only so
 * are both of one class of time. Heard on the wire of each database. How long they take is asked by `npm run two-worlds:time`.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../src/policy/principal.ts'
import { compared, skipOf } from '../backends/backends.ts'
import { openTapped, type Said, type TappedLab } from '../backends/tap/tap.ts'

const entities = `
entity: Note
tenant: true
versioned: true
fields:
  id: { type: string, primary: true }
  ownerId: { type: string, required: true }
  text: { type: string, nullable: true }
  slug: { type: string, nullable: true, unique: true }
acl:
  rules:
    - { role: [god], operations: [create] }
    - { role: [user], operations: [read, update, delete], row_level_filter: "ownerId = $user.id" }
`
const operations = `
entity: Note
operations:
  bySlug: { kind: find_by, input: { required: [slug] } }
`
const user: Principal = { kind: 'user', id: 'a', role: 'user', tenantId: 't1', attributes: {} }
const creator = (tenantId: string): Principal => ({ kind: 'user', id: 'g', role: 'god', tenantId, attributes: {} })

const calls: Readonly<Record<string, (id: string) => readonly [string, ...unknown[]]>> = {
  read: (id) => ['read', 'Note', id],
  'read of some fields': (id) => ['read', 'Note', id, { select: ['text'] }],
  update: (id) => ['update', 'Note', id, { text: 'x' }],
  'update of a version': (id) => ['update', 'Note', id, { text: 'x' }, { expectedVersion: 1 }],
  delete: (id) => ['delete', 'Note', id],
  'delete of a version': (id) => ['delete', 'Note', id, { expectedVersion: 1 }],
  find_by: (id) => ['call', 'Note', 'bySlug', { slug: id }],
}

/** What the call is told about, without the values that were given. */
async function heard(lab: TappedLab, call: readonly [string, ...unknown[]]): Promise<{ readonly said: Said; readonly answer: string }> {
  lab.said()
  const answer = JSON.stringify(await lab.as(user, ...call))
  return { said: lab.said(), answer }
}

for (const name of compared) {
  test(`${name}: absent and invisible rows take the same statements`, { skip: skipOf(name) }, async () => {
    const lab = await openTapped(name as Exclude<typeof name, 'memory'>, { entities, operations })
    try {
      const rows = (kind: string, ownerId: string) => [0, 1].map((i) => ({ id: `${kind}-${i}`, slug: `${kind}-${i}`, ownerId }))
      for (const [who, made] of [
        [creator('t1'), [...rows('mine', 'a'), ...rows('hers', 'b')]],
        [creator('t2'), rows('away', 'a')],
      ] as const)
        assert.equal(await lab.as(who, 'createMany', 'Note', made), made.length)
      for (const [what, call] of Object.entries(calls)) {
        // The first time plans are made and connections opened; the second counts.
        for (const kind of ['gone', 'hers', 'away']) await heard(lab, call(`${kind}-0`))
        const absent = await heard(lab, call('gone-1'))
        assert.match(absent.answer, /NOT_FOUND/, what)
        for (const kind of ['hers', 'away']) assert.deepEqual(await heard(lab, call(`${kind}-1`)), absent, `${what}, ${kind}`)
        assert.ok(absent.said.statements.length > 0, what)
      }
      // What the ear can tell apart: a row that is written takes more than one that is not there.
      const [absent, mine] = [await heard(lab, calls['update']?.('gone-0') as never), await heard(lab, calls['update']?.('mine-0') as never)]
      assert.notDeepEqual(mine, absent)
    } finally {
      await lab.close()
    }
  })
}
