/**
 * How many statements a call takes on each backend, heard on the wire. The golden table is conformance/golden/statements.json
 * (`statements + control`, where control is BEGIN, COMMIT and their like); DBAL_UPDATE_GOLDEN=1 writes it anew for the backends at hand.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Value } from '../../src/schema/entity.ts'
import { compared, skipOf } from './backends.ts'
import { open } from './lab.ts'
import { openTapped, type TappedLab } from './tap/tap.ts'

const entities = `
entity: Author
fields:
  id: { type: integer, primary: true }
  name: { type: string, required: true }
${open}
---
entity: Book
versioned: true
fields:
  id: { type: integer, primary: true }
  title: { type: string, required: true }
  isbn: { type: string, nullable: true, unique: true }
  authorId: { type: integer, nullable: true, foreign_key: { entity: Author, on_delete: set_null } }
relations:
  chapters: { many: Chapter, via: bookId }
acl:
  rules:
    - { role: [god], operations: [read, create, update, delete] }
    - { role: [user], operations: [read, update], row_level_filter: "authorId = 1", check: "title != 'no'" }
---
entity: Chapter
fields:
  id: { type: integer, primary: true }
  bookId: { type: integer, required: true, foreign_key: { entity: Book, on_delete: cascade } }
  upId: { type: integer, nullable: true, foreign_key: { entity: Chapter, on_delete: cascade } }
  place: { type: integer, default: 0 }
  grove: { type: string, default: g }
${open}
---
entity: Plain
fields:
  id: { type: integer, primary: true }
  n: { type: integer, default: 0 }
${open}
`
const operations = `
entity: Chapter
operations:
  outline: { kind: tree, tree: { parent: upId, order: place, scope: grove }, input: { required: [grove] } }
  arrange: { kind: reorder, tree: { parent: upId, order: place, scope: grove }, input: { required: [ids] } }
  shift: { kind: move, tree: { parent: upId, order: place, scope: grove }, input: { required: [id, upId, place] } }
`

type Call = readonly [method: string, ...params: unknown[]]

/** Each is made twice, and the second counts. `at` tells them apart where a key may be used only once. */
const calls: Readonly<Record<string, (at: number) => Call>> = {
  'read by key': () => ['read', 'Book', 1],
  'read of none': () => ['read', 'Book', 999],
  'page and its total': () => ['list', 'Book', { sort: { title: 'asc' }, limit: 5, page: 2 }],
  'page of a filter that nothing meets': () => ['list', 'Book', { filter: { title: 'none' } }],
  'page without total': () => ['list', 'Book', { limit: 5, total: 'none' }],
  'page behind the last': () => ['list', 'Book', { limit: 5, page: 50 }],
  'page with one include': () => ['list', 'Book', { limit: 5, include: { author: true } }],
  'page with two levels of includes': () => ['list', 'Author', { include: { books: { include: { chapters: true } } } }],
  'filter through a relation': () => ['list', 'Book', { filter: { author: { name: 'a' }, chapters: { some: { place: 0 } } } }],
  count: () => ['count', 'Book', { filter: { title: { contains: 'b' } } }],
  aggregate: () => ['aggregate', 'Book', { groupBy: ['authorId'], count: true, max: ['title'] }],
  search: () => ['search', 'Book', 'b1'],
  tree: () => ['call', 'Chapter', 'outline', { grove: 'g' }],
  'create without checks': (at) => ['create', 'Plain', { id: 1000 + at }],
  'create with a reference and a unique field': (at) => ['create', 'Book', { id: 1000 + at, title: 'new', isbn: `i${at}`, authorId: 1 }],
  'create that conflicts': () => ['create', 'Plain', { id: 1 }],
  'bulk create of one chunk': (at) => ['createMany', 'Plain', Array.from({ length: 100 }, (_, i) => ({ id: 2000 + at * 100 + i }))],
  'update by key': (at) => ['update', 'Plain', 1, { n: at }],
  'update by key and version': (at) => ['update', 'Book', 20 + at, { title: `t${at}` }, { expectedVersion: 1 }],
  'update of none': () => ['update', 'Plain', 999_999, { n: 1 }],
  'update of many': (at) => ['updateMany', 'Plain', { id: { lt: 5 } }, { n: at }],
  'update of many, with rows': (at) => ['updateMany', 'Plain', { id: { lt: 5 } }, { n: at }, { returning: true }],
  'delete by key': (at) => ['delete', 'Plain', 6 + at],
  'delete of many': (at) => ['deleteMany', 'Plain', { id: { in: [10 + at, 20 + at] } }],
  'upsert that creates': (at) => ['upsert', 'Plain', { where: { id: 3000 + at }, create: { id: 3000 + at }, update: { n: 1 } }],
  'upsert that updates': () => ['upsert', 'Plain', { where: { id: 2 }, create: { id: 2 }, update: { n: 1 } }],
  'transaction of three creates': (at) => [
    'transaction',
    [0, 1, 2].map((i) => ({ method: 'create', params: ['Plain', { id: 4000 + at * 10 + i }] })),
  ],
  'reorder of three': () => ['call', 'Chapter', 'arrange', { ids: [2, 4, 3] }],
  'move of a node': () => ['call', 'Chapter', 'shift', { id: 4, upId: 2, place: 0 }],
}

