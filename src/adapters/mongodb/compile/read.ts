/** Reads as pipelines: where, order, page, total, per-parent windows. In charge of the shape of rows; must not know connections. */
import type { Answer, Args, Column, Operand, Order, Predicate, Read, Tree } from '../../../query/ast.ts'
import { visitPredicate } from '../../../query/walk.ts'
import type { Entity, Value } from '../../../schema/entity.ts'
import { decode } from '../values/form.ts'
import { everything, nothing, scopeOf, truthOf } from './match.ts'
import { guarded, isSource, member, operandExpression, sourceValue } from './operand.ts'
import { predicateExpression } from './predicate.ts'
import { fieldOf, memberOf, type Scope, type Stage } from './scope.ts'
import { type Baked, bake, type Template } from './template.ts'

export type Pipeline = readonly Readonly<Record<string, unknown>>[]
export type Made = (args: Args) => Pipeline

/** Documents as the database answers them. */
export type Found = Readonly<Record<string, unknown>>

export const totalMember = 'total'

export interface CompiledRead {
  readonly table: string
  readonly page: Made
  /** Answers one document with the total, or none for no rows. */
  readonly count: Made | undefined
  readonly row: (found: Found) => readonly Value[]
}

export function compileRead(query: Read): CompiledRead {
  const { entity, seek, total, partition } = query
  const scope = scopeOf(entity)
  const where = whereStages(scope, query.where)
  const sought = seek === undefined ? [] : whereStages(scope, seek)
  const shaped = partition === undefined ? pageStages(scope, query) : windowStages(scope, query, partition)
  const cells = cellStages(scope, query.columns, query.probes)
  const before = make([...where, ...sought, ...shaped.ordered])
  const after = make([...shaped.tidy, ...cells.stages])
  return {
    table: entity.table,
    page: (args) => [...before(args), ...shaped.limits(args), ...after(args)],
    count: total ? make([...where, { $count: totalMember }]) : undefined,
    row: cells.row,
  }
}

export function make(stages: readonly Stage[]): Made {
  return bake(stages) as Made
}

/** Documents for which the predicate is true. What needs no lookup is asked first, so that lookups are made for few. */
export function whereStages(scope: Scope, where: Predicate): readonly Stage[] {
  const plain: Template[] = []
  const late: Template[] = []
  const lookups: Stage[] = []
  for (const part of conjuncts(where)) {
    const match = truthOf(scope, part)
    lookups.push(...scope.take())
    if (match === everything) continue
    if (needsLookup(part, scope.entity)) late.push(match)
    else plain.push(match)
  }
  return [...matching(plain), ...lookups, ...matching(late)]
}

/** Asks about other rows, by a lookup of its own or one that an earlier part has asked for. */
function needsLookup(part: Predicate, entity: Entity): boolean {
  let needed = false
  visitPredicate(part, entity, {
    predicate: (node) => {
      needed ||= node.kind === 'exists' || node.kind === 'inSelect'
    },
    operand: (node) => {
      needed ||= node.kind === 'path'
    },
  })
  return needed
}

/** The whole condition on a document by itself; undefined where it asks about other rows. */
export function plainCondition(entity: Entity, where: Predicate): Baked | undefined {
  return needsLookup(where, entity) ? undefined : bake(truthOf(scopeOf(entity), where))
}

function conjuncts(where: Predicate): readonly Predicate[] {
  return where.kind === 'and' ? where.all.flatMap(conjuncts) : [where]
}

function matching(parts: readonly Template[]): readonly Stage[] {
  if (parts.length === 0) return []
  return [{ $match: parts.length === 1 ? parts[0] : { $and: parts } }]
}

interface Shaped {
  readonly ordered: readonly Stage[]
  /** Skip and limit: their stages depend on the numbers. */
  readonly limits: (args: Args) => Pipeline
  readonly tidy: readonly Stage[]
}

function pageStages(scope: Scope, query: Read): Shaped {
  const { stages, keys } = sortKeys(scope, query.order)
  const ordered = keys === undefined ? stages : [...stages, { $sort: keys }]
  const limits = (args: Args): Pipeline => {
    const { offset, limit } = bounds(query, args)
    const skip = offset > 0 ? [{ $skip: offset }] : []
    if (limit === undefined) return skip
    return limit > 0 ? [...skip, { $limit: limit }] : [{ $match: nothing as Found }]
  }
  return { ordered, limits, tidy: [] }
}

/** Counts the rows so far. `$documentNumber` would take one key of order only. */
const running = { $sum: 1, window: { documents: ['unbounded', 'current'] } }

