/** Writes on plain tables: one rule must permit all of a write; constraints hold at its end. Throws `Refusal`; then nothing has changed. */
import type { Entity, Field, Value } from '../../../src/schema/entity.ts'
import { normalise, normaliseField } from '../../../src/schema/field-type.ts'
import type { RuleSpec } from '../program/spec.ts'
import { filter, has, keyOf, type Options, Refusal, shape, sorted } from './ask.ts'
import type { Row, Tables } from './logic.ts'
import type { Sight } from './sight.ts'

/** Tables with the rows of one entity replaced. */
const withRows = (tables: Tables, entity: string, rows: readonly Row[]): Tables => new Map([...tables, [entity, rows]])

/** Runs `work` on the ground's tables; puts them back where it refuses. */
export function atomically<T>(sight: Sight, work: () => T): T {
  const { tables } = sight.ground
  try {
    return work()
  } catch (error) {
    sight.ground.tables = tables
    throw error
  }
}

/** The written row as its writer may read it. */
function answer(sight: Sight, options: Options): (row: Row) => Row {
  const reading = sight.other(sight.entity, 'read')
  const asked = shape(reading, options)
  return (row) =>
    reading.sees(row) ? asked(row) : { ...Object.fromEntries(sight.entity.key.map((name) => [name, row[name] as Value])), $visible: false }
}

/** What is wrong with the tables as they are: unique values, then references. */
function broken(sight: Sight): string[] {
  const { schema, tables } = sight.ground
  const codes: string[] = []
  for (const entity of schema.entities.values()) {
    const rows = tables.get(entity.name) ?? []
    const singles = [...entity.fields.values()]
      .filter((f) => f.unique !== false)
      .map((f) => [f.name, ...(entity.tenant === undefined ? [] : [entity.tenant])])
    for (const names of [entity.key, ...singles]) {
      const ids = rows
        .map((row) => names.map((name) => row[name] as Value))
        .filter((values) => !values.includes(null))
        .map((values) => JSON.stringify(values))
      if (new Set(ids).size < ids.length) codes.push('CONFLICT')
    }
    for (const { name, foreignKey } of entity.fields.values()) {
      if (foreignKey === undefined) continue
      const targets = new Set((tables.get(foreignKey.entity) ?? []).map((row) => row[foreignKey.field]))
      if (rows.some((row) => row[name] !== null && !targets.has(row[name] as Value))) codes.push('VALIDATION_ERROR')
    }
  }
  return codes
}

function settle(sight: Sight, codes: Iterable<string>): void {
  const all = [...codes, ...broken(sight)]
  if (all.length > 0) throw new Refusal(...all)
}

/** References in data to rows that the caller may not read, but for rows of the same call. */
function strangers(sight: Sight, data: Options, own: readonly Options[] = []): boolean {
  return Object.entries(data).some(([name, value]) => {
    const link = sight.entity.fields.get(name)?.foreignKey
    if (link === undefined || value === null) return false
    if (link.entity === sight.entity.name && own.some((row) => row[link.field] === value)) return false
    const target = sight.other(link.entity, 'read')
    return !target.visible().some((row) => row[link.field] === value)
  })
}

/** Does one of these fields of the row, if it refers to a row of a tenant, refer to one of another tenant? */
function mixes(sight: Sight, row: Row, fields: readonly string[]): boolean {
  const { entity, ground } = sight
  return fields.some((name) => {
    const link = entity.fields.get(name)?.foreignKey
    const tenant = link === undefined ? undefined : ground.schema.entities.get(link.entity)?.tenant
    if (link === undefined || tenant === undefined || entity.tenant === undefined || (row[name] ?? null) === null) return false
    const own = row[entity.tenant]
    return !(ground.tables.get(link.entity) ?? []).some((other) => other[link.field] === row[name] && other[tenant] === own)
  })
}

