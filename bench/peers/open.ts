/** The products that are compared beside those which the project has for its tests. In charge of what they share: on MySQL one pool of `mysql2`. */
import { createPool } from 'mysql2'
import type { Contender, ServerKind } from '../servers/contender.ts'
import type { RawPostgres } from '../servers/postgres.ts'
import { openDrizzle } from './drizzle.ts'
import { openKysely } from './kysely.ts'
import { openZenStack } from './zenstack.ts'

/** Each pool has 20 connections, as all contenders do. The one of `pg` belongs to the raw contender, who ends it. */
export type Pools =
  | { readonly pg: RawPostgres['pool']; readonly mysql?: never }
  | { readonly mysql: ReturnType<typeof createPool>; readonly pg?: never }

export async function openPeers(kind: ServerKind, url: string, pg: RawPostgres['pool'] | undefined): Promise<Contender[]> {
  const pools: Pools = pg === undefined ? { mysql: createPool({ uri: url, connectionLimit: 20, timezone: 'Z' }) } : { pg }
  const peers = [await openZenStack(kind, pools), openKysely(pools), openDrizzle(pools)]
  const { mysql } = pools
  const end = (): Promise<void> => new Promise((done, fail) => mysql?.end((error) => (error ? fail(error) : done())) ?? done())
  return peers.map((peer, i) => ({ ...peer, close: i === 0 ? end : async () => undefined }))
}
