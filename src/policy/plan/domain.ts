/** Plans of the domain kinds: reorder, move, and secrets. In charge of the rules that bind them; knows no entity by name. */
import type { Insert, Operand, Read, Tree, Update } from '../../query/ast.ts'
import { always } from '../../query/ast.ts'
import { and, compare, field, not, or, session } from '../../query/build.ts'
import type { Request, Selection } from '../../query/request.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Permit } from '../rights.ts'
import { live, ofTenant } from '../sight.ts'
import { shown } from './guard.ts'
import { keyIn, type Making, typeOf } from './layout.ts'
import type { Plan, ReorderPlan } from './plan.ts'
import { matching, paramIndex } from './read.ts'
import { planKin, withinTenant } from './references.ts'
import { candidates, changeable, groupByPresets, planLocate, planVerify } from './write.ts'

type Of<K extends Request['kind']> = Extract<Request, { kind: K }>
type Links = NonNullable<Request['operation']['tree']>

const everything = (entity: Entity, making: Making): Selection => ({ fields: [...making.rights.readable(entity, 'read')], include: [] })

/** The engine's own marks of a write: time and version. */
function touch(entity: Entity): Update['set'] {
  const set: Update['set'][number][] = []
  for (const f of entity.fields.values()) if (f.autoUpdate) set.push({ field: f.name, value: session('context.now', { type: f.type }) })
  if (entity.versioned !== undefined) set.push({ field: entity.versioned, value: { kind: 'increment' } })
  return set
}

/** One write for each group of permits, of the rows in its own keys: `set`, what the group presets, and the engine's marks. */
function writesOf(entity: Entity, set: Update['set'], permits: readonly Permit[], making: Making): ReorderPlan['writes'] {
  return groupByPresets(permits, changeable(entity)).map((group) => {
    const link = keyIn(entity, entity.key, making)
    const presets = [...group.presets].filter(([name]) => set.every((s) => s.field !== name)).map(([name, value]) => ({ field: name, value }))
    const where = and(link.where, or(...group.permits.map((i) => (permits[i] as Permit).rows)))
    const query: Update = { kind: 'update', entity, set: [...set, ...presets, ...touch(entity)], where, reach: 'many' }
    return { group, query: making.mint(query), keys: link.param }
  })
}

export function planReorder(request: Of<'reorder'>, making: Making): Plan {
  const { entity, operation } = request
  const links = operation.tree as Links
  const permits = candidates(making.rights, entity, operation.name, [links.order])
  const { where, param } = keyIn(entity, entity.key, making)
  const set = [{ field: links.order, value: { kind: 'position' as const, list: request.ids } }]
  const extra = [links.parent, ...(links.scope === undefined ? [] : [links.scope])]
  return {
    entity,
    operation,
    kind: 'reorder',
    reorder: {
      locate: planLocate(entity, where, permits, extra, 'many', making, true),
      writes: writesOf(entity, set, permits, making),
      ids: paramIndex(request.ids),
      keys: param,
      verify: planVerify(entity, permits, { fields: [], include: [] }, making),
    },
  }
}

