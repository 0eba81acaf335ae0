/** Plans of writes: which permits may serve, what is written, and what is asked of the row before and after. Must not know how they run. */
import {
  type Aggregate,
  always,
  type Insert,
  type Operand,
  type Order,
  type Predicate,
  type Read,
  type SetValue,
  type Update,
} from '../../query/ast.ts'
import { and, compare, field, isAlways, or, session, when } from '../../query/build.ts'
import type { Changes, Match, Request, Selection } from '../../query/request.ts'
import type { Entity } from '../../schema/entity.ts'
import { parseExpression } from '../expression.ts'
import { type Grant, type Permit, permitsField, type Rights, seesEverything } from '../rights.ts'
import { ofTenant, sighted } from '../sight.ts'
import { changedBy, foreknown } from './foreknown.ts'
import { guarded, shown } from './guard.ts'
import { guardOrder, keyIn, Layout, type Making } from './layout.ts'
import type { BulkPlan, CreatePlan, DeletePlan, LocatePlan, PermitGroup, Plan, ScriptPlan, TiesPlan, UpdatePlan, VerifyPlan } from './plan.ts'
import { matching, paramIndex } from './read.ts'
import { planKin, planReferences, sameTenant, withinTenant } from './references.ts'
import { survives } from './survive.ts'
import { planTies } from './ties.ts'
import { planUniques } from './uniques.ts'

type Of<K extends Request['kind']> = Extract<Request, { kind: K }>

const nowType = { type: 'datetime' } as const

/** Permits with the same presets share one row; canonical by the presets' text, so that the order of rules never matters. */
export function groupByPresets(permits: readonly Permit[], keep: (field: string) => boolean): readonly PermitGroup[] {
  const groups = new Map<string, { permits: number[]; presets: ReadonlyMap<string, Operand> }>()
  permits.forEach((permit, index) => {
    const presets = new Map([...(permit.rule?.presets ?? [])].filter(([name]) => keep(name)).sort(([a], [b]) => (a < b ? -1 : 1)))
    const id = JSON.stringify([...presets])
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { permits: [index], presets })
    else group.permits.push(index)
  })
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

/** What a write may have changed besides values: links of a tree, fields with scripts, references that have to stay within the row's tenant. */
interface Written {
  readonly ties?: TiesPlan | undefined
  readonly touched?: ReadonlySet<string>
  readonly kin?: readonly string[]
}

/** Row and rules after a write, asked by key in the same transaction. */
export function planVerify(
  entity: Entity,
  permits: readonly Permit[],
  selection: Selection,
  making: Making,
  { ties, touched, kin = [] }: Written = {},
): VerifyPlan {
  const grant = making.rights.grant(entity, 'read')
  const layout = new Layout(entity, grant)
  const key = entity.key.map((name) => layout.column(name))
  const finish = layout.select(selection, making)
  const seen = layout.probe(grant.rows)
  const checks = permits.map((permit) => layout.probe(permit.check))
  const validations = entity.validations.map((validation) => ({
    probe: layout.probe(sighted(parseExpression(validation.expression, entity, making.rights.schema, validation.place), entity, false)),
    validation,
  }))
  const scripts = planScripts(entity, touched, layout, grant)
  const kinships = kin.map((name) => ({ field: name, probe: layout.probe(sameTenant(entity, name, making.rights.schema)) }))
  const link = keyIn(entity, entity.key, making)
  const query: Read = {
    kind: 'read',
    entity,
    where: link.where,
    columns: layout.columns,
    probes: layout.probes,
    order: [],
    total: false,
    reach: 'many',
  }
  const trivial =
    ties === undefined &&
    kinships.length === 0 &&
    permits.some((permit) => isAlways(permit.check)) &&
    validations.length === 0 &&
    selection.include.length === 0 &&
    seesEverything(grant, selection.fields)
  return {
    query: making.mint(query),
    keys: link.param,
    shape: finish(layout.columns.length),
    key,
    seen,
    checks,
    conditions: permits.map((permit) => permit.check),
    validations,
    kinships,
    trivial,
    ...(ties === undefined ? {} : { ties }),
    ...(scripts.length === 0 ? {} : { scripts }),
  }
}

