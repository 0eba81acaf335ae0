/** One clock for all connections: deadlines, heartbeats, and whether their identities still hold. Must not know how identities are found. */
import { DBALError } from '../errors/error.ts'
import type { Authenticate } from '../protocol/execute.ts'
import type { Connection } from './connection.ts'

/**
 * Looks at every connection each `everyMs`; returns what stops it. A token is asked for once a round, however many sockets use it, and all
 * of a round at the same time, so that whoever answers can take them together.
 */
export function watch(connections: ReadonlySet<Connection>, authenticate: Authenticate, everyMs: number): () => void {
  const asking = new Set<string>()

  const ask = async (token: string, holders: readonly Connection[]): Promise<void> => {
    asking.add(token)
    try {
      await authenticate(token)
    } catch (error) {
      // A database that cannot be asked does not end sessions; each message will find out for itself.
      if (error instanceof DBALError && error.code === 'UNAUTHORIZED') for (const connection of holders) connection.lost(token)
    } finally {
      asking.delete(token)
    }
  }

  const timer = setInterval(() => {
    const now = performance.now()
    const holders = new Map<string, Connection[]>()
    for (const connection of connections) {
      connection.tick(now)
      for (const token of connection.identities) {
        const others = holders.get(token)
        if (others === undefined) holders.set(token, [connection])
        else others.push(connection)
      }
    }
    for (const [token, those] of holders) if (!asking.has(token)) void ask(token, those)
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
