/** How a led transaction ends where two reasons meet: its caller is told of the lease that was over, whichever was heard first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Adapter, Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import { Dialogue } from './dialogue.ts'

const tx: Transaction = { run: () => ({ rows: [] }), savepoint: (work) => work() }
const adapter = {
  capabilities: { nestedTransactions: true },
  transaction: (_mode: string, work: (of: Transaction) => unknown) => work(tx),
} as unknown as Adapter
const lease = { idle: 60_000, whole: 60_000 }
const fails = (error: Error) => ({ kind: 'step', isolated: true, work: () => Promise.reject(error) }) as const

test('a statement that was cut off by the end of the lease ends the transaction as the lease does', async () => {
  const dialogue = new Dialogue(adapter, lease)
  // Past already, and its timer has not fired: the statement is heard first.
  const ended = dialogue.start(performance.now() - 1, () => undefined)
  const cut = new DBALError('TIMEOUT')
  await assert.rejects(dialogue.submit(fails(cut)), (error: DBALError) => error.code === 'TIMEOUT')
  const { how, error } = await ended
  assert.equal(how, 'stop')
  assert.ok(error instanceof DBALError && error !== cut)
  assert.deepEqual([error.code, error.details['transaction']], ['TIMEOUT', 'ended'])
  assert.match(error.details.reason ?? '', /was open for 60000 ms/)
})

test('one that fails before that ends it as a failure, and tells which', async () => {
  const dialogue = new Dialogue(adapter, lease)
  const ended = dialogue.start(performance.now() + 60_000, () => undefined)
  const broken = new DBALError('DATABASE_ERROR')
  await assert.rejects(dialogue.submit(fails(broken)), (error: DBALError) => error.code === 'DATABASE_ERROR')
  assert.deepEqual(await ended, { how: 'failure', error: broken })
})

test('a database that gives no transaction is heard, not covered up', async () => {
  const refused = new DBALError('DATABASE_ERROR')
  const none = { ...adapter, transaction: () => Promise.reject(refused) } as unknown as Adapter
  const dialogue = new Dialogue(none, lease)
  assert.equal((await dialogue.start(performance.now() + 60_000, () => undefined)).error, refused)
})
