/**
 * Programs of typed calls over every field type, run on every backend beside memory, which defines the answers, errors and tables.
 * DBAL_ORACLE_STEPS: how many calls in all (20 000). DBAL_ORACLE_SEED replays a run. A failure is printed as small as it could be made,
 * in the form of conformance/regressions/typed-*.json; put it there with a note, and it is replayed first ever after.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Adapter } from '../../src/adapter/adapter.ts'
import type { Answer } from '../../src/query/ast.ts'
import type { Value } from '../../src/schema/entity.ts'
import { type BackendName, compared, skipOf } from '../backends/backends.ts'
import { Tally } from './program/judge.ts'
import { minimise } from './program/minimise.ts'
import { kept } from './program/regression.ts'
import { seed } from './seed.ts'
import { compareLabs, type Difference, TypedLab } from './typed/lab.ts'
import { type TypedProgram, typedPrograms } from './typed/programs.ts'

const ordinary = 20_000
const steps = Number(process.env.DBAL_ORACLE_STEPS ?? ordinary)
/** Servers that answer slowly are asked less, so that the file ends in time; a longer run grows with all of them. */
const shares: Readonly<Record<Exclude<BackendName, 'memory'>, number>> = {
  sqlite: 0.55,
  prisma: 0.1,
  'prisma-postgresql': 0.02,
  'prisma-mysql': 0.02,
  postgresql: 0.165,
  mysql: 0.165,
  mongodb: 0.02,
}

const told = ({ what, call, expected, actual, causes }: Difference): string =>
  `${what}\ncall ${JSON.stringify(call)}\nexpected ${JSON.stringify(expected)}\nanswered ${JSON.stringify(actual)}\n${causes.join('\n')}`

const kindOf = ({ what, call, expected, actual, causes }: Difference): string =>
  [what, call?.method, nameOf(expected), nameOf(actual), (causes[0] ?? '').slice(0, 40)].join(' / ')
const nameOf = (answer: unknown): string => (answer as { error?: { name: string } }).error?.name ?? 'result'

/** Fails with the smallest program that shows a difference of the same kind. */
async function explain(definition: TypedLab, lab: TypedLab, program: TypedProgram, first: Difference): Promise<never> {
  const small = await minimise(
    program,
    async (smaller) => {
      const found = await compareLabs(definition, lab, smaller).catch(() => undefined)
      return found !== undefined && kindOf(found) === kindOf(first)
    },
    // A server takes its time for each.
    lab.name === 'sqlite' ? 600 : 100,
  )
  const found = (await compareLabs(definition, lab, small)) ?? first
  return assert.fail(`${told(found)}\n${JSON.stringify({ note: '', program: small })}`)
}

/** SQLite, but for one small lie of all its answers, in and out of transactions. */
function lying(lie: (answer: Answer) => Answer): (adapter: Adapter) => Adapter {
  return (adapter) => ({
    ...adapter,
    run: async (query, args, options) => lie(await adapter.run(query, args, options)),
    transaction: (mode, work, options) =>
      adapter.transaction(
        mode,
        (tx) => work({ savepoint: (inner) => tx.savepoint(inner), run: async (query, args, more) => lie(await tx.run(query, args, more)) }),
        options,
      ),
  })
}

const cells = (change: (cell: Value) => Value) => (answer: Answer) => ({ ...answer, rows: answer.rows.map((row) => row.map(change)) })
const lies: Readonly<Record<string, (answer: Answer) => Answer>> = {
  'a bigint that went through a number': cells((cell) => (typeof cell === 'string' && /^-?[0-9]{17,}$/.test(cell) ? String(Number(cell)) : cell)),
  'text without the space at its end': cells((cell) => (typeof cell === 'string' ? cell.trimEnd() : cell)),
  'a time without its milliseconds': cells((cell) => (typeof cell === 'string' ? cell.replace(/\.00[1-9]Z$/, '.000Z') : cell)),
  'a row fewer affected': (answer) => (answer.affected === undefined ? answer : { ...answer, affected: Math.min(answer.affected, 1) }),
}

for (const [name, lie] of Object.entries(lies)) {
  test(`a planted fault is found: ${name}`, async () => {
    const definition = await TypedLab.open('memory')
    const lab = await TypedLab.open('sqlite', lying(lie))
    try {
      const property = fc.asyncProperty(typedPrograms, async (program) => (await compareLabs(definition, lab, program)) === undefined)
      const details = await fc.check(property, { seed, numRuns: 60, endOnFailure: true })
      assert.ok(details.failed)
    } finally {
      await lab.close()
      await definition.close()
    }
  })
}

async function withLabs(name: BackendName, work: (definition: TypedLab, lab: TypedLab) => Promise<void>): Promise<void> {
  const definition = await TypedLab.open('memory')
  const lab = await TypedLab.open(name)
  try {
    await work(definition, lab)
  } finally {
    await lab.close()
    await definition.close()
  }
}

for (const name of compared) {
  const skip = skipOf(name)
  test(`${name}: regressions of typed programs`, { skip }, async () =>
    withLabs(name, async (definition, lab) => {
      for (const { file, note, program } of kept<TypedProgram>('typed')) {
        const found = await compareLabs(definition, lab, program)
        assert.equal(found, undefined, found === undefined ? '' : `${file} (${note})\n${told(found)}`)
      }
    }),
  )

  const wanted = Math.round(steps * shares[name as keyof typeof shares])
  test(`${name}: ${wanted} typed steps, seed ${seed}`, { skip }, async (t) =>
    withLabs(name, async (definition, lab) => {
      const tally = new Tally()
      let done = 0
      let failing: { readonly program: TypedProgram; readonly found: Difference } | undefined
      const property = fc.asyncProperty(typedPrograms, async (program) => {
        if (done >= wanted) return true
        const found = await compareLabs(definition, lab, program, (call, answer) => {
          done++
          tally.add(call, answer)
        })
        if (found !== undefined) failing = { program, found }
        return found === undefined
      })
      // Programs end at their last call, so that a program is never longer than the number of steps that are left by much.
      const details = await fc.check(property, { seed, numRuns: Math.ceil(wanted / 40), endOnFailure: true })
      t.diagnostic(`seed ${seed}, ${done} steps: ${[...tally.counts].map(([what, n]) => `${what} ${n}`).join(', ')}`)
      if (failing !== undefined) t.diagnostic(told(failing.found))
      if (failing !== undefined) await explain(definition, lab, failing.program, failing.found)
      assert.equal(details.failed, false, fc.defaultReportMessage(details))
      assert.ok(done >= wanted, `Only ${done} steps were made`)
    }),
  )
}
