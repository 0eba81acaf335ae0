/**
 * The mark of an authorised query. `policy/authorize.ts` takes the one mint when it loads; adapters can only check.
 * The brand makes an unauthorised access a compile error, the set makes it a run-time refusal (casts, plain JavaScript).
 */
import { DBALError } from '../errors/error.ts'
import type { Query } from './ast.ts'

declare const authorized: unique symbol
export type Authorized<Q extends Query> = Q & { readonly [authorized]: true }

const minted = new WeakSet<object>()
let taken = false

export type Mint = <Q extends Query>(query: Q) => Authorized<Q>

/** The mint, handed out once in a process. */
export function takeMint(): Mint {
  if (taken) throw new DBALError('INTERNAL_ERROR', {}, { message: 'The mint of authorised queries has already been taken' })
  taken = true
  return (query) => {
    minted.add(Object.freeze(query))
    return query as Authorized<typeof query>
  }
}

export const isAuthorized = (value: object): value is Authorized<Query> => minted.has(value)

/** Throws unless `query` came from the mint. Every adapter calls this before anything else. */
export function assertAuthorized(query: Query): void {
  if (!minted.has(query)) throw new DBALError('INTERNAL_ERROR', {}, { message: 'A query that was not authorised was refused' })
}
