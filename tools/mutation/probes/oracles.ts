/** The random oracles as probes: a fixed number of programs, questions and pairs of worlds, the same ones in every run, and nothing made small. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { adapterOf, type BackendName, openBackend, skipOf } from '../../../test/backends/backends.ts'
import { Oracle } from '../../../test/oracle/predicates/oracle.ts'
import { Queries } from '../../../test/oracle/predicates/random-query.ts'
import { schemaOf, type World, worlds } from '../../../test/oracle/predicates/random-world.ts'
import { Choices, tape } from '../../../test/oracle/program/choices.ts'
import { judge } from '../../../test/oracle/program/judge.ts'
import { programs } from '../../../test/oracle/program/program.ts'
import { kept } from '../../../test/oracle/program/regression.ts'
import type { Program } from '../../../test/oracle/program/spec.ts'
import { compareLabs, TypedLab } from '../../../test/oracle/typed/lab.ts'
import { type TypedProgram, typedPrograms } from '../../../test/oracle/typed/programs.ts'
import { compareWorlds } from '../../../test/oracle/worlds/compare-worlds.ts'
import { asked, isPair, pairOf } from '../../../test/oracle/worlds/worlds.ts'
import { type Body, type Probe, probeOf } from './probe.ts'

const seed = 20_261_121

/** What schemas and policies are kept by is made anew. */
const anew = <T>(value: T): T => structuredClone(value)

const judged = (name: string, program: Program, backend: BackendName): Body => ({
  name,
  run: async () => assert.equal(await judge(anew(program), ['memory', backend]), undefined),
})

function programsOn(backend: BackendName, count: number): Probe {
  let sampled: readonly Program[] | undefined
  return probeOf(`programs on ${backend}`, () => {
    sampled ??= fc.sample(programs({ rows: 24, calls: 60 }), { seed, numRuns: count })
    return [
      ...kept('programs').map(({ file, program }) => judged(file, program, backend)),
      ...sampled.map((program, i) => judged(`${i}`, program, backend)),
    ]
  })
}

function pairs(count: number): Probe {
  const bases = fc.tuple(tape(80), programs({ rows: 20, calls: 16 }, asked, { twoWorlds: true }, [1]))
  return probeOf('pairs of worlds', () =>
    fc.sample(bases, { seed, numRuns: count }).flatMap(([choices, program], i) => {
      const who = [1, 2, 3, 4, 0, 6][i % 6] as number
      return [
        {
          name: `${i}`,
          run: async () => {
            const pair = pairOf({ ...anew(program), calls: program.calls.map((call) => ({ ...call, who })) }, who, new Choices(choices))
            if (pair.calls.length > 0 && isPair(pair)) assert.equal(await compareWorlds(pair, i % 2 === 0 ? 'memory' : 'sqlite'), undefined)
          },
        },
      ]
    }),
  )
}

async function asking(world: World, at: number, backend: BackendName): Promise<void> {
  const queries = new Queries(schemaOf(world))
  const tree = queries.tree(2)
  const lists = [
    fc.array(queries.probes(10, 3), { minLength: 6, maxLength: 6 }),
    fc.array(queries.read(2), { minLength: 10, maxLength: 10 }),
    fc.array(queries.aggregate(1), { minLength: 6, maxLength: 6 }),
    ...(tree === undefined ? [] : [fc.array(tree, { minLength: 2, maxLength: 2 })]),
  ]
  const cases = lists.flatMap((list) => fc.sample(list as fc.Arbitrary<Parameters<Oracle['compare']>[0][]>, { seed: seed + at, numRuns: 1 })[0] ?? [])
  const oracle = await Oracle.open(world, adapterOf(await openBackend('memory')), adapterOf(await openBackend(backend)), { asked: 0, refused: 0 })
  try {
    for (const one of cases) assert.equal(await oracle.compare(one), undefined)
  } finally {
    await oracle.close()
  }
}

const questions = (backend: BackendName, count: number): Probe =>
  probeOf(`questions to ${backend}`, () =>
    fc.sample(worlds, { seed, numRuns: count }).map((world, i) => ({ name: `${i}`, run: () => asking(anew(world), i, backend) })),
  )

/** Every type of field, written and asked for. One database for all programs of a body: making one is most of the work on a server. */
const typed = (backend: BackendName, count: number, each: number): Probe =>
  probeOf(`typed programs on ${backend}`, () =>
    Array.from({ length: count }, (_, at) => ({
      name: `${at}`,
      run: async () => {
        const [definition, lab] = [await TypedLab.open('memory'), await TypedLab.open(backend)]
        try {
          for (const program of fc.sample(typedPrograms, { seed: seed + at, numRuns: each }) as TypedProgram[])
            assert.equal(await compareLabs(definition, lab, program), undefined)
        } finally {
          await lab.close()
          await definition.close()
        }
      },
    })),
  )

export function oracleProbes(): Probe[] {
  const onServers = (['postgresql', 'mysql', 'prisma', 'prisma-postgresql', 'prisma-mysql'] as const).filter((name) => skipOf(name) === false)
  return [
    programsOn('sqlite', 16),
    pairs(36),
    questions('sqlite', 16),
    typed('sqlite', 4, 2),
    ...onServers.flatMap((name) => [questions(name, 5), typed(name, 3, 2)]),
  ]
}
