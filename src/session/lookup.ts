/** Rows of the identity entities, read through the engine. Look-ups of one tick share a statement. Must not know tokens' form or caching. */
import type { Principal } from '../policy/principal.ts'
import { identity } from './identity.ts'

/** A logical value, as principals carry it. */
export type Value = Principal['attributes'][string]
export type Row = Readonly<Record<string, Value>>

/** Executes a call as the system through the engine's one pipeline; rejects with DBALError. */
export type System = (method: string, params: unknown) => Promise<Value>

/** Every list operation allows pages of this size unless its file says less than the contract's default limit. */
const batchSize = 20

export interface Lookup {
  session(digest: string): Promise<Row | undefined>
  serviceToken(digest: string): Promise<Row | undefined>
  user(id: Value): Promise<Row | undefined>
  userNamed(username: string): Promise<Row | undefined>
}

export function createLookup(system: System): Lookup {
  const find = async (entity: string, field: string, values: readonly Value[]): Promise<readonly Row[]> => {
    const filter = { [field]: values.length === 1 ? values[0] : { in: values } }
    const page = await system('list', { entity, filter, limit: values.length, total: 'none' })
    return (page as { readonly data: readonly Row[] }).data
  }
  const session = batched((digests) => find(identity.session, 'token', digests), 'token')
  const user = batched((ids) => find(identity.user, 'id', ids), 'id')
  return {
    session,
    user,
    serviceToken: async (digest) => (await find(identity.serviceToken, 'digest', [digest]))[0],
    userNamed: async (username) => (await find(identity.user, 'username', [username]))[0],
  }
}

interface Wanted {
  readonly value: Value
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Collects what one turn of the loop asks for: ten thousand idle sockets are re-checked every second with a few hundred statements. */
function batched(find: (values: readonly Value[]) => Promise<readonly Row[]>, field: string): (value: Value) => Promise<Row | undefined> {
  let waiting: Wanted[] = []
  const load = async (wanted: readonly Wanted[]): Promise<void> => {
    try {
      const rows = new Map((await find([...new Set(wanted.map(({ value }) => value))])).map((row) => [row[field], row]))
      for (const { value, resolve } of wanted) resolve(rows.get(value))
    } catch (error) {
      for (const { reject } of wanted) reject(error)
    }
  }
  const flush = (): void => {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += batchSize) void load(all.slice(at, at + batchSize))
  }
  return (value) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ value, resolve, reject })
    })
}
