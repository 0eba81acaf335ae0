/** Moving and reordering: whose rows make room, whose do not, and what a caller learns of those that are not its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'

const entities = `
entity: Node
soft_delete: gone
versioned: true
fields:
  id: { type: integer, primary: true }
  shelf: { type: string, default: s }
  upId: { type: integer, nullable: true, foreign_key: { entity: Node } }
  place: { type: integer, default: 0 }
  open: { type: boolean, default: true }
  mine: { type: boolean, default: true }
  by: { type: string, nullable: true }
  gone: { type: datetime, nullable: true }
acl:
  rules:
    - { role: [user, admin], operations: [read], row_level_filter: "open = true" }
    - { role: [user], operations: [update], row_level_filter: "mine = true" }
    - { role: [admin], operations: [update], row_level_filter: "mine = true", presets: { by: $user.id } }
    - { role: [god], operations: [read], row_level_filter: "open = true" }
    - { role: [god], operations: [read], except_fields: [upId] }
    - { role: [god], operations: [update] }
`
const operations = `
entity: Node
operations:
  getTree: { kind: tree, tree: { parent: upId, order: place, scope: shelf }, input: { required: [shelf] } }
  arrange: { kind: reorder, tree: { parent: upId, order: place, scope: shelf }, input: { required: [ids] } }
  shift: { kind: move, tree: { parent: upId, order: place, scope: shelf }, input: { required: [id, upId, place] } }
`

/** Two parents with children, a root beside them, and rows that are another shelf's, hidden, not the caller's or deleted. */
const nodes = [
  { id: 1, place: 0 },
  { id: 2, place: 1 },
  { id: 10, upId: 1, place: 0 },
  { id: 11, upId: 1, place: 1 },
  { id: 12, upId: 1, place: 2, open: false },
  { id: 13, upId: 1, place: 3, mine: false },
  { id: 14, upId: 1, place: 4 },
  { id: 16, upId: 1, place: 9, open: false, mine: false },
  { id: 20, upId: 2, place: 0 },
  { id: 21, upId: 2, place: 1 },
  { id: 30, shelf: 't', place: 0 },
  { id: 31, shelf: 't', place: 1 },
]

for (const which of ['memory', 'sqlite'] as const) {
  const opened = async () => {
    const { call } = await openLab({ entities, operations }, which)
    await call(system, 'createMany', 'Node', nodes)
    await call(system, 'create', 'Node', { id: 15, upId: 1, place: 5 })
    await call(system, 'delete', 'Node', 15)
    const places = async () => {
      const { data } = (await call(system, 'list', 'Node', { limit: 100, sort: { id: 'asc' } })) as unknown as {
        data: { id: number; place: number; upId: number | null }[]
      }
      return Object.fromEntries(data.map(({ id, place }) => [id, place]))
    }
    return { call, places, before: await places() }
  }
  const name = (answer: unknown) => (answer as { name?: string }).name ?? 'ok'

  test(`${which}: siblings at and behind the new place make room, and nobody else`, async () => {
    const { call, places, before } = await opened()
    assert.equal(name(await call(signedIn('ann'), 'call', 'Node', 'shift', [20, 1, 1])), 'ok')
    // 10 is before; 12 is hidden, 13 not the caller's to write; 21 is of another parent, 1 and 2 roots, 30 and 31 another shelf's.
    assert.deepEqual(await places(), { ...before, 20: 1, 11: 2, 14: 5 })
  })

  test(`${which}: among roots only those of the same shelf make room`, async () => {
    const { call, places, before } = await opened()
    assert.equal(name(await call(signedIn('ann'), 'call', 'Node', 'shift', [20, null, 0])), 'ok')
    assert.deepEqual(await places(), { ...before, 20: 0, 1: 1, 2: 2 })
    assert.equal(((await call(system, 'read', 'Node', 20)) as { upId?: unknown }).upId, null)
  })

  test(`${which}: where no rule shows the parent of a row, it makes no room: its place would tell`, async () => {
    const { call, places, before } = await opened()
    assert.equal(name(await call(signedIn('gil', 'god'), 'call', 'Node', 'shift', [20, 1, 0])), 'ok')
    // God writes all, and sees all but the parents of 12 and 16, which are not open.
    assert.deepEqual(await places(), { ...before, 20: 0, 10: 1, 11: 2, 13: 4, 14: 5 })
  })

  test(`${which}: a parent that the caller cannot see, a row below, and another shelf are refused`, async () => {
    const { call, places, before } = await opened()
    const shift = async (...input: unknown[]) => name(await call(signedIn('ann'), 'call', 'Node', 'shift', input))
    assert.equal(await shift(20, 12, 0), await shift(20, 99, 0))
    assert.deepEqual(
      [await shift(1, 10, 0), await shift(1, 1, 0), await shift(20, 30, 0), await shift(16, 2, 0), await shift(99, 2, 0)],
      ['VALIDATION_ERROR', 'VALIDATION_ERROR', 'VALIDATION_ERROR', 'NOT_FOUND', 'NOT_FOUND'],
    )
    assert.equal(await shift(13, 2, 0), 'FORBIDDEN')
    assert.deepEqual(await places(), before)
  })

  test(`${which}: a move presets what the rule says and counts the version, of the moved row and of those that made room`, async () => {
    const { call } = await opened()
    const of = async (id: number) => (await call(system, 'read', 'Node', id)) as { by?: unknown; version?: unknown; place?: unknown; upId?: unknown }
    const [moved, beside, away] = [await of(20), await of(11), await of(21)]
    await call(signedIn('ada', 'admin'), 'call', 'Node', 'shift', [20, 1, 1])
    assert.deepEqual(await of(20), { ...moved, upId: 1, place: 1, by: 'ada', version: (moved.version as number) + 1 })
    assert.deepEqual(await of(11), { ...beside, place: 2, by: 'ada', version: (beside.version as number) + 1 })
    assert.deepEqual(await of(21), away)
  })

  test(`${which}: a new order is of the caller's own siblings, whole or not at all`, async () => {
    const { call, places, before } = await opened()
    const arrange = async (...ids: number[]) => name(await call(signedIn('ann'), 'call', 'Node', 'arrange', [ids]))
    assert.equal(await arrange(14, 11, 10), 'ok')
    const after = { ...before, 14: 0, 11: 1, 10: 2 }
    assert.deepEqual(await places(), after)
    assert.equal(await arrange(10, 16), 'NOT_FOUND')
    assert.equal(await arrange(10, 13), 'FORBIDDEN')
    assert.equal(await arrange(10, 20), 'VALIDATION_ERROR')
    assert.equal(await arrange(1, 30), 'VALIDATION_ERROR')
    assert.deepEqual(await places(), after)
    const { by, version } = (await call(system, 'read', 'Node', 10)) as { by?: unknown; version?: unknown }
    assert.deepEqual([by, version], [null, 2])
  })

  test(`${which}: in a tree without a scope all roots are siblings`, async () => {
    const bare = operations.replaceAll(', scope: shelf', '').replace(/ {2}getTree.*\n/, '')
    const { call } = await openLab({ entities, operations: bare }, which)
    await call(system, 'createMany', 'Node', nodes)
    assert.equal(name(await call(signedIn('ann'), 'call', 'Node', 'shift', [20, null, 1])), 'ok')
    const { data } = (await call(system, 'list', 'Node', { limit: 100, filter: { upId: null } })) as unknown as {
      data: { id: number; place: number }[]
    }
    assert.deepEqual(Object.fromEntries(data.map(({ id, place }) => [id, place])), { 1: 0, 2: 2, 20: 1, 30: 0, 31: 2 })
  })
}
