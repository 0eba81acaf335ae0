/** Stage 7: rows to members of the answer. Hidden fields are left out; sub-rows are fetched set by set. Must not know rules or statements. */
import type { IncludePlan, Shape } from '../policy/plan/plan.ts'
import type { Value } from '../schema/entity.ts'
import type { Running } from './running.ts'

export type Row = readonly Value[]
export type Member = { [name: string]: Value }

/** The fields of one row that its rules show. */
export function shapeFields(shape: Shape, row: Row): Member {
  const out: Member = {}
  for (const f of shape.fields) {
    if (f.guard !== undefined && row[shape.probesAt + f.guard] !== true) continue
    out[f.name] = row[f.column] as Value
  }
  return out
}

/** Rows with their includes; one statement per include, whatever the number of rows. */
export async function shapeRows(shape: Shape, rows: readonly Row[], params: readonly Value[], running: Running): Promise<Member[]> {
  const members = rows.map((row) => shapeFields(shape, row))
  for (const include of shape.includes) await attach(include, shape.probesAt, rows, members, params, running)
  return members
}

const linkOf = (row: Row, columns: readonly number[]): Row => columns.map((column) => row[column] as Value)
const keyText = (link: Row): string => (link.length === 1 ? String(link[0]) : JSON.stringify(link))

async function attach(
  include: IncludePlan,
  probesAt: number,
  rows: readonly Row[],
  members: Member[],
  params: readonly Value[],
  running: Running,
): Promise<void> {
  const visible = (row: Row) => include.guard === undefined || row[probesAt + include.guard] === true
  const links = new Map<string, Row>()
  for (const row of rows) {
    const link = linkOf(row, include.local)
    if (visible(row) && link.every((v) => v !== null)) links.set(keyText(link), link)
  }
  const found = await children(include, [...links.values()], params, running)
  rows.forEach((row, i) => {
    if (!visible(row)) return
    const mine = found.get(keyText(linkOf(row, include.local))) ?? []
    ;(members[i] as Member)[include.name] = include.many ? mine : (mine[0] ?? null)
  })
}

/** Sub-rows by the text of the parent's link. */
async function children(include: IncludePlan, links: readonly Row[], params: readonly Value[], running: Running): Promise<Map<string, Member[]>> {
  if (links.length === 0) return new Map()
  if (include.through === undefined) {
    const { rows, members } = await fetchLinked(include, links, params, running)
    return group(
      rows.map((row) => keyText(linkOf(row, include.foreign))),
      members,
    )
  }
  const { through } = include
  const pairs = (await running.run(through.query, filled(params, through.keys, links))).rows
  const targets = new Map<string, Row>()
  for (const pair of pairs) targets.set(keyText(linkOf(pair, through.foreign)), linkOf(pair, through.foreign))
  if (targets.size === 0) return new Map()
  const { rows, members } = await fetchLinked(include, [...targets.values()], params, running)
  // Sets: rows that are linked twice are related once.
  const parents = new Map<string, Set<string>>()
  for (const pair of pairs) {
    const target = keyText(linkOf(pair, through.foreign))
    const known = parents.get(target) ?? new Set()
    parents.set(target, known.add(keyText(linkOf(pair, through.local))))
  }
  return spread(
    rows.map((row) => keyText(linkOf(row, include.foreign))),
    members,
    parents,
    limitOf(include, params),
  )
}

async function fetchLinked(
  include: IncludePlan,
  links: readonly Row[],
  params: readonly Value[],
  running: Running,
): Promise<{ rows: readonly Row[]; members: Member[] }> {
  const { rows } = await running.run(include.query, filled(params, include.keys, links))
  return { rows, members: await shapeRows(include.shape, rows, params, running) }
}

const limitOf = (include: IncludePlan, params: readonly Value[]): number => {
  const { limit } = include
  if (limit === undefined) return Number.POSITIVE_INFINITY
  return Number(limit.kind === 'param' ? params[limit.index] : limit.kind === 'const' ? limit.value : Number.POSITIVE_INFINITY)
}

/** Each target goes to all of its parents, in the targets' order, up to the limit per parent. */
function spread(
  keys: readonly string[],
  members: readonly Member[],
  parents: ReadonlyMap<string, ReadonlySet<string>>,
  limit: number,
): Map<string, Member[]> {
  const out = new Map<string, Member[]>()
  keys.forEach((key, i) => {
    for (const parent of parents.get(key) ?? []) if ((out.get(parent)?.length ?? 0) < limit) push(out, parent, { ...members[i] })
  })
  return out
}

function group(keys: readonly string[], members: readonly Member[]): Map<string, Member[]> {
  const out = new Map<string, Member[]>()
  for (const [i, key] of keys.entries()) push(out, key, members[i] as Member)
  return out
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** A copy of the params with one filled in. */
export function filled(params: readonly Value[], index: number, value: Value): Value[] {
  const copy = params.slice()
  copy[index] = value
  return copy
}
