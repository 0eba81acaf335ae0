/** Small domains of values, so that random rows, rules and filters meet. Must not know entities. */
import type { Value, ValueType } from '../../../src/schema/entity.ts'
import type { Choices } from './choices.ts'

/** The time of every call of a program. */
export const now = '2026-06-01T00:00:00.000Z'

/** Also roles, so that `level(field)` has something to say. */
export const enumValues = ['user', 'admin', 'low'] as const

const texts = ['a', 'b', 'x', 'A', 'b c', '%', '']
const times = ['2026-01-01T00:00:00.000Z', now, '2026-12-31T23:59:59.999Z']
const amounts = ['1.00', '0.50', '2.25', '-1.00']

/** A value of the type, out of a few. */
export function valueOf(type: ValueType, choices: Choices): Value {
  switch (type.type) {
    case 'integer':
      return choices.below(5) - 1
    case 'boolean':
      return choices.below(2) === 1
    case 'enum':
      return choices.pick(type.values ?? enumValues)
    case 'datetime':
      return choices.pick(times)
    case 'decimal':
      return choices.pick(amounts)
    default:
      return choices.pick(texts)
  }
}

/** As it is written in an expression of a rule. */
export function literal(type: ValueType, value: Value): string {
  if (type.type === 'integer' || type.type === 'boolean' || type.type === 'decimal') return String(value)
  return `'${String(value).replaceAll("'", "''")}'`
}
