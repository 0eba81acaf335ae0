/**
 * Why a formula has the answer that it has: which clauses hold it there, and which changes would turn it. In charge of that logic, three-valued
 * as everywhere; must not know rules or rows. Each clause stands in a formula with one sign only (rules never use one both ways), so
 * making a clause what helps never hurts, and what is worst for it is one value.
 */
import type { Clause, Formula, Site } from './clause.ts'

/** Null: unknown. */
export type Truth = boolean | null
export type Truths = (site: Site) => Truth

/** A clause, and the constant that would stand in its place. */
export interface Flip {
  readonly clause: Clause
  readonly to: boolean
}

export interface Cause {
  readonly holds: boolean
  /** Hold the answer whatever all the others are; without any one of them they would not. */
  readonly because: readonly Clause[]
  /** Each turns the answer when all of it is done, and not when any part of it is left out. Shortest first. */
  readonly changes: readonly (readonly Flip[])[]
  /** There are more changes than are listed. */
  readonly more: boolean
}

/** Ways are kept while they are few: beyond it the shortest. Those that people read are the first handful. */
const mostWays = 400
const mostTold = 20

export function truthOf(node: Formula, truths: Truths): Truth {
  switch (node.kind) {
    case 'site':
      return truths(node)
    case 'not': {
      const of = truthOf(node.of, truths)
      return of === null ? null : !of
    }
    case 'all':
    case 'any': {
      const deciding = node.kind === 'any'
      let unknown = false
      for (const part of node.of) {
        const truth = truthOf(part, truths)
        if (truth === deciding) return deciding
        unknown ||= truth === null
      }
      return unknown ? null : !deciding
    }
  }
}

/** The same truths with some clauses made constants, wherever they are asked. */
export function flipped(truths: Truths, flips: readonly Flip[]): Truths {
  const made = new Map(flips.map(({ clause, to }) => [clause.id, to]))
  return (site) => made.get(site.clause.id) ?? truths(site)
}

export function causeOf(formula: Formula, truths: Truths): Cause {
  const holds = truthOf(formula, truths) === true
  const turned = (flips: readonly Flip[]) => (truthOf(formula, flipped(truths, flips)) === true) !== holds
  const found = waysTo(formula, holds ? 'notTrue' : 'true', truths)
  const distinct = new Map<string, readonly Flip[]>()
  for (const way of found.ways) {
    const least = reduced([...way.values()], turned)
    if (least !== undefined) distinct.set(idsOf(least), least)
  }
  const changes = [...distinct].sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1)).map(([, way]) => way)
  return { holds, because: reasonsOf(formula, truths, holds), changes: changes.slice(0, mostTold), more: found.cut || changes.length > mostTold }
}

const idsOf = (way: readonly Flip[]): string =>
  way
    .map(({ clause, to }) => `${clause.id}=${to}`)
    .sort()
    .join('\n')

/** Without what is not needed; undefined where even all of it turns nothing. */
function reduced(way: readonly Flip[], turned: (flips: readonly Flip[]) => boolean): readonly Flip[] | undefined {
  if (!turned(way)) return undefined
  let left = way
  for (const flip of way) {
    const without = left.filter((other) => other !== flip)
    if (turned(without)) left = without
  }
  return left
}

type Want = 'true' | 'notTrue' | 'false' | 'notFalse'
type Way = ReadonlyMap<string, Flip>

const opposite: Readonly<Record<Want, Want>> = { true: 'false', false: 'true', notTrue: 'notFalse', notFalse: 'notTrue' }

interface Ways {
  readonly ways: readonly Way[]
  readonly cut: boolean
}

/** Sets of clauses to change so that the node becomes as wanted; an empty set where it is so already. */
function waysTo(node: Formula, want: Want, truths: Truths): Ways {
  if (node.kind === 'site') return siteWays(node, want, truths(node))
  if (node.kind === 'not') return waysTo(node.of, opposite[want], truths)
  const each = node.of.map((part) => waysTo(part, want, truths))
  const together = (node.kind === 'all') === (want === 'true' || want === 'notFalse')
  const cut = each.some((part) => part.cut)
  if (!together)
    return bounded(
      each.flatMap((part) => part.ways),
      cut,
    )
  let so: Ways = { ways: [new Map()], cut }
  for (const { ways } of each)
    so = bounded(
      so.ways.flatMap((way) => ways.flatMap((other) => merged(way, other))),
      so.cut,
    )
  return so
}

function siteWays({ clause }: Site, want: Want, truth: Truth): Ways {
  const so = want === 'true' ? truth === true : want === 'false' ? truth === false : want === 'notTrue' ? truth !== true : truth !== false
  if (so) return { ways: [new Map()], cut: false }
  if (clause.firm === true && clause.fixed !== undefined) return { ways: [], cut: false }
  return { ways: [new Map([[clause.id, { clause, to: want === 'true' || want === 'notFalse' }]])], cut: false }
}

function merged(a: Way, b: Way): Way[] {
  const both = new Map(a)
  for (const [id, flip] of b) {
    const other = both.get(id)
    if (other !== undefined && other.to !== flip.to) return []
    both.set(id, flip)
  }
  return [both]
}

/** Shortest first, none that has another one in it. */
function bounded(ways: readonly Way[], cut: boolean): Ways {
  const kept: Way[] = []
  for (const way of [...ways].sort((a, b) => a.size - b.size)) {
    if (kept.some((less) => [...less.keys()].every((id) => way.has(id)))) continue
    if (kept.length === mostWays) return { ways: kept, cut: true }
    kept.push(way)
  }
  return { ways: kept, cut }
}

/** Clauses are left out one by one, as long as the rest holds the answer even if what is left out were at its worst. */
function reasonsOf(formula: Formula, truths: Truths, holds: boolean): readonly Clause[] {
  const signs = new Map<string, boolean>()
  const clauses = new Map<string, Clause>()
  const walk = (node: Formula, sign: boolean): void => {
    if (node.kind === 'site') {
      signs.set(node.clause.id, sign)
      clauses.set(node.clause.id, node.clause)
    } else if (node.kind === 'not') walk(node.of, !sign)
    else for (const part of node.of) walk(part, sign)
  }
  walk(formula, true)
  const left = new Set(clauses.keys())
  const enough = () =>
    (truthOf(formula, (site) => (left.has(site.clause.id) ? truths(site) : signs.get(site.clause.id) !== holds)) === true) === holds
  // What no rule can change is left out last: where it is reason enough, it is the reason.
  const loose = [...clauses.values()].sort((a, b) => Number(a.firm === true) - Number(b.firm === true))
  for (const { id } of loose) {
    left.delete(id)
    if (!enough()) left.add(id)
  }
  return [...left].map((id) => clauses.get(id) as Clause)
}
