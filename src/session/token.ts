/** Tokens as text: making, recognising, digesting. In charge of their form; must not know what they stand for or where digests are kept. */
import { hash, randomBytes } from 'node:crypto'

/** The prefix lets secret scanners find a leaked token and tells its kind before any look-up. */
const prefixes = { session: 'dbal_s_', service: 'dbal_t_' } as const
export type TokenKind = keyof typeof prefixes

/** 256 bits: nothing to guess, so a plain digest without salt or stretching is enough to keep. */
const secretBytes = 32
/** Length of 32 bytes in base64url without padding. */
const form = /^dbal_([st])_[A-Za-z0-9_-]{43}$/
/** Three base64url parts (RFC 7519, compact form); the bound keeps hostile text from the parser. */
const jwtForm = /^[A-Za-z0-9_-]{2,2048}\.[A-Za-z0-9_-]{2,6144}\.[A-Za-z0-9_-]{2,2048}$/

/** A new secret of the given kind. Show it once; keep `digestOf(token)` only. */
export function createToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(secretBytes).toString('base64url')
}

/** SHA-256 in hex, 64 characters. Looking tokens up by digest also makes the comparison independent of the secret's bytes. */
export function digestOf(token: string): string {
  return hash('sha256', token)
}

/** What a text claims to be; undefined for one that cannot be a token at all. */
export function tokenKind(token: string): TokenKind | 'jwt' | undefined {
  const found = form.exec(token)
  if (found !== null) return found[1] === 's' ? 'session' : 'service'
  return jwtForm.test(token) ? 'jwt' : undefined
}
