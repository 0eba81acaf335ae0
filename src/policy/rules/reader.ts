/** Reads the parts that both forms of rules share: roles, operations, fields, expressions, presets. Complains with places; must not know the forms. */
import type { Operand, Predicate } from '../../query/ast.ts'
import { constant } from '../../query/build.ts'
import { type Complaints, quote, suggestion } from '../../schema/complaint.ts'
import type { Entity, Field, Place, Schema, Sourced, Value } from '../../schema/entity.ts'
import { normalise } from '../../schema/field-type.ts'
import { typeOf } from '../expression/families.ts'
import { type Locate, type Outcome, placeAt, readExpression, readSessionValue } from '../expression.ts'
import { simplify } from '../simplify.ts'

export type Members = { readonly [name: string]: Value }

export const isMembers = (value: Value | undefined): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names in `from` that rules may be for: every role but the engine's own. */
export function callers(schema: Schema): string[] {
  return [...schema.roles.keys()].filter((role) => role !== 'system')
}

/** Operations of these kinds change rows that exist; a field that never changes cannot be among those that they write. */
const changing: ReadonlySet<string> = new Set(['update', 'updateMany', 'update_by', 'reorder', 'move'])

/** A rule or entry under reading: `path` is where it stands in `source`. */
export class Reader {
  readonly schema: Schema
  readonly complaints: Complaints
  readonly source: Sourced

  constructor(schema: Schema, source: Sourced, complaints: Complaints) {
    this.schema = schema
    this.source = source
    this.complaints = complaints
  }

  place(path: string): Place {
    return this.source.place(path)
  }

  complain(path: string, error: string): undefined {
    this.complaints.add(this.place(path), error)
    return undefined
  }

  /** Complains of every member that is not in `known`. */
  members(members: Members, known: readonly string[], path: string, hints: Readonly<Record<string, string>> = {}): void {
    for (const name of Object.keys(members)) {
      if (known.includes(name)) continue
      const hint = Object.hasOwn(hints, name) ? `; ${hints[name]}` : suggestion(name, known)
      this.complain(join(path, name), `Unknown keyword ${quote(name)}${hint}`)
    }
  }

  text(value: Value | undefined, path: string): string | undefined {
    if (value === undefined) return undefined
    return typeof value === 'string' && value.trim() !== '' ? value : this.complain(path, `${quote(value)} is not a text`)
  }

  flag(value: Value | undefined, path: string): boolean {
    if (value === undefined || typeof value === 'boolean') return value ?? false
    this.complain(path, `${quote(value)} is neither true nor false`)
    return false
  }

  /** A list of texts; undefined where it is not one. */
  names(value: Value | undefined, path: string, what: string): string[] | undefined {
    if (value === undefined) return undefined
    if (!Array.isArray(value)) return this.complain(path, `${quote(value)} is not a list of ${what}; write [a, b]`)
    return (value as readonly Value[]).flatMap((item, i) => {
      if (typeof item === 'string') return [item]
      this.complain(join(path, String(i)), `${quote(item)} is not the name of one of the ${what}`)
      return []
    })
  }

  roles(value: Value | undefined, path: string): string[] {
    const single = typeof value === 'string'
    const known = callers(this.schema)
    return (this.names(single ? [value] : value, path, 'roles') ?? []).filter((role, i) => {
      if (known.includes(role)) return true
      const at = single ? path : join(path, String(i))
      if (role === 'system') this.complain(at, 'The engine itself ("system") is not bound by rules; leave it out')
      else this.complain(at, `Unknown role ${quote(role)}${suggestion(role, known)}`)
      return false
    })
  }

  operation(name: string, entity: Entity, path: string): boolean {
    const operation = entity.operations.get(name)
    if (operation === undefined) {
      const all = ['*', 'all', 'any'].includes(name) ? '; name them one by one' : suggestion(name, ruleable(entity))
      this.complain(path, `${entity.name} has no operation ${quote(name)}${all}`)
    } else if (operation.kind === 'upsert') this.complain(path, 'An upsert needs the rights to create and to update; give rules for these')
    else return true
    return false
  }

  operations(value: Value | undefined, entity: Entity, path: string): string[] {
    const single = typeof value === 'string'
    const names = this.names(single ? [value] : value, path, 'operations') ?? []
    return names.filter((name, i) => this.operation(name, entity, single ? path : join(path, String(i))))
  }

