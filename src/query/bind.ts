/** Stage bind: a call's values become params of its plan, each normalised by its slot. Must not know names, rules or databases. */
import { DBALError, type FieldError, invalid } from '../errors/error.ts'
import type { Entity, Field, Value, ValueType } from '../schema/entity.ts'
import { normalise, normaliseField } from '../schema/field-type.ts'
import { assertCost, defaultMaximum } from './cost.ts'
import { bounds, isPlain } from './parse/bounds.ts'
import type { Checked, Slot } from './request.ts'

/** A page number beyond this is a mistake before it is a cost. */
const largestPage = 2 ** 31
const mostComplaints = 50

/** Thrown away unless something is wrong, so that an ordinary call makes no lists. */
interface Findings {
  complaints: FieldError[] | undefined
  /** A value that names a row has not the form of a key: there is no such row. */
  absent: boolean
}

function complain(findings: Findings, field: string, error: string): null {
  findings.complaints ??= []
  if (findings.complaints.length < mostComplaints) findings.complaints.push({ field, error })
  return null
}

/**
 * Params by index: normalised values, limits with their default, pages as offsets; data and cursors as they came, reserved ones null.
 * `maximum` bounds the cost. Throws VALIDATION_ERROR with every complaint, NOT_FOUND for an id that no row can have.
 */
export function bind(checked: Checked, values: readonly unknown[], maximum = defaultMaximum): Value[] {
  const { slots } = checked
  const params: Value[] = []
  const findings: Findings = { complaints: undefined, absent: false }
  for (let i = 0; i < slots.length; i++) params.push(bindSlot(slots[i] as Slot, values[i], params, findings))
  if (findings.complaints !== undefined) throw invalid(...findings.complaints)
  if (findings.absent) throw new DBALError('NOT_FOUND')
  assertCost(checked, params, maximum)
  return params
}

function bindSlot(slot: Slot, value: unknown, params: readonly Value[], findings: Findings): Value {
  switch (slot.use) {
    case 'value':
      return slot.list ? bindList(slot, value, findings) : bindValue(slot, value, slot.path, findings)
    case 'data':
      return value as Value
    case 'limit':
      if (value === undefined) return slot.default
      return isCount(value, slot.max) ? value : complain(findings, slot.path, `Must be an integer from 1 to ${slot.max}`)
    case 'page':
      if (value === undefined) return 0
      if (!isCount(value, largestPage)) return complain(findings, slot.path, 'Must be a page number, from 1')
      return (value - 1) * Number(params[slot.limit])
    case 'cursor':
      return typeof value === 'string' ? value : complain(findings, slot.path, 'Must be the nextCursor of the page before')
    case 'reserved':
      return null
  }
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max
}

function bindValue(slot: Slot & { use: 'value' }, value: unknown, path: string, findings: Findings): Value {
  if (value === undefined || value === null) {
    if (slot.nullable) return null
    return complain(findings, path, value === null ? 'Must not be null' : 'Is required')
  }
  const result = slot.field === undefined ? normalise(slot.type, value) : normaliseField(slot.field, value)
  if (result.ok) return result.value
  if (slot.key === true && typeof value === 'string' && isId(slot.type)) {
    findings.absent = true
    return null
  }
  return complain(findings, path, result.error)
}

/** Types whose text has a form: other text names no row, whereas another JSON type is a mistake of the caller. */
function isId({ type }: ValueType): boolean {
  return type === 'uuid' || type === 'cuid'
}

function bindList(slot: Slot & { use: 'value' }, value: unknown, findings: Findings): Value {
  if (!Array.isArray(value)) return complain(findings, slot.path, 'Must be a list of values')
  if (value.length > bounds.list) return complain(findings, slot.path, `Must have at most ${bounds.list} values`)
  const list: Value[] = []
  for (let i = 0; i < value.length; i++) list.push(bindValue(slot, value[i], `${slot.path}[${i}]`, findings))
  return list
}

/**
 * One row of write data: the caller's fields, normalised. `writable` are the fields that the caller may set, `readable` those that it
 * may know of, `required` says which must be given; `path` is where the row stands, such as `data` or `items[3]`.
 * Throws VALIDATION_ERROR with every complaint about the row.
 */
export function bindRow(
  entity: Entity,
  writable: ReadonlySet<string>,
  readable: ReadonlySet<string>,
  required: (field: Field) => boolean,
  raw: unknown,
  path: string,
): { row: Map<string, Value> } {
  if (!isPlain(raw)) throw invalid({ field: path, error: 'Must be an object of fields' })
  const findings: Findings = { complaints: undefined, absent: false }
  const row = new Map<string, Value>()
  for (const name of Object.keys(raw)) {
    const field = entity.fields.get(name)
    const place = `${path}.${name.slice(0, bounds.name)}`
    if (field === undefined || !writable.has(name)) {
      complain(findings, place, field !== undefined && readable.has(name) && !field.neverExposed ? 'Field is not writable' : 'Unknown field')
      continue
    }
    const value = raw[name]
    const result = value === undefined ? undefined : normaliseField(field, value)
    if (result?.ok === true) row.set(name, result.value)
    else complain(findings, place, result?.error ?? 'Must not be undefined')
  }
  for (const field of entity.fields.values()) {
    if (writable.has(field.name) && required(field) && !Object.hasOwn(raw, field.name)) complain(findings, `${path}.${field.name}`, 'Is required')
  }
  if (findings.complaints !== undefined) throw invalid(...findings.complaints)
  return { row }
}