/** What must hold on every SQL backend whatever the golden table says (issue 3, item 10). */
const promised: Readonly<Record<string, number>> = {
  'read by key': 1,
  'page and its total': 1,
  'page without total': 1,
  'page with one include': 2,
  'page with two levels of includes': 3,
  'filter through a relation': 1,
  count: 1,
  aggregate: 1,
  search: 1,
  tree: 1,
  'create without checks': 1,
  'bulk create of one chunk': 1,
}

const file = new URL('../../conformance/golden/statements.json', import.meta.url)
type Golden = { [backend: string]: { [call: string]: string } }
const readGolden = (): Golden => JSON.parse(readFileSync(file, 'utf8')) as Golden

async function fill(lab: TappedLab): Promise<void> {
  await lab.get(
    'createMany',
    'Author',
    [1, 2, 3].map((id) => ({ id, name: `a${id}` })),
  )
  await lab.get(
    'createMany',
    'Book',
    Array.from({ length: 30 }, (_, i) => ({ id: i + 1, title: `b${i + 1}`, authorId: (i % 3) + 1 })),
  )
  await lab.get('createMany', 'Chapter', [{ id: 1, bookId: 1 }, ...[2, 3, 4].map((id) => ({ id, bookId: 1, upId: 1, place: id }))])
  await lab.get(
    'createMany',
    'Plain',
    Array.from({ length: 40 }, (_, i) => ({ id: i + 1 })),
  )
}

const broken = (answer: Value): string | undefined => (answer as { error?: { name: string } } | null)?.error?.name

for (const name of compared) {
  test(`${name}: statements of each call`, { skip: skipOf(name) }, async (t) => {
    const lab = await openTapped(name as Exclude<typeof name, 'memory'>, { entities, operations })
    try {
      await fill(lab)
      const counted: { [call: string]: string } = {}
      const seen: { [call: string]: readonly string[] } = {}
      for (const [what, make] of Object.entries(calls)) {
        await lab.ask(...make(0))
        lab.said()
        const answer = await lab.ask(...make(1))
        const { statements, control, trips } = lab.said()
        const expected = what.includes('of none') ? 'NOT_FOUND' : what.includes('conflicts') ? 'CONFLICT' : undefined
        assert.equal(broken(answer), expected, `${what}: ${JSON.stringify(answer)}\n${lab.causes.join('\n')}`)
        counted[what] = `${statements.length} + ${control.length}`
        seen[what] = [...statements, ...control]
        t.diagnostic(`${what}: ${counted[what]}${trips === 0 ? '' : `, ${trips} trips`}`)
      }
      if (name !== 'mongodb')
        for (const [what, most] of Object.entries(promised))
          assert.equal(Number.parseInt(counted[what] as string, 10), most, `${what}:\n${seen[what]?.join('\n')}`)
      if (process.env.DBAL_UPDATE_GOLDEN === '1') writeFileSync(file, `${JSON.stringify({ ...readGolden(), [name]: counted }, null, 2)}\n`)
      const golden = readGolden()[name] ?? {}
      const differ = Object.keys(calls).filter((what) => golden[what] !== counted[what])
      assert.deepEqual(
        differ.map((what) => `${what}: ${counted[what]} where the table says ${golden[what]}\n  ${seen[what]?.join('\n  ')}`),
        [],
      )
    } finally {
      await lab.close()
    }
  })
}

test('the tap counts: two reads are two statements', { skip: skipOf('sqlite') }, async () => {
  const lab = await openTapped('sqlite', { entities, operations })
  try {
    await fill(lab)
    lab.said()
    await lab.get('read', 'Book', 1)
    await lab.get('read', 'Book', 2)
    assert.equal(lab.said().statements.length, 2)
  } finally {
    await lab.close()
  }
})
