/**
 * How large may the parameters of a call be? In charge of the bound, the same for both doors, so that no call works in-process and is too
 * long for a daemon. Must not know what parameters mean.
 */
import { invalid } from '../errors/error.ts'
import { isLonger, protocolLimits } from '../protocol/version.ts'
import type { Value } from '../schema/entity.ts'

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
