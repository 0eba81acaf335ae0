/**
 * Random schemas, rules, rows and calls: the engine on memory, the engine on every other backend and the contract read literally must agree
 * on every answer, every error and every table. A call that is refused must leave the tables as they were.
 * DBAL_ORACLE_RUNS: 100 000 (calls) stands for 2 000 programs on SQLite and a few on each server. DBAL_ORACLE_SEED replays a run. A failure is printed as a small program in the
 * form of conformance/regressions/programs-*.json; put it there with a note, and it is replayed first ever after.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BackendName, compared, skipOf } from '../backends/backends.ts'
import { methods } from './program/calls.ts'
import { type Difference, judge, kindOf, Tally } from './program/judge.ts'
import { minimise } from './program/minimise.ts'
import { programs } from './program/program.ts'
import { kept, runs } from './program/regression.ts'
import type { Program } from './program/spec.ts'
import { seed } from './seed.ts'

/** Programs on each backend: a server makes a database for each of them, so it is given few. */
const shares: Readonly<Record<Exclude<BackendName, 'memory'>, number>> = {
  sqlite: 800,
  prisma: 100,
  'prisma-postgresql': 6,
  'prisma-mysql': 6,
  postgresql: 25,
  mysql: 25,
  mongodb: 12,
}

const told = ({ what, call, expected, actual }: Difference): string =>
  `${what}\ncall ${JSON.stringify(call)}\nexpected ${JSON.stringify(expected)}\nanswered ${JSON.stringify(actual)}`

/** Fails with the smallest program that shows a difference of the same kind. */
async function explain(backends: readonly BackendName[], program: Program, first: Difference): Promise<never> {
  const again = async (smaller: Program): Promise<boolean> => {
    try {
      const found = await judge(smaller, backends)
      return found !== undefined && kindOf(found) === kindOf(first)
    } catch {
      return false
    }
  }
  const small = await minimise(program, again, backends.includes('sqlite') ? undefined : 300)
  const found = (await judge(small, backends)) ?? first
  return assert.fail(`${told(found)}\n${JSON.stringify({ note: '', program: small })}`)
}

for (const name of compared) {
  const skip = skipOf(name)
  const backends = ['memory', name] as const
  test(`${name}: regressions of programs`, { skip }, async (t) => {
    for (const { file, note, program } of kept('programs')) {
      await t.test(`${file}: ${note}`, async () => {
        const found = await judge(program, backends)
        assert.equal(found, undefined, found === undefined ? '' : told(found))
      })
    }
  })

  const wanted = runs(shares[name as keyof typeof shares])
  test(`${name}: ${wanted} random programs, seed ${seed}`, { skip }, async (t) => {
    const tally = new Tally()
    let failing: { readonly program: Program; readonly found: Difference } | undefined
    // fast-check only finds the failure: taking parts away from a program's plain data leads to a small one sooner than shrinking its tapes.
    const details = await fc.check(
      fc.asyncProperty(programs({ rows: 24, calls: 100 }), async (program) => {
        const found = await judge(program, backends, tally)
        if (found !== undefined) failing = { program, found }
        return found === undefined
      }),
      { seed, numRuns: wanted, endOnFailure: true },
    )
    t.diagnostic(`seed ${seed}, ${details.numRuns} programs, ${[...tally.counts.values()].reduce((sum, n) => sum + n, 0)} calls`)
    if (failing !== undefined) await explain(backends, failing.program, failing.found)
    assert.equal(details.failed, false, `${fc.defaultReportMessage(details)}`)
    if (wanted >= 1_000) for (const method of methods) assert.ok((tally.counts.get(`${method} ok`) ?? 0) > 50, `too few answered calls of ${method}`)
  })
}
