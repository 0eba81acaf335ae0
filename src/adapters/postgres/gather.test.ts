/** Reads that are asked together: one statement, and every answer its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Physical } from '../sql/dialect.ts'
import type { Raw } from '../sql/run/plan.ts'
import { Gathering, together } from './gather.ts'
import type { Part } from './wire.ts'

const text = { text: 'SELECT t0."id", t0."name" FROM "users" AS t0 WHERE (t0."id" = $2::uuid) AND (t0."name" <> $1::text)', rows: true, quick: true }
const part = (...values: Physical[]): Part => ({ text, values })

test('each value becomes data of a list, the number of the question the last cell', () => {
  assert.equal(
    together(text.text)?.text,
    'SELECT r.*, b.i FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS b(p1, p2, i) CROSS JOIN LATERAL (SELECT * FROM (SELECT t0."id", t0."name" FROM "users" AS t0 WHERE (t0."id" = b.p2) AND (t0."name" <> b.p1)) AS o OFFSET 0) AS r',
  )
})

test('what binds lists, paths or bytes, or nothing, is asked by itself; so is what a name could be taken for a value in', () => {
  for (const one of ['a = ANY($1::text[])', 'f(a, $1::jsonpath)', 'a = $1::bytea', 'TRUE', '"$1::text" = $1::text', 'a = $2::text'])
    assert.equal(together(`SELECT 1 FROM t WHERE ${one}`), undefined, one)
})

/** Answers a common statement as the server would: two rows for even questions, none for odd ones. */
function server(): { readonly sent: Part[]; readonly gathering: Gathering; refuse: boolean } {
  const state = { sent: [] as Part[], refuse: false, gathering: undefined as unknown as Gathering }
  state.gathering = new Gathering(async (sent): Promise<Raw> => {
    state.sent.push(sent)
    if (sent.text === text) return [[String(sent.values[0]), 'alone']]
    if (state.refuse) throw new Error('refused')
    const [names] = sent.values as [string]
    const count = names.split(',').length
    return Array.from({ length: count }, (_, i) => i)
      .filter((i) => i % 2 === 0)
      .flatMap((i) => [
        ['first', String(i), String(i + 1)],
        ['second', String(i), String(i + 1)],
      ])
  })
  return state
}

test('everybody gets the rows of their own question, also none', async () => {
  const { gathering, sent } = server()
  const answers = await Promise.all([0, 1, 2].map((i) => gathering.ask(part(`n${i}`, 'x'), undefined)))
  assert.equal(sent.length, 1)
  assert.deepEqual(answers, [
    [
      ['first', '0'],
      ['second', '0'],
    ],
    [],
    [
      ['first', '2'],
      ['second', '2'],
    ],
  ])
})

test('values stay within their element, whatever is in them', async () => {
  const { gathering, sent } = server()
  await Promise.all([gathering.ask(part('a","b\\', null), undefined), gathering.ask(part('{},null', true), undefined)])
  assert.deepEqual(sent[0]?.values, ['{"a\\",\\"b\\\\","{},null"}', '{null,"true"}'])
})

test('one alone is asked as it is, and after a refusal everybody is', async () => {
  const state = server()
  assert.deepEqual(await state.gathering.ask(part('one', 'x'), undefined), [['one', 'alone']])
  state.refuse = true
  const answers = await Promise.all([0, 1].map((i) => state.gathering.ask(part(`n${i}`, 'x'), undefined)))
  assert.deepEqual(answers, [[['n0', 'alone']], [['n1', 'alone']]])
})

test('a refusal at once, as of a closed pool, reaches the one who asked', async () => {
  const gathering = new Gathering(() => {
    throw new Error('closed')
  })
  await assert.rejects(gathering.ask(part('a', 'b'), undefined), /closed/)
})
