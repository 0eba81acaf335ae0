/** Writers at once, through the whole engine, on every backend: what one of them decides holds against the others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Value } from '../src/schema/entity.ts'
import { type Arena, adapterNames, missing, openArena } from './arena.ts'

type Row = { readonly id: string; readonly [field: string]: Value }

const rounds = 12

async function withArena(adapter: (typeof adapterNames)[number], work: (arena: Arena) => Promise<void>): Promise<void> {
  const arena = await openArena({ adapter, door: 'in-process' })
  try {
    await work(arena)
  } finally {
    await arena.close()
  }
}

const page = (slug: string) => ({ slug, title: 'T', level: 1, layout: {} })

for (const adapter of adapterNames) {
  const skip = missing(adapter) ?? false

  test(`${adapter}: of two moves of rows under each other one is refused`, { skip }, () =>
    withArena(adapter, async (arena) => {
      const call = (method: string, ...params: unknown[]): Promise<Value> => arena.call('god', { method, params })
      const { id: pageId } = (await call('create', 'PageView', page('moves'))) as Row
      for (let round = 0; round < rounds; round++) {
        const [a, b] = await Promise.all(
          [0, 1].map((order) => call('create', 'ComponentHierarchy', { pageId, componentType: 'box', order }) as Promise<Row>),
        )
        const move = (row: Row | undefined, under: Row | undefined) => call('call', 'ComponentHierarchy', 'move', [row?.id, under?.id, 0])
        const done = await Promise.allSettled([move(a, b), move(b, a)])
        const refused = done.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []))
        assert.deepEqual(refused, ['VALIDATION_ERROR'])
      }
    }),
  )

  test(`${adapter}: one key, many at once: one row and one answer`, { skip }, () =>
    withArena(adapter, async (arena) => {
      const create = { method: 'create', params: ['PageView', page('once')], idempotencyKey: 'same' }
      const rows = (await Promise.all(Array.from({ length: 8 }, () => arena.call('god', create)))) as Row[]
      assert.equal(new Set(rows.map(({ id }) => id)).size, 1)
      assert.equal(await arena.call('god', { method: 'count', params: ['PageView', { filter: { slug: 'once' } }] }), 1)
    }),
  )

  test(`${adapter}: many upserts of a row that is not there: one creates it, the others change it`, { skip }, () =>
    withArena(adapter, async (arena) => {
      const upsert = (i: number) =>
        arena.call('god', { method: 'upsert', params: ['PageView', { where: { slug: 'up' }, create: page('up'), update: { title: `u${i}` } }] })
      const rows = (await Promise.all(Array.from({ length: 8 }, (_, i) => upsert(i)))) as Row[]
      assert.equal(rows.filter(({ title }) => title === 'T').length, 1)
    }),
  )
}
