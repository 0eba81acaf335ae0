/** What a call answered against what was expected, in sentences. Must not know rules or how calls are made. */
import type { DBALError } from '../errors/error.ts'
import type { Reply } from '../protocol/execute.ts'
import type { Entity, Value } from '../schema/entity.ts'
import { normaliseField } from '../schema/field-type.ts'
import type { Expected, ExpectedRow } from './document.ts'
import type { GivenRows, Values } from './given.ts'

/** One thing that is not as expected. */
export interface Difference {
  readonly expected: string
  readonly got: string
}

export interface Ground {
  readonly entity: Entity | undefined
  readonly given: GivenRows
}

export function differences(expected: Expected, reply: Reply, ground: Ground): Difference[] {
  if (!reply.ok) return expected.error === undefined ? [{ expected: wanted(expected), got: errorText(reply.error) }] : refused(expected, reply.error)
  if (expected.error !== undefined) return [{ expected: expected.error, got: answerText(reply.result, ground) }]
  return [...compareRows(expected, reply.result, ground), ...compareShape(expected, reply.result, ground)]
}

const wanted = (expected: Expected): string =>
  expected.rows === undefined ? (expected.count === undefined ? 'ok' : `${expected.count}`) : `rows ${rowsText(expected.rows)}`

function refused(expected: Expected, error: DBALError): Difference[] {
  const found: Difference[] = []
  if (error.code !== expected.error) found.push({ expected: String(expected.error), got: errorText(error) })
  if (expected.reason !== undefined && error.details.reason !== expected.reason)
    found.push({
      expected: `reason ${JSON.stringify(expected.reason)}`,
      got: error.details.reason === undefined ? 'no reason' : `reason ${JSON.stringify(error.details.reason)}`,
    })
  const at = (error.details.fields ?? []).map(({ field }) => field).sort()
  if (expected.at !== undefined && !same([...expected.at].sort(), at))
    found.push({ expected: `complaints at ${expected.at.join(', ')}`, got: `at ${at.join(', ') || 'nothing'}` })
  return found
}

export function errorText(error: DBALError): string {
  const { reason, fields = [] } = error.details
  return [error.code, ...(reason === undefined ? [] : [reason]), ...fields.map(({ field, error: text }) => `${field}: ${text}`)].join('; ')
}

/** The rows of an answer: of a page, a list, a tree or alone; undefined where it has none. */
export function rowsOf(result: Value): readonly Values[] | undefined {
  if (typeof result !== 'object' || result === null) return undefined
  if (!Array.isArray(result)) {
    const { data } = result as Values
    return Array.isArray(data) ? rowsOf(data as readonly Value[]) : [result as Values]
  }
  const rows = (result as readonly Value[]).filter((row): row is Values => typeof row === 'object' && row !== null && !Array.isArray(row))
  return rows.flatMap((row) => (Array.isArray(row['children']) ? [row, ...(rowsOf(row['children'] as readonly Value[]) ?? [])] : [row]))
}

function compareRows(expected: Expected, result: Value, ground: Ground): Difference[] {
  const rows = rowsOf(result)
  const found: Difference[] = []
  if (expected.rows !== undefined) {
    const told = rows ?? []
    if (!fits(expected.rows, told, expected.ordered === true, ground))
      found.push({ expected: `rows ${rowsText(expected.rows)}${expected.ordered === true ? ' in this order' : ''}`, got: answerText(result, ground) })
  }
  const count = typeof result === 'number' ? result : rows?.length
  if (expected.count !== undefined && count !== expected.count) found.push({ expected: `${expected.count}`, got: answerText(result, ground) })
  const total = typeof result === 'object' && result !== null ? (result as Values)['total'] : undefined
  if (expected.total !== undefined && total !== expected.total)
    found.push({ expected: `total ${expected.total}`, got: `total ${total ?? 'unknown'}` })
  return found
}