export function planMove(request: Of<'move'>, making: Making): Plan {
  const { entity, operation, match, parent, order } = request
  const links = operation.tree as Links
  const permits = candidates(making.rights, entity, operation.name, [links.parent, links.order])
  const rows = or(...permits.map((permit) => permit.rows))
  const extra = [links.parent, links.order, ...(links.scope === undefined ? [] : [links.scope])]
  const [key] = entity.key as [string]
  const read = making.rights.grant(entity, 'read')
  const parentQuery: Read = {
    kind: 'read',
    entity,
    where: and(compare('eq', field(key), parent), read.rows),
    columns: [{ field: key }, { field: links.scope ?? key }],
    probes: [],
    order: [],
    total: false,
    reach: 'one',
  }
  // Integrity is asked of all rows, seen or not: a tree must never turn into a ring.
  const below: Tree = {
    kind: 'tree',
    entity,
    where: always,
    root: matching(match, entity),
    parent: { field: links.parent },
    columns: [{ field: key }],
    probes: [],
  }
  const crowded = crowd(entity, links, parent, order, making)
  const set = [
    { field: links.parent, value: parent },
    { field: links.order, value: order },
  ]
  return {
    entity,
    operation,
    kind: 'move',
    parent: paramIndex(parent),
    order: paramIndex(order),
    move: {
      locate: planLocate(entity, matching(match, entity), permits, extra, 'one', making),
      parent: making.mint(parentQuery),
      below: making.mint(below),
      target: paramIndex(match[0]?.value as Operand),
      crowd: {
        ...crowded,
        query: making.mint({
          ...crowded.query,
          probes: permits.map((permit) => permit.rows),
          where: and(crowded.query.where, not(matching(match, entity)), read.rows, rows),
        }),
      },
      shift: writesOf(entity, [{ field: links.order, value: { kind: 'increment' } }], permits, making),
      writes: writesOf(entity, set, permits, making),
      verify: planVerify(entity, permits, everything(entity, making), making, {
        kin: planKin(entity, [links.parent], permits, withinTenant(permits), making.rights),
      }),
    },
  }
}

/** Siblings at or behind the new position. */
function crowd(entity: Entity, links: Links, parent: Operand, order: Operand, making: Making): { query: Read; scope?: number } {
  const scope = links.scope === undefined ? undefined : making.params.reserve(typeOf(entity, links.scope))
  const same = or(compare('eq', field(links.parent), parent), and({ kind: 'isNull', of: field(links.parent) }, { kind: 'isNull', of: parent }))
  const inScope = scope === undefined ? always : compare('eq', field(links.scope as string), scope.operand)
  // A sibling makes room where the caller can see that it is one; otherwise its new position would tell of its parent.
  const told = shown([links.parent, links.order, ...(links.scope === undefined ? [] : [links.scope])], making.rights.grant(entity, 'read'))
  const where = and(same, inScope, compare('gte', field(links.order), order), told)
  const columns = [...entity.key, links.order].map((name) => ({ field: name }))
  const query: Read = { kind: 'read', entity, where, columns, probes: [], order: [], total: false, reach: 'many' }
  return { query, ...(scope === undefined ? {} : { scope: scope.index }) }
}

/**
 * The engine keeps secrets itself: nobody's rules show a hash, so these queries are the engine's own. Who may set whose secret is a
 * matter of rules all the same: the statement carries their rows, the row after it their checks. A rule with presets sets none.
 * Anybody may try a secret where the operation is public; elsewhere its rules say of which rows.
 */
export function planSecret(request: Of<'setSecret'> | Of<'verifySecret'>, making: Making): Plan {
  const { entity, operation, kind } = request
  const secret = operation.secret as NonNullable<typeof operation.secret>
  const { rights } = making
  const permits = rights.grant(entity, operation.name).permits.filter((permit) => permit.rule === undefined || permit.rule.presets.size === 0)
  const open = kind === 'verifySecret' && operation.public && !rights.system
  const rows = open ? and(live(entity), ofTenant(entity)) : or(...permits.map((permit) => permit.rows))
  const where = and(compare('eq', field(secret.identity), request.identity), rows)
  const find: Read = { kind: 'read', entity, where, columns: [{ field: secret.hash }], probes: [], order: [], total: false, reach: 'one' }
  const hash = making.params.reserve(typeOf(entity, secret.hash))
  const update: Update = { kind: 'update', entity, set: [{ field: secret.hash, value: hash.operand }, ...touch(entity)], where, reach: 'one' }
  const insert: Insert = { kind: 'insert', entity, fields: [...entity.fields.keys()] }
  return {
    entity,
    operation,
    kind,
    password: paramIndex(request.secret),
    secret: {
      find: making.mint(find),
      update: making.mint(update),
      hash: hash.index,
      insert: making.mint(insert),
      identity: paramIndex(request.identity),
      locate: planLocate(entity, where, permits, [], 'one', making),
      verify: planVerify(entity, permits, { fields: [], include: [] }, making),
    },
  }
}
