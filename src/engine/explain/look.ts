/** Asks a row which clauses hold of it, and with which values. In charge of those reads; must not know what the answers mean. */
import { authorizeLook } from '../../policy/authorize.ts'
import type { Truth } from '../../policy/explain/cause.ts'
import type { Site } from '../../policy/explain/clause.ts'
import type { Rights } from '../../policy/rights.ts'
import type { Hop, Operand, Predicate } from '../../query/ast.ts'
import { param } from '../../query/build.ts'
import { printOperand } from '../../query/print.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Row } from '../shape.ts'
import { isOfOwnTenant, seesAllTenants } from './tenant.ts'

/** Probes in one statement: each is a column, of which databases have a thousand or two. */
const probesAtOnce = 100

/** What an explanation knows of one row at one moment. */
export interface Seen {
  readonly truths: ReadonlyMap<string, Truth>
  /** Truths of the further questions, in their order. */
  readonly further: readonly Truth[]
  readonly row: ReadonlyMap<string, Value>
  /** Values at the ends of relation paths, by their text. */
  readonly ends: ReadonlyMap<string, Value>
}

export interface Looking {
  readonly running: Running
  /** The engine's own rights: the row is looked at past the rules. */
  readonly system: Rights
  /** Whoever is told: of rows of other tenants nothing, unless a rule lets it see these. */
  readonly developer: Running
  readonly entity: Entity
}

/** In place of a value that is nobody's to see, or not this developer's. */
export const secret = '(hidden)'

/** The key of the row that `where` names; undefined where there is none. */
export async function keyOf({ running, system, entity }: Looking, where: Predicate, params: readonly Value[]): Promise<Row | undefined> {
  const { rows } = await running.run(authorizeLook(system, entity, where, entity.key, []), params)
  return rows[0]
}

/** Undefined where there is no such row. `further` may hold the call's own params. */
export async function look(
  looking: Looking,
  key: Row,
  sites: readonly Site[],
  further: readonly Predicate[],
  params: readonly Value[],
): Promise<Seen | undefined> {
  const { running, system, entity } = looking
  const where: Predicate = {
    kind: 'keyIn',
    fields: entity.key,
    list: param(params.length, entity.fields.get(entity.key[0] as string) ?? { type: 'string' }),
  }
  const asked = sites.filter((site) => site.ask !== undefined)
  const probes = [...asked.map((site) => site.ask as Predicate), ...further]
  const columns = [...entity.fields.keys()]
  const answers: Truth[] = []
  let values: readonly Value[] = []
  for (let at = 0; at === 0 || at < probes.length; at += probesAtOnce) {
    const query = authorizeLook(system, entity, where, columns, probes.slice(at, at + probesAtOnce))
    const { rows } = await running.run(query, [...params, [key]])
    const [row] = rows
    if (row === undefined) return undefined
    values = row
    answers.push(...(row.slice(columns.length) as Truth[]))
  }
  const row = new Map(columns.map((name, i) => [name, values[i] as Value]))
  const truths = new Map(asked.map((site, i) => [site.key, answers[i] as Truth]))
  return { truths, further: answers.slice(asked.length), row, ends: await endsOf(looking, asked, row) }
}

async function endsOf(looking: Looking, sites: readonly Site[], row: ReadonlyMap<string, Value>): Promise<Map<string, Value>> {
  const ends = new Map<string, Value>()
  for (const path of sites.flatMap(({ clause }) => (clause.written === undefined ? [] : pathsOf(clause.written)))) {
    const name = printOperand(path)
    if (!ends.has(name)) ends.set(name, await endOf(looking, path.hops, path.field, row))
  }
  return ends
}

type Path = Extract<Operand, { kind: 'path' }>

function pathsOf(node: Predicate): Path[] {
  return operandsOf(node).flatMap((operand) =>
    operand.kind === 'path' ? [operand] : operand.kind === 'level' && operand.of.kind === 'path' ? [operand.of] : [],
  )
}

/** What a clause compares; sub-selects only by what stands on their left. */
export function operandsOf(node: Predicate): readonly Operand[] {
  switch (node.kind) {
    case 'compare':
      return [node.left, node.right]
    case 'in':
      return [node.left, node.list]
    case 'inSelect':
      return [node.left]
    case 'isNull':
      return [node.of]
    default:
      return []
  }
}

/** Step by step, as a person would look it up; null where a link is missing. */
async function endOf({ running, system, developer }: Looking, hops: readonly Hop[], field: string, from: ReadonlyMap<string, Value>): Promise<Value> {
  let row = from
  for (const [i, hop] of hops.entries()) {
    const { entity, local, foreign } = hop
    const link = local.map((name) => row.get(name) ?? null)
    if (link.includes(null)) return null
    const whose = seesAllTenants(developer, entity) ? [] : [entity.tenant as string]
    const wanted = [...(hops[i + 1]?.local ?? [field]), ...whose]
    const type = entity.fields.get(foreign[0] as string) ?? { type: 'string' as const }
    const where: Predicate = { kind: 'keyIn', fields: foreign, list: param(0, type) }
    const { rows } = await running.run(authorizeLook(system, entity, where, [...new Set(wanted)], []), [[link]])
    const [found] = rows
    if (found === undefined) return null
    row = new Map([...new Set(wanted)].map((name, n) => [name, found[n] as Value]))
    if (whose.some((name) => !isOfOwnTenant(developer, row.get(name)))) return secret
  }
  return row.get(field) ?? null
}
