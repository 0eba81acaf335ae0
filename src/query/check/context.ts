/** What all parts of check share: the schema as the caller sees it, slots, complaints, cost. Must not know methods or operators. */
import { type FieldError, invalid } from '../../errors/error.ts'
import type { Entity, Field, Relation, Schema, ValueType } from '../../schema/entity.ts'
import { isText } from '../../schema/field-type.ts'
import type { Operand } from '../ast.ts'
import { param } from '../build.ts'
import { Costs } from '../cost.ts'
import type { Slot, View } from '../request.ts'

/** Where names are looked up: an entity, and the operation whose readable fields count. */
export interface Scope {
  readonly entity: Entity
  readonly operation: string
}

const mostComplaints = 50

export class Context {
  readonly schema: Schema
  readonly view: View
  readonly slots: Slot[]
  readonly costs = new Costs()
  readonly #complaints: FieldError[] = []

  /** `slots`: how many the shape has. Those that nothing reads stay reserved. */
  constructor(schema: Schema, view: View, slots: number) {
    this.schema = schema
    this.view = view
    this.slots = Array.from({ length: slots }, () => ({ use: 'reserved' }))
  }

  complain(field: string, error: string): void {
    this.#complaints.push({ field, error })
    if (this.#complaints.length >= mostComplaints) this.settle()
  }

  /** How many complaints there are so far. */
  get complained(): number {
    return this.#complaints.length
  }

  /** Throws what has been complained about, if anything. */
  settle(): void {
    if (this.#complaints.length > 0) throw invalid(...this.#complaints)
  }

  /** Says what slot `index` holds; answers the operand that reads it. */
  fill(index: number, slot: Slot, type: ValueType): Operand {
    this.slots[index] = slot
    return param(index, type)
  }

  /** One value to compare with. */
  value(index: number, path: string, type: ValueType): Operand {
    return this.fill(index, { use: 'value', path, type, nullable: false, list: false }, type)
  }

  /** A slot that the shape has no value for. */
  extra(slot: Slot, type: ValueType): Operand {
    return this.fill(this.slots.length, slot, type)
  }

  /** The field, where the caller may know of it. Fields that are never exposed cannot be asked about either. */
  field({ entity, operation }: Scope, name: string): Field | undefined {
    const field = entity.fields.get(name)
    return field !== undefined && !field.neverExposed && this.view.readable(entity, operation).has(name) ? field : undefined
  }

  /** As `field`, with a complaint where there is none. */
  known(scope: Scope, name: string, path: string): Field | undefined {
    const field = this.field(scope, name)
    if (field === undefined) this.complain(path, 'Unknown field')
    return field
  }

  /** Fields that the caller may see, in the order of the entity. */
  fields(scope: Scope): Field[] {
    return [...scope.entity.fields.values()].filter((field) => this.field(scope, field.name) !== undefined)
  }

  /**
   * The relation and the scope of its target, where the caller may know of it: the target is readable, and so are the fields that
   * make the link, on both sides: otherwise no row could be told to be at the other end, and the answer would be a wrong null.
   */
  relation(scope: Scope, name: string): { readonly relation: Relation; readonly target: Scope } | undefined {
    const relation = scope.entity.relations.get(name)
    if (relation === undefined || !this.#readsAll(scope, relation.local)) return undefined
    const target = this.#target(relation.target)
    if (target === undefined) return undefined
    if (relation.through !== undefined) {
      const { entity, local, foreign } = relation.through
      const link = this.#target(entity)
      return link !== undefined && this.#readsAll(link, local) && this.#readsAll(link, foreign) ? { relation, target } : undefined
    }
    return this.#readsAll(target, relation.foreign) ? { relation, target } : undefined
  }

  /** Sub-rows are what the caller may read (contract 6.3), whether one or many. */
  #target(name: string): Scope | undefined {
    if (!this.schema.entities.has(name)) return undefined
    const entity = this.view.entity(name)
    const operation = 'read'
    return entity !== undefined && this.fields({ entity, operation }).length > 0 ? { entity, operation } : undefined
  }

  #readsAll(scope: Scope, names: readonly string[]): boolean {
    return names.every((name) => this.field(scope, name) !== undefined)
  }
}

/** The type of values that a field is compared with: any text for texts (half an e-mail address may be asked for), else its own. */
export function comparisonType(field: ValueType): ValueType {
  return isText(field.type) ? { type: 'text' } : valueType(field)
}

/** The part of a field that says what its values are. */
export function valueType({ type, precision, scale, values }: ValueType): ValueType {
  return {
    type,
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(values === undefined ? {} : { values }),
  }
}
