/** The rows of one entity, found by key or by the fields of an index. In charge of uniqueness; must not know references, queries or undoing. */
import { ConstraintError } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, Value } from '../../../schema/entity.ts'
import { normaliseField } from '../../../schema/field-type.ts'
import { fold } from '../../../schema/fold.ts'

/** A stored row, never changed in place: an update puts another one. */
export type Row = ReadonlyMap<string, Value>

export interface IndexShape {
  readonly fields: readonly string[]
  /** Fields whose values meet after folding. */
  readonly folded: ReadonlySet<string>
  readonly unique: boolean
}

export function fieldOf(entity: Entity, name: string): Field {
  const field = entity.fields.get(name)
  if (field === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `A query names the unknown field ${name} of ${entity.name}` })
  return field
}

export function valueIn(row: Row, field: string): Value {
  return row.get(field) ?? null
}

/** A row of all fields with its own copies of the values. ConstraintError `other` where the schema does not allow one. */
export function rowOf(entity: Entity, values: Row): Row {
  const row = new Map<string, Value>()
  for (const field of entity.fields.values()) {
    const result = normaliseField(withoutPattern(field), valueIn(values, field.name))
    if (!result.ok) throw new ConstraintError('other', [field.name])
    row.set(field.name, result.value)
  }
  return row
}

const plain = new WeakMap<Field, Field>()

/** Types, nulls, ranges and lengths are what a database guards itself; patterns it cannot. */
function withoutPattern(field: Field): Field {
  if (field.pattern === undefined) return field
  let known = plain.get(field)
  if (known === undefined) {
    const { pattern: _, ...rest } = field
    known = rest
    plain.set(field, known)
  }
  return known
}

/** Equal exactly for equal tuples of values of equal types; undefined where one is null, because null equals nothing. */
export function signature(values: readonly Value[]): string | undefined {
  if (values.includes(null)) return undefined
  return values.length === 1 ? String(values[0]) : JSON.stringify(values)
}

/** True where an index of this shape finds rows by the exact values of `fields`. */
export function serves(shape: IndexShape, fields: readonly string[]): boolean {
  return shape.folded.size === 0 && shape.fields.length === fields.length && shape.fields.every((name, i) => name === fields[i])
}

/** Rows under the signature of some of their fields. */
class Index {
  readonly shape: IndexShape
  readonly #rows = new Map<string, Set<Row>>()

  constructor(shape: IndexShape) {
    this.shape = shape
  }

  #signature(row: Row): string | undefined {
    const { fields, folded } = this.shape
    return signature(
      fields.map((name) => {
        const value = valueIn(row, name)
        return folded.has(name) && typeof value === 'string' ? fold(value) : value
      }),
    )
  }

  /** Rows with a null in an indexed field are under no signature: nulls are distinct. */
  add(row: Row): void {
    const at = this.#signature(row)
    if (at === undefined) return
    const rows = this.#rows.get(at)
    if (rows === undefined) this.#rows.set(at, new Set([row]))
    else rows.add(row)
  }

  remove(row: Row): void {
    const at = this.#signature(row)
    const rows = at === undefined ? undefined : this.#rows.get(at)
    if (at === undefined || rows === undefined) return
    rows.delete(row)
    if (rows.size === 0) this.#rows.delete(at)
  }

  conflicts(row: Row): boolean {
    const at = this.shape.unique ? this.#signature(row) : undefined
    return at !== undefined && this.#rows.has(at)
  }

  find(at: string): Iterable<Row> {
    return this.#rows.get(at) ?? []
  }
}

export class Table {
  readonly entity: Entity
  readonly #rows = new Set<Row>()
  readonly #indexes: readonly Index[]

  /** Of `shapes` the first unique one that a row offends is the one complained of. */
  constructor(entity: Entity, shapes: readonly IndexShape[]) {
    this.entity = entity
    this.#indexes = shapes.map((shape) => new Index(shape))
  }

  get size(): number {
    return this.#rows.size
  }

  rows(): Iterable<Row> {
    return this.#rows
  }

  has(row: Row): boolean {
    return this.#rows.has(row)
  }

  /** Throws ConstraintError `unique` with the fields, and then has changed nothing. */
  add(row: Row): void {
    const offended = this.#indexes.find((index) => index.conflicts(row))
    if (offended !== undefined) throw new ConstraintError('unique', offended.shape.fields)
    this.#rows.add(row)
    for (const index of this.#indexes) index.add(row)
  }

  remove(row: Row): void {
    this.#rows.delete(row)
    for (const index of this.#indexes) index.remove(row)
  }

  /** True where `lookup` by these fields needs no scan. */
  indexed(fields: readonly string[]): boolean {
    return this.#indexes.some((index) => serves(index.shape, fields))
  }

  /** Rows whose `fields` equal `values`, none where a value is null. */
  lookup(fields: readonly string[], values: readonly Value[]): Iterable<Row> {
    const at = signature(values)
    if (at === undefined) return []
    const index = this.#indexes.find((candidate) => serves(candidate.shape, fields))
    if (index !== undefined) return index.find(at)
    return [...this.#rows].filter((row) => signature(fields.map((name) => valueIn(row, name))) === at)
  }

  clone(): Table {
    const copy = new Table(
      this.entity,
      this.#indexes.map((index) => index.shape),
    )
    for (const row of this.#rows) copy.add(row)
    return copy
  }
}
