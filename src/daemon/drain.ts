/** The end of a daemon's life: what is in flight ends, then everything closes. In charge of the order; must not know messages. */
import type { Server } from 'node:http'
import type { Answering } from './answer.ts'
import type { Connection } from './connection.ts'

export interface DrainParts {
  readonly server: Server
  readonly connections: ReadonlySet<Connection>
  readonly answering: Answering
  /** Milliseconds for calls in flight. */
  readonly patience: number
}

/** For the peers' close frames, after all calls have ended. */
const closingMs = 1000
const lookMs = 20

/** Resolves when no socket is open any more; never rejects. Takes at most `patience` and two seconds. */
export async function drain({ server, connections, answering, patience }: DrainParts): Promise<void> {
  answering.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), patience + closingMs)
  for (const connection of connections) connection.finish()
  await until(() => connections.size === 0, patience)
  for (const connection of connections) connection.end(1001, 'The daemon is shutting down')
  await until(() => connections.size === 0, closingMs)
  for (const connection of connections) connection.terminate()
  await closed
  clearTimeout(late)
}

async function until(done: () => boolean, within: number): Promise<void> {
  const end = performance.now() + within
  while (!done() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, lookMs))
}
