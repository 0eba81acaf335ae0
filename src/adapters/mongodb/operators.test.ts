/** Nothing but a closed list of operators is ever sent, whatever callers give; and conditions use indexes. Seen in the commands themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Queries } from '../../../test/oracle/predicates/random-query.ts'
import { schemaOf, worlds } from '../../../test/oracle/predicates/random-world.ts'
import { seed } from '../../../test/oracle/seed.ts'
import { freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, minted, readOf, rowsOf } from '../../../test/support/queries.ts'
import { compare, field, param } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { createMongodbAdapter } from './adapter.ts'

type Tree = Readonly<Record<string, unknown>>

const stages = ['$match', '$lookup', '$set', '$sort', '$skip', '$limit', '$project', '$group', '$count', '$unionWith', '$setWindowFields']
const logic = ['$and', '$or', '$nor', '$not', '$cond', '$switch', '$let', '$expr', '$ifNull']
const comparisons = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin']
const arithmetic = ['$min', '$max', '$add', '$subtract', '$sum', '$push']
const texts = ['$indexOfBytes', '$strLenBytes', '$substrBytes', '$concat', '$split', '$ltrim', '$rtrim', '$toString', '$dateToString']
const others = ['$literal', '$type', '$isArray', '$isNumber', '$arrayElemAt', '$getField', '$size', '$reduce', '$toInt', '$toDecimal']
const operators: ReadonlySet<string> = new Set([...stages, ...logic, ...comparisons, ...arithmetic, ...texts, ...others])

/** Operators of a pipeline. A literal is a value, and so is what a condition of `$match` compares a member with. */
function operatorsIn(node: unknown, inMatch: boolean, found: Set<string>): void {
  if (Array.isArray(node)) for (const member of node) operatorsIn(member, inMatch, found)
  if (typeof node !== 'object' || node === null || Object.getPrototypeOf(node) !== Object.prototype) return
  for (const [name, member] of Object.entries(node)) {
    if (name.startsWith('$')) found.add(name)
    if (name === '$literal') continue
    if (inMatch && comparisons.includes(name)) continue
    operatorsIn(member, name === '$match' || (inMatch && name !== '$expr'), found)
  }
}

function operatorsOf(pipeline: unknown): Set<string> {
  const found = new Set<string>()
  operatorsIn(pipeline, false, found)
  return found
}

const isWord = (text: string): boolean => operators.has(text)

test('the walk finds an operator that is not on the list, and takes no value for one', () => {
  assert.deepEqual(
    [...operatorsOf([{ $match: { a: { $eq: { $where: 'x' } } } }])].filter((word) => !isWord(word)),
    [],
  )
  assert.deepEqual(
    [...operatorsOf([{ $match: { a: { $where: 'x' } } }])].filter((word) => !isWord(word)),
    ['$where'],
  )
  assert.deepEqual(
    [...operatorsOf([{ $set: { a: { $literal: { $function: {} } } } }])].filter((word) => !isWord(word)),
    [],
  )
  assert.deepEqual(
    [...operatorsOf([{ $set: { a: [{ $function: {} }] } }])].filter((word) => !isWord(word)),
    ['$function'],
  )
})

const server = serverOf('mongodb')

test(`random questions send operators of the list only, seed ${seed}`, { skip: server.skip ?? false }, async (t) => {
  const database = await freshDatabase('mongodb')
  const sent: Tree[] = []
  const adapter = createMongodbAdapter({ url: database.url, onCommand: (name, command) => void (name === 'aggregate' && sent.push(command)) })
  t.after(() => adapter.close().finally(() => database.drop()))
  const [world] = fc.sample(worlds, { seed, numRuns: 1 })
  assert.ok(world !== undefined)
  const schema = schemaOf(world)
  await adapter.prepare(schema)
  const queries = new Queries(schema)
  const cases = [queries.probes(10, 3), queries.read(2), queries.aggregate(1)].flatMap((one) =>
    fc.sample<{ query: never; params: readonly Value[]; session: never }>(one as never, { seed, numRuns: 40 }),
  )
  for (const { query, params, session } of cases) await adapter.run(minted(query), { params, session: new Map(Object.entries(session)) })
  const found = new Set(sent.flatMap((command) => [...operatorsOf(command['pipeline'])]))
  assert.ok(sent.length >= cases.length && found.size > 20, `Only ${found.size} operators were seen`)
  assert.deepEqual(
    [...found].filter((word) => !isWord(word)),
    [],
  )
})

