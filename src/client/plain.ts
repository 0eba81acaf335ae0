/**
 * What callers hand over, as plain JSON: the same for both doors, so that neither accepts what the other refuses.
 * In charge of the form of values; must not know fields, methods or the schema.
 *
 * A Date becomes ISO text, a bigint its digits, a Uint8Array base64. Anything that JSON would drop, change or call is refused by name
 * of its place: undefined, functions, symbols, class instances, NaN, cycles. Silence there would turn a filter into "all rows".
 * So is what no message could hold, or a call would work in-process and be too long for a daemon.
 */
import { invalid } from '../errors/error.ts'
import { isLonger, protocolLimits } from '../protocol/version.ts'
import type { Value } from '../schema/entity.ts'

/** Two levels less than a message may have: the envelope and its list of parameters. */
const maxDepth = 62
/** Values in one parameter; lists that repeat one object many times over end here. */
const maxNodes = 1_000_000

interface Budget {
  nodes: number
}

/** A copy of `value`; `path` is where complaints point to, such as `data`. Throws VALIDATION_ERROR. */
export function plain(value: unknown, path: string): Value {
  return copy(value, path, 1, { nodes: maxNodes })
}

/** As `plain` for an object of options: members that are undefined at its top are as if not there. `path` '' names members alone. */
export function plainOptions(options: unknown, path = ''): { [name: string]: Value } {
  if (!isPlainObject(options)) throw invalid({ field: path === '' ? 'options' : path, error: `Must be an object, not ${kindOf(options)}` })
  const budget = { nodes: maxNodes }
  const made: { [name: string]: Value } = {}
  for (const name of namesOf(options, path)) {
    const value = options[name]
    if (value !== undefined) made[name] = copy(value, member(path, name), 2, budget)
  }
  return made
}

/** A literal, what JSON.parse makes, or an object without prototype; also of another realm. Class instances are not data. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  )
}

function copy(value: unknown, path: string, depth: number, budget: Budget): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalid({ field: path, error: `Must be a finite number, not ${value}` })
      return value + 0
    case 'bigint':
      return value.toString()
    case 'object':
      return value === null ? null : copyObject(value, path, depth, budget)
    default:
      throw invalid({ field: path, error: value === undefined ? 'Must not be undefined' : `Must be plain data, not ${kindOf(value)}` })
  }
}

function copyObject(value: object, path: string, depth: number, budget: Budget): Value {
  if (Object.prototype.toString.call(value) === '[object Date]') return isoText(value as Date, path)
  if (value instanceof Uint8Array) return base64(value)
  if (depth > maxDepth) throw invalid({ field: path.slice(0, 128), error: `Must have at most ${maxDepth} levels, and no object inside itself` })
  if (Array.isArray(value)) {
    spend(budget, value.length, path)
    const list: Value[] = new Array(value.length)
    for (let i = 0; i < value.length; i++) list[i] = copy(value[i], `${path}[${i}]`, depth + 1, budget)
    return list
  }
  if (!isPlainObject(value)) throw invalid({ field: path, error: `Must be plain data, not ${kindOf(value)}` })
  const names = namesOf(value, path)
  spend(budget, names.length, path)
  const made: { [name: string]: Value } = {}
  for (const name of names) made[name] = copy(value[name], member(path, name), depth + 1, budget)
  return made
}

function namesOf(object: Record<string, unknown>, path: string): string[] {
  const names = Object.keys(object)
  if (Object.getOwnPropertySymbols(object).length > 0) throw invalid({ field: path || 'options', error: 'Must not have symbols as names' })
  if (Object.hasOwn(object, '__proto__')) throw invalid({ field: member(path, '__proto__'), error: 'Is no allowed name' })
  return names
}

function spend(budget: Budget, nodes: number, path: string): void {
  budget.nodes -= nodes
  if (budget.nodes < 0) throw invalid({ field: path.slice(0, 128), error: `Must have at most ${maxNodes} values` })
}

function member(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function isoText(date: Date, path: string): string {
  if (Number.isNaN(date.getTime())) throw invalid({ field: path, error: 'Must be a valid date' })
  return date.toISOString()
}

/** In pieces: the arguments of one call are limited. */
const piece = 0x8000

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += piece) text += String.fromCharCode(...bytes.subarray(i, i + piece))
  return btoa(text)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name.slice(0, 60)}` : 'an object of a class'
}

/** What a message may hold besides them: id, method, token (8192 characters), user id, idempotency key. */
const envelope = 16 * 1024
const most = protocolLimits.message - envelope

/** Bytes that one UTF-16 unit becomes at most in JSON (`\u0000`), and that any other scalar with its comma does. */
const widest = 6
const scalar = 32

/** Throws VALIDATION_ERROR for parameters whose JSON is too long. Only large ones are written out to be measured. */
export function checkSize(params: readonly Value[]): void {
  if (bound(params, most) <= most || !isLonger(JSON.stringify(params), most)) return
  throw invalid({ field: 'params', error: `Must have at most ${most} bytes in all; split the call` })
}

/** An upper bound of the bytes of `value` as JSON; the count stops once it is above `enough`. */
function bound(value: Value, enough: number): number {
  if (typeof value === 'string') return value.length * widest + 3
  if (typeof value !== 'object' || value === null) return scalar
  let bytes = 3
  if (Array.isArray(value)) {
    for (const item of value) {
      bytes += bound(item, enough - bytes)
      if (bytes > enough) break
    }
    return bytes
  }
  for (const name in value) {
    bytes += name.length * widest + 4 + bound((value as { readonly [name: string]: Value })[name] as Value, enough - bytes)
    if (bytes > enough) break
  }
  return bytes
}
