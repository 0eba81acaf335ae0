/** Columns and checks of a table as fields. In charge of presence, defaults and limits; the tables of types have a folder of their own. */
import type { Catalog, Column, Table } from '../catalog/catalog.ts'
import type { Seen } from '../catalog/sqlite-values.ts'
import { type Limit, limitsOf } from './check.ts'
import { type Given, givenBy } from './default.ts'
import { type FieldDraft, fieldOf } from './draft.ts'
import type { Finding } from './finding.ts'
import { fieldNames, nameFault } from './names.ts'
import { applyLimit, type FieldPart, isCoherent, type Mapped } from './part.ts'
import { mysqlField } from './types/mysql.ts'
import { postgresField } from './types/postgres.ts'
import { sqliteField } from './types/sqlite.ts'

/** What is known of columns beyond their own declaration, as `table.column` in lower case. */
export interface Evidence {
  readonly seen: Seen
  /** Columns that the database counts up, or that a reference ties to others. */
  readonly linked: ReadonlySet<string>
}

/** Columns in which DBAL keeps the folded form of another: adapters/sql/scope.ts. */
const foldedEnd = '__fold'

/** The column whose folded form `name` is: both are text. */
export function foldedOf(table: Table, name: string): string | undefined {
  if (!name.endsWith(foldedEnd)) return undefined
  const isTextual = (wanted: string): boolean => table.columns.some((column) => column.name === wanted && /char|text/.test(column.base))
  const base = name.slice(0, -foldedEnd.length)
  return isTextual(name) && isTextual(base) ? base : undefined
}

/** The fields of a table by column. Key fields are treated as any other; `required` and the like are set by `presence`. */
export function fieldsOf(catalog: Catalog, table: Table, evidence: Evidence, findings: Finding[]): Map<string, FieldDraft> {
  const fields = new Map<string, FieldDraft>()
  const names = new Set<string>()
  const checks = table.checks.map((check) => ({ check, limits: limitsOf(check.text) }))
  const limits = checks.flatMap((each) => each.limits ?? [])
  for (const column of table.columns) {
    const say = (kind: Finding['kind'], why: string): unknown => findings.push({ kind, table: table.name, about: column.name, why })
    const fault = columnFault(table, column, fields)
    const mapped = fault === undefined ? mappedOf(catalog.system, table, column, limits, evidence) : { leftOut: fault }
    if ('leftOut' in mapped) {
      const lost = !column.nullable && column.default === undefined && column.made === undefined && foldedOf(table, column.name) === undefined
      say('left out', lost ? `${mapped.leftOut}. It needs a value, so rows cannot be created through DBAL` : mapped.leftOut)
      continue
    }
    if (mapped.differs !== undefined) say('differs', mapped.differs)
    const { name, column: renamed } = fieldNames(column.name, names)
    names.add(name)
    fields.set(column.name.toLowerCase(), { name, column, part: { ...mapped.field }, ...(renamed === undefined ? {} : { renamed }) })
  }
  for (const { check, limits: parts } of checks) applyCheck(table, fields, check, parts, findings)
  return fields
}

function columnFault(table: Table, column: Column, fields: ReadonlyMap<string, FieldDraft>): string | undefined {
  const folded = foldedOf(table, column.name)
  if (folded !== undefined) return `DBAL keeps the folded form of ${folded} there`
  if (column.made === 'computed') return 'the database computes it from other columns, and a field is always written'
  if (fields.has(column.name.toLowerCase())) return 'another column has the same name but for the case of its letters; rename one'
  return nameFault(column.name)
}

function mappedOf(system: Catalog['system'], table: Table, column: Column, limits: readonly Limit[], evidence: Evidence): Mapped {
  const own = limits.filter((limit) => limit.column.toLowerCase() === column.name.toLowerCase())
  const place = `${table.name}.${column.name}`.toLowerCase()
  if (system === 'sqlite') return sqliteField(column, own, { wide: evidence.seen.wide.has(place), odd: evidence.seen.odd.get(place) })
  if (system === 'postgresql') return postgresField(column)
  return mysqlField(column, own, evidence.linked.has(place))
}

/** All parts of a check or, with a finding, none that could be told apart from the rest. */
function applyCheck(
  table: Table,
  fields: ReadonlyMap<string, FieldDraft>,
  check: Table['checks'][number],
  limits: readonly Limit[] | undefined,
  findings: Finding[],
): void {
  const parts = new Map(
    (limits ?? []).flatMap(({ column }) => {
      const part = fieldOf(table, fields, column)?.part
      return part === undefined ? [] : [[part, { ...part }] as const]
    }),
  )
  const held = limits?.every((limit) => {
    const part = fieldOf(table, fields, limit.column)?.part
    return part !== undefined && applyLimit(part, limit) && isCoherent(part)
  })
  if (held === true) return
  for (const [part, before] of parts) restore(part, before)
  const about = check.name === undefined ? 'a check' : `check ${check.name}`
  findings.push({
    kind: 'left out',
    table: table.name,
    about,
    why: `the database alone holds it, and a breach is refused by it: ${oneLine(check.text)}`,
  })
}

function restore(part: FieldPart, before: FieldPart): void {
  for (const name of Object.keys(part) as (keyof FieldPart)[]) delete (part as Partial<FieldPart>)[name]
  Object.assign(part, before)
}

/** Longer texts are cut: a report is to be read. */
const longestText = 200

export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line
}

/** Sets what a new row has to say about the field: generated, required, optional, default. */
export function settlePresence(table: Table, field: FieldDraft, key: readonly string[], findings: Finding[]): void {
  const { part, column } = field
  const inKey = key.includes(field.name)
  const alone = inKey && key.length === 1
  if (alone) part.primary = true
  if (alone && column.made === 'counter' && (part.type === 'integer' || part.type === 'bigint')) {
    part.generated = true
    // A lower bound of 0 or less says nothing about numbers that start with 1.
    return
  }
  if (column.touched === true && part.type === 'datetime') {
    part.auto_update = true
    if (column.nullable) part.nullable = true
    return
  }
  const given = givenOf(table, column, part, findings)
  if (given?.is === 'uuid') part.generated = true
  else if (given?.is === 'now') part.default = 'now'
  else if (given?.is === 'value' && given.value !== null) part.default = given.value
  else if (inKey || !column.nullable) part.required = true
  else part.optional = true
  if (column.nullable && !inKey && part.optional !== true && part.generated !== true) part.nullable = true
}

function givenOf(table: Table, column: Column, part: FieldPart, findings: Finding[]): Given | undefined {
  if (column.default === undefined) return undefined
  const given = column.made === 'counter' ? undefined : givenBy(column.default, part)
  // What is generated is never null, and a column that may be null would no longer take one.
  if (given !== undefined && !(given.is === 'uuid' && column.nullable)) return given
  const why = column.nullable ? 'a row that gives no value gets null' : 'a new row has to give a value'
  findings.push({ kind: 'left out', table: table.name, about: `default of ${column.name}`, why: `through DBAL ${why}: ${oneLine(column.default)}` })
  return undefined
}
