/** Makes resolved values unchangeable and gives them their version. Must not know what they mean. */
import { sha256 } from '../sha256.ts'

function refuseChange(): never {
  throw new TypeError('A resolved schema cannot be changed')
}

/** A map that refuses changes at run time too: Object.freeze alone does not reach a map's entries. */
export function frozenMap<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const map = new Map(entries)
  Object.defineProperties(map, { set: { value: refuseChange }, delete: { value: refuseChange }, clear: { value: refuseChange } })
  return Object.freeze(map)
}

/** Freezes `value` and everything in it that is not frozen yet. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) freeze(member)
  return value
}

/** Text that is equal exactly for values with equal content: members sorted, maps by key, functions and places left out. */
export function canonical(value: unknown): string {
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, member]) => `${JSON.stringify(String(key))}:${canonical(member)}`)
      .sort()
      .join(',')}}`
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([key, member]) => key !== 'place' && member !== undefined && typeof member !== 'function')
  return `{${members
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .sort()
    .join(',')}}`
}

/** 16 hexadecimal characters of SHA-256. */
export function versionOf(value: unknown): string {
  return sha256(canonical(value)).slice(0, 16)
}
