/**
 * JSON values as parts of a document. In charge of keys that mean something to the driver or the database; must not know paths.
 *
 * A key that begins with `$` would be an operator or a reference somewhere, and one named `_bsontype` would be a type: so no object of a
 * caller reaches the driver as an object, and `$` at the beginning of a key is written as `＄` (and that sign twice).
 */
import type { Value } from '../../../schema/entity.ts'

const sign = '＄'

export function storedKey(key: string): string {
  if (key.startsWith('$')) return sign + key.slice(1)
  return key.startsWith(sign) ? sign + key : key
}

function keyOf(stored: string): string {
  if (!stored.startsWith(sign)) return stored
  return stored.startsWith(sign + sign) ? stored.slice(sign.length) : `$${stored.slice(sign.length)}`
}

/** Maps, which the driver writes member by member whatever the keys. */
export function toStored(value: Value): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly Value[]).map(toStored)
  return new Map(Object.entries(value).map(([key, member]) => [storedKey(key), toStored(member)]))
}

export function fromStored(stored: unknown): Value {
  if (stored === null || typeof stored !== 'object') return stored as Value
  if (Array.isArray(stored)) return stored.map(fromStored)
  return Object.fromEntries(Object.entries(stored).map(([key, member]) => [keyOf(key), fromStored(member)]))
}