/** Scripts that a change of `touched` fields may have made unfit for their row. */
function planScripts(entity: Entity, touched: ReadonlySet<string> | undefined, layout: Layout, grant: Grant): readonly ScriptPlan[] {
  if (touched === undefined) return []
  return [...entity.fields.values()].flatMap((each): ScriptPlan[] => {
    if (each.code === undefined) return []
    const names = [each.name, ...(each.code.globalsField === undefined ? [] : [each.code.globalsField])]
    if (!names.some((name) => touched.has(name))) return []
    const seen = layout.probe(and(grant.rows, shown([each.name], grant)))
    return [{ field: each.name, columns: new Map(names.map((name) => [name, layout.column(name)])), seen }]
  })
}

export function planLocate(
  entity: Entity,
  where: Predicate,
  permits: readonly Permit[],
  extra: readonly string[],
  reach: 'one' | 'many',
  making: Making,
  /** Does the answer depend on what `extra` fields hold? */
  noticed = false,
): LocatePlan {
  const grant = making.rights.grant(entity, 'read')
  const layout = new Layout(entity, grant)
  const key = entity.key.map((name) => layout.column(name))
  const columns = new Map(extra.map((name) => [name, layout.column(name)]))
  const seen = layout.probe(grant.rows)
  const rows = permits.map((permit) => layout.probe(permit.rows))
  const told = noticed ? layout.probe(shown(extra, grant)) : undefined
  // Several rows are written, and answered, in the order of their keys: on every backend the same, whatever plan it finds them by.
  const order = reach === 'one' ? [] : inKeyOrder(entity, grant)
  const query: Read = { kind: 'read', entity, where, columns: layout.columns, probes: layout.probes, order, total: false, reach }
  return { query: making.mint(query), key, probesAt: layout.columns.length, seen, rows, columns, ...(told === undefined ? {} : { told }) }
}

/** A key hidden in some rows sorts as null there; the true one only breaks ties. */
function inKeyOrder(entity: Entity, grant: Grant): readonly Order[] {
  const keyed = entity.key.map((name): Order => ({ by: field(name), direction: 'asc' }))
  return isAlways(shown(entity.key, grant)) ? keyed : [...keyed.map((o) => guardOrder(o, grant, entity)), ...keyed]
}

const allFields = (entity: Entity): readonly string[] => [...entity.fields.keys()]

/** `operation`: create, or createMany where it has rules of its own. */
export function planCreate(entity: Entity, operation: string, selection: Selection, making: Making): CreatePlan {
  const { rights } = making
  const permits = rights.grant(entity, operation).permits
  const writable = rights.writable(entity, 'create', operation)
  const insert: Insert = { kind: 'insert', entity, fields: allFields(entity) }
  return {
    entity,
    insert: making.mint(insert),
    permits: permits.map((permit) => ({
      writable: new Set([...writable].filter((name) => permitsField(permit, name))),
      presets: permit.rule?.presets ?? new Map(),
    })),
    groups: groupByPresets(permits, () => true),
    writable,
    readable: rights.readable(entity, 'read'),
    references: planReferences(entity, writable, true, making),
    sequences: planSequences(entity, making),
    uniques: planUniques(entity, undefined, making),
    ...foreknown(entity, permits, insert.fields, 'nothing', making),
    verify: planVerify(entity, permits, selection, making, {
      ties: planTies(entity, undefined, making),
      kin: planKin(entity, insert.fields, permits, true, rights),
    }),
  }
}

/** Whole-number keys go on from the largest one, seen or not, as a database's own counter would. */
function planSequences(entity: Entity, making: Making): CreatePlan['sequences'] {
  return [...entity.fields.values()]
    .filter((f) => f.generated && (f.type === 'integer' || f.type === 'bigint'))
    .map((f) => {
      const measures = [{ fn: 'max' as const, column: { field: f.name }, type: f }]
      return { field: f.name, query: making.mint<Aggregate>({ kind: 'aggregate', entity, where: always, groupBy: [], measures, order: [] }) }
    })
}

