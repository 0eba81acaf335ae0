/**
 * Two databases that differ only in what one caller may not see give that caller the same transcript: rows, counts, order, pages, lengths
 * of cursors, errors with their details, numbers of rows written (contract 6.4). What the pairs leave out by construction: program/worlds.ts.
 * Tenants are worlds too: what other tenants have is among what differs. A read of one row runs the same statements in both.
 * DBAL_ORACLE_RUNS: 100 000 stands for 5 000 pairs. DBAL_ORACLE_SEED replays a run. A failure is printed as a small pair in the form of
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
import type { Program } from './program/spec.ts'
import { asked, isPair, type Pair, pairOf } from './program/worlds.ts'
import { seed } from './seed.ts'

const wanted = runs(2_000)
const folder = new URL('../../conformance/regressions/', import.meta.url)
const backends: readonly Backend[] = ['memory', 'sqlite']

const told = ({ call, here, there, statements }: Leak): string =>
  `call ${JSON.stringify(call)}\nhere ${JSON.stringify(here)}\nthere ${JSON.stringify(there)}\nran ${JSON.stringify(statements)}`

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

/** Users of both tenants and of none, higher roles, and nobody at all. Each is asked in a pair of its own of one schema: making that is most of the work. */
const callers = [1, 2, 3, 4, 0, 6]
const bases = fc.tuple(tape(80), programs({ rows: 20, calls: 16 }, asked, { twoWorlds: true }, [1]))

function* pairs(): Generator<Pair> {
  for (let i = 0; ; i++) {
    const [base] = fc.sample(bases, { seed: seed + i, numRuns: 1 })
    const [choices, program] = base as [number[], Program]
    for (const who of callers) {
      const pair = pairOf({ ...program, calls: program.calls.map((call) => ({ ...call, who })) }, who, new Choices(choices))
      // Some callers see all there is, and have no other world.
      if (pair.calls.length > 0 && isPair(pair)) yield pair
    }
  }
}

test(`${wanted} pairs of worlds, seed ${seed}`, async (t) => {
  // Thousands of refusals are asked for; where each was made is of no interest.
  Error.stackTraceLimit = 0
  const tried = { pairs: 0, calls: 0, tenants: 0, reads: 0 }
  for (const pair of pairs()) {
    if (tried.pairs >= wanted) break
    const backend = backends[tried.pairs++ % backends.length] as Backend
    tried.calls += pair.calls.length
    tried.tenants += Number(pair.entities.some((e) => e.tenant === true))
    tried.reads += pair.calls.filter(({ method }) => method === 'read').length
    const leak = await compareWorlds(pair, backend)
    if (leak !== undefined) await explain(pair, backend, leak)
  }
  Error.stackTraceLimit = 10
  t.diagnostic(`seed ${seed}, ${JSON.stringify(tried)}`)
  assert.ok(tried.tenants > wanted / 10 && tried.reads > wanted / 4, JSON.stringify(tried))
})
