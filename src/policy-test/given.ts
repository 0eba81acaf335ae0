/**
 * The rows that a test begins with: what the file gives, references between rows by their names, and what is made up.
 * In charge of whole rows; must not know principals or calls.
 */
import { type Complaints, meant, quote, suggestion } from '../schema/complaint.ts'
import type { Entity, Field, Place, Schema, Value } from '../schema/entity.ts'
import { normaliseField } from '../schema/field-type.ts'
import { madeUp } from './made-up.ts'

export type Values = Readonly<Record<string, Value>>

/** One row as the file has it. */
export interface RowSource {
  readonly label: string
  readonly values: Values
  /** Place of a field's value, or of the row. */
  place(field?: string): Place
}

interface Drafted extends RowSource {
  readonly entity: Entity
  readonly ordinal: number
}

export interface GivenRows {
  /** In an order in which references find their rows. */
  readonly tables: readonly { readonly entity: Entity; readonly fields: readonly string[]; readonly rows: readonly (readonly Value[])[] }[]
  /** Key of a row by its name: a value, or an object of several. */
  key(label: string): Value | undefined
  row(label: string): { readonly entity: string; readonly values: Values } | undefined
  /** Name of the row that has this key; undefined where none has or part of the key is missing. */
  labelOf(entity: string, row: Values): string | undefined
}

