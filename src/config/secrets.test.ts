/** Every changed bit of an encrypted value is seen, and nonces differ. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptSecret, encryptSecret, isEncrypted } from './secrets.ts'

const key = randomBytes(32)

test('what was encrypted comes back, under its own name and key only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, name) => {
      const sealed = encryptSecret(name, text.toWellFormed(), key)
      assert.ok(isEncrypted(sealed))
      assert.equal(decryptSecret(name, sealed, key), text.toWellFormed())
      assert.throws(() => decryptSecret(`${name}x`, sealed, key))
      assert.throws(() => decryptSecret(name, sealed, randomBytes(32)))
    }),
    { numRuns: 50 },
  )
})

test('each flipped bit and each cut is refused', () => {
  const prefix = 'enc:v1:'
  const raw = Buffer.from(encryptSecret('a', 'hello', key).slice(prefix.length), 'base64url')
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const changed = Buffer.from(raw)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    assert.throws(() => decryptSecret('a', prefix + changed.toString('base64url'), key), /Validation failed/)
  }
  for (let length = 0; length < raw.length; length++)
    assert.throws(() => decryptSecret('a', prefix + raw.subarray(0, length).toString('base64url'), key))
  assert.throws(() => decryptSecret('a', `${prefix}${raw.toString('base64url')}=`, key))
})

test('the same text is never encrypted alike', () => {
  assert.equal(new Set(Array.from({ length: 200 }, () => encryptSecret('a', 'b', key))).size, 200)
})
