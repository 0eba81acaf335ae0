/**
 * Hostile strings on every backend (I1, I6, I13, I14, I21): each is stored, read back, compared, sorted, unique and a key, with the answers
 * of memory, and what the database is told is, to the letter, what it is told for harmless strings.
 * DBAL_ORACLE_SEED replays the random ones.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { Value } from '../../src/schema/entity.ts'
import { masked } from '../oracle/program/transcript.ts'
import { seed } from '../oracle/seed.ts'
import { compared, longSkipOf } from './backends.ts'
import { hostile, randomTexts, short } from './corpus.ts'
import { type BackendLab, open, openLabOn } from './lab.ts'
import { openTapped } from './tap/tap.ts'

const entities = `
entity: Text
fields:
  id: { type: integer, primary: true }
  s: { type: string, nullable: true }
  t: { type: text, default: "" }
  j: { type: json, nullable: true }
${open}
---
entity: Single
fields:
  id: { type: integer, primary: true }
  u: { type: string, required: true, unique: true }
${open}
---
entity: Keyed
fields:
  id: { type: string, primary: true }
  n: { type: integer, default: 0 }
${open}
`

const random = randomTexts(seed, 120)
const all = [...new Set([...hostile, ...random])]
const keys = [...new Set([...short, ...random])]
const chunk = 40
const page = 100

/** What was asked, and what came of it. */
type Asked = readonly [what: string, answer: Value]

const pieces = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))

/** In order of the list, a few at a time. */
async function each<T>(list: readonly T[], ask: (one: T, index: number) => Promise<Asked[]>): Promise<Asked[]> {
  const out: Asked[] = []
  for (const part of pieces([...list.entries()], 8)) out.push(...(await Promise.all(part.map(([i, one]) => ask(one, i)))).flat())
  return out
}

async function stored(lab: BackendLab, texts: readonly string[]): Promise<Asked[]> {
  const rows = texts.map((text, i) => ({ id: i + 1, s: text, t: text, j: { v: text, list: [text] } }))
  for (const part of pieces(rows, chunk)) await lab.get('createMany', 'Text', part)
  const out: Asked[] = []
  for (const direction of ['asc', 'desc']) {
    for (let at = 1; at <= Math.ceil(texts.length / page); at++)
      out.push([`page ${at} by s ${direction}`, await lab.ask('list', 'Text', { sort: { s: direction }, limit: page, page: at })])
  }
  return out
}

const found = (lab: BackendLab, texts: readonly string[]): Promise<Asked[]> =>
  each(texts, async (x) => {
    const asks: readonly (readonly [string, unknown])[] = [
      ['eq', { s: x }],
      ['contains', { s: { contains: x } }],
      ['startsWith', { t: { startsWith: x } }],
      ['endsWith', { s: { endsWith: x } }],
      ['in, with a path in json', { s: { in: [x, `${x}z`] }, 'j.v': x }],
      // Folding is the database's own work for each row, so it is asked for the short ones.
      ...(x.length > 100 ? [] : [['insensitive', { id: { lte: short.length }, s: { eq: x, mode: 'insensitive' } }] as const]),
    ]
    return Promise.all(asks.map(async ([name, filter]): Promise<Asked> => [`${name} ${shown(x)}`, await lab.ask('count', 'Text', { filter })]))
  })

const unique = async (lab: BackendLab, texts: readonly string[]): Promise<Asked[]> => [
  ...(await each(texts, async (u, i) => [[`first ${shown(u)}`, await lab.ask('create', 'Single', { id: i, u })]])),
  ...(await each(texts, async (u, i) => [[`again ${shown(u)}`, await lab.ask('create', 'Single', { id: i + 10_000, u })]])),
  ['all', await lab.ask('count', 'Single', {})],
]

const keyed = (lab: BackendLab, texts: readonly string[]): Promise<Asked[]> =>
  each(texts, async (id, n) => [
    [`create ${shown(id)}`, await lab.ask('create', 'Keyed', { id, n })],
    [`upsert ${shown(id)}`, await lab.ask('upsert', 'Keyed', { where: { id }, create: { id }, update: { n: n + 1 } })],
    [`update ${shown(id)}`, await lab.ask('update', 'Keyed', id, { n: n + 2 })],
    [`read ${shown(id)}`, await lab.ask('read', 'Keyed', id)],
    [`delete ${shown(id)}`, await lab.ask('delete', 'Keyed', id)],
    [`read none ${shown(id)}`, await lab.ask('read', 'Keyed', id)],
  ])

