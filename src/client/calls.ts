/** A method's arguments to a call's parameters. In charge of their form and of which calls change something; must not know transports. */
import { DBALError, invalid } from '../errors/error.ts'
import { parameters } from '../protocol/message.ts'
import { protocolLimits } from '../protocol/version.ts'
import type { CrudName } from '../schema/crud.ts'
import type { Value } from '../schema/entity.ts'
import { isPlainObject, plain, plainOptions } from './plain.ts'
import type { CallOptions } from './types.ts'

/** Calls that may change rows. `call` among them: whether an operation writes is known to the schema alone, and a key on a read is ignored. */
const writing: ReadonlySet<string> = new Set([
  'create',
  'update',
  'delete',
  'createMany',
  'updateMany',
  'deleteMany',
  'upsert',
  'transaction',
  'commit',
  'call',
])

export function writes(method: string): boolean {
  return writing.has(method)
}

/** The parameters behind the entity, and what belongs to the call itself. */
export interface Taken {
  readonly params: readonly Value[]
  readonly options: CallOptions
}

/** Throws VALIDATION_ERROR that names the argument. */
export function take(method: CrudName, args: readonly unknown[]): Taken {
  const names = parameters[method].slice(1)
  if (args.length > names.length) throw invalid({ field: 'params', error: `${method} takes at most ${names.length} arguments: ${names.join(', ')}` })
  const params: Value[] = []
  let options: CallOptions = {}
  for (const [i, entry] of names.entries()) {
    const name = entry.replace('?', '')
    const value = args[i]
    if (value === undefined) {
      if (name === entry) throw invalid({ field: name, error: 'Is required' })
    } else if (name === 'options') {
      const parted = part(value)
      options = parted.own
      if (name === entry || Object.keys(parted.rest).length > 0) params.push(parted.rest)
    } else params.push(plain(value, name))
  }
  return { params, options }
}

/** Input of a domain operation: one plain object is by name, anything else by position. Absent where there is none. */
export function takeInput(args: readonly unknown[]): Value | undefined {
  let length = args.length
  while (length > 0 && args[length - 1] === undefined) length--
  if (length === 0) return undefined
  if (length === 1 && isPlainObject(args[0])) return plainOptions(args[0], 'input')
  return args.slice(0, length).map((value, i) => plain(value, `input[${i}]`))
}

/** Steps of a transaction; complaints point to `steps[1].data` and the like. */
export function takeSteps(steps: unknown): Value {
  if (!Array.isArray(steps)) throw invalid({ field: 'steps', error: 'Must be a list of {method, params}' })
  return steps.map((step: unknown, i) => {
    if (!isPlainObject(step)) throw invalid({ field: `steps[${i}]`, error: 'Must be {method, params}' })
    return plain(step, `steps[${i}]`)
  })
}

const ownNames: ReadonlySet<string> = new Set(['signal', 'timeout', 'retry', 'idempotencyKey'])
/** The longest time that timers keep. */
const longestTimeout = 2 ** 31 - 1

function part(given: unknown): { own: CallOptions; rest: { [name: string]: Value } } {
  if (!isPlainObject(given)) throw invalid({ field: 'options', error: 'Must be an object of options' })
  let rest = given
  for (const name of ownNames) {
    if (!Object.hasOwn(given, name)) continue
    rest = Object.fromEntries(Object.entries(given).filter(([key]) => !ownNames.has(key)))
    break
  }
  return { own: rest === given ? {} : callOptions(given, false), rest: plainOptions(rest) }
}

/** Options of the call itself, checked. `alone`: nothing else may stand there. */
export function callOptions(given: unknown, alone = true): CallOptions {
  if (given === undefined) return {}
  if (!isPlainObject(given)) throw invalid({ field: 'options', error: 'Must be an object of options' })
  const { signal, timeout, retry, idempotencyKey } = given
  if (signal !== undefined && !isSignal(signal)) throw invalid({ field: 'signal', error: 'Must be an AbortSignal' })
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0 && timeout <= longestTimeout)) {
    throw invalid({ field: 'timeout', error: `Must be a number of milliseconds from 1 to ${longestTimeout}` })
  }
  if (retry !== undefined && !(Number.isInteger(retry) && (retry as number) >= 0 && (retry as number) <= 100)) {
    throw invalid({ field: 'retry', error: 'Must be a whole number from 0 to 100' })
  }
  const { idempotencyKey: longest } = protocolLimits
  const fits = typeof idempotencyKey === 'string' && idempotencyKey !== '' && idempotencyKey.length <= longest && idempotencyKey.isWellFormed()
  if (idempotencyKey !== undefined && !fits) {
    throw invalid({ field: 'idempotencyKey', error: `Must be a string of 1 to ${longest} characters` })
  }
  const stranger = alone ? Object.keys(given).find((name) => !ownNames.has(name)) : undefined
  if (stranger !== undefined) throw invalid({ field: stranger.slice(0, 128), error: 'Unknown option' })
  return {
    ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
    ...(timeout === undefined ? {} : { timeout: timeout as number }),
    ...(retry === undefined ? {} : { retry: retry as number }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: idempotencyKey as string }),
  }
}

function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

/** Milliseconds until another attempt may help, or undefined where it cannot: only errors that were asked to be tried again. */
export function pauseBefore(attempt: number, error: unknown): number | undefined {
  if (!(error instanceof DBALError)) return undefined
  const { retryAfter, outcome } = error.details
  // It is gone: the same step would only find that.
  if (error.details['transaction'] === 'ended') return undefined
  if (error.code === 'RATE_LIMIT_EXCEEDED') return Math.min(60, Math.max(0.05, typeof retryAfter === 'number' ? retryAfter : 1)) * 1000
  if (error.code !== 'DATABASE_ERROR' || (outcome === 'unknown' && error.details['idempotencyKey'] === undefined)) return undefined
  return 100 + Math.random() * (Math.min(5000, 100 * 2 ** attempt) - 100)
}