  /** Names of fields of the entity. */
  fields(value: Value | undefined, entity: Entity, path: string): string[] | undefined {
    return this.names(value, path, 'fields')?.filter((name, i) => {
      if (entity.fields.has(name)) return true
      this.complain(join(path, String(i)), `${entity.name} has no field ${quote(name)}${suggestion(name, entity.fields.keys())}`)
      return false
    })
  }

  /** `readable_fields` or, as all but these, `except_fields`. */
  readable(members: Members, entity: Entity, path: string): string[] | undefined {
    if (members.readable_fields !== undefined && members.except_fields !== undefined) {
      this.complain(join(path, 'except_fields'), '"readable_fields" and "except_fields" exclude each other; keep one')
    }
    const shown = this.fields(members.readable_fields, entity, join(path, 'readable_fields'))
    shown?.forEach((name, i) => {
      if (entity.fields.get(name)?.neverExposed === true)
        this.complain(join(path, `readable_fields.${i}`), `${quote(name)} is never exposed (security.never_expose), whatever a rule says`)
    })
    const hidden = this.fields(members.except_fields, entity, join(path, 'except_fields'))
    return shown ?? (hidden === undefined ? undefined : [...entity.fields.keys()].filter((name) => !hidden.includes(name)))
  }

  writable(members: Members, entity: Entity, operations: readonly string[], path: string): string[] | undefined {
    const at = join(path, 'writable_fields')
    const names = this.fields(members.writable_fields, entity, at)
    const kinds = operations.map((name) => entity.operations.get(name)?.kind ?? '')
    const updates = kinds.length > 0 && kinds.every((kind) => changing.has(kind))
    names?.forEach((name, i) => {
      const field = entity.fields.get(name) as Field
      const why = ownWriter(field) ?? (updates && (field.immutable || entity.key.includes(name)) ? 'never changes after creation' : undefined)
      if (why !== undefined) this.complain(join(at, String(i)), `${quote(name)} ${why}; no caller writes it`)
    })
    return names
  }

  expression(value: Value | undefined, entity: Entity, path: string): Predicate | undefined {
    if (value === undefined) return undefined
    if (typeof value !== 'string') return this.complain(path, `${quote(value)} is not an expression; write a text such as "ownerId = $user.id"`)
    const predicate = this.#accepted(readExpression(value, entity, this.schema, this.#locate(value, path)))
    return predicate === undefined ? undefined : simplify(predicate, entity)
  }

  presets(value: Value | undefined, entity: Entity, path: string): ReadonlyMap<string, Operand> {
    const presets = new Map<string, Operand>()
    if (value === undefined) return presets
    if (!isMembers(value)) {
      this.complain(path, `${quote(value)} is not a map of presets; write {ownerId: "$user.id"}`)
      return presets
    }
    for (const [name, given] of Object.entries(value)) {
      const operand = this.#preset(name, given, entity, join(path, name))
      if (operand !== undefined) presets.set(name, operand)
    }
    return presets
  }

  #preset(name: string, given: Value, entity: Entity, path: string): Operand | undefined {
    const field = entity.fields.get(name)
    if (field === undefined) return this.complain(path, `${entity.name} has no field ${quote(name)}${suggestion(name, entity.fields.keys())}`)
    const why = ownWriter(field)
    if (why !== undefined) return this.complain(path, `${quote(name)} ${why}; it cannot be preset`)
    if (typeof given === 'string' && given.startsWith('$'))
      return this.#accepted(readSessionValue(given, field, entity, this.schema, this.#locate(given, path)))
    if (given === null) return field.nullable ? constant(null, typeOf(field)) : this.complain(path, `${quote(name)} cannot be null`)
    const result = normalise(typeOf(field), given)
    return result.ok
      ? constant(result.value, typeOf(field))
      : this.complain(path, `${quote(given)} is not a value of "${name}" (${field.type}). ${result.error}`)
  }

  #locate(text: string, path: string): Locate {
    return (offset) => this.source.within?.(path, offset) ?? placeAt(text, offset, this.place(path))
  }

  #accepted<T>(outcome: Outcome<T>): T | undefined {
    if (outcome.ok) return outcome.value
    this.complaints.add(outcome.place, outcome.error)
    return undefined
  }
}

/** Who writes the field, where it is not the caller. */
function ownWriter(field: Field): string | undefined {
  if (field.generated) return 'is generated by the engine'
  if (field.kept !== undefined) return 'is kept by the engine'
  return field.autoUpdate ? 'is set by the engine at every write' : undefined
}

/** Operations that rules can be for. */
const ruleable = (entity: Entity): string[] =>
  [...entity.operations.values()].filter((operation) => operation.kind !== 'upsert').map((operation) => operation.name)

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
