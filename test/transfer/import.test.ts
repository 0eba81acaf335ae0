/** What an import does with a file: order, refusals at their line, rows that are there already, new keys, and nothing half done within a call. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backendNames, longSkipOf } from '../backends/backends.ts'
import { type BackendLab, openLabOn } from '../backends/lab.ts'
import { type Asked, copying, exported, imported, linesOf } from './copy.ts'

const entities = `
entity: Thing
fields:
  id: { type: integer, primary: true, generated: true }
  name: { type: string, max_length: 20, required: true, unique: true }
  aboveId: { type: integer, optional: true, foreign_key: { entity: Thing } }
  price: { type: integer, default: 1, max: 1000 }
acl:
  read: { user: true }
  create: { role: user, check: "price < 100" }
---
entity: Part
fields:
  thingId: { type: integer, required: true, foreign_key: { entity: Thing } }
  no: { type: integer, required: true }
  text: { type: string, max_length: 20, optional: true }
primary_key: [thingId, no]
acl: { read: { user: true }, create: { user: true } }
`
const user = { kind: 'user', id: 'u', role: 'user', attributes: {} } as const

type Rows = readonly (readonly [entity: string, row: object])[]

async function lab(t: { after(fn: () => Promise<void>): void }, name: (typeof backendNames)[number] = 'sqlite'): Promise<BackendLab> {
  const opened = await openLabOn(name, { entities })
  t.after(opened.close)
  return opened
}

const things = (count: number, more: (i: number) => object = () => ({})): Rows =>
  Array.from({ length: count }, (_, i) => ['Thing', { id: i + 1, name: `n${i + 1}`, ...more(i) }])

async function refused({ engine }: BackendLab, rows: Rows | string, asked: Asked = {}) {
  const { error, written } = await imported(engine, typeof rows === 'string' ? rows : linesOf(rows), asked)
  assert.ok(error, 'the import is refused')
  return {
    code: error.code,
    fields: error.details.fields?.map((each) => `${each.field}: ${each.error}`) ?? [],
    reason: error.details.reason,
    written,
  }
}

for (const name of backendNames) {
  test(`${name}: a conflict and a refusal by a rule, which name no row, are found at their line`, { skip: longSkipOf(name) }, async (t) => {
    const one = await lab(t, name)
    const taken = await refused(
      one,
      things(300, (i) => (i === 210 ? { name: 'n7' } : {})),
    )
    assert.equal(taken.code, 'CONFLICT')
    assert.match(String(taken.reason), /^Line 211 \(Thing\)/)
    assert.deepEqual(taken.fields, ['line 211, name: Already taken'])
    const omit = { Thing: ['id'] }
    const outside = await refused(
      one,
      things(90, (i) => ({ price: i === 42 || i === 77 ? 100 : 5 })),
      { who: user, omit },
    )
    assert.equal(outside.code, 'FORBIDDEN')
    assert.match(String(outside.reason), /^Line 43 \(Thing\)/)
    // Looking for the line has left nothing behind.
    assert.equal(await one.as(user, 'count', 'Thing'), 0)
  })
}

test('several hundred rows are one call each, and what was written before a refused one stays', async (t) => {
  const one = await lab(t)
  const { code, written } = await refused(
    one,
    things(1200, (i) => (i === 1100 ? { name: 'n1' } : {})),
  )
  assert.equal(code, 'CONFLICT')
  assert.equal(written.get('Thing')?.written, 1000)
  assert.equal(await one.as(user, 'count', 'Thing'), 1000)
  const again = await imported(one.engine, linesOf(things(1200)), { skipExisting: true })
  assert.deepEqual([again.error, again.written.get('Thing')], [undefined, { written: 200, skipped: 1000 }])
})

test('values that do not fit are told with line and field, several at once', async (t) => {
  const one = await lab(t)
  const { code, fields } = await refused(one, [
    ...things(2),
    ['Thing', { name: 5, price: 2000, nope: 1 }],
    ['Part', { thingId: 1, no: 1 }],
    ['Thing', {}],
  ])
  assert.equal(code, 'VALIDATION_ERROR')
  assert.deepEqual(fields, [
    'line 3, name: Must be a string',
    'line 3, price: Must be at most 1000',
    'line 3, nope: Unknown field',
    'line 5, name: Is required',
  ])
})

test('a reference to no row is told with its line', async (t) => {
  const one = await lab(t)
  const { fields } = await refused(one, [...things(1), ['Part', { thingId: 1, no: 1 }], ['Part', { thingId: 9, no: 1 }]])
  assert.deepEqual(fields, ['line 3, thingId: Refers to a row that does not exist'])
})

const lines: readonly (readonly [what: string, text: string, complaint: RegExp])[] = [
  ['no JSON', '{"entity":', /^line 2: Is no JSON object$/],
  ['another form', '{"entity":"Thing","row":{},"more":1}', /^line 2: Expected \{"entity"/],
  ['a list', '[1]', /^line 2: Expected/],
  ['a row that is a list', '{"entity":"Thing","row":[1]}', /^line 2: Expected/],
  ['a name twice', '{"entity":"Thing","row":{"name":"a","name":"b"}}', /^line 2: row\.name: Stands twice$/],
  ['a name that reaches a prototype', '{"entity":"Thing","row":{"__proto__":{}}}', /^line 2: row.*Is no allowed name$/],
  ['an entity that is misspelt', '{"entity":"Thnig","row":{}}', /^line 2: There is no entity "Thnig"; did you mean "Thing"\?$/],
  ["the engine's own entity", '{"entity":"DbalToken","row":{}}', /^line 2: There is no entity "DbalToken"/],
]
for (const [what, text, complaint] of lines) {
  test(`a line that holds ${what} is refused before anything is written`, async (t) => {
    const one = await lab(t)
    const { code, fields } = await refused(one, `${linesOf(things(1))}${text}\n`)
    assert.equal(code, 'VALIDATION_ERROR')
    assert.equal(fields.length, 1)
    assert.match(fields[0] as string, complaint)
    assert.equal(await one.as(user, 'count', 'Thing'), 0)
  })
}

test('rows may stand in any order, with empty lines and without a last line end', async (t) => {
  const one = await lab(t)
  const text = linesOf([
    ['Part', { thingId: 2, no: 1 }],
    ['Thing', { id: 2, name: 'b', aboveId: 1 }],
    ['Part', { thingId: 1, no: 1 }],
    ['Thing', { id: 1, name: 'a' }],
  ])
  const { error } = await imported(one.engine, `\r\n${text.trimEnd().replace('\n', '\n\n  \n')}`)
  assert.equal(error, undefined)
  assert.equal(await one.as(user, 'count', 'Part'), 2)
})

test('rows in a ring are refused and named, and those below the ring are not', async (t) => {
  const one = await lab(t)
  const { fields, reason } = await refused(one, [
    ['Thing', { id: 1, name: 'a', aboveId: 3 }],
    ['Thing', { id: 2, name: 'b', aboveId: 1 }],
    ['Thing', { id: 3, name: 'c', aboveId: 2 }],
    ['Thing', { id: 4, name: 'd', aboveId: 3 }],
    ['Thing', { id: 5, name: 'e', aboveId: 5 }],
  ])
  assert.deepEqual(
    fields.map((each) => each.split(':')[0]),
    ['line 1', 'line 2', 'line 3'],
  )
  assert.match(String(reason), /in a ring/)
})

test('with new keys, references in the file follow, and those to rows outside of it stay', async (t) => {
  const one = await lab(t)
  assert.equal((await imported(one.engine, linesOf(things(50)))).error, undefined)
  const rows = [
    ['Part', { thingId: 1, no: 1, text: 'of the new b' }],
    ['Part', { thingId: 40, no: 1, text: 'of the old one' }],
    ['Thing', { id: 1, name: 'b', aboveId: 2 }],
    ['Thing', { id: 2, name: 'a' }],
  ] as const
  assert.equal((await imported(one.engine, linesOf(rows), { who: user, newKeys: true })).error, undefined)
  const { data } = (await one.as(user, 'list', 'Thing', { filter: { id: { gt: 50 } } })) as unknown as {
    data: { id: number; name: string; aboveId: number }[]
  }
  const [a, b] = ['a', 'b'].map((each) => data.find(({ name }) => name === each))
  assert.equal(b?.aboveId, a?.id)
  const parts = (await exported(one.engine, copying, new Set(['Part']))).trimEnd().split('\n')
  assert.deepEqual(
    parts.map((line) => (JSON.parse(line) as { row: { thingId: number } }).row.thingId).sort((x, y) => x - y),
    [40, b?.id],
  )
})

test('rows with composite keys that are there already are skipped, and left as they are', async (t) => {
  const one = await lab(t)
  const parts = (text: string): Rows => Array.from({ length: 90 }, (_, i) => ['Part', { thingId: 1 + (i % 3), no: i, text }])
  assert.equal((await imported(one.engine, linesOf([...things(3), ...parts('old').slice(0, 45)]))).error, undefined)
  const { error, written } = await imported(one.engine, linesOf(parts('new')), { skipExisting: true })
  assert.deepEqual([error, written.get('Part')], [undefined, { written: 45, skipped: 45 }])
  assert.equal(await one.as(user, 'count', 'Part', { filter: { text: 'old' } }), 45)
})

test('a key in another spelling is the same key', async (t) => {
  const one = await openLabOn('sqlite', {
    entities:
      'entity: Id\nfields:\n  id: { type: uuid, primary: true, generated: true }\n  big: { type: bigint, optional: true }\nacl: { read: { user: true } }',
  })
  t.after(one.close)
  const id = '0198abcd-0000-7000-8000-00000000000a'
  assert.equal((await imported(one.engine, linesOf([['Id', { id, big: 5 }]]))).error, undefined)
  const { error, written } = await imported(one.engine, linesOf([['Id', { id: id.toUpperCase() }]]), { skipExisting: true })
  assert.deepEqual([error, written.get('Id')], [undefined, { written: 0, skipped: 1 }])
})

test('rows as large as a call may hold, and many wide ones, go in as they come', async (t) => {
  const one = await openLabOn('sqlite', {
    entities: 'entity: Wide\nfields:\n  id: { type: integer, primary: true }\n  json: { type: json, optional: true }\nacl: { read: { user: true } }',
  })
  t.after(one.close)
  const wide = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  const sizes = [19_990, 9_000, 9_000, 9_000, 19_990]
  const { error } = await imported(one.engine, linesOf(sizes.map((size, i) => ['Wide', { id: i, json: wide(size) }])))
  assert.equal(error, undefined, JSON.stringify(error?.details))
  assert.equal((await exported(one.engine)).trimEnd().split('\n').length, sizes.length)
})