/** What an update sets: the caller's changes, the rule's presets, and what the engine keeps. */
function settings(entity: Entity, changes: Changes, presets: ReadonlyMap<string, Operand>): Update['set'] {
  const set: { field: string; value: SetValue }[] = changes.map((c) => ({ field: c.field, value: c.value }))
  for (const [name, value] of presets) set.push({ field: name, value })
  for (const f of entity.fields.values())
    if (f.autoUpdate) set.push({ field: f.name, value: session('context.now', f.type === 'date' ? { type: 'date' } : nowType) })
  if (entity.versioned !== undefined) set.push({ field: entity.versioned, value: { kind: 'increment' } })
  // An empty change (as `upsert` often brings) still asks for the right to write the row.
  const [key] = entity.key
  if (set.length === 0 && key !== undefined) set.push({ field: key, value: field(key) })
  return set
}

const touchedBy = (entity: Entity, changes: Changes, groups: readonly PermitGroup[]): ReadonlySet<string> =>
  new Set(groups.flatMap((group) => settings(entity, changes, group.presets).map((s) => s.field)))

/** Permits of `operation` that let the caller write all of these fields. */
export function candidates(rights: Rights, entity: Entity, operation: string, fields: readonly string[]): readonly Permit[] {
  return rights.grant(entity, operation).permits.filter((permit) => fields.every((name) => permitsField(permit, name)))
}

/** Presets bind an update too, except of fields that never change. */
export const changeable =
  (entity: Entity) =>
  (name: string): boolean =>
    entity.fields.get(name)?.immutable === false && !entity.key.includes(name)

/** Where the version is hidden from the caller, no guess is the right one. */
function versionIs(entity: Entity, expected: Operand | undefined, rights: Rights): Predicate {
  if (expected === undefined || entity.versioned === undefined) return and()
  const read = rights.grant(entity, 'read')
  return when(and(read.rows, shown([entity.versioned], read)), compare('eq', field(entity.versioned), expected))
}

export function planUpdate(
  request: Pick<Of<'update'>, 'entity' | 'match' | 'changes' | 'expectedVersion' | 'selection'>,
  operation: string,
  making: Making,
): UpdatePlan {
  const { entity, match, changes } = request
  const permits = candidates(
    making.rights,
    entity,
    operation,
    changes.map((c) => c.field),
  )
  const groups = groupByPresets(permits, changeable(entity))
  const written = touchedBy(entity, changes, groups)
  const bound = withinTenant(permits)
  const byKey = namesKey(entity, match)
  const where = named(entity, match, operation, making)
  const pinned = and(where, versionIs(entity, request.expectedVersion, making.rights))
  const writes = groups.map((group) => {
    const rows = or(...group.permits.map((i) => (permits[i] as Permit).rows))
    const query: Update = { kind: 'update', entity, set: settings(entity, changes, group.presets), where: and(pinned, rows), reach: 'one' }
    return { group, query: making.mint(query), ...foreknown(entity, permits, changedBy(changes, group), 'rows', making) }
  })
  const direct =
    byKey && permits.length === 1 ? entity.key.map((name) => paramIndex(match.find((m) => m.field === name)?.value as Operand)) : undefined
  return {
    entity,
    uniques: planUniques(entity, written, making),
    writes,
    locate: planLocate(entity, where, permits, entity.tenant === undefined ? [] : [entity.tenant], 'one', making),
    ...(direct === undefined ? {} : { direct }),
    changes: changes.map((c) => ({ field: c.field, param: paramIndex(c.value) })),
    references: planReferences(
      entity,
      changes.map((c) => c.field),
      bound,
      making,
    ),
    verify: planVerify(entity, permits, request.selection, making, {
      ties: planTies(entity, written, making),
      touched: written,
      kin: planKin(entity, written, permits, bound, making.rights),
    }),
  }
}

const namesKey = (entity: Entity, match: Match): boolean => match.length === entity.key.length && match.every((m) => entity.key.includes(m.field))

/**
 * The row that a write names. A key needs the rule of the write alone. Another unique value is asked of the rows and fields that
 * the caller may read (an upsert has to meet the others as well: they are its conflicts), and names a row within the caller's
 * tenant only, unless a rule reaches further and the tenant is named too.
 */
function named(entity: Entity, match: Match, operation: string, making: Making): Predicate {
  const { rights } = making
  const where = matching(match, entity)
  if (namesKey(entity, match)) return where
  const across = rights.grant(entity, operation).permits.some((permit) => permit.rule?.acrossTenants === true)
  const anywhere = rights.system || (across && match.some((m) => m.field === entity.tenant))
  const within = anywhere ? where : and(where, ofTenant(entity))
  if (entity.operations.get(operation)?.kind === 'update') return within
  const read = rights.grant(entity, 'read')
  return and(guarded(where, entity, read, rights), read.rows, within)
}

