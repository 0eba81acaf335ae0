/**
 * What explain names is what decides. Random rules, rows and calls: each named change is made in the rules, and the real call has to be answered
 * differently; what is named as the cause is kept while all else is changed, and the real call has to be answered as before.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Policy, Rule } from '../../../src/policy/policy.ts'
import { withRules } from '../../../src/policy/rules.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { seed } from '../../oracle/seed.ts'
import { type Lab, openLab, signedIn, system } from '../../support/lab.ts'
import { type Chance, chanceOf } from './chance.ts'
import { changed, type Flip, isImposed, leavesOf, made } from './flips.ts'
import { type Asked, callOf, fill, schemaText } from './world.ts'

/** DBAL_ORACLE_RUNS: schemas on each database. */
const rounds = Number(process.env['DBAL_ORACLE_RUNS'] ?? 12)
const callsEach = 16

interface Told {
  readonly asks?: string
  readonly field?: string
  readonly holds: boolean
  readonly because: readonly Omit<Flip, 'to'>[]
  readonly changes: readonly (readonly Flip[])[]
}
interface Explanation {
  readonly allowed: boolean
  readonly outcome: { readonly ok: boolean; readonly error?: { readonly name: string } }
  readonly rules: readonly { readonly id: string }[]
  readonly row?: { readonly exists: boolean; readonly questions?: readonly Told[]; readonly fields?: readonly Told[]; readonly impossible?: Value }
}

/** A call, and how it is asked under other rules. */
interface Trial {
  readonly lab: Lab
  readonly policy: Policy
  readonly call: Asked
  readonly field: string | undefined
  readonly at: string
}

const explained = async (lab: Lab, { method, params, as, row }: Asked): Promise<Explanation> =>
  (await lab.call(system, 'explain', method, params, as, ...(row === undefined ? [] : [row]))) as unknown as Explanation

/** May the call happen, and does it show the row and the field? Asked of the pipeline, never of the explanation. */
async function happens({ lab, policy, call, field }: Trial, rules: readonly Rule[]): Promise<boolean> {
  const { schema } = lab.engine.world()
  lab.engine.swap(schema, withRules(policy, rules, schema))
  try {
    const { method, params, as, row } = call
    const who = signedIn(String(as['id']), String(as['role']), as as object)
    if (method !== 'read' && method !== 'list') return (await explained(lab, call)).outcome.ok
    const answer = (await lab.call(who, method, ...params)) as { readonly code?: Value; readonly data?: readonly Record<string, Value>[] }
    // A row without any field that its caller may see has no key to be known by.
    const shown =
      method === 'read' ? (answer.code === undefined ? (answer as Record<string, Value>) : undefined) : answer.data?.find(({ id }) => id === row)
    return shown !== undefined && (field === undefined || Object.hasOwn(shown, field))
  } finally {
    lab.engine.swap(schema, policy)
  }
}

/** Every way that is named turns the answer, and no part of it does. How many were made. */
async function turns(trial: Trial, told: Told): Promise<number> {
  const after = (flips: readonly Flip[]) =>
    happens(
      trial,
      flips.reduce<readonly Rule[]>((rules, flip) => changed(rules, flip), trial.policy.rules),
    )
  let count = 0
  for (const way of told.changes.filter((flips) => !flips.some(isImposed)).slice(0, 5)) {
    // Whether an upsert may be asked at all hangs on the fields of both its branches.
    if (trial.call.method === 'upsert' && way.some(({ kind }) => kind !== 'condition')) continue
    assert.notEqual(await after(way), told.holds, `${trial.field ?? 'the call'} after ${JSON.stringify(way)}\n${trial.at}`)
    for (const flip of way)
      assert.equal(
        await after(way.filter((other) => other !== flip)),
        told.holds,
        `without ${JSON.stringify(flip)} of ${JSON.stringify(way)}\n${trial.at}`,
      )
    count++
  }
  return count
}

/** The clauses that are named hold the answer whatever all others are, and no fewer of them would. How many assignments were made. */
async function holds(trial: Trial, told: Told, ids: ReadonlySet<string>, { below }: Chance): Promise<number> {
  const rules = trial.policy.rules.filter(({ id }) => ids.has(id))
  const named = (rule: string, path: readonly number[]) =>
    told.because.some((clause) => clause.rule === rule && JSON.stringify(clause.path) === JSON.stringify(path))
  const leaves = rules.flatMap(leavesOf)
  const others = leaves.filter(({ rule, path }) => !named(rule, path))
  const after = (flips: readonly Flip[]) =>
    happens(
      trial,
      flips.reduce<readonly Rule[]>((list, flip) => changed(list, flip), trial.policy.rules),
    )
  const chosen = [others.map((leaf) => made(leaf, leaf.helps !== told.holds)), others.map((leaf) => made(leaf, below(2) === 0))]
  for (const flips of chosen) assert.equal(await after(flips), told.holds, `because, with ${JSON.stringify(flips)}\n${trial.at}`)
  if (told.because.some(isImposed)) return chosen.length
  for (const leaf of leaves.filter(({ rule, path }) => named(rule, path))) {
    const flips = [leaf, ...others].map((other) => made(other, other.helps !== told.holds))
    assert.notEqual(await after(flips), told.holds, `because without ${JSON.stringify(leaf)}\n${trial.at}`)
  }
  return chosen.length
}

for (const which of ['memory', 'sqlite'] as const) {
  test(`every named change turns the answer of the real call, no part of it does, and every cause holds it (${which})`, async (t) => {
    const chance = chanceOf(seed)
    const counts = { turned: 0, held: 0, yes: 0, no: 0 }
    for (let round = 0; round < rounds; round++) {
      const text = schemaText(chance)
      const lab = await openLab(text, which).catch((error: unknown) =>
        assert.fail(`${JSON.stringify((error as { details: unknown }).details)}\n${text}`),
      )
      await fill(lab, chance)
      const { policy } = lab.engine.world()
      const before = JSON.stringify(await lab.call(system, 'list', 'Note'))
      for (let n = 0; n < callsEach; n++) {
        const call = callOf(chance)
        const told = await explained(lab, call)
        const at = `DBAL_ORACLE_SEED=${seed}, round ${round}, ${JSON.stringify(call)}\n${text}\n${JSON.stringify(told, null, 1)}`
        const asked = told.row?.questions?.at(-1)
        if (asked === undefined || told.row?.impossible !== undefined || !told.allowed) continue
        const { error } = told.outcome
        if (call.method === 'upsert' && error?.name === 'VALIDATION_ERROR') continue
        const trial = { lab, policy, call, field: undefined, at }
        // Fields that no rule lets anybody write are refused before any row.
        const real = call.method === 'list' ? await happens(trial, policy.rules) : told.outcome.ok
        assert.equal(asked.holds && error?.name !== 'VALIDATION_ERROR', real, at)
        counts[asked.holds ? 'yes' : 'no']++
        counts.turned += await turns(trial, asked)
        const plain = call.method === 'read' || call.method === 'list'
        if (plain) counts.held += await holds(trial, asked, new Set(told.rules.map(({ id }) => id)), chance)
        for (const one of plain ? (told.row?.fields ?? []) : []) counts.turned += await turns({ ...trial, field: one.field }, one)
      }
      assert.equal(JSON.stringify(await lab.call(system, 'list', 'Note')), before, 'explaining wrote')
      await lab.engine.close()
    }
    t.diagnostic(JSON.stringify(counts))
    for (const [what, count] of Object.entries(counts)) assert.ok(count > rounds / 3, `${what}: only ${count}`)
  })
}