/** Does data that is written within the caller's tenant refer to a row of another one? Though the caller may read it, it is missed there. */
function abroad(sight: Sight, data: Options, rules: readonly RuleSpec[]): boolean {
  const { entity, ground, who } = sight
  if (entity.tenant === undefined || rules.some((rule) => rule.across_tenants === true)) return false
  return Object.entries(data).some(([name, value]) => {
    const link = entity.fields.get(name)?.foreignKey
    const tenant = link === undefined ? undefined : ground.schema.entities.get(link.entity)?.tenant
    if (link === undefined || tenant === undefined || value === null) return false
    return !(ground.tables.get(link.entity) ?? []).some((other) => other[link.field] === value && other[tenant] === who.tenantId)
  })
}

/** Every field must be one that some rule lets the caller write, every value one of its field. */
function checkData(sight: Sight, data: Options, operation: 'create' | 'update'): void {
  for (const [name, value] of Object.entries(data)) {
    const field = sight.entity.fields.get(name)
    if (field === undefined || !sight.permits.some((rule) => sight.writes(rule, name, operation)) || !normaliseField(field, value).ok)
      throw new Refusal('VALIDATION_ERROR')
  }
  if (operation === 'update') return
  for (const field of sight.entity.fields.values()) {
    const left = field.required && field.default === undefined && data[field.name] === undefined
    const writable = sight.permits.some((rule) => sight.writes(rule, field.name, operation))
    if (left && writable && !sight.permits.some((rule) => rule.presets !== undefined && Object.hasOwn(rule.presets, field.name)))
      throw new Refusal('VALIDATION_ERROR')
  }
}

const serving = (sight: Sight, data: Options, operation: 'create' | 'update'): readonly RuleSpec[] =>
  sight.permits.filter((rule) => Object.keys(data).every((name) => sight.writes(rule, name, operation)))

function presets(sight: Sight, rule: RuleSpec, keep: (field: Field) => boolean): Options {
  return Object.fromEntries(
    Object.entries(rule.presets ?? {})
      .filter(([name]) => keep(sight.entity.fields.get(name) as Field))
      .map(([name, value]) => {
        const fit = normalise(
          sight.entity.fields.get(name) as Field,
          typeof value === 'string' && value.startsWith('$') ? sight.session(value.slice(1)) : value,
        )
        return [name, fit.ok ? fit.value : null]
      }),
  )
}

/** A whole new row under one rule; undefined where a value is missing. */
function newRow(sight: Sight, data: Options, rule: RuleSpec, number: number): Row | undefined {
  const { entity, ground, who } = sight
  const set: Options = { ...presets(sight, rule, () => true), ...data }
  const row: { [name: string]: Value } = {}
  for (const f of entity.fields.values()) {
    const made =
      f.kept === 'tenant' ? (who.tenantId as string) : f.kept === 'version' ? 1 : f.generated ? number : f.autoUpdate ? ground.now : undefined
    const value = set[f.name] ?? (Object.hasOwn(set, f.name) ? null : (made ?? f.default ?? null))
    if (value === null && !f.nullable) return undefined
    row[f.name] = value
  }
  return row
}

