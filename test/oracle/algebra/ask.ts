/** What the laws ask of a database and of its neighbours with other rules. In charge of asking; must not know what has to hold. */
import type { Value } from '../../../src/schema/entity.ts'
import type { Choices } from '../program/choices.ts'
import { expression } from '../program/expressions.ts'
import { type Backend, type Lab, openLab } from '../program/lab.ts'
import type { Spoil } from '../program/leaks.ts'
import { type EntitySpec, type Program, principals, type RuleSpec } from '../program/spec.ts'
import { type Answered, answered } from '../program/transcript.ts'

export type Row = { readonly [field: string]: Value }
export interface Page {
  readonly data: readonly Row[]
  readonly total: number
  readonly nextCursor: string | null
}

/** What one caller gets of one entity; undefined where it is not allowed to ask. */
export type Sight = { readonly list: readonly Row[]; readonly total: number } | undefined
export type Sights = ReadonlyMap<string, Sight>

export const all: Value = { limit: 100 }

export const everyone = (program: Program): readonly (readonly [who: number, entity: string])[] =>
  principals.flatMap((_, who) => program.entities.map((e) => [who, e.entity] as const))

/** The answer as text, with what cursors may differ in left out. */
export const told = async (lab: Lab, who: number, method: string, params: readonly Value[]): Promise<string> =>
  JSON.stringify(await answered({ who, method, params }, lab.send))

export async function ask<T>(lab: Lab, who: number, method: string, ...params: Value[]): Promise<T | undefined> {
  const reply = await lab.send(method, params, principals[who] as (typeof principals)[number])
  return reply.ok ? (reply.result as T) : undefined
}

/** The name of the error, or undefined. */
export const refusal = (answer: Answered): string | undefined => ('error' in answer ? answer.error.name : undefined)

export async function withLab<T>(program: Program, backend: Backend, spoil: Spoil | undefined, work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await openLab(program, backend, spoil)
  try {
    return await work(lab)
  } finally {
    await lab.close()
  }
}

export const sightsOf = (program: Program, spoil?: Spoil): Promise<Sights> =>
  withLab(program, 'memory', spoil, async (lab) => {
    const sights = new Map<string, Sight>()
    for (const [who, entity] of everyone(program)) {
      const page = await ask<Page>(lab, who, 'list', entity, all)
      sights.set(`${who} ${entity}`, page === undefined ? undefined : { list: page.data, total: page.total })
    }
    return sights
  })

export const withRules = (program: Program, change: (entity: EntitySpec) => readonly RuleSpec[]): Program => ({
  ...program,
  entities: program.entities.map((e) => ({ ...e, acl: { rules: change(e) } })),
})

const derived: ReadonlySet<string> = new Set(['list', 'count', 'search', 'aggregate'])

/** Rules that say otherwise of list, count and read are no contradiction: they are asked where read alone governs, and create of createMany. */
export const plain = (program: Program): Program =>
  withRules(program, (e) =>
    e.acl.rules
      .map((rule) => {
        const operations = rule.operations.filter((name) => !derived.has(name)).map((name) => (name === 'createMany' ? 'create' : name))
        return { ...rule, operations: [...new Set(operations)] }
      })
      .filter((rule) => rule.operations.length > 0),
  )

/** One rule more for roles and operations that have rules already, so that no operation is governed otherwise than before. */
export function oneMore(program: Program, effect: 'permit' | 'deny', choices: Choices): Program {
  const around = { entities: program.entities, far: true, usable: () => true }
  return withRules(program, (e) => {
    const { entity, role, operations } = choices.pick(e.acl.rules)
    const rule: RuleSpec = { entity, role, operations, row_level_filter: expression(e, around, choices), ...(effect === 'deny' ? { effect } : {}) }
    const named = e.acl.rules.some((r) => r.effect !== 'deny' && r.role.join() === role.join() && r.operations.join() === operations.join())
    return named ? [...e.acl.rules, rule] : e.acl.rules
  })
}

export const shuffled = <T>(list: readonly T[], choices: Choices): T[] => {
  const rest = [...list]
  return list.map(() => rest.splice(choices.below(rest.length), 1)[0] as T)
}
