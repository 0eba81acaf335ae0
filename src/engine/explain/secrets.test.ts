/** A developer cannot find out by explanations what a sensitive field holds: each call below would be a guess at it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../../test/support/lab.ts'
import type { Value } from '../../schema/entity.ts'

const schema = {
  entities: `
entity: Safe
fields:
  id: { type: integer, primary: true }
  code: { type: string, required: true, unique: true, sensitive: true }
  label: { type: string, required: true }
relations:
  coins: { many: Coin, via: safeId }
acl:
  rules:
    - { role: [user], operations: [read, update, delete, create] }
    - { role: [god], operations: [read], except_fields: [code] }
    - { role: [supergod], operations: [read] }
---
entity: Coin
fields:
  id: { type: integer, primary: true }
  safeId: { type: integer, foreign_key: { entity: Safe }, nullable: true }
relations:
  safe: { to: Safe, via: safeId }
acl:
  read: { user: true }
`,
  operations: 'entity: Safe\noperations:\n  byCode: { kind: find_by, by: [code] }\n',
}

const god = signedIn('01980000-0000-7000-8000-000000000001', 'god')
const supergod = signedIn('01980000-0000-7000-8000-000000000002', 'supergod')

const guesses = (code: string): readonly (readonly [string, ...unknown[]])[] => [
  ['count', 'Safe', { filter: { code } }],
  ['list', 'Safe', { filter: { or: [{ label: 'x' }, { not: { code: { startsWith: code } } }] } }],
  ['count', 'Coin', { filter: { safe: { code } } }],
  ['list', 'Safe', { filter: { coins: { some: { safe: { code } } } } }],
  ['aggregate', 'Safe', { filter: { code } }],
  ['updateMany', 'Safe', { code }, { label: 'y' }],
  ['deleteMany', 'Safe', { code }],
  ['upsert', 'Safe', { where: { code }, create: { id: 9, code, label: 'n' }, update: { label: 'n' } }],
  ['call', 'Safe', 'byCode', { code }],
]

for (const which of ['memory', 'sqlite'] as const) {
  test(`guesses at a sensitive field are not answered (${which})`, async () => {
    const lab = await openLab(schema, which)
    await lab.call(system, 'create', 'Safe', { id: 1, code: 'right', label: 'one' })
    await lab.call(system, 'create', 'Coin', { id: 1, safeId: 1 })
    const ask = async (who: typeof god, [method, ...params]: readonly [string, ...unknown[]], row?: Value) =>
      (await lab.send(who, { method: 'explain', params: { method, params, as: 'user', ...(row === undefined ? {} : { row }) } })) as {
        readonly name?: string
        readonly outcome?: Value
        readonly details?: Value
      }
    for (const [i, guess] of guesses('right').entries()) {
      const wrong = guesses('wrong')[i] as readonly [string, ...unknown[]]
      const [right, other] = [await ask(god, guess), await ask(god, wrong)]
      assert.equal(right.name, 'VALIDATION_ERROR', `${JSON.stringify(guess)} ${JSON.stringify(right)}`)
      assert.deepEqual(right, other)
      // Who may read the field is told: the guess was a real one.
      if (guess[0] === 'aggregate') continue
      const [told, untold] = [
        await ask(supergod, guess, guess[0] === 'list' ? 1 : undefined),
        await ask(supergod, wrong, guess[0] === 'list' ? 1 : undefined),
      ]
      assert.notDeepEqual(told, untold, JSON.stringify(guess))
    }
    const plain = await ask(god, ['count', 'Safe', { filter: { label: 'one' } }])
    assert.deepEqual(plain.outcome, { ok: true, count: 1 })
    const unknown = (await lab.send(god, {
      method: 'explain',
      params: { method: 'count', params: ['Safe', { filter: { code: 'right' } }], as: 'god' },
    })) as typeof plain
    assert.match(JSON.stringify(unknown.outcome), /Unknown field/, 'a call that its own caller could not make tells nothing')
  })
}
