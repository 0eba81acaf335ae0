/** What was found out of the columns of tables that DBAL did not make, by field. In charge of telling whose a field is; must not know what was found. */
import { DBALError } from '../../errors/error.ts'
import type { Field, Schema, ValueType } from '../../schema/entity.ts'

/** A field that was not there when tables were looked at could be of any kind. */
export class Columns<Found> {
  readonly #known = new WeakMap<ValueType, Found | 'own'>()
  #mixed = false

  learn(schema: Schema, found: ReadonlyMap<Field, Found>): void {
    for (const { fields } of schema.entities.values()) for (const field of fields.values()) this.#known.set(field, found.get(field) ?? 'own')
    this.#mixed ||= found.size > 0
  }

  /** Undefined where the column is as DBAL makes it. */
  of(type: ValueType): Found | undefined {
    if (!this.#mixed || !('column' in type)) return undefined
    const found = this.#known.get(type)
    if (found === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: 'A query is of a schema that was not prepared' })
    return found === 'own' ? undefined : found
  }
}
