/** What a site answers whose server only reads. In charge of the calls and what is expected of them; must not know why nothing may be written. */
import assert from 'node:assert/strict'
import { assertTyped, type Site } from './site.ts'

const writes: readonly (readonly [method: string, ...params: unknown[]])[] = [
  ['create', 'Counter', { id: 'new', n: 1 }],
  ['createMany', 'Counter', [{ id: 'new', n: 1 }]],
  ['update', 'Counter', 'c', { n: 1 }],
  ['updateMany', 'Counter', { n: 0 }, { n: 1 }],
  ['delete', 'Counter', 'c'],
  ['deleteMany', 'Counter', { n: 0 }],
  ['transaction', [{ method: 'update', params: ['Counter', 'c', { n: 1 }] }]],
]

/** There is one counter, `c`, at 0. */
export async function assertOnlyReads(site: Site, hint: RegExp): Promise<void> {
  assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: 0, version: 1 })
  assert.equal(await site.get('count', 'Counter'), 1)
  for (const [method, ...params] of writes) {
    const error = assertTyped(await site.ask(method, ...params), 'DATABASE_ERROR', hint)
    assert.equal(error.details?.outcome, undefined, method)
  }
  assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: 0, version: 1 })
  assert.equal(await site.get('count', 'Counter'), 1)
}