/** The rows made of `items`; they stand in the tables afterwards. */
export function create(sight: Sight, items: readonly Options[]): readonly Row[] {
  const { entity, ground } = sight
  for (const item of items) checkData(sight, item, 'create')
  const choices = items.map((item) => serving(sight, item, 'create'))
  if (choices.some((rules) => rules.length === 0)) throw new Refusal('FORBIDDEN')
  const before = ground.rows(entity)
  const tables = ground.tables
  const codes = new Set<string>()
  // A row may name itself by the key that it is about to get; nobody promises that.
  const early = items.some((item) => strangers(sight, item, items))
  if (entity.tenant !== undefined && sight.who.tenantId === undefined) throw new Refusal('FORBIDDEN', ...(early ? ['VALIDATION_ERROR'] : []))
  const last = Math.max(0, ...before.map((row) => Number(row[entity.key[0] as string])).filter(Number.isFinite))
  const chosen = items.map(() => 0)
  for (;;) {
    ground.tables = tables
    const rows = items.map((item, i) => newRow(sight, item, choices[i]?.[chosen[i] as number] as RuleSpec, last + 1 + i))
    // A rule whose presets leave the row incomplete does not serve it; where none does, missing values are told only if they are known.
    const incomplete = rows.flatMap((row, i) => (row === undefined ? [i] : []))
    for (const i of incomplete) chosen[i] = (chosen[i] as number) + 1
    if (incomplete.some((i) => (chosen[i] as number) >= (choices[i]?.length ?? 0))) throw new Refusal('VALIDATION_ERROR', 'FORBIDDEN', ...codes)
    if (incomplete.length > 0) continue
    if (items.some((item) => strangers(sight, item, rows as Row[]))) codes.add('VALIDATION_ERROR')
    else if (early) ground.perhaps.add('VALIDATION_ERROR')
    ground.tables = withRows(tables, entity.name, [...before, ...(rows as Row[])])
    if (rows.some((row) => mixes(sight, row as Row, [...entity.fields.keys()]))) codes.add('VALIDATION_ERROR')
    const failed = rows.flatMap((row, i) => (sight.after(choices[i]?.[chosen[i] as number] as RuleSpec, row as Row) ? [] : [i]))
    for (const i of failed) chosen[i] = (chosen[i] as number) + 1
    const spent = failed.some((i) => (chosen[i] as number) >= (choices[i]?.length ?? 0))
    if (spent) codes.add('FORBIDDEN')
    if (spent || failed.length === 0) {
      if (broken(sight).includes('CONFLICT') && !foreseen(sight, tables, rows as Row[], choices)) codes.add('FORBIDDEN')
      settle(sight, codes)
      return rows as Row[]
    }
  }
}

/** Do the rules permit the new rows where these do not stand yet? What is refused for a unique value is asked so, and may be told so. */
function foreseen(sight: Sight, before: Tables, rows: readonly Row[], choices: readonly (readonly RuleSpec[])[]): boolean {
  const { ground } = sight
  const { tables } = ground
  ground.tables = before
  const all = rows.every((row, i) => choices[i]?.some((rule) => sight.after(rule, row)))
  ground.tables = tables
  return all
}

/** A row as an update under one rule leaves it. */
function changed(sight: Sight, row: Row, data: Options, rule: RuleSpec): Row {
  const { entity, ground } = sight
  const after: { [name: string]: Value } = {
    ...row,
    ...(data as Row),
    ...(presets(sight, rule, (f) => !f.immutable && !entity.key.includes(f.name)) as Row),
  }
  for (const f of entity.fields.values()) if (f.autoUpdate) after[f.name] = ground.now
  if (entity.versioned !== undefined) after[entity.versioned] = Number(row[entity.versioned]) + 1
  return after
}

/** Changes rows, each under the first rule that permits all of it. */
function change(sight: Sight, rows: readonly Row[], data: Options, rules: readonly RuleSpec[], also: Iterable<string>): readonly Row[] {
  const { entity, ground } = sight
  const tables = ground.tables
  const codes = new Set(also)
  if (rows.length > 0 && strangers(sight, data)) codes.add('VALIDATION_ERROR')
  const choices = rows.map((row) => rules.filter((rule) => sight.before(rule, row)))
  const chosen = rows.map(() => 0)
  for (;;) {
    const after = new Map(rows.map((row, i) => [row, changed(sight, row, data, choices[i]?.[chosen[i] as number] as RuleSpec)]))
    ground.tables = withRows(
      tables,
      entity.name,
      (tables.get(entity.name) ?? []).map((row) => after.get(row) ?? row),
    )
    const set = [...Object.keys(data), ...rules.flatMap((rule) => Object.keys(rule.presets ?? {}))]
    if ([...after.values()].some((row) => mixes(sight, row, set))) codes.add('VALIDATION_ERROR')
    const failed = rows.flatMap((row, i) => (sight.after(choices[i]?.[chosen[i] as number] as RuleSpec, after.get(row) as Row) ? [] : [i]))
    for (const i of failed) chosen[i] = (chosen[i] as number) + 1
    const spent = failed.some((i) => (chosen[i] as number) >= (choices[i]?.length ?? 0))
    if (spent) codes.add('FORBIDDEN')
    if (spent || failed.length === 0) {
      settle(sight, codes)
      return [...after.values()]
    }
  }
}

