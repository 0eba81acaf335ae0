import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPasswords } from './password.ts'

const passwords = createPasswords()

describe('passwords', () => {
  it('hashes to a PHC string with a new salt each time, and verifies it', async () => {
    const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(one, two)
    assert.equal(await passwords.verify('correct horse', one), true)
    assert.equal(await passwords.verify('correct horse ', one), false)
    assert.equal(await passwords.verify('', one), false)
  })

  it('verifies a hash of the reference implementation', async () => {
    // phc-winner-argon2, src/test.c: hashtest(version, 2, 16, 1, "password", "somesalt", …), m = 2^16 KiB.
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    assert.equal(await passwords.verify('password', reference), true)
    assert.equal(await passwords.verify('Password', reference), false)
  })

  it('counts every byte up to 1024 of the NFC form, and refuses what is outside', async () => {
    const long = 'x'.repeat(1024)
    const hash = await passwords.hash(long)
    assert.equal(await passwords.verify(long, hash), true)
    assert.equal(await passwords.verify(`${long.slice(1)}y`, hash), false)
    const composed = await passwords.hash('caf\u00e9\u0000!')
    assert.equal(await passwords.verify('cafe\u0301\u0000!', composed), true)
    assert.equal(await passwords.verify('caf\u00e9', composed), false)
    for (const bad of ['', 'x'.repeat(1025), 'é'.repeat(513), 'a\ud800', 'x'.repeat(1_000_000)]) {
      await assert.rejects(passwords.hash(bad), { code: 'VALIDATION_ERROR' })
      assert.equal(await passwords.verify(bad, hash), false)
    }
  })

  it('S4: an unknown account and a malformed hash are a plain false', async () => {
    assert.equal(await passwords.verify('x', undefined), false)
    for (const hash of [
      '',
      'plain',
      '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
      '$argon2id$v=19$m=999999,t=99,p=9$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ]) {
      assert.equal(await passwords.verify('password', hash), false)
    }
  })

  it('S5: a flood beyond the queue is refused, the rest is answered', async () => {
    const few = createPasswords({ atOnce: 2, waiting: 3 })
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => few.verify('x', undefined)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5)
    for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 'RATE_LIMIT_EXCEEDED')
    assert.equal(await few.verify('x', undefined), false)
  })
})
