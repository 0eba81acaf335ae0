/** The products of bench/peers, where `npm run bench:peers` has installed them. In charge of doing without; must not know them. */
import { existsSync } from 'node:fs'
import type { Contender, ServerKind } from './contender.ts'

interface Peers {
  readonly peers: readonly Contender[]
  /** Why there are none. */
  readonly missing?: string
}

export async function openPeersWhereInstalled(kind: ServerKind, url: string, pool: unknown): Promise<Peers> {
  const folder = new URL('../peers/', import.meta.url)
  if (!existsSync(new URL('node_modules', folder)))
    return { peers: [], missing: 'ZenStack 3, Kysely and Drizzle did not take part: npm run bench:peers installs them.' }
  // By a name that no compiler follows: what it imports is not there for the checks of the project.
  const { openPeers } = (await import(new URL('open.ts', folder).href)) as {
    openPeers(kind: ServerKind, url: string, pool: unknown): Promise<Contender[]>
  }
  return { peers: await openPeers(kind, url, pool) }
}
