/**
 * All plans of a schema as one text: by entity and call, then by role, roles with the same plan together.
 * In charge of asking as the engine does (permit, check, authorize); needs no database and runs nothing.
 */
import { DBALError } from '../../../src/errors/error.ts'
import { authorize, permit } from '../../../src/policy/authorize.ts'
import { Rights } from '../../../src/policy/rights.ts'
import { loadPolicy } from '../../../src/policy/rules.ts'
import { check } from '../../../src/query/check.ts'
import { parse } from '../../../src/query/parse.ts'
import type { Entity, Operation, Schema } from '../../../src/schema/entity.ts'
import { callsOf, type PlannedCall } from './calls.ts'
import { planText } from './text.ts'

/** `whole`: also the calls that are made of others, a role that the schema does not know, and the engine copying rows. */
export function plansOf(schema: Schema, chosen: (entity: Entity) => boolean, whole: boolean): string {
  const policy = loadPolicy(schema)
  const everybody = [...schema.roles.keys()].map((role) => new Rights(schema, policy, role, false))
  const engine = new Rights(schema, policy, 'system', true)
  const rare = [new Rights(schema, policy, 'unheard', false), new Rights(schema, policy, 'copying', true, true)]
  const all = [...everybody, engine, ...(whole ? rare : [])]
  const entities = [...schema.entities.values()].filter(chosen)
  return entities.map((entity) => `# ${entity.name}\n\n${sections(entity, all, whole)}`).join('\n')
}

function sections(entity: Entity, all: readonly Rights[], whole: boolean): string {
  const calls = new Map<string, Map<string, string[]>>()
  for (const rights of all)
    for (const call of callsOf(entity, rights, whole)) {
      const texts = calls.get(call.name) ?? new Map<string, string[]>()
      calls.set(call.name, texts)
      const text = answer(entity, call, rights)
      texts.set(text, [...(texts.get(text) ?? []), rights.role])
    }
  return [...calls].map(([name, texts]) => `## ${entity.name} ${name}\n${byRole(texts)}\n`).join('\n')
}

/** A plan that is nearly one that stands above is told by the lines in which it differs. */
function byRole(texts: ReadonlyMap<string, readonly string[]>): string {
  const told: { readonly roles: string; readonly lines: readonly string[] }[] = []
  return [...texts]
    .map(([text, names]) => {
      const roles = names.join(', ')
      const lines = text.split('\n')
      const near = told.map((one) => ({ ...one, other: differing(lines, one.lines) })).sort((a, b) => a.other.length - b.other.length)[0]
      told.push({ roles, lines })
      if (near === undefined || near.other.length * 2 > lines.length) return `- ${roles}: ${text}`
      return [`- ${roles}: as ${near.roles}, but`, ...near.other].join('\n')
    })
    .join('\n')
}

/** Lines that are others at their place; all of them, with their numbers, where there are more or fewer. */
const differing = (lines: readonly string[], others: readonly string[]): readonly string[] =>
  lines.length === others.length
    ? lines.flatMap((line, i) => (line === others[i] ? [] : [`  ${i}${line.replace(/^ */, (s) => s.slice(2))}`]))
    : [...lines, ...lines]

function answer(entity: Entity, { method, named }: PlannedCall, rights: Rights): string {
  const operation = entity.operations.get((named['operation'] as string | undefined) ?? method) as Operation
  try {
    permit(rights, entity, operation)
    const { plan, params } = authorize(check(parse(method, named), rights.schema, rights), rights)
    const [first, ...others] = planText(plan)
    return [`${first}  of ${params}`, ...others].join('\n  ')
  } catch (error) {
    if (!(error instanceof DBALError)) throw error
    const { fields, reason } = error.details
    const told = fields?.map((each) => `${each.field}: ${each.error}`) ?? (reason === undefined ? [] : [reason])
    return [error.code, ...told].join('\n    ')
  }
}
