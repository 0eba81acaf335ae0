/**
 * The oracles can fail: each mistake of a kind that access control is known to make is planted, and must be found within a bounded number
 * of cases. Planted from outside, by subclasses of the rights; no product code knows of it. The seed is fixed, so a miss is not bad luck.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Value } from '../../src/schema/entity.ts'
import { type Asked, everything, type Flavour } from './program/calls.ts'
import { Choices, tape } from './program/choices.ts'
import { compareWorlds } from './program/compare-worlds.ts'
import { judge } from './program/judge.ts'
import { nullIsTrue, type Spoil, unchecked, undenied, unfiltered, unfilteredRelated, unhidden, unranged } from './program/leaks.ts'
import { programs } from './program/program.ts'
import type { CallSpec, Program } from './program/spec.ts'
import { asked, isPair, pairOf } from './program/worlds.ts'

const seed = 20_260_601
const most = 400
const size = { rows: 24, calls: 24 }

/** Calls of these methods only, with these parts of their options only. */
interface Asking {
  readonly methods: readonly Asked[]
  readonly parts?: Partial<Flavour>
  /** Options that stay; the answer is then of keys alone, so that nothing but the option can tell. */
  readonly only?: readonly string[]
}

const nothing = { filter: 0, sort: 0, select: 0, include: 0, relation: 0 }

function narrowed(program: Program, only: readonly string[] | undefined): Program {
  if (only === undefined) return program
  return {
    ...program,
    calls: program.calls.map((call): CallSpec => {
      const options = (call.params[1] ?? {}) as { readonly [name: string]: Value }
      const kept = Object.fromEntries(Object.entries(options).filter(([name]) => only.includes(name)))
      const select: typeof options = only.includes('select') ? {} : { select: ['id'] }
      return { who: call.who, method: 'list', params: [call.params[0] as Value, { ...kept, ...select }] }
    }),
  }
}

/** Number of the case that found it; undefined where none did. */
async function until<T>(cases: fc.Arbitrary<T>, finds: (one: T) => Promise<boolean>): Promise<number | undefined> {
  const { failed, numRuns, errorInstance } = await fc.check(
    fc.asyncProperty(cases, async (one) => !(await finds(one))),
    { seed, numRuns: most, endOnFailure: true },
  )
  if (errorInstance !== null && errorInstance !== undefined && !String(errorInstance).includes('Property failed')) throw errorInstance
  return failed ? numRuns : undefined
}

const flavour = (base: Flavour, { methods, parts }: Asking): Flavour => ({ ...base, methods, ...parts })

const byOracle = (spoil: Spoil, asking: Asking) =>
  until(
    programs(size, flavour(everything, asking), { twoWorlds: asking.only !== undefined }),
    async (program) => (await judge(narrowed(program, asking.only), ['memory'], undefined, spoil)) !== undefined,
  )

function byWorlds(spoil: Spoil, asking: Asking) {
  const pairs = fc
    .tuple(fc.constantFrom(1, 2, 3), tape(80))
    .chain(([who, choices]) =>
      programs(size, flavour(asked, asking), { twoWorlds: true }, [who]).map((program) =>
        pairOf(narrowed(program, asking.only), who, new Choices(choices)),
      ),
    )
  return until(pairs, async (pair) => isPair(pair) && (await compareWorlds(pair, 'memory', spoil)) !== undefined)
}

const lists: Asking = { methods: ['list'], parts: nothing }
const including: Asking = { methods: ['list'], parts: { ...nothing, include: 100 } }
const relating: Asking = { methods: ['list'], parts: { ...nothing, filter: 100, relation: 100 } }
const writing: Asking = { methods: ['create', 'update', 'updateMany', 'createMany', 'upsert'], parts: nothing }
const sorting: Asking = { methods: ['list'], parts: { ...nothing, sort: 100 }, only: ['sort'] }
const filtering: Asking = { methods: ['list'], parts: { ...nothing, filter: 100 }, only: ['filter'] }
const selecting: Asking = { methods: ['list'], parts: { ...nothing, select: 100 }, only: ['select'] }
const bulk = (method: Asked): Asking => ({ methods: [method], parts: { ...nothing, filter: 60 } })

const leaks: readonly { readonly name: string; readonly spoil: Spoil; readonly asking: Asking; readonly worlds: boolean }[] = [
  { name: 'the row filter dropped from list', spoil: unfiltered('list'), asking: lists, worlds: true },
  { name: 'the row filter dropped from count', spoil: unfiltered('count'), asking: { methods: ['count'] }, worlds: true },
  { name: 'the row filter dropped from aggregate', spoil: unfiltered('aggregate'), asking: { methods: ['aggregate'] }, worlds: true },
  { name: 'the row filter dropped from updateMany', spoil: unfiltered('updateMany'), asking: bulk('updateMany'), worlds: false },
  { name: 'the row filter dropped from deleteMany', spoil: unfiltered('deleteMany'), asking: bulk('deleteMany'), worlds: false },
  { name: 'updateMany over rows that the caller may not read', spoil: unranged('updateMany'), asking: bulk('updateMany'), worlds: false },
  { name: 'deleteMany over rows that the caller may not read', spoil: unranged('deleteMany'), asking: bulk('deleteMany'), worlds: false },
  { name: 'the row filter dropped from include', spoil: unfilteredRelated, asking: including, worlds: true },
  { name: 'the row filter dropped from relation filters', spoil: unfilteredRelated, asking: relating, worlds: true },
  { name: 'a hidden field allowed in sort', spoil: unhidden, asking: sorting, worlds: true },
  { name: 'a hidden field allowed in filter', spoil: unhidden, asking: filtering, worlds: true },
  { name: 'a hidden field allowed in select', spoil: unhidden, asking: selecting, worlds: true },
  { name: 'a hidden field shown', spoil: unhidden, asking: lists, worlds: true },
  { name: 'the check after a write skipped', spoil: unchecked, asking: writing, worlds: false },
  { name: 'denies ignored', spoil: undenied, asking: { methods: ['list', 'read', 'count', 'update', 'delete'], parts: nothing }, worlds: true },
  {
    name: 'a null filter treated as true',
    spoil: nullIsTrue,
    asking: { methods: ['list', 'read', 'count', 'update', 'delete'], parts: nothing },
    worlds: true,
  },
]

for (const { name, spoil, asking, worlds } of leaks) {
  test(`the reference finds: ${name}`, async (t) => {
    const found = await byOracle(spoil, asking)
    assert.ok(found !== undefined, `not found in ${most} programs`)
    t.diagnostic(`found by program ${found}`)
  })
  if (!worlds) continue
  test(`two worlds find: ${name}`, async (t) => {
    const found = await byWorlds(spoil, asking)
    assert.ok(found !== undefined, `not found in ${most} pairs`)
    t.diagnostic(`found by pair ${found}`)
  })
}

test('without a leak the same programs and pairs find nothing', async () => {
  const none: Spoil = () => undefined
  for (const asking of [lists, including, relating, writing, sorting]) {
    const programsOf = fc.sample(programs(size, flavour(everything, asking), { twoWorlds: asking.only !== undefined }), { seed, numRuns: 25 })
    for (const program of programsOf) assert.equal(await judge(narrowed(program, asking.only), ['memory'], undefined, none), undefined)
  }
})