/** The empty text and the greatest one begin no range, or end none, and are as harmless as the others. */
const harmlessText = (_: string, index: number): string => ['', '\u{10ffff}'][index] ?? `plain${index}`

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 20)}… (${text.length})` : text)

const scripts = { stored, found, unique, keyed } as const
type Script = keyof typeof scripts
const textsOf: Readonly<Record<Script, readonly string[]>> = { stored: all, found: all, unique: keys, keyed: keys }

const defined = new Map<Script, Asked[]>()
before(async () => {
  const memory = await openLabOn('memory', { entities })
  for (const name of Object.keys(scripts) as Script[]) defined.set(name, await scripts[name](memory, textsOf[name]))
  await memory.close()
})

function compare(actual: readonly Asked[], expected: readonly Asked[]): void {
  const wrong = actual.flatMap(([what, answer], i) => {
    const wanted = expected[i]?.[1]
    return wanted !== undefined && isDeepStrictEqual(masked(answer), masked(wanted)) ? [] : [`${what}: ${told(answer, wanted)}`]
  })
  assert.equal(actual.length, expected.length)
  assert.equal(wrong.length, 0, `${wrong.length} of ${actual.length} differ\n${wrong.slice(0, 12).join('\n')}`)
}

/** The first row that differs, of pages. */
function told(answer: Value, wanted: Value | undefined): string {
  const [a, b] = [answer, wanted].map((one) => (one as { data?: readonly Value[] } | undefined)?.data)
  const at = a?.findIndex((row, i) => !isDeepStrictEqual(row, b?.[i])) ?? -1
  const [left, right] = at < 0 ? [answer, wanted] : [a?.[at], b?.[at]]
  return `${JSON.stringify(left)?.slice(0, 200)} instead of ${JSON.stringify(right)?.slice(0, 200)}${at < 0 ? '' : ` at ${at}`}`
}

test('memory itself keeps every text (I1, I13)', async () => {
  const memory = await openLabOn('memory', { entities })
  for (const [i, text] of all.entries()) {
    const row = (await memory.get('create', 'Text', { id: i, s: text, t: text, j: { v: text } })) as { s: string; t: string; j: { v: string } }
    assert.deepEqual([row.s, row.t, row.j.v], [text, text, text])
    assert.ok(((await memory.get('count', 'Text', { filter: { s: text } })) as number) >= 1)
  }
  await memory.close()
})

for (const name of compared) {
  test(`${name}: ${all.length} hostile texts are answered as in memory, by the statements of harmless ones (I1 I6 I13 I14 I21), seed ${seed}`, {
    skip: longSkipOf(name),
  }, async (t) => {
    const lab = await openTapped(name as Exclude<typeof name, 'memory'>, { entities })
    try {
      lab.said()
      for (const script of Object.keys(scripts) as Script[]) await scripts[script](lab, textsOf[script].map(harmlessText))
      const harmless = new Set(lab.said().statements)
      for (const entity of ['Text', 'Single', 'Keyed']) await lab.get('deleteMany', entity, {}, { all: true })
      lab.said()
      const differ: string[] = []
      for (const script of Object.keys(scripts) as Script[]) {
        await t.test(script, async () => compare(await scripts[script](lab, textsOf[script]), defined.get(script) as Asked[]))
      }
      const { statements } = lab.said()
      assert.ok(harmless.size > 5 && statements.length > 1_000, `the tap heard ${harmless.size} and ${statements.length} statements`)
      for (const text of new Set(statements)) if (!harmless.has(text)) differ.push(text)
      assert.deepEqual(differ.slice(0, 3), [], `${differ.length} statements that harmless texts do not make`)
      t.diagnostic(`${statements.length} statements, ${new Set(statements).size} different ones`)
    } finally {
      await lab.close()
    }
  })
}
