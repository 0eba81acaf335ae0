/**
 * Two databases that differ only in what one caller may not see give that caller the same transcript: rows, counts, order, pages, lengths
 * of cursors, errors with their details, numbers of rows written (contract 6.4). What the pairs leave out by construction: worlds/worlds.ts.
 * Tenants are worlds too: some pairs differ in what other tenants have alone. A call about one row runs the same statements in both.
 * Over the wire the texts of replies are compared, through a daemon and with a token for each caller.
 * DBAL_ORACLE_RUNS: 100 000 stands for 5 000 pairs. DBAL_ORACLE_SEED replays a run. A failure is printed as a small pair in the form of
 * conformance/regressions/worlds-*.json.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { skipOf } from '../backends/backends.ts'
import { Apart } from './apart/apart.ts'
import type { Backend } from './program/lab.ts'
import { minimise } from './program/minimise.ts'
import { runs } from './program/regression.ts'
import { seed } from './seed.ts'
import { compareWorlds, type Leak } from './worlds/compare-worlds.ts'
import { type Done, type Job, tells } from './worlds/pair-batch.ts'
import { isPair, type Pair } from './worlds/worlds.ts'

/** Pairs of an ordinary run, 5 000 and some; on servers few, since each schema needs two databases there. */
const shares: readonly (readonly [backend: Backend, wire: boolean, pairs: number])[] = [
  ['memory', false, 1_000],
  ['sqlite', false, 2_800],
  ['sqlite', true, 1_100],
  ['postgresql', true, 60],
  ['mysql', true, 60],
  ['mongodb', true, 6],
  ['prisma', false, 40],
]

const thread = new Apart<Job, Done>(new URL('./worlds/pair-batch.ts', import.meta.url))
const folder = new URL('../../conformance/regressions/', import.meta.url)

const told = ({ call, here, there, statements }: Leak): string =>
  `call ${JSON.stringify(call)}\nhere ${JSON.stringify(here)}\nthere ${JSON.stringify(there)}\nran ${JSON.stringify(statements)}`

for (const file of readdirSync(folder).filter((name) => name.startsWith('worlds-'))) {
  const { note, pair } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { note: string; pair: Pair }
  test(`regression ${file}: ${note}`, async () => {
    assert.ok(isPair(pair), 'the worlds differ in what the caller may see')
    for (const backend of ['memory', 'sqlite'] as const) {
      const leak = await compareWorlds(pair, backend)
      assert.equal(leak, undefined, leak === undefined ? '' : told(leak))
    }
  })
}

async function explain({ pair, leak }: NonNullable<Done['failing']>, backend: Backend, wire: boolean): Promise<never> {
  const fails = async (smaller: Pair): Promise<boolean> => {
    try {
      return isPair(smaller) && (await tells(smaller, backend, wire)) !== undefined
    } catch {
      return false
    }
  }
  const small = await minimise(pair, fails, backend === 'memory' || backend === 'sqlite' ? undefined : 300)
  const found = (await tells(small, backend, wire)) ?? leak
  return assert.fail(`${backend} tells of what is hidden\n${told(found)}\n${JSON.stringify({ note: '', pair: small })}`)
}

for (const [n, [backend, wire, share]] of shares.entries()) {
  const pairs = runs(share)
  const way = wire ? ' over the wire' : ''
  test(`${backend}${way}: ${pairs} pairs of worlds, seed ${seed}`, { skip: skipOf(backend) }, async (t) => {
    const started = performance.now()
    // Each share has pairs of its own.
    const job: Job = { backend, wire, pairs, seed: seed + n * 10_000_000 }
    const { tried, failing } = await thread.do(job, (text) => console.log(`${backend}${way}: ${text}`))
    t.diagnostic(`${JSON.stringify(tried)} in ${Math.round((performance.now() - started) / 1000)} s`)
    if (failing !== undefined) await explain(failing, backend, wire)
    if (pairs < 1_000) return
    assert.ok(tried.onlyTenants > pairs / 20 && tried.tenants > pairs / 4 && tried.single > pairs, JSON.stringify(tried))
  })
}