/** Rows are numbered within their group and kept while the number is within the limit; the order over all stays the given one. */
function windowStages(scope: Scope, query: Read, partition: readonly string[]): Shaped {
  const { stages, keys } = sortKeys(scope, query.order)
  const n = scope.fresh()
  const by = Object.fromEntries(partition.map((name, i) => [`k${i}`, member(memberOf(fieldOf(query.entity, name)))]))
  const numbered = { $setWindowFields: { partitionBy: by, sortBy: keys ?? { _id: 1 }, output: { [n]: running } } }
  const limits = (args: Args): Pipeline => {
    const { offset, limit } = bounds(query, args)
    return [{ $match: { [n]: { $gt: offset, ...(limit === undefined ? {} : { $lte: offset + limit }) } } }]
  }
  return { ordered: [...stages, numbered], limits, tidy: keys === undefined ? [] : [{ $sort: keys }] }
}

/** Nulls are smallest here by themselves. A key that stands twice counts where it stands first. */
function sortKeys(scope: Scope, order: readonly Order[]): { readonly stages: readonly Stage[]; readonly keys: Record<string, 1 | -1> | undefined } {
  const keys: Record<string, 1 | -1> = {}
  const computed: Record<string, Template> = {}
  for (const { by, direction } of order) {
    const plain = by.kind === 'field' && by.guard === undefined
    const name = plain ? memberOf(fieldOf(scope.entity, by.field)) : scope.fresh()
    if (!plain) computed[name] = operandExpression(scope, by, predicateExpression)
    keys[name] ??= direction === 'asc' ? 1 : -1
  }
  const set = Object.keys(computed).length === 0 ? [] : [{ $set: computed }]
  return { stages: [...scope.take(), ...set], keys: order.length === 0 ? undefined : keys }
}

function bounds(query: Read, args: Args): { readonly offset: number; readonly limit: number | undefined } {
  return { offset: numberOf(query.offset, args) ?? 0, limit: numberOf(query.limit, args) }
}

/** The number that a limit or an offset holds; undefined where there is none. It is about no row. */
export function numberOf(operand: Operand | undefined, args: Args): number | undefined {
  if (operand === undefined || !isSource(operand) || operand.kind === 'session') return undefined
  const value = sourceValue(operand, args)
  return typeof value === 'number' ? value : undefined
}

export interface Cells {
  readonly stages: readonly Stage[]
  readonly row: (found: Found) => readonly Value[]
}

/** Columns, then probes. */
export function cellStages(
  scope: Scope,
  columns: readonly Column[],
  probes: readonly Predicate[],
  extra: Readonly<Record<string, Template>> = {},
): Cells {
  const shown: Record<string, Template> = { _id: 0, ...extra }
  const decoders = columns.map((column, i) => {
    const field = fieldOf(scope.entity, column.field)
    shown[`c${i}`] = guarded(scope, column.guard, `$${memberOf(field)}`, predicateExpression)
    return (found: Found): Value => decode(field, found[`c${i}`])
  })
  for (const [i, probe] of probes.entries()) {
    shown[`p${i}`] = predicateExpression(scope, probe)
    decoders.push((found) => truths[Number(found[`p${i}`])] as Value)
  }
  // A projection must say something; rows without cells are still rows.
  if (Object.keys(shown).length === 1) shown['n'] = { $literal: 1 }
  return { stages: [...scope.take(), { $project: shown }], row: (found) => decoders.map((cell) => cell(found)) }
}

const truths = [false, null, true] as const

export interface CompiledTree {
  readonly table: string
  readonly rows: Made
  readonly answer: (found: readonly Found[]) => Answer
}

/** All rows of `where` with their links; the walk itself is made here, because it goes through rows of `where` only and must end in a ring. */
export function compileTree(query: Tree): CompiledTree {
  const { entity, parent } = query
  const scope = scopeOf(entity)
  const key = fieldOf(entity, entity.key[0] ?? '')
  const linkField = fieldOf(entity, parent.field)
  const where = whereStages(scope, query.where)
  const cells = cellStages(scope, query.columns, query.probes, {
    key: `$${memberOf(key)}`,
    link: guarded(scope, parent.guard, `$${memberOf(linkField)}`, predicateExpression),
    root: predicateExpression(scope, query.root),
  })
  const answer = (found: readonly Found[]): Answer => {
    const children = Map.groupBy(found, (one) => String(decode(linkField, one['link']) ?? ''))
    const reached = new Set(found.filter((one) => Number(one['root']) === 2))
    // A set that is added to while it is walked is walked to its end.
    for (const one of reached) for (const child of children.get(keyText(one)) ?? []) if (decode(linkField, child['link']) !== null) reached.add(child)
    return { rows: [...reached].map(cells.row) }
  }
  const keyText = (one: Found): string => String(decode(key, one['key']))
  return { table: entity.table, rows: make([...where, ...cells.stages]), answer }
}
