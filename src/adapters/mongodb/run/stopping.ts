/**
 * An end for commands whose time is over, or whose caller has gone: the call is answered, and the server is told to stop. In charge of both;
 * must not know what the command does.
 */
import type { ClientSession, Db } from 'mongodb'
import type { RunOptions } from '../../../adapter/adapter.ts'
import { timedOut } from './failure.ts'

/** Milliseconds by which the server may be late with its own limit, before it is told. */
const grace = 100
/** Milliseconds for telling. Past them its own limit ends the command. */
const patience = 2000

/**
 * TIMEOUT once the signal fires or `most` milliseconds and a little have passed. Closing the connection would let the command go on for a
 * while, so its session is killed; that is waited for, so that the session's next work is not stopped instead.
 */
export async function stopping<T>(
  db: Db,
  session: ClientSession,
  { signal, deadline }: RunOptions,
  most: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController()
  let told: Promise<unknown> | undefined
  const stop = (): void => {
    told ??= db
      .admin()
      .command({ killSessions: [{ id: session.id?.id }] }, { timeoutMS: patience })
      .catch(() => undefined)
    end.abort()
  }
  const timer = deadline === undefined ? undefined : setTimeout(stop, most + grace)
  signal?.addEventListener('abort', stop, { once: true })
  const late = new Promise<never>((_, reject) => end.signal.addEventListener('abort', () => reject(timedOut()), { once: true }))
  late.catch(() => undefined)
  try {
    return await Promise.race([work(end.signal), late])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    await told
  }
}
