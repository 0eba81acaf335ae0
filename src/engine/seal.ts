/** Authenticated encryption of what callers carry for the engine (cursors). In charge of the cipher; knows no content. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, randomFillSync } from 'node:crypto'
import type { Seal } from '../query/cursor.ts'

/** AES-256-GCM with a random 96-bit nonce per token (NIST SP 800-38D); token = base64url(nonce, tag, text). */
export function createSeal(secret: Uint8Array = randomBytes(32)): Seal {
  const key = createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', 'dbal cursor', 32)))
  const nonces = randomNonces()
  return {
    seal(bytes, bound) {
      const nonce = nonces()
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
      const text = Buffer.concat([cipher.update(bytes), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
    },
    open(token, bound) {
      const raw = Buffer.from(token, 'base64url')
      // base64 ignores trailing bits and odd characters: only the canonical spelling is a token.
      if (raw.length < 28 || raw.toString('base64url') !== token) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, 12), { authTagLength: 16 })
          .setAAD(Buffer.from(bound))
          .setAuthTag(raw.subarray(12, 28))
        return Buffer.concat([decipher.update(raw.subarray(28)), decipher.final()])
      } catch {
        return undefined
      }
    },
  }
}

/** Random nonces, drawn many at a time: asking the system for twelve bytes costs more than sealing a cursor. */
function randomNonces(): () => Uint8Array {
  const pool = new Uint8Array(12 * 512)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += 12
    return pool.subarray(at - 12, at)
  }
}