const reference = /^\$([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?$/

/** Collects rows, then completes them. A complaint is made once, where it is found. */
export class Given {
  readonly #schema: Schema
  readonly #complaints: Complaints
  readonly #now: string
  readonly #tenant: string | undefined
  readonly #rows = new Map<string, Drafted>()
  readonly #known = new Map<string, Value | undefined>()
  readonly #open = new Set<string>()

  /** `tenant`: that of rows which name none. */
  constructor(schema: Schema, complaints: Complaints, now: string, tenant?: string) {
    this.#schema = schema
    this.#complaints = complaints
    this.#now = now
    this.#tenant = tenant
  }

  add(entity: Entity, source: RowSource): void {
    const other = this.#rows.get(source.label)
    if (other !== undefined) {
      this.#complaints.add(source.place(), `Two rows are called ${quote(source.label)}, here and in ${other.entity.name}`)
      return
    }
    const ordinal = 1 + [...this.#rows.values()].filter((row) => row.entity === entity).length
    this.#rows.set(source.label, { ...source, place: (field) => source.place(field), entity, ordinal })
    for (const name of Object.keys(source.values)) {
      if (!entity.fields.has(name))
        this.#complaints.add(source.place(name), `${entity.name} has no field ${quote(name)}${suggestion(name, entity.fields.keys())}`)
    }
  }

  labels(): string[] {
    return [...this.#rows.keys()]
  }

  entityOf(label: string): Entity | undefined {
    return this.#rows.get(label)?.entity
  }

  /** `$milk` becomes the key of that row, `$milk.title` its field, `$$x` the text `$x`; in lists and maps too. */
  resolve(value: Value, place: Place): Value {
    if (typeof value === 'string') return this.#text(value, place)
    if (Array.isArray(value)) return (value as readonly Value[]).map((item) => this.resolve(item, place))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.resolve(item as Value, place)]))
  }

  #text(text: string, place: Place): Value {
    if (text.startsWith('$$')) return text.slice(1)
    const found = reference.exec(text)
    if (found === null) return text
    const [, label = '', field] = found
    const row = this.#rows.get(label)
    if (row === undefined) {
      this.#complaints.add(place, `No row is called ${quote(label)}${meant(label, this.#rows.keys())}; write $$${label} for the text itself`)
      return null
    }
    if (field !== undefined && !row.entity.fields.has(field)) {
      this.#complaints.add(place, `${row.entity.name} has no field ${quote(field)}${suggestion(field, row.entity.fields.keys())}`)
      return null
    }
    return (field === undefined ? this.key(label) : this.value(row, field)) ?? null
  }

  key(label: string): Value | undefined {
    const row = this.#rows.get(label)
    if (row === undefined) return undefined
    const [only, ...others] = row.entity.key
    if (others.length === 0) return this.value(row, only as string)
    return Object.fromEntries(row.entity.key.map((name) => [name, this.value(row, name) ?? null]))
  }

  /** Of one field; rows may refer to each other in any order, but not in a circle. */
  value(row: Drafted, name: string): Value | undefined {
    const path = `${row.label}.${name}`
    if (this.#known.has(path)) return this.#known.get(path)
    if (this.#open.has(path)) {
      this.#complaints.add(row.place(name), `${quote(path)} refers to itself`)
      return undefined
    }
    this.#open.add(path)
    const value = this.#make(row, row.entity.fields.get(name) as Field)
    this.#open.delete(path)
    this.#known.set(path, value)
    return value
  }

  #make(row: Drafted, field: Field): Value | undefined {
    const given = row.values[field.name]
    if (given !== undefined) {
      const result = normaliseField(field, this.resolve(given, row.place(field.name)))
      if (result.ok) return result.value
      this.#complaints.add(row.place(field.name), `${quote(given)} is not a value of "${field.name}" (${field.type}). ${result.error}`)
      return undefined
    }
    if (field.default !== undefined) return this.#defaultOf(field)
    if (field.kept === 'version') return 1
    if (field.kept === 'tenant' && this.#tenant !== undefined) return this.resolve(this.#tenant, row.place())
    if (field.foreignKey === undefined && (field.generated || field.autoUpdate || (!field.nullable && field.kept === undefined)))
      return this.#invented(row, field)
    if (field.nullable) return null
    const { foreignKey } = field
    const wanted = foreignKey === undefined ? 'the tenant of the row' : `the $name of a row of ${foreignKey.entity}`
    this.#complaints.add(row.place(), `${quote(row.label)} needs "${field.name}": ${wanted}`)
    return undefined
  }

  #defaultOf(field: Field): Value {
    if (field.default !== 'now' || (field.type !== 'datetime' && field.type !== 'date')) return field.default as Value
    return field.type === 'date' ? this.#now.slice(0, 10) : this.#now
  }

  #invented(row: Drafted, field: Field): Value | undefined {
    const value = madeUp(field, row.entity.name, row.label, row.ordinal, this.#now)
    if (value === undefined) this.#complaints.add(row.place(), `${quote(row.label)} needs "${field.name}": no value could be made up that it accepts`)
    return value
  }

  /** All rows, whole. */
  complete(): GivenRows {
    const rows = new Map([...this.#rows].map(([label, row]) => [label, this.#whole(row)]))
    const tables = ordered(this.#schema, new Set([...this.#rows.values()].map((row) => row.entity))).map((entity) => {
      const fields = [...entity.fields.keys()]
      const own = [...rows.values()].filter((row) => row.entity === entity.name)
      return { entity, fields, rows: own.map(({ values }) => fields.map((name) => values[name] ?? null)) }
    })
    const byKey = new Map([...rows].map(([label, { entity, values }]) => [keyText(this.#schema, entity, values), label]))
    const keys = new Map([...rows.keys()].map((label) => [label, this.key(label)]))
    return {
      tables,
      key: (label) => keys.get(label),
      row: (label) => rows.get(label),
      labelOf: (entity, row) => byKey.get(keyText(this.#schema, entity, row)),
    }
  }

  #whole(row: Drafted): { readonly entity: string; readonly values: Values } {
    const values = [...row.entity.fields.keys()].map((name) => [name, this.value(row, name) ?? null] as const)
    return { entity: row.entity.name, values: Object.fromEntries(values) }
  }
}

function keyText(schema: Schema, entity: string, row: Values): string {
  return JSON.stringify([entity, ...(schema.entities.get(entity)?.key ?? []).map((name) => row[name] ?? null)])
}

/** Entities that others refer to come first. In a circle the first one met comes last; its references then have to be null. */
function ordered(schema: Schema, used: ReadonlySet<Entity>): Entity[] {
  const done = new Set<Entity>()
  const visit = (entity: Entity, open: ReadonlySet<Entity>) => {
    if (done.has(entity) || open.has(entity)) return
    for (const { foreignKey } of entity.fields.values()) {
      const target = foreignKey === undefined ? undefined : schema.entities.get(foreignKey.entity)
      if (target !== undefined && used.has(target)) visit(target, new Set([...open, entity]))
    }
    done.add(entity)
  }
  for (const entity of used) visit(entity, new Set())
  return [...done]
}
