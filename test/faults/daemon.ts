/** A real daemon on a database server, with callers who hold a token of an issuer that it trusts. In charge of its folder and of tokens; must not know faults. */
import { mkdirSync } from 'node:fs'
import { SignJWT } from 'jose'
import { Place } from '../daemon/process.ts'
import type { Sql } from './servers.ts'
import { entities, roles } from './site.ts'

const secret = 'secret-of-test, long enough for an HMAC of 256 bits'

/** `more`: lines of the configuration. */
export function placeFor(kind: Sql, url: string, { migrate = true, text = entities, more = '' } = {}): Place {
  const place = new Place()
  mkdirSync(place.file('dbal/entities'), { recursive: true })
  place.write('dbal/roles.yaml', roles)
  place.write('dbal/entities/all.yaml', text)
  place.write(
    'dbal.yaml',
    [
      'mode: development',
      'schema: ./dbal',
      `database: { adapter: ${kind}, url: "${url}", auto_migrate: ${migrate}, pool_size: 8 }`,
      'security: { audit_log: ./audit.log }',
      `auth: { jwt: { issuer: test, secret: "${secret}" } }`,
      more,
    ].join('\n'),
  )
  return place
}

export function token(role = 'god'): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('g')
    .setIssuer('test')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
}
