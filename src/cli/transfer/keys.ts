/**
 * Rows that get new keys: what the engine makes is left out, and references within the file follow. In charge of which field is left out and of
 * which old value became which new one; must not know files or calls.
 */
import { writableByCallers } from '../../policy/rights.ts'
import type { Entity, Field, Schema, Value } from '../../schema/entity.ts'
import type { Row } from './lines.ts'

/** What is done to a row before it is written. */
export class Shaping {
  readonly #schema: Schema
  readonly #left: ReadonlyMap<string, ReadonlySet<string>>
  /** Generated keys that others refer to: `Entity.field`. */
  readonly #followed: ReadonlySet<string>
  readonly #became = new Map<string, Value>()

  /** `omit`: fields that are left out, by entity. `newKeys`: and all that callers cannot give. */
  constructor(schema: Schema, omit: ReadonlyMap<string, ReadonlySet<string>>, newKeys: boolean, system: boolean) {
    this.#schema = schema
    const made = (entity: Entity) => (field: Field) => newKeys && !writableByCallers(field, entity, 'create', system)
    const all = [...schema.entities.values()]
    this.#left = new Map(
      all.map((entity) => [
        entity.name,
        new Set([...[...entity.fields.values()].filter(made(entity)).map(({ name }) => name), ...(omit.get(entity.name) ?? [])]),
      ]),
    )
    const referred = all.flatMap((entity) => [...entity.fields.values()].flatMap(({ foreignKey }) => (foreignKey === undefined ? [] : [foreignKey])))
    this.#followed = new Set(referred.filter(({ entity, field }) => this.#isNew(entity, field)).map(({ entity, field }) => `${entity}.${field}`))
  }

  /** Only a key comes back from every write, whatever the caller may read. */
  #isNew(entity: string, field: string): boolean {
    return this.#left.get(entity)?.has(field) === true && this.#schema.entities.get(entity)?.key.includes(field) === true
  }

  /** Has the answer of a write to be learned from? */
  follows(entity: Entity): boolean {
    return entity.key.some((name) => this.#followed.has(`${entity.name}.${name}`))
  }

  /** The row as it is written. */
  shaped(entity: Entity, row: Row): Row {
    const left = this.#left.get(entity.name) as ReadonlySet<string>
    const kept = Object.entries(row).filter(([name]) => !left.has(name))
    return Object.fromEntries(kept.map(([name, value]) => [name, this.#followed.size === 0 ? value : this.#now(entity.fields.get(name), value)]))
  }

  #now(field: Field | undefined, value: Value): Value {
    const to = field?.foreignKey
    return to === undefined ? value : (this.#became.get(nameOf(to.entity, to.field, value)) ?? value)
  }

  /** `before` was written and is `after` now. */
  learn(entity: Entity, before: Row, after: Row): void {
    for (const name of entity.key) {
      const old = before[name]
      if (old !== undefined && this.#followed.has(`${entity.name}.${name}`)) this.#became.set(nameOf(entity.name, name, old), after[name] as Value)
    }
  }
}

const nameOf = (entity: string, field: string, value: Value): string => `${entity}.${field}=${JSON.stringify(value)}`