const Note = makeEntity('Note', {
  fields: {
    id: { type: 'integer', primary: true },
    title: { type: 'string', unique: 'insensitive' },
    rank: { type: 'integer', index: true },
    props: { type: 'json' },
  },
})

const hostile: readonly Value[] = [
  '$where',
  '$$ROOT',
  '$title',
  '{"$gt":""}',
  { $gt: '' } as unknown as Value,
  { $where: 'sleep(1000)', $ref: 'a.b', $id: 1, $db: 'x', _bsontype: 'ObjectId', 'a.b': { $oid: 'x' }, '＄a': 1, '': 2, 0: 3 },
  [{ $function: { body: 'x' } }, '$$NOW'],
]

test('operators, references and types in values stay values', { skip: server.skip ?? false }, async (t) => {
  const database = await freshDatabase('mongodb')
  const adapter = createMongodbAdapter({ url: database.url })
  t.after(() => adapter.close().finally(() => database.drop()))
  await adapter.prepare(makeSchema([Note]))
  for (const [id, value] of hostile.entries()) {
    await adapter.run(insertOf(Note), rowsOf([[id, typeof value === 'string' ? value : null, id, value]]))
    const { rows } = await adapter.run(readOf(Note, compare('eq', field('id'), param(0, { type: 'integer' }))), args([id]))
    assert.deepEqual(rows, [[id, typeof value === 'string' ? value : null, id, value]])
  }
  const byTitle = readOf(Note, compare('eq', field('title'), param(0, { type: 'string' })), { columns: [{ field: 'id' }] })
  for (const [id, value] of hostile.entries()) {
    if (typeof value === 'string') assert.deepEqual((await adapter.run(byTitle, args([value]))).rows, [[id]])
  }
  const at = (key: string) =>
    readOf(Note, {
      kind: 'compare',
      op: 'eq',
      left: { kind: 'json', field: 'props', path: [key], as: 'string' },
      right: param(0, { type: 'text' }),
      insensitive: false,
    })
  assert.equal((await adapter.run(at('$where'), args(['sleep(1000)']))).rows.length, 1)
  assert.equal((await adapter.run(at('_bsontype'), args(['ObjectId']))).rows.length, 1)
})

test('keys, uniques and indexed fields are found by their indexes', { skip: server.skip ?? false }, async (t) => {
  const { MongoClient } = await import('mongodb')
  const database = await freshDatabase('mongodb')
  const sent: Tree[] = []
  const adapter = createMongodbAdapter({ url: database.url, onCommand: (name, command) => void (name === 'aggregate' && sent.push(command)) })
  const client = new MongoClient(database.url)
  t.after(() => Promise.all([adapter.close(), client.close()]).finally(() => database.drop()))
  await adapter.prepare(makeSchema([Note]))
  await adapter.run(insertOf(Note), rowsOf([...Array(50).keys()].map((id) => [id, `t${id}`, id, null])))
  const integer = { type: 'integer' } as const
  const text = { type: 'string' } as const
  const asked = [
    ['notes_id_key', compare('eq', field('id'), param(0, integer)), 7],
    ['notes_title__fold_key', { kind: 'compare', op: 'eq', left: field('title'), right: param(0, text), insensitive: true }, 'T7'],
    ['notes_rank_idx', compare('eq', field('rank'), param(0, integer)), 7],
    [
      'notes_rank_idx',
      {
        kind: 'and',
        all: [compare('gte', field('rank'), param(0, integer)), compare('lt', field('rank'), { kind: 'const', value: 8, type: integer })],
      },
      7,
    ],
  ] as const
  for (const [index, where, value] of asked) {
    const { rows } = await adapter.run(readOf(Note, where, { order: [] }), args([value]))
    assert.deepEqual(rows, [[7, 't7', 7, null]], index)
    const plan = await client
      .db(database.name)
      .collection('notes')
      .aggregate(sent.at(-1)?.['pipeline'] as Record<string, unknown>[])
      .explain('executionStats')
    assert.match(JSON.stringify(plan), new RegExp(`"indexName":"${index}"`))
    assert.match(JSON.stringify(plan), /"totalDocsExamined":1\b/)
  }
})