function compareShape(expected: Expected, result: Value, ground: Ground): Difference[] {
  const found: Difference[] = []
  const rows = rowsOf(result) ?? []
  for (const row of rows) {
    const shown = Object.keys(row)
      .filter((name) => name !== 'children')
      .sort()
    if (expected.fields !== undefined && !same([...expected.fields].sort(), shown))
      found.push({ expected: `fields ${[...expected.fields].sort().join(', ')}`, got: `${nameOf(row, ground)} with ${shown.join(', ')}` })
    const leaked = (expected.hides ?? []).filter((name) => Object.hasOwn(row, name))
    if (leaked.length > 0)
      found.push({
        expected: `no ${leaked.join(', ')}`,
        got: `${nameOf(row, ground)} with ${leaked.map((name) => `${name} ${JSON.stringify(row[name])}`).join(', ')}`,
      })
  }
  const [only] = rows
  if ((expected.fields ?? expected.hides ?? expected.row) !== undefined && only === undefined)
    found.push({ expected: 'a row', got: answerText(result, ground) })
  if (expected.row !== undefined && only !== undefined && !has(only, expected.row, ground))
    found.push(...fieldDifferences(only, expected.row, ground))
  if (expected.value !== undefined && !same(expected.value, result))
    found.push({ expected: JSON.stringify(expected.value), got: JSON.stringify(result) })
  return found
}

/** Can each expected row be given an answered row of its own? Rows by name first, since those cannot be mistaken. */
function fits(expected: readonly ExpectedRow[], rows: readonly Values[], ordered: boolean, ground: Ground): boolean {
  if (expected.length !== rows.length) return false
  const matches = (one: ExpectedRow, row: Values): boolean => ('label' in one ? labelOf(row, ground) === one.label : has(row, one.has, ground))
  if (ordered) return expected.every((one, i) => matches(one, rows[i] as Values))
  const owner = new Map<number, number>()
  const place = (i: number, tried: Set<number>): boolean =>
    rows.some((row, at) => {
      if (tried.has(at) || !matches(expected[i] as ExpectedRow, row)) return false
      tried.add(at)
      const before = owner.get(at)
      if (before !== undefined && !place(before, tried)) return false
      owner.set(at, i)
      return true
    })
  return expected.every((_, i) => place(i, new Set()))
}

const labelOf = (row: Values, { entity, given }: Ground): string | undefined => (entity === undefined ? undefined : given.labelOf(entity.name, row))

const has = (row: Values, wanted: Values, ground: Ground): boolean =>
  Object.entries(wanted).every(([name, value]) => hasValue(row, name, value, ground))

/** Values as the file writes them may have another form than those that are answered (`12.5` and `12.50`). */
function hasValue(row: Values, name: string, value: Value, { entity }: Ground): boolean {
  if (same(value, row[name] ?? (Object.hasOwn(row, name) ? null : undefined))) return true
  const field = entity?.fields.get(name)
  const result = field === undefined ? undefined : normaliseField(field, value)
  return result?.ok === true && same(result.value, row[name])
}

/** Field by field, and rows that are referred to by their names: keys that were made up mean nothing to people. */
function fieldDifferences(row: Values, wanted: Values, { entity, given }: Ground): Difference[] {
  const shown = (name: string, value: Value): string => {
    const to = entity?.fields.get(name)?.foreignKey
    const label = to === undefined ? undefined : given.labelOf(to.entity, { [to.field]: value })
    return `${name} ${label === undefined ? JSON.stringify(value) : `$${label}`}`
  }
  return Object.entries(wanted)
    .filter(([name, value]) => !hasValue(row, name, value, { entity, given }))
    .map(([name, value]) => ({ expected: shown(name, value), got: Object.hasOwn(row, name) ? shown(name, row[name] as Value) : `no ${name}` }))
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same((a as Values)[name], (b as Values)[name]))
}

function nameOf(row: Values, ground: Ground): string {
  const text = JSON.stringify(row)
  return labelOf(row, ground) ?? (text.length > 120 ? `${text.slice(0, 119)}…` : text)
}

const rowsText = (rows: readonly ExpectedRow[]): string => `[${rows.map((row) => ('label' in row ? row.label : JSON.stringify(row.has))).join(', ')}]`

function answerText(result: Value, ground: Ground): string {
  const rows = rowsOf(result)
  if (rows === undefined) return JSON.stringify(result)
  const names = rows.slice(0, 20).map((row) => nameOf(row, ground))
  return Array.isArray(result) || Array.isArray((result as Values)['data'])
    ? `rows [${names.join(', ')}${rows.length > 20 ? ', …' : ''}]`
    : `row ${names[0]}`
}
