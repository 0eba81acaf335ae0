/**
 * Laws of rules and calls that need no second evaluator: a deny never shows more, a permit never less, order and repetition do not matter;
 * a list is its reads, a count its length, pages are the whole, a batch is its single calls, what is remembered is what would be made anew.
 * On random schemas, rules, rows and callers. DBAL_ORACLE_RUNS: 100 000 stands for 80 programs a law and backend.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Done, faults, type Job } from './algebra/batch.ts'
import { laws, ofRules } from './algebra/laws.ts'
import { Apart } from './apart/apart.ts'
import { runs } from './program/regression.ts'
import { seed } from './seed.ts'

const thread = new Apart<Job, Done>(new URL('./algebra/batch.ts', import.meta.url))
const wanted = runs(80)
/** Programs within which a planted fault must be found. */
const most = 100

for (const law of Object.keys(laws)) {
  for (const backend of ofRules.has(law) ? (['memory'] as const) : (['memory', 'sqlite'] as const)) {
    test(`${backend}: ${law}: ${wanted} programs, seed ${seed}`, async () => {
      const { programs, wrong } = await thread.do({ law, backend, seed, programs: wanted })
      assert.ok(wrong === undefined, `${JSON.stringify(wrong?.what)}\n${JSON.stringify(wrong?.program)}`)
      assert.equal(programs, wanted)
    })
  }
}

for (const law of Object.keys(faults)) {
  test(`broken on purpose: ${law}`, async (t) => {
    const { programs, wrong } = await thread.do({ law, backend: 'memory', seed: 20_260_601, programs: most, broken: true })
    assert.notEqual(wrong, undefined)
    t.diagnostic(`found by program ${programs}`)
  })
}
