/**
 * Every backend gives the answers that the memory adapter defines, on random schemas, rows and questions.
 * DBAL_ORACLE_RUNS: how many predicates at least on SQLite (20 000), and a share of it on each server. It looks at new ones then. DBAL_ORACLE_SEED: replays a run.
 * A failure prints itself as small as it could be made; it belongs, with a note, into conformance/regressions/.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Adapter } from '../../src/adapter/adapter.ts'
import type { Answer, Query } from '../../src/query/ast.ts'
import { adapterOf, type BackendName, compared, openBackend, skipOf } from '../backends/backends.ts'
import { type Difference, Oracle, type Refusals } from './predicates/oracle.ts'
import { type Case, predicatesIn, Queries } from './predicates/random-query.ts'
import { schemaOf, type World, worlds } from './predicates/random-world.ts'
import { smallest } from './predicates/reduce.ts'
import { parseRegression, printRegression, type Regression, regressions } from './predicates/regression.ts'
import { seed } from './seed.ts'

const runs = Number(process.env.DBAL_ORACLE_RUNS ?? 20_000)
/** A server makes a database for each world, so it is asked less. */
const shares: Readonly<Record<Exclude<BackendName, 'memory'>, number>> = {
  sqlite: 1,
  prisma: 0.2,
  'prisma-postgresql': 0.02,
  'prisma-mysql': 0.02,
  postgresql: 0.06,
  mysql: 0.06,
  mongodb: 0.03,
}

type Opening = (world: World) => Promise<Oracle>

const opening =
  (name: BackendName, spoil: (adapter: Adapter) => Adapter = (adapter) => adapter, refusals?: Refusals): Opening =>
  async (world) =>
    Oracle.open(world, adapterOf(await openBackend('memory')), spoil(adapterOf(await openBackend(name))), refusals)

/** Without functions of one's own SQLite cannot sort or compare by some means and sums, nor doubles with exact numbers, and says so. */
const mostRefused = 0.05

/** The first case on which the adapters differ. */
async function failing(
  world: World,
  list: readonly Case<Query>[],
  open: Opening,
): Promise<{ readonly one: Case<Query>; readonly difference: Difference } | undefined> {
  const oracle = await open(world)
  try {
    for (const one of list) {
      const difference = await oracle.compare(one)
      if (difference !== undefined) return { one, difference }
    }
    return undefined
  } finally {
    await oracle.close()
  }
}

/** Keeps one failure from turning into another while it is made small. */
const kindOf = ({ answered, causes }: Difference): string => ((answered as { error?: string }).error ?? '') + (causes[0] ?? '').slice(0, 25)

async function check(world: World, list: readonly Case<Query>[], open: Opening): Promise<void> {
  const found = await failing(world, list, open)
  if (found === undefined) return
  const start = printRegression({ note: '', world, cases: [found.one] })
  // A part that is no whole question any more makes both sides complain; it is not the failure that was found.
  const kind = kindOf(found.difference)
  const still = async (regression: Regression) => {
    const again = await failing(regression.world, regression.cases, open)
    return again !== undefined && kindOf(again.difference) === kind
  }
  const text = await smallest(start, still)
  const small = parseRegression(text)
  const { defined, answered, causes } = (await failing(small.world, small.cases, open))?.difference ?? found.difference
  assert.fail(`The adapters differ\ndefined  ${JSON.stringify(defined)}\nanswered ${JSON.stringify(answered)}\n${causes.join('\n')}\n${text}`)
}

const probesAtOnce = 10

function cases(world: World): fc.Arbitrary<readonly Case[]> {
  const queries = new Queries(schemaOf(world))
  const tree = queries.tree(2)
  const lists: fc.Arbitrary<readonly Case[]>[] = [
    fc.array(queries.probes(probesAtOnce, 3), { minLength: 6, maxLength: 6 }),
    fc.array(queries.read(2), { minLength: 10, maxLength: 10 }),
    fc.array(queries.aggregate(1), { minLength: 6, maxLength: 6 }),
  ]
  if (tree !== undefined) lists.push(fc.array(tree, { minLength: 2, maxLength: 2 }))
  return fc.tuple(...lists).map((all) => all.flat())
}

const asked = worlds.chain((world) => cases(world).map((list) => ({ world, cases: list })))

for (const name of compared) {
  const skip = skipOf(name)
  const refusals: Refusals | undefined = name === 'prisma' ? { asked: 0, refused: 0 } : undefined
  const open = opening(name, undefined, refusals)
  for (const { file, regression } of regressions(new URL('../../conformance/regressions/', import.meta.url), 'predicates')) {
    test(`${name}: regression ${file}: ${regression.note}`, { skip }, () => check(regression.world, regression.cases, open))
  }

  const wanted = Math.ceil(runs * shares[name as keyof typeof shares])
  test(`${name}: ${wanted} random predicates, seed ${seed}`, { skip }, async (t) => {
    let predicates = 0
    const least = 60 + 10 + 6
    const property = fc.asyncProperty(asked, async ({ world, cases: list }) => {
      predicates += list.reduce((sum, one) => sum + predicatesIn(one), 0)
      await check(world, list, open)
    })
    // Failures are made small by parts of the question, which knows better what can be left out.
    const result = await fc.check(property, { seed, numRuns: Math.ceil(wanted / least), endOnFailure: true })
    if (result.failed) throw result.errorInstance
    t.diagnostic(`seed ${seed}, ${predicates} predicates`)
    if (refusals !== undefined) {
      t.diagnostic(`${refusals.refused} of ${refusals.asked} questions refused`)
      assert.ok(refusals.refused <= refusals.asked * mostRefused, `${refusals.refused} of ${refusals.asked} questions were refused`)
    }
    assert.ok(predicates >= wanted, `Only ${predicates} predicates were asked`)
  })
}

/** SQLite, but for one small lie. */
const lying = (lie: (answer: Answer) => Answer): Opening =>
  opening('sqlite', (sqlite) => ({ ...sqlite, run: async (query, args, options) => lie(await sqlite.run(query, args, options)) }))

const lies: Readonly<Record<string, (answer: Answer) => Answer>> = {
  'unknown taken for false': (answer) => ({ ...answer, rows: answer.rows.map((row) => row.map((cell) => (cell === null ? false : cell))) }),
  'a row too few': (answer) => ({ ...answer, rows: answer.rows.slice(0, 5) }),
  'a total of the page': (answer) => (answer.total === undefined ? answer : { ...answer, total: answer.rows.length }),
  'another order': (answer) => ({ ...answer, rows: answer.rows.toReversed() }),
}

for (const [name, lie] of Object.entries(lies)) {
  test(`a planted fault is found: ${name}`, async () => {
    const property = fc.asyncProperty(asked, async ({ world, cases: list }) => assert.equal(await failing(world, list, lying(lie)), undefined))
    const result = await fc.check(property, { seed, numRuns: 60, endOnFailure: true })
    assert.ok(result.failed)
  })
}