/** `absent`: what a row that the caller may neither read nor write is answered like. */
function aim(sight: Sight, row: Row | undefined, rules: readonly RuleSpec[]): Row {
  if (row !== undefined && rules.some((rule) => sight.before(rule, row))) return row
  throw new Refusal(row !== undefined && sight.other(sight.entity, 'read').sees(row) ? 'FORBIDDEN' : 'NOT_FOUND')
}

/** CONFLICT where the version is another one, or hidden from the caller in this row. */
function versionCodes(sight: Sight, row: Row, options: Options): string[] {
  const { versioned } = sight.entity
  const expected = options['expectedVersion']
  if (expected === undefined || versioned === undefined) return []
  return sight.other(sight.entity, 'read').shows(row, versioned) && row[versioned] === expected ? [] : ['CONFLICT']
}

function checkVersion(sight: Sight, options: Options): void {
  const { versioned } = sight.entity
  if (options['expectedVersion'] !== undefined && (versioned === undefined || sight.other(sight.entity, 'read').field(versioned) === undefined))
    throw new Refusal('VALIDATION_ERROR')
}

export function update(sight: Sight, id: Value | undefined, data: Options, options: Options): Value {
  checkData(sight, data, 'update')
  if (Object.keys(data).length === 0) throw new Refusal('VALIDATION_ERROR')
  checkVersion(sight, options)
  const show = answer(sight, options)
  return updateRow(sight, keyOf(sight.entity, id), data, options, show)
}

function updateRow(sight: Sight, match: Options, data: Options, options: Options, show: (row: Row) => Row): Value {
  const rules = serving(sight, data, 'update')
  const found = sight.ground.rows(sight.entity).find((row) => has(row, match))
  // Whether a row or a reference is missed first is nobody's business.
  const late = strangers(sight, data) || abroad(sight, data, rules) ? ['VALIDATION_ERROR'] : []
  let row: Row
  try {
    row = aim(sight, found, rules)
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(...error.codes, ...late) : error
  }
  return show(change(sight, [row], data, rules, versionCodes(sight, row, options))[0] as Row)
}

export function updateMany(sight: Sight, scope: Value | undefined, data: Options, options: Options): Value {
  const rows = scoped(sight, scope, options)
  checkData(sight, data, 'update')
  if (Object.keys(data).length === 0) throw new Refusal('VALIDATION_ERROR')
  const rules = serving(sight, data, 'update')
  const show = options['returning'] === true ? answer(sight, {}) : undefined
  if (rules.length === 0) throw new Refusal('FORBIDDEN')
  const changing = sorted(sight.other(sight.entity, 'read'), rows, undefined).filter((row) => rules.some((rule) => sight.before(rule, row)))
  // Where no row is changed the reference is never written, and need not be looked at.
  if (changing.length === 0 && (strangers(sight, data) || abroad(sight, data, rules))) sight.ground.perhaps.add('VALIDATION_ERROR')
  const after = change(sight, changing, data, rules, [])
  return show === undefined ? after.length : after.map(show)
}

/** Rows of a bulk write that the caller may read; a filter that restricts nothing needs `all`. */
function scoped(sight: Sight, scope: Value | undefined, options: Options): readonly Row[] {
  const reading = sight.other(sight.entity, 'read')
  const test = filter(reading, scope)
  if (Object.keys(scope as object).length === 0 && options['all'] !== true) throw new Refusal('VALIDATION_ERROR')
  return reading.visible().filter((row) => test(row) === true)
}

