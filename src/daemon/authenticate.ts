/** Whose call is it? The token alone says so (contract 7); a claimed user id may only agree. Must not know frames or rights. */
import { DBALError } from '../errors/error.ts'
import type { Request } from '../protocol/message.ts'
import type { DaemonOptions, Principal } from './options.ts'

type Parts = Pick<DaemonOptions, 'authenticate' | 'nobody' | 'observe'>

export interface Judged {
  readonly who: Principal
  /** The token that the principal came from. */
  readonly token: string | undefined
}

/**
 * The principal of one message: its own token, else the one of its connection as it was when the message came in.
 * Throws UNAUTHORIZED, also where `auth.userId` names somebody else.
 */
export async function judge(
  { auth, transaction }: Pick<Request, 'auth' | 'transaction'>,
  connectionToken: string | undefined,
  address: string,
  parts: Parts,
): Promise<Judged> {
  const token = auth?.token ?? connectionToken
  try {
    const who = token === undefined ? parts.nobody : await parts.authenticate(token, transaction)
    if (auth?.userId !== undefined && auth.userId !== who.id)
      throw new DBALError('UNAUTHORIZED', { reason: 'auth.userId is not the user of the token' })
    return { who, token }
  } catch (error) {
    const claimed = error instanceof DBALError && error.details.reason !== undefined ? 'userId differs from the token' : 'token refused'
    if (error instanceof DBALError && error.code === 'UNAUTHORIZED') parts.observe({ kind: 'authentication', ok: false, reason: claimed, address })
    throw error
  }
}

const bearer = /^Bearer +([\x21-\x7e]{1,8192})$/i

/** Token of an Authorization header. UNAUTHORIZED for a header of another form: an identity that was meant must not be dropped. */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const token = bearer.exec(header)?.[1]
  if (token === undefined) throw new DBALError('UNAUTHORIZED', { reason: 'The Authorization header must be: Bearer <token>' })
  return token
}
