/**
 * A thrown error means that nothing was written, whatever the operation and whatever went wrong; and no row leaves or enters the caller's
 * scope by any path. Every kind of operation that writes has its calls (the list is total), on every backend.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Adapter, Transaction } from '../../src/adapter/adapter.ts'
import type { Reply } from '../../src/protocol/execute.ts'
import type { Value } from '../../src/schema/entity.ts'
import { backendNames, longSkipOf, skipOf } from '../backends/backends.ts'
import { HonestLab, moments } from './honest/lab.ts'
import { type Call, inScope, type Task, type WritingKind, writes } from './honest/tasks.ts'

const kinds = Object.keys(writes) as WritingKind[]
const told = (call: Call, reply: Reply | undefined): string =>
  `${JSON.stringify(call)} answered ${JSON.stringify(reply?.ok === true ? reply.result : (reply as { error?: { toPublic(): unknown } })?.error?.toPublic())}`

async function isRefused(lab: HonestLab, call: Call, codes: readonly string[], reply: Reply): Promise<void> {
  assert.ok(!reply.ok && codes.includes(reply.error.code), `${codes.join(' or ')} was expected: ${told(call, reply)}`)
  assert.ok(await lab.untouched(), `refused, and yet wrote: ${told(call, reply)}`)
}

const steps = (...calls: readonly Call[]): Call => ({
  method: 'transaction',
  params: [calls.map(({ method, params }): Value => ({ method, params }))],
})
const before: Call = { method: 'update', params: ['Task', 'k3', { title: 'first step' }] }

async function refusals(lab: HonestLab, kind: WritingKind): Promise<void> {
  for (const { codes, ...call } of writes[kind].refused) {
    await isRefused(lab, call, codes, await lab.send(call))
    await isRefused(lab, call, codes, await lab.send(steps(before, call)))
    await isRefused(lab, call, codes, await lab.send(steps(call, before)))
    const begun = await lab.send({ method: 'begin', params: [] })
    assert.ok(begun.ok)
    const { transaction } = begun.result as { transaction: string }
    assert.ok((await lab.send(before, transaction)).ok)
    const reply = await lab.send(call, transaction)
    await lab.send({ method: 'rollback', params: [] }, transaction)
    await isRefused(lab, call, codes, reply)
  }
}

/** What came of a call that a failure met: refused without a trace, or said to be unknown. */
async function failures(lab: HonestLab, kind: WritingKind): Promise<number> {
  let met = 0
  const calls = writes[kind].answered.flatMap((call) => [call, steps(before, call)])
  for (const call of calls) {
    for (const moment of moments) {
      for (let at = 1, ended = false; !ended; at++) {
        await lab.fill()
        const { reply, last } = await lab.failing(call, moment, at)
        ended = last || moment.startsWith('the intent') || moment.startsWith('the outcome')
        if (reply === undefined) continue
        met++
        if (reply.ok) assert.equal(moment, 'the call is aborted', told(call, reply))
        else if (moment === 'the outcome cannot be written') assert.equal(reply.error.details['outcome'], 'unknown', told(call, reply))
        else assert.ok(await lab.untouched(), `${moment} ${at}: refused, and yet wrote: ${told(call, reply)}`)
      }
    }
  }
  return met
}

/** Rows out of scope are as they were; rows in scope are in it still, or gone; new ones are in it. */
function escaped(earlier: readonly Task[], later: readonly Task[]): readonly unknown[] {
  const was = new Map(earlier.map((row) => [row['id'], row]))
  const is = new Map(later.map((row) => [row['id'], row]))
  const left = earlier.filter((row) => !inScope(row) && JSON.stringify(is.get(row['id'] as Value)) !== JSON.stringify(row))
  const entered = later.filter((row) => (was.get(row['id'] as Value) === undefined || inScope(was.get(row['id'] as Value) as Task)) && !inScope(row))
  return [...left, ...entered]
}

for (const backend of backendNames) {
  test(`${backend}: thrown means unchanged, and no row crosses a scope`, { skip: skipOf(backend) }, async (t) => {
    const long = longSkipOf(backend)
    const lab = await HonestLab.open(backend)
    try {
      for (const kind of kinds) {
        await t.test(`${kind} is answered within its scope`, async () => {
          for (const call of writes[kind].answered) {
            await lab.fill()
            const earlier = await lab.rows()
            const reply = await lab.send(call)
            assert.ok(reply.ok, told(call, reply))
            assert.ok(!(await lab.untouched()), `wrote nothing: ${told(call, reply)}`)
            assert.deepEqual(escaped(earlier, await lab.rows()), [], told(call, reply))
          }
          await lab.fill()
        })
        await t.test(`${kind} refused leaves all as it was`, () => refusals(lab, kind))
        if (long !== false) continue
        await t.test(`${kind} that fails half way leaves all as it was`, async (inner) => {
          const met = await failures(lab, kind)
          assert.ok(met >= 2 * moments.length, `only ${met} failures were met`)
          inner.diagnostic(`${met} failures`)
          await lab.fill()
        })
      }
      if (long !== false) await t.test('what fails half way leaves all as it was', { skip: long }, () => undefined)
    } finally {
      await lab.close()
    }
  })
}

test('the judge of scopes sees a row that left, one that entered and one that was changed outside', () => {
  const row = (id: string, ownerId: string): Task => ({ id, ownerId, tenantId: 't1', locked: false })
  assert.equal(escaped([row('x', 'a')], [row('x', 'b')]).length, 1)
  assert.equal(escaped([row('x', 'b')], [row('x', 'a')]).length, 1)
  assert.equal(escaped([row('x', 'b')], []).length, 1)
  assert.equal(escaped([], [row('x', 'b')]).length, 1)
  assert.equal(escaped([row('x', 'a')], []).length, 0)
})

/** Every statement holds, whatever comes after it. */
const hasty = (adapter: Adapter): Adapter => {
  const each: Transaction = { run: (query, args, options) => adapter.run(query, args, options), savepoint: (work) => work() }
  return {
    ...each,
    name: adapter.name,
    capabilities: adapter.capabilities,
    transaction: (_, work) => work(each),
    prepare: (schema, mode) => adapter.prepare(schema, mode),
    probe: () => adapter.probe(),
    gauges: () => adapter.gauges(),
    close: () => adapter.close(),
  }
}

test('a database that does not take back what failed is found out by every kind', async () => {
  const lab = await HonestLab.open('memory', hasty)
  try {
    for (const kind of kinds) {
      await lab.fill()
      const work = refusals(lab, kind).then(() => failures(lab, kind))
      await assert.rejects(work, (error: Error) => /yet wrote/.test(error.message), `${kind} left no trace`)
    }
  } finally {
    await lab.close()
  }
})
