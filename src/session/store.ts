/** Logins as rows of ordinary entities, and tokens as principals. In charge of what a token means now; must not know sockets, SQL or rules. */
import { DBALError, invalid } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'
import { identity, identityEntities } from './identity.ts'
import { createJwtVerifier, type JwtOptions } from './jwt.ts'
import { createLookup, type Row, type System } from './lookup.ts'
import { createRecent } from './recent.ts'
import type { Login, Sessions } from './sessions.ts'
import { createToken, digestOf, tokenKind } from './token.ts'

export interface SessionOptions {
  readonly system: System
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds that never go back (default `performance.now`). */
  readonly monotonic?: () => number
  /** How long a login lasts (default 24 h). */
  readonly ttlMs?: number
  readonly jwt?: JwtOptions
  /** Is this field of a user's row one that must never become an attribute of the principal (contract 6.5: sensitive)? Default: none is. */
  readonly sensitive?: (field: string) => boolean
  /** Told of failures that no caller waits for. */
  readonly onFault?: (error: unknown) => void
}

const dayMs = 24 * 60 * 60 * 1000
/**
 * Other processes revoke within a second (contract 7): the daemon asks again every half second, and what it is told is at most this old.
 */
const recentMs = 450
const maxRecent = 20_000
const activityMs = 60_000

const unauthorized = (): DBALError => new DBALError('UNAUTHORIZED')

export function createSessions(options: SessionOptions): Sessions {
  const { system, now, monotonic = () => performance.now(), ttlMs = dayMs, onFault = () => undefined } = options
  const lookup = createLookup(system)
  const recent = createRecent(recentMs, maxRecent, monotonic)
  const verifyJwt = options.jwt === undefined ? undefined : createJwtVerifier(options.jwt, now)
  const touch = createTouch(system, now, onFault)

  const find = async (token: string, digest: string): Promise<Principal> => {
    const kind = tokenKind(token)
    if (kind === 'jwt') return (await verifyJwt?.(token)) ?? refuse()
    if (kind === 'service') return servicePrincipal(await lookup.serviceToken(digest), now())
    const session = await lookup.session(digest)
    if (session === undefined || expiryOf(session) <= now()) throw unauthorized()
    const user = await lookup.user(session['userId'] ?? null)
    if (user === undefined) throw unauthorized()
    touch(session)
    return userPrincipal(user, session, options.sensitive)
  }

  return {
    async login(username, password): Promise<Login> {
      if (!(await verified(system, username, password))) throw unauthorized()
      const user = await lookup.userNamed(username)
      const userId = user?.['id']
      if (typeof userId !== 'string') throw unauthorized()
      const token = createToken('session')
      const expiresAt = new Date(now() + ttlMs).toISOString()
      const data = { userId, token: digestOf(token), expiresAt, lastActivity: new Date(now()).toISOString() }
      await system('create', { entity: identity.session, data })
      return { token, userId, expiresAt }
    },
    async authenticate(token) {
      if (typeof token !== 'string' || tokenKind(token) === undefined) throw unauthorized()
      const digest = digestOf(token)
      const principal = await recent.of(digest, () => find(token, digest))
      if (principal.expiresAt !== undefined && principal.expiresAt <= now()) throw unauthorized()
      return principal
    },
    async logout(who) {
      if (who.sessionId === undefined) throw withoutSession()
      await absentIsFine(system('delete', { entity: identity.session, id: who.sessionId }), 'NOT_FOUND')
      recent.clear()
    },
    async logoutAll(who) {
      if (who.kind !== 'user' || who.id === undefined) throw withoutSession()
      // The id of a foreign issuer may have no form of ours; it has no sessions then.
      await absentIsFine(system('deleteMany', { entity: identity.session, filter: { userId: who.id } }), 'VALIDATION_ERROR')
      recent.clear()
    },
    changed(entity) {
      if (identityEntities.has(entity)) recent.clear()
    },
  }
}

function refuse(): never {
  throw unauthorized()
}

const withoutSession = (): DBALError =>
  invalid({ field: 'auth', error: 'This identity did not come from a login, so there is no session to end; it ends by its own expiry' })

/** Wrong, unknown and impossible names are told alike; only trouble of our own and the lock-out come through. */
async function verified(system: System, username: string, password: string): Promise<boolean> {
  try {
    return (await system('call', [identity.credential, identity.verify, { username, password }])) === true
  } catch (error) {
    if (error instanceof DBALError && (error.code === 'VALIDATION_ERROR' || error.code === 'NOT_FOUND')) return false
    throw error
  }
}

async function absentIsFine(work: Promise<unknown>, code: DBALError['code']): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof DBALError && error.code === code)) throw error
  }
}

/** Milliseconds since 1970; a row without a readable expiry has expired. */
function expiryOf(row: Row): number {
  const at = typeof row['expiresAt'] === 'string' ? Date.parse(row['expiresAt']) : Number.NaN
  return Number.isNaN(at) ? 0 : at
}

const textOf = (row: Row, field: string): string | undefined => (typeof row[field] === 'string' ? row[field] : undefined)

/** Who the user of this row is. `session`: the row of the login that it came with; empty where somebody else asks. */
export function userPrincipal(user: Row, session: Row, sensitive: (field: string) => boolean = () => false): Principal {
  const attributes = Object.fromEntries(Object.entries(user).filter(([field]) => !field.startsWith('$') && !sensitive(field)))
  const id = textOf(user, 'id')
  const username = textOf(user, 'username')
  const tenantId = textOf(user, 'tenantId')
  const sessionId = textOf(session, 'id')
  return Object.freeze({
    kind: 'user',
    role: textOf(user, 'role') ?? 'public',
    attributes: Object.freeze(attributes),
    expiresAt: expiryOf(session),
    ...(id === undefined ? {} : { id }),
    ...(username === undefined ? {} : { username }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(sessionId === undefined ? {} : { sessionId }),
  })
}

function servicePrincipal(row: Row | undefined, now: number): Principal {
  if (row === undefined || expiryOf(row) <= now) throw unauthorized()
  const name = textOf(row, 'name')
  const tenantId = textOf(row, 'tenantId')
  return Object.freeze({
    kind: 'service',
    id: `service:${textOf(row, 'id') ?? ''}`,
    role: textOf(row, 'role') ?? 'public',
    attributes: Object.freeze({}),
    expiresAt: expiryOf(row),
    ...(name === undefined ? {} : { username: name }),
    ...(tenantId === undefined ? {} : { tenantId }),
  })
}

/** Notes a session's activity at most once a minute; nobody waits for it, and a session that has gone meanwhile stays gone. */
function createTouch(system: System, now: () => number, onFault: (error: unknown) => void): (session: Row) => void {
  const underWay = new Set<string>()
  return (session) => {
    const id = textOf(session, 'id')
    const last = Date.parse(textOf(session, 'lastActivity') ?? '')
    if (id === undefined || now() - last < activityMs || underWay.has(id)) return
    underWay.add(id)
    const data = { lastActivity: new Date(now()).toISOString() }
    absentIsFine(system('update', { entity: identity.session, id, data }), 'NOT_FOUND')
      .catch(onFault)
      .finally(() => underWay.delete(id))
  }
}