export function remove(sight: Sight, id: Value | undefined, options: Options): Value {
  checkVersion(sight, options)
  const key = keyOf(sight.entity, id)
  const row = aim(
    sight,
    sight.ground.rows(sight.entity).find((one) => has(one, key)),
    sight.permits,
  )
  if (versionCodes(sight, row, options).length > 0) throw new Refusal('CONFLICT')
  erase(sight, [row])
  return true
}

export function removeMany(sight: Sight, scope: Value | undefined, options: Options): Value {
  const rows = scoped(sight, scope, options).filter((row) => sight.sees(row))
  erase(sight, rows)
  return rows.length
}

/** Deletes rows, and what follows from that below the rules. */
function erase(sight: Sight, rows: readonly Row[]): void {
  const { entity, ground } = sight
  if (entity.softDelete !== undefined) {
    const mark = entity.softDelete
    ground.tables = withRows(
      ground.tables,
      entity.name,
      ground.rows(entity).map((row) => (rows.includes(row) ? { ...row, [mark]: ground.now } : row)),
    )
    return
  }
  const queue: [Entity, Row][] = rows.map((row) => [entity, row])
  const restricted: [string, string, Value][] = []
  for (const [at] of queue.slice(0, 1))
    ground.tables = withRows(
      ground.tables,
      at.name,
      ground.rows(at).filter((row) => !rows.includes(row)),
    )
  for (const [at, gone] of queue) {
    for (const child of ground.schema.entities.values()) {
      for (const { name, foreignKey } of child.fields.values()) {
        if (foreignKey?.entity !== at.name) continue
        const value = gone[foreignKey.field] as Value
        const hit = ground.rows(child).filter((row) => row[name] === value)
        if (foreignKey.onDelete === 'restrict') restricted.push([child.name, name, value])
        else if (foreignKey.onDelete === 'cascade') {
          queue.push(...hit.map((row): [Entity, Row] => [child, row]))
          ground.tables = withRows(
            ground.tables,
            child.name,
            ground.rows(child).filter((row) => !hit.includes(row)),
          )
        } else
          ground.tables = withRows(
            ground.tables,
            child.name,
            ground.rows(child).map((row) => (hit.includes(row) ? { ...row, [name]: null } : row)),
          )
      }
    }
  }
  if (restricted.some(([child, name, value]) => (ground.tables.get(child) ?? []).some((row) => row[name] === value))) throw new Refusal('CONFLICT')
}

export function upsert(sight: Sight, options: Options): Value {
  const { entity, ground } = sight
  const [creating, updating, reading] = [sight.other(entity, 'create'), sight.other(entity, 'update'), sight.other(entity, 'read')]
  const where = (options['where'] ?? {}) as Options
  for (const [name, value] of Object.entries(where)) {
    const field = reading.field(name)
    if (field === undefined || value === null || !normalise(field, value).ok) throw new Refusal('VALIDATION_ERROR')
  }
  const data = (options['update'] ?? {}) as Options
  checkData(updating, data, 'update')
  checkData(creating, options['create'] as Options, 'create')
  const show = answer(sight, options)
  // A key is one everywhere; other unique values are unique within a tenant.
  const everywhere = entity.tenant === undefined || entity.key.every((name) => Object.hasOwn(where, name))
  const mine = (row: Row) => everywhere || (sight.who.tenantId !== undefined && row[entity.tenant as string] === sight.who.tenantId)
  const row = ground.rows(entity).find((one) => has(one, where) && mine(one))
  if (row === undefined) return show(create(creating, [options['create'] as Options])[0] as Row)
  const rules = serving(updating, data, 'update')
  if (!rules.some((rule) => updating.before(rule, row))) throw new Refusal('CONFLICT')
  return show(change(updating, [row], data, rules, [])[0] as Row)
}

export { answer }
