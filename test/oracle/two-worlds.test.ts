/**
 * Two databases that differ only in what one caller may not see give that caller the same transcript: rows, counts, order, pages, lengths
 * of cursors, errors with their details, numbers of rows written (contract 6.4). What the pairs leave out by construction: program/worlds.ts.
 * DBAL_ORACLE_RUNS: 20 000 stands for 400 pairs. DBAL_ORACLE_SEED replays a run. A failure is printed as a small pair in the form of
 * conformance/regressions/worlds-*.json.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { Choices, tape } from './program/choices.ts'
import { compareWorlds, type Leak } from './program/compare-worlds.ts'
import type { Backend } from './program/lab.ts'
import { minimise } from './program/minimise.ts'
import { programs } from './program/program.ts'
import { runs } from './program/regression.ts'
import { asked, isPair, type Pair, pairOf } from './program/worlds.ts'
import { seed } from './seed.ts'

const wanted = runs(400)
const folder = new URL('../../conformance/regressions/', import.meta.url)
const backends: readonly Backend[] = ['memory', 'sqlite']

const told = ({ call, here, there }: Leak): string => `call ${JSON.stringify(call)}\nhere ${JSON.stringify(here)}\nthere ${JSON.stringify(there)}`

for (const file of readdirSync(folder).filter((name) => name.startsWith('worlds-'))) {
  const { note, pair } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { note: string; pair: Pair }
  test(`regression ${file}: ${note}`, async () => {
    assert.ok(isPair(pair), 'the worlds differ in what the caller may see')
    for (const backend of backends) {
      const leak = await compareWorlds(pair, backend)
      assert.equal(leak, undefined, leak === undefined ? '' : told(leak))
    }
  })
}

async function explain(pair: Pair, backend: Backend, first: Leak): Promise<never> {
  const small = await minimise(pair, async (smaller) => {
    try {
      return isPair(smaller) && (await compareWorlds(smaller, backend)) !== undefined
    } catch {
      return false
    }
  })
  return assert.fail(
    `${backend} tells of what is hidden\n${told((await compareWorlds(small, backend)) ?? first)}\n${JSON.stringify({ note: '', pair: small })}`,
  )
}

// One caller a pair: users of both tenants and of none, higher roles, and nobody at all.
const pairs = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 0, 6), tape(80))
  .chain(([who, choices]) =>
    programs({ rows: 28, calls: 40 }, asked, { twoWorlds: true }, [who]).map((program) => pairOf(program, who, new Choices(choices))),
  )

test(`${wanted} pairs of worlds, seed ${seed}`, async (t) => {
  let leaking: { readonly pair: Pair; readonly backend: Backend; readonly leak: Leak } | undefined
  let calls = 0
  let tried = 0
  const details = await fc.check(
    fc.asyncProperty(pairs, async (pair) => {
      fc.pre(pair.calls.length > 0 && isPair(pair))
      const backend = backends[tried++ % backends.length] as Backend
      calls += pair.calls.length
      const leak = await compareWorlds(pair, backend)
      if (leak !== undefined) leaking = { pair, backend, leak }
      return leak === undefined
    }),
    { seed, numRuns: wanted, endOnFailure: true },
  )
  t.diagnostic(`seed ${seed}, ${tried} pairs, ${calls} calls each way`)
  if (leaking !== undefined) await explain(leaking.pair, leaking.backend, leaking.leak)
  assert.equal(details.failed, false, fc.defaultReportMessage(details) ?? '')
  assert.equal(details.numRuns, wanted)
})
