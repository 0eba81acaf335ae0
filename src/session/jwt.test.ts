import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { DBALError } from '../errors/error.ts'
import { createJwtVerifier } from './jwt.ts'

const secret = 'a shared secret of thirty-two bytes or more'
const at = 1_800_000_000
const now = (): number => at * 1000
const base = { issuer: 'https://id.example', audience: 'dbal' }

function token(
  claims: Record<string, unknown> = {},
  key: Uint8Array | CryptoKey = new TextEncoder().encode(secret),
  header: { alg: string; kid?: string } = { alg: 'HS256' },
) {
  return new SignJWT({ iss: base.issuer, aud: 'dbal', sub: 'u1', role: 'user', tid: 't1', exp: at + 60, ...claims })
    .setProtectedHeader(header)
    .sign(key)
}

describe('JWT by a shared secret', () => {
  const verify = createJwtVerifier({ ...base, secret, claims: { department: 'dept' } }, now)

  it('becomes a principal with mapped claims', async () => {
    assert.deepEqual(await verify(await token({ dept: 'ops', other: 'x' })), {
      kind: 'user',
      id: 'u1',
      role: 'user',
      tenantId: 't1',
      expiresAt: (at + 65) * 1000,
      attributes: { id: 'u1', role: 'user', tenantId: 't1', department: 'ops' },
    })
  })

  it('refuses other issuers, audiences, times, keys and shapes', async () => {
    const bad: Record<string, unknown>[] = [
      { iss: 'https://evil.example' },
      { aud: 'other' },
      { exp: at - 6 },
      { exp: undefined },
      { nbf: at + 10 },
      { sub: '' },
      { sub: 'service:x' },
      { sub: 5 },
      { sub: 'x'.repeat(256) },
      { role: undefined },
      { role: ['god'] },
      { role: 'system' },
    ]
    for (const claims of bad) assert.equal(await verify(await token(claims)), undefined, JSON.stringify(claims))
    assert.equal(await verify(await token({}, new TextEncoder().encode(secret.replace('a', 'b')))), undefined)
    assert.equal(
      await verify(
        new UnsecuredJWT({ sub: 'u1', role: 'god' })
          .setIssuer(base.issuer)
          .setAudience('dbal')
          .setExpirationTime(at + 60)
          .encode(),
      ),
      undefined,
    )
    const good = await token()
    assert.equal(await verify(`${good.slice(0, -2)}AA`), undefined)
    assert.equal(await verify('a.b.c'), undefined)
  })

  it('tolerates five seconds', async () => {
    assert.notEqual(await verify(await token({ exp: at - 4 })), undefined)
  })
})

describe('JWT by a JWKS', () => {
  it('verifies by a public key, never takes it for an HMAC secret, and reads a rotated file again', async () => {
    const [first, second] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
    const published = [{ ...(await exportJWK(first.publicKey)), kid: 'one' }]
    let millis = now()
    let reads = 0
    const readJwks = async (): Promise<string> => {
      reads += 1
      return JSON.stringify({ keys: published })
    }
    const verify = createJwtVerifier({ ...base, readJwks }, () => millis)
    assert.equal((await verify(await token({}, first.privateKey, { alg: 'ES256', kid: 'one' })))?.id, 'u1')
    const confused = new TextEncoder().encode(JSON.stringify(published[0]))
    assert.equal(await verify(await token({}, confused, { alg: 'HS256', kid: 'one' })), undefined)
    published.push({ ...(await exportJWK(second.publicKey)), kid: 'two' })
    const rotated = await token({}, second.privateKey, { alg: 'ES256', kid: 'two' })
    assert.equal(await verify(rotated), undefined)
    millis += 31_000
    assert.equal((await verify(rotated))?.id, 'u1')
    assert.equal(reads, 2)
  })

  it('a file that cannot be read is DATABASE_ERROR, and is tried again', async () => {
    let broken = true
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const readJwks = async (): Promise<string> => {
      if (broken) throw new Error('ENOENT /secret/path')
      return JSON.stringify({ keys: [await exportJWK(publicKey)] })
    }
    const verify = createJwtVerifier({ ...base, readJwks }, now)
    const mine = await token({}, privateKey, { alg: 'ES256' })
    await assert.rejects(verify(mine), (error: DBALError) => error.code === 'DATABASE_ERROR' && !JSON.stringify(error).includes('secret/path'))
    broken = false
    assert.equal((await verify(mine))?.id, 'u1')
  })
})

describe('JWT options', () => {
  it('contradictions are told at once', () => {
    assert.throws(() => createJwtVerifier(base, now), /exactly one/)
    assert.throws(() => createJwtVerifier({ ...base, secret, jwksUrl: 'https://x' }, now), /exactly one/)
    assert.throws(() => createJwtVerifier({ ...base, secret: 'short' }, now), /32 bytes/)
  })
})
