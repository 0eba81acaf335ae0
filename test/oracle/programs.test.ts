/**
 * Random schemas, rules, rows and calls: the engine on memory, the engine on every other backend and the contract read literally must agree
 * on every answer, every error and every table. A call that is refused must leave the tables as they were.
 * DBAL_ORACLE_RUNS: 100 000 stands for as many calls on SQLite, of 1 040 programs, and some on each server. DBAL_ORACLE_SEED replays a run.
 * A failure is printed as a small program in the form of conformance/regressions/programs-*.json; put it there with a note, and it is
 * replayed first ever after.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BackendName, compared, skipOf } from '../backends/backends.ts'
import { Apart } from './apart/apart.ts'
import type { Done, Job } from './program/batch.ts'
import { methods } from './program/calls.ts'
import { type Difference, judge, kindOf } from './program/judge.ts'
import { minimise } from './program/minimise.ts'
import { kept, runs } from './program/regression.ts'
import { seed } from './seed.ts'

/** Programs on each backend, of a hundred calls in the mean: a server makes a database for each of them, so it is given few. */
const shares: Readonly<Record<Exclude<BackendName, 'memory'>, number>> = {
  sqlite: 1_040,
  prisma: 60,
  'prisma-postgresql': 5,
  'prisma-mysql': 5,
  postgresql: 12,
  mysql: 12,
  mongodb: 5,
}
const size = { rows: 24, calls: 200 }
const thread = new Apart<Job, Done>(new URL('./program/batch.ts', import.meta.url))

const told = ({ what, call, expected, actual }: Difference): string =>
  `${what}\ncall ${JSON.stringify(call)}\nexpected ${JSON.stringify(expected)}\nanswered ${JSON.stringify(actual)}`

/** Fails with the smallest program that shows a difference of the same kind. */
async function explain({ program, found: first, backends }: NonNullable<Done['failing']>): Promise<never> {
  const small = await minimise(
    program,
    async (smaller) => {
      try {
        const found = await judge(smaller, backends)
        return found !== undefined && kindOf(found) === kindOf(first)
      } catch {
        return false
      }
    },
    backends.includes('sqlite') ? undefined : 300,
  )
  const found = (await judge(small, backends)) ?? first
  return assert.fail(`${told(found)}\n${JSON.stringify({ note: '', program: small })}`)
}

for (const name of compared) {
  const skip = skipOf(name)
  test(`${name}: regressions of programs`, { skip }, async (t) => {
    for (const { file, note, program } of kept('programs')) {
      await t.test(`${file}: ${note}`, async () => {
        const found = await judge(program, ['memory', name])
        assert.equal(found, undefined, found === undefined ? '' : told(found))
      })
    }
  })

  const wanted = runs(shares[name as keyof typeof shares])
  test(`${name}: ${wanted} random programs, seed ${seed}`, { skip }, async (t) => {
    const job: Job = { backend: name, seed, programs: wanted, size }
    const started = performance.now()
    const done = await thread.do(job, (text) => console.log(`${name}: ${text}`))
    t.diagnostic(`seed ${seed}, ${done.programs} programs, ${done.calls} calls in ${Math.round((performance.now() - started) / 1000)} s`)
    if (done.failing !== undefined) await explain(done.failing)
    if (wanted >= 1_000) for (const method of methods) assert.ok((done.counts.get(`${method} ok`) ?? 0) > 50, `too few answered calls of ${method}`)
  })
}
