/** JSON Web Tokens of one trusted issuer to principals. In charge of what is verified; must not know files, stores or sockets. */
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { DBALError } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'

export interface JwtOptions {
  readonly issuer: string
  /** Checked where given. */
  readonly audience?: string
  /** Exactly one of the three. `secret`: at least 32 bytes, HMAC only. */
  readonly secret?: string
  /** Text of a JWKS file, read by whoever may read files; asked again for a key that is not in it, at most every 30 s. */
  readonly readJwks?: () => Promise<string>
  readonly jwksUrl?: string
  /** Claim of each part of the principal; further names become attributes (`$user.<name>`). Defaults: id sub, role role, tenantId tid. */
  readonly claims?: Readonly<Record<string, string>>
}

/** Seconds that clocks may differ. */
const toleranceSeconds = 5
const refreshMs = 30_000
const maxIdLength = 255
/** Pinned by the kind of key: an HMAC never verifies against a public key, and `none` never at all. */
const algorithms = {
  secret: ['HS256', 'HS384', 'HS512'],
  jwks: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
}

/** Failures of fetching or reading keys: the token may be good. */
const keyTrouble: ReadonlySet<string> = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'])

export type VerifyJwt = (token: string) => Promise<Principal | undefined>

/** A function that answers undefined for every token that does not hold, and rejects with DATABASE_ERROR where keys cannot be read. Throws TypeError at once for contradictory options. */
export function createJwtVerifier(options: JwtOptions, now: () => number): VerifyJwt {
  const sources = [options.secret, options.readJwks, options.jwksUrl].filter((source) => source !== undefined)
  if (sources.length !== 1) throw new TypeError('auth.jwt needs exactly one of secret, jwks_file, jwks_url')
  if (options.secret !== undefined && Buffer.byteLength(options.secret) < 32) throw new TypeError('auth.jwt.secret must have at least 32 bytes')
  if (options.issuer === '' || options.audience === '') throw new TypeError('auth.jwt needs an issuer, and an audience that is not empty')
  const claims = { id: 'sub', role: 'role', tenantId: 'tid', ...options.claims }
  let key: Promise<Uint8Array | JWTVerifyGetKey> | undefined

  return async (token) => {
    const jose = await import('jose')
    const common = {
      issuer: options.issuer,
      ...(options.audience === undefined ? {} : { audience: options.audience }),
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    }
    try {
      key ??= keyOf(options, now)
      const found = await key.catch((error: unknown) => {
        key = undefined
        throw error
      })
      const { payload } =
        typeof found === 'function'
          ? await jose.jwtVerify(token, found, { ...common, algorithms: algorithms.jwks })
          : await jose.jwtVerify(token, found, { ...common, algorithms: algorithms.secret })
      return principalOf(payload, claims)
    } catch (error) {
      if (error instanceof jose.errors.JOSEError && !keyTrouble.has(error.code)) return undefined
      throw new DBALError('DATABASE_ERROR', { reason: 'The keys of the token issuer cannot be read' }, { cause: error })
    }
  }
}

async function keyOf({ secret, readJwks, jwksUrl }: JwtOptions, now: () => number): Promise<Uint8Array | JWTVerifyGetKey> {
  if (secret !== undefined) return new TextEncoder().encode(secret)
  if (readJwks !== undefined) return fileKeys(readJwks, now)
  const { createRemoteJWKSet } = await import('jose')
  return createRemoteJWKSet(new URL(jwksUrl as string), { timeoutDuration: 5000, cooldownDuration: refreshMs })
}

/** Keys of a file; an unknown key makes it read again, so that a rotated file counts without a restart. */
async function fileKeys(readJwks: () => Promise<string>, now: () => number): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, errors } = await import('jose')
  const read = async (): Promise<ReturnType<typeof createLocalJWKSet>> => createLocalJWKSet(JSON.parse(await readJwks()))
  let keys = await read()
  let readAt = now()
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || Math.abs(now() - readAt) < refreshMs) throw error
      readAt = now()
      keys = await read()
      return keys(header, token)
    }
  }
}

/** Undefined where the claims name no account. Role and tenant are taken only as text: anything else is no role and no tenant. */
function principalOf(payload: JWTPayload, claims: Readonly<Record<string, string>>): Principal | undefined {
  const claim = (name: string): unknown => {
    const of = claims[name]
    return of !== undefined && Object.hasOwn(payload, of) ? payload[of] : undefined
  }
  const id = claim('id')
  const role = claim('role')
  if (typeof id !== 'string' || id.length === 0 || id.length > maxIdLength || id.startsWith('service:')) return undefined
  // `system` is the engine's own name: nothing that came over a wire may bear it, not even in the audit log.
  if (typeof role !== 'string' || role === 'system' || payload.exp === undefined) return undefined
  const tenantId = claim('tenantId')
  const username = claim('username')
  const attributes: Record<string, Principal['attributes'][string]> = {}
  for (const name of Object.keys(claims)) {
    const value = claim(name)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') attributes[name] = value
  }
  return Object.freeze({
    kind: 'user',
    id,
    role,
    attributes: Object.freeze(attributes),
    expiresAt: (payload.exp + toleranceSeconds) * 1000,
    ...(typeof tenantId === 'string' ? { tenantId } : {}),
    ...(typeof username === 'string' ? { username } : {}),
  })
}
