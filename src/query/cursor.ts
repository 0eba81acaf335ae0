/**
 * Paging by cursor: the values of the order keys of the last row as a sealed token, and the predicate that goes on behind them.
 * In charge of the form of the payload; must not know keys, callers or how a seal works.
 */
import { invalid } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import { always, type Operand, type Order, type Predicate } from './ast.ts'
import { and, compare, not, or } from './build.ts'

/** Authenticated encryption, given by the engine. `bound` is authenticated with the token and not part of it. */
export interface Seal {
  seal(bytes: Uint8Array, bound: string): string
  /** Undefined for anything that this seal did not make with the same `bound`. */
  open(token: string, bound: string): Uint8Array | undefined
}

/** Payloads fill the next of these steps (this, twice, four times …), so that the length of a token hardly tells of values. */
const smallestPayload = 256
const lengthBytes = 4
/** Longer tokens were not made here; they are refused before any work. */
const longestToken = 1 << 20

/** A token for the values of the order keys of one row. `bound` names caller and query: elsewhere the token does not open. */
export function encodeCursor(values: readonly Value[], seal: Seal, bound: string): string {
  const text = new TextEncoder().encode(JSON.stringify(values))
  let size = smallestPayload
  while (size < text.length + lengthBytes) size *= 2
  const payload = new Uint8Array(size)
  new DataView(payload.buffer).setUint32(0, text.length)
  payload.set(text, lengthBytes)
  return seal.seal(payload, bound)
}

/** The `count` values of a token; VALIDATION_ERROR on `after`, always with the same words, for one that does not belong here. */
export function decodeCursor(token: unknown, count: number, seal: Seal, bound: string): readonly Value[] {
  const payload = typeof token === 'string' && token.length <= longestToken ? seal.open(token, bound) : undefined
  const values = payload === undefined ? undefined : read(payload)
  if (values === undefined || values.length !== count) {
    throw invalid({
      field: 'after',
      error: 'Is not a cursor of this query; take nextCursor of the page before, with the same filter, sort and caller',
    })
  }
  return values
}

function read(payload: Uint8Array): readonly Value[] | undefined {
  if (payload.length < lengthBytes) return undefined
  const length = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0)
  if (length > payload.length - lengthBytes) return undefined
  try {
    const values: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(lengthBytes, lengthBytes + length)))
    return Array.isArray(values) ? values : undefined
  } catch {
    return undefined
  }
}

/**
 * Rows that stand behind the row whose order keys have `values` (operands that may be null at run time), in the given order.
 * Nulls are smallest. `nullable(i)`: may key `i` be null? Without nulls the first key bounds the range, which indexes can use.
 */
export function seekPredicate(order: readonly Order[], values: readonly Operand[], nullable: (index: number) => boolean = () => true): Predicate {
  const ways = order.map((key, i) => {
    const ties = order.slice(0, i).map((before, j) => same(before.by, values[j] as Operand, nullable(j)))
    return and(...ties, beyond(key, values[i] as Operand, nullable(i)))
  })
  const first = order[0]
  const bounded = first !== undefined && order.length > 1 && !nullable(0)
  const range = bounded ? compare(first.direction === 'asc' ? 'gte' : 'lte', first.by, values[0] as Operand) : always
  return and(range, or(...ways))
}

function same(key: Operand, value: Operand, nullable: boolean): Predicate {
  const equal = compare('eq', key, value)
  return nullable ? or(equal, and(isNull(key), isNull(value))) : equal
}

function beyond(order: Order, value: Operand, nullable: boolean): Predicate {
  const further = compare(order.direction === 'asc' ? 'gt' : 'lt', order.by, value)
  if (!nullable) return further
  // Ascending, everything that is something comes behind null; descending, null comes behind everything that is something.
  const acrossNull = order.direction === 'asc' ? and(isNull(value), not(isNull(order.by))) : and(isNull(order.by), not(isNull(value)))
  return or(further, acrossNull)
}

function isNull(of: Operand): Predicate {
  return { kind: 'isNull', of }
}
