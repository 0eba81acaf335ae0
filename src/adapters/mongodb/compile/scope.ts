/** The row that fields speak of, in one pipeline, and the lookups that its questions need. In charge of names within a pipeline; must not know predicates. */
import { DBALError } from '../../../errors/error.ts'
import type { Predicate } from '../../../query/ast.ts'
import type { Entity, Field } from '../../../schema/entity.ts'
import { isText } from '../../../schema/field-type.ts'
import type { Template } from './template.ts'

export type Stage = Readonly<Record<string, Template>>

/** The condition of `$match` for rows of a scope; handed in, so that conditions may use expressions and expressions conditions. */
export type Conditions = (scope: Scope, where: Predicate) => Template

/** Documents of one collection on their way through a pipeline. */
export class Scope {
  readonly entity: Entity
  readonly #conditions: Conditions
  readonly #known = new Map<object, string>()
  #pending: Stage[] = []
  #names = 0

  constructor(entity: Entity, conditions: Conditions) {
    this.entity = entity
    this.#conditions = conditions
  }

  /** Rows of another collection, or of the same, in a pipeline of their own. */
  inner(entity: Entity): Scope {
    return new Scope(entity, this.#conditions)
  }

  condition(where: Predicate): Template {
    return this.#conditions(this, where)
  }

  /** Name of a member that no field has. */
  fresh(): string {
    return `${reserved}${this.#names++}`
  }

  /** The array that a lookup leaves in each document, as an expression. One node is looked up once, however often it is asked. */
  lookup(node: object, make: () => Readonly<Record<string, Template>>): string {
    const known = this.#known.get(node)
    if (known !== undefined) return known
    const as = this.fresh()
    this.#pending.push({ $lookup: { ...make(), as } })
    this.#known.set(node, `$${as}`)
    return `$${as}`
  }

  /** Lookups that were asked for since the last time; they must stand before the stage that uses them. */
  take(): readonly Stage[] {
    const taken = this.#pending
    this.#pending = []
    return taken
  }
}

/** Members of a document whose names begin so are the adapter's own. */
export const reserved = '__'

/** Counted up in a row by those who refer to it, so that its removal collides with them. */
export const touched = '__refs'

export function fieldOf(entity: Entity, name: string): Field {
  const field = entity.fields.get(name)
  if (field === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `A query names the unknown field ${name} of ${entity.name}` })
  return field
}

/** The member of a document that holds a field. DATABASE_ERROR where its column would mean something else to the database. */
export function memberOf(field: Field): string {
  if (!isMemberName(field.column)) {
    throw new DBALError('DATABASE_ERROR', { hint: `The column of ${field.name} cannot be the name of a member: no dot, and no $ or __ in front` })
  }
  return field.column
}

export function isMemberName(column: string): boolean {
  return column !== '' && !column.startsWith('$') && !column.startsWith(reserved) && !column.includes('.') && !column.includes('\0')
}

/** Free text has its folded form beside it, and a json value one with all its texts folded, where that differs. */
export function hasFolded(field: Field): boolean {
  return isText(field.type)
}

export function foldedMember(field: Field): string {
  return `${memberOf(field)}__fold`
}

/** All members that a field may have. */
export function membersOf(field: Field): readonly string[] {
  return hasFolded(field) || field.type === 'json' ? [memberOf(field), foldedMember(field)] : [memberOf(field)]
}
