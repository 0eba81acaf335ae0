import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { methods, parameters } from './message.ts'
import { protocolLimits, protocolVersion, utf8Length } from './version.ts'

test('methods, their parameters and the limits do not change unnoticed: with them goes the version', () => {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([methods, parameters, protocolLimits]))
    .digest('hex')
    .slice(0, 16)
  assert.deepEqual({ protocolVersion, fingerprint }, { protocolVersion: 1, fingerprint: 'f743967639804927' })
})

test('utf8Length counts as an encoder does', () => {
  for (const text of ['', 'abc', 'é', '€', '😀', 'a😀é€', '\ud800', '\udc00a', '\ud800\ud800\udc00']) {
    assert.equal(utf8Length(text), new TextEncoder().encode(text).length, JSON.stringify(text))
  }
})
