/** Text by code point whatever the column's collation says, with the indexes that the schema makes; and values that others wrote. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from 'pg'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import { always, type Predicate, type Read } from '../../query/ast.ts'
import { and, compare, field, or, param } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { compareText } from '../../schema/fold.ts'
import { bindAll, compile } from '../sql/compile.ts'
import { postgresDialect } from '../sql/dialects/postgres/dialect.ts'
import { createPostgresAdapter } from './adapter.ts'

const { skip } = serverOf('postgresql')
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const Word = makeEntity('Word', {
  fields: {
    id: { type: 'integer', primary: true },
    name: { type: 'string', required: true, index: true },
    note: { type: 'string', index: true },
    seen: { type: 'datetime', index: true },
  },
})
/** Made by somebody else, in the order of a language and with types that are near enough. */
const Theirs = makeEntity('Theirs', {
  fields: { id: { type: 'integer', primary: true }, name: { type: 'string', required: true }, seen: { type: 'datetime' }, day: { type: 'date' } },
})

let database: FreshDatabase
let client: Client
let adapter: Adapter
before(async () => {
  if (skip !== undefined) return
  database = await freshDatabase('postgresql')
  adapter = createPostgresAdapter({ url: database.url })
  await adapter.prepare(makeSchema([Word]))
  const pg = (await import('pg')).default
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`CREATE TABLE ${Theirs.table} (id int8 PRIMARY KEY, name varchar(50) COLLATE "en-US-x-icu" NOT NULL, seen timestamp, day date)`)
})
after(async () => {
  await client?.end()
  await adapter?.close()
  await database?.drop()
})

const words = ['Z', 'a', 'á', 'B', 'b', '\uffff', '😀', '_', '-', 'A', 'ab', 'a b', 'É', 'e\u0301']

test('order, ranges, least and greatest go by code point in a column of any collation', { skip }, async () => {
  await adapter.run(insertOf(Theirs), rowsOf(words.map((word, id) => [id, word, null, null])))
  const sorted = words.toSorted(compareText)
  const names = async (where: Predicate, params: readonly Value[] = []): Promise<unknown> =>
    (
      await adapter.run(readOf(Theirs, where, { columns: [{ field: 'name' }], order: [{ by: field('name'), direction: 'asc' }] }), args(params))
    ).rows.flat()
  assert.deepEqual(await names(always), sorted)
  for (const word of words) {
    assert.deepEqual(
      await names(compare('gt', field('name'), param(0, text)), [word]),
      sorted.filter((other) => compareText(other, word) > 0),
    )
    assert.deepEqual(
      await names(compare('lte', field('name'), param(0, text)), [word]),
      sorted.filter((other) => compareText(other, word) <= 0),
    )
    assert.deepEqual(await names(compare('eq', field('name'), param(0, text)), [word]), [word])
  }
  const ends = aggregateOf(Theirs, {
    measures: [
      { fn: 'min', column: { field: 'name' }, type: text },
      { fn: 'max', column: { field: 'name' }, type: text },
    ],
  })
  assert.deepEqual((await adapter.run(ends, args())).rows, [[sorted[0], sorted.at(-1)]])
})

test('what the types of a foreign table hold is read as the schema has it, or refused', { skip }, async () => {
  await client.query(`INSERT INTO ${Theirs.table} VALUES (100, 'time', '2026-01-15 10:30:00.12')`)
  const seen = readOf(Theirs, compare('eq', field('id'), param(0, integer)), {
    columns: [{ field: 'id' }, { field: 'seen' }],
    order: [],
    reach: 'one',
  })
  assert.deepEqual((await adapter.run(seen, args([100]))).rows, [[100, '2026-01-15T10:30:00.120Z']])
  await client.query(`INSERT INTO ${Theirs.table} VALUES (101, 'end', 'infinity')`)
  await assert.rejects(async () => adapter.run(seen, args([101])), { code: 'DATABASE_ERROR' })
  const day = readOf(Theirs, compare('eq', field('id'), param(0, integer)), { columns: [{ field: 'day' }], order: [], reach: 'one' })
  await client.query(
    `INSERT INTO ${Theirs.table} (id, name, day) VALUES (102, 'day', '0044-03-15'), (103, 'ides', '0044-03-15 BC'), (104, 'end', 'infinity')`,
  )
  assert.deepEqual((await adapter.run(day, args([102]))).rows, [['0044-03-15']])
  for (const id of [103, 104]) await assert.rejects(async () => adapter.run(day, args([id])), { code: 'DATABASE_ERROR' })
})

/** The plan of a statement that is prepared once for all values, where reading the whole table costs what it would in a large one. */
async function planOf(query: Read, params: readonly Value[]): Promise<string> {
  const { text: statement, binds } = compile(query, postgresDialect)
  const values = bindAll(binds, args(params)).map((value) => (value === null ? 'NULL' : client.escapeLiteral(String(value))))
  await client.query('SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off')
  await client.query(`PREPARE planned AS ${statement}`)
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE planned${values.length === 0 ? '' : `(${values.join(', ')})`}`)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    await client.query('DEALLOCATE planned')
  }
}

const by = (name: string, direction: 'asc' | 'desc' = 'asc'): Partial<Read> => ({ order: [{ by: field(name), direction }], limit: param(9, integer) })
const limit: readonly Value[] = [...Array(9).fill(null), 10]
const values = (...first: readonly Value[]): readonly Value[] => [...first, ...limit.slice(first.length)]

const indexed: readonly (readonly [string, Read, readonly Value[]])[] = [
  ['order by text', readOf(Word, always, by('name')), limit],
  ['order by text, descending', readOf(Word, always, by('name', 'desc')), limit],
  ['order by text with nulls', readOf(Word, always, by('note')), limit],
  ['order by text with nulls, descending', readOf(Word, always, by('note', 'desc')), limit],
  ['order by time with nulls', readOf(Word, always, by('seen', 'desc')), limit],
  ['a range of text', readOf(Word, compare('gt', field('name'), param(0, text)), by('name')), values('m')],
  ['equal text', readOf(Word, compare('eq', field('note'), param(0, text)), { order: [] }), values('m')],
  ['a list of texts', readOf(Word, { kind: 'in', left: field('name'), list: param(0, text), insensitive: false }, { order: [] }), values(['a', 'b'])],
  ['a list of keys', readOf(Word, { kind: 'keyIn', fields: ['id'], list: param(0, integer) }, { order: [] }), values([[1], [2]])],
  [
    'behind a cursor',
    readOf(Word, always, {
      ...by('name'),
      seek: and(
        compare('gte', field('name'), param(0, text)),
        or(
          compare('gt', field('name'), param(0, text)),
          and(compare('eq', field('name'), param(0, text)), compare('gt', field('id'), param(1, integer))),
        ),
      ),
    }),
    values('m', 3),
  ],
]

for (const [name, query, params] of indexed) {
  test(`an index serves ${name}`, { skip }, async () => {
    const plan = await planOf(query, params)
    assert.match(plan, /Index/)
    assert.doesNotMatch(plan, /Seq Scan|Sort/, plan)
  })
}

test('a plan that needs a sort is told apart', { skip }, async () => {
  const plan = await planOf(
    readOf(Word, always, {
      order: [
        { by: field('note'), direction: 'asc' },
        { by: field('seen'), direction: 'desc' },
      ],
    }),
    [],
  )
  assert.match(plan, /Sort/)
})