export function planDelete(request: Of<'delete'>, making: Making): DeletePlan {
  const { entity, match, operation } = request
  const { permits } = making.rights.grant(entity, operation.name)
  const where = named(entity, match, operation.name, making)
  const rows = or(...permits.map((permit) => permit.rows))
  const full = and(where, versionIs(entity, request.expectedVersion, making.rights), rows)
  return { query: remove(entity, full, 'one', making), locate: planLocate(entity, where, permits, [], 'one', making) }
}

/** Deleting marks the row where the schema asks for soft deletes. */
function remove(entity: Entity, where: Predicate, reach: 'one' | 'many', making: Making): DeletePlan['query'] {
  if (entity.softDelete === undefined) return making.mint({ kind: 'delete', entity, where, reach })
  const set = [{ field: entity.softDelete, value: session('context.now', nowType) }]
  return making.mint({ kind: 'update', entity, set, where, reach })
}

export function planDeleteMany(request: Of<'deleteMany'>, making: Making): BulkPlan {
  const { entity, operation } = request
  const read = making.rights.grant(entity, 'read')
  const { permits } = making.rights.grant(entity, operation.name)
  const where = and(guarded(request.where, entity, read, making.rights), read.rows, or(...permits.map((permit) => permit.rows)))
  return {
    entity,
    single: remove(entity, where, 'many', making),
    locate: planLocate(entity, where, permits, [], 'many', making),
    writes: [],
    changes: [],
    references: [],
  }
}

export function planUpdateMany(request: Of<'updateMany'>, making: Making): BulkPlan {
  const { entity, operation, changes, returning } = request
  const read = making.rights.grant(entity, 'read')
  const fields = changes.map((c) => c.field)
  const permits = candidates(making.rights, entity, operation.name, fields)
  const groups = groupByPresets(permits, changeable(entity))
  const range = and(guarded(request.where, entity, read, making.rights), read.rows)
  const rowsOf = (group: PermitGroup) => or(...group.permits.map((i) => (permits[i] as Permit).rows))
  const [only] = groups
  const touched = new Set(only === undefined ? [] : settings(entity, changes, only.presets).map((s) => s.field))
  const written = touchedBy(entity, changes, groups)
  const ties = planTies(entity, written, making)
  const bound = withinTenant(permits)
  const kin = planKin(entity, written, permits, bound, making.rights)
  const verify = planVerify(entity, permits, returning ?? { fields: [], include: [] }, making, { ties, touched: written, kin })
  const settled =
    ties === undefined &&
    kin.length === 0 &&
    verify.scripts === undefined &&
    groups.length === 1 &&
    returning === undefined &&
    entity.validations.length === 0 &&
    permits.every((permit) => survives(permit, touched))
  const single =
    settled && only !== undefined
      ? {
          single: making.mint<Update>({
            kind: 'update',
            entity,
            set: settings(entity, changes, only.presets),
            where: and(range, rowsOf(only)),
            reach: 'many',
          }),
        }
      : {}
  const writes = groups.map((group) => {
    const link = keyIn(entity, entity.key, making)
    const query: Update = {
      kind: 'update',
      entity,
      set: settings(entity, changes, group.presets),
      where: and(link.where, rowsOf(group)),
      reach: 'many',
    }
    return { group, query: making.mint(query), keys: link.param, ...foreknown(entity, permits, changedBy(changes, group), 'rows', making) }
  })
  return {
    entity,
    ...single,
    locate: planLocate(entity, and(range, or(...permits.map((permit) => permit.rows))), permits, [], 'many', making),
    writes,
    changes: changes.map((c) => ({ field: c.field, param: paramIndex(c.value) })),
    references: planReferences(entity, fields, bound, making),
    verify,
  }
}

export function planUpsert(request: Of<'upsert'>, making: Making): Plan {
  const { entity, operation, match, changes, selection } = request
  return {
    entity,
    operation,
    kind: 'upsert',
    create: planCreate(entity, 'create', selection, making),
    update: planUpdate({ entity, match, changes, selection }, 'update', making),
    data: request.create.param,
    path: request.create.path,
  }
}
