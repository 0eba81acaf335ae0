/** The names that bind the session service to a schema: which entities hold accounts, passwords, logins and service tokens. The only file of src/ that names entities. */
import { accountEntity } from '../schema/account.ts'

export const identity = {
  user: accountEntity,
  credential: 'Credential',
  /** Operation of the credential entity that checks a password (kind verify_secret, input username and password). */
  verify: 'verify',
  /** The one that sets it (kind set_secret, same input). */
  setPassword: 'set',
  session: 'Session',
  /** Engine's own entity of service tokens. */
  serviceToken: 'DbalToken',
} as const

/** A committed write to one of these may change what a token means. */
export const identityEntities: ReadonlySet<string> = new Set([identity.user, identity.session, identity.serviceToken])
