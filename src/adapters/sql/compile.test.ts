/** Golden SQL: what representative trees become, and that texts depend on shapes alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeEntity } from '../../../test/support/make-schema.ts'
import type { Aggregate, Delete, Operand, Predicate, Query, Read, Tree, Update } from '../../query/ast.ts'
import { always } from '../../query/ast.ts'
import { and, compare, constant, field, not, or, param, session, when } from '../../query/build.ts'
import { bindAll, compile, compileInsertion } from './compile.ts'
import { sqliteDialect } from './dialects/sqlite/dialect.ts'

const User = makeEntity('User', {
  fields: {
    id: { type: 'uuid', primary: true },
    name: { type: 'string', required: true, unique: 'insensitive' },
    role: { type: 'enum', values: ['user', 'admin'] },
    props: { type: 'json' },
    score: { type: 'bigint' },
    price: { type: 'decimal', precision: 10, scale: 2 },
    total: { type: 'decimal', precision: 30, scale: 4 },
  },
})
const Post = makeEntity('Post', {
  fields: {
    id: { type: 'uuid', primary: true },
    authorId: { type: 'uuid', foreignKey: { entity: 'User', field: 'id', onDelete: 'cascade' } },
    parentId: { type: 'uuid', foreignKey: { entity: 'Post', field: 'id', onDelete: 'cascade' } },
    title: { type: 'string' },
  },
})

const uuid = { type: 'uuid' } as const
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const own = compare('eq', field('id'), session('user.id', uuid))
const toAuthor = [{ entity: User, local: ['authorId'], foreign: ['id'] }]

function read(entity: typeof User, where: Predicate, more: Partial<Read> = {}): Read {
  return { kind: 'read', entity, where, columns: [{ field: 'id' }], probes: [], order: [], total: false, reach: 'one', ...more }
}

function where(predicate: Predicate, entity = User): string {
  const sql = compile(read(entity, predicate), sqliteDialect).text
  return sql.slice(sql.indexOf(' WHERE ') + 7)
}

const textOf = (query: Exclude<Query, { kind: 'insert' }>): string => compile(query, sqliteDialect).text

test('a point read', () => {
  assert.equal(
    textOf(read(User, and(compare('eq', field('id'), param(0, uuid)), own))),
    'SELECT t0."id" FROM "users" AS t0 WHERE ((t0."id" = ?1) AND (t0."id" = ?2))',
  )
})

test('nothing follows a key that no two rows share, and something does where rows may share it', () => {
  const kept = { tenant: { type: 'string', kept: 'tenant' } } as const
  const code = { id: { type: 'uuid', primary: true }, code: { type: 'string', required: true, unique: 'exact' } } as const
  const optional = { ...code, code: { ...code.code, required: false } } as const
  const key = '"code", t0."id"'
  const order = (entity: typeof User, guard?: Predicate): string => {
    const by = guard === undefined ? field('code') : ({ ...field('code'), guard } as Operand)
    const sql = textOf(
      read(entity, always, { order: [by, field('id'), field('code')].map((each) => ({ by: each, direction: 'asc' })), reach: 'many' }),
    )
    return sql.slice(sql.indexOf(' ORDER BY t0.') + 13)
  }
  assert.equal(order(makeEntity('Item', { fields: code })), '"code"')
  assert.equal(order(makeEntity('Item', { fields: { ...code, code: { ...code.code, unique: 'insensitive' } } })), key)
  assert.equal(order(makeEntity('Item', { fields: optional })), key)
  assert.equal(order(makeEntity('Item', { fields: { ...code, ...kept }, tenant: 'tenant' })), key)
  assert.match(order(makeEntity('Item', { fields: code }), own), /t0\."id"$/)
})

test('a page with its total is one statement whose values are bound once', () => {
  const query = read(User, compare('eq', field('role'), param(0, { type: 'enum', values: ['user'] })), {
    columns: [{ field: 'id' }, { field: 'score', guard: own }],
    order: [
      { by: field('name'), direction: 'desc' },
      { by: field('id'), direction: 'desc' },
    ],
    limit: param(1, integer),
    offset: param(2, integer),
    total: true,
    reach: 'many',
  })
  const text = (more: string) =>
    `SELECT t0."id", CAST(CASE WHEN (t0."id" = ?1) THEN t0."score" END AS TEXT)${more} FROM "users" AS t0` +
    ' WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2) ORDER BY t0."name" DESC, t0."id" DESC LIMIT ?3 OFFSET ?4'
  const count = '(SELECT count(*) FROM "users" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2))'
  assert.equal(textOf(query), text(`, ${count}`))
  const named = text('').replace('t0."id",', 't0."id" AS c0,').replace(' AS TEXT)', ' AS TEXT) AS c1')
  assert.equal(compile(query, sqliteDialect).page?.ifEmpty.text, `SELECT NULL, NULL, ${count} UNION ALL SELECT p.*, NULL FROM (${named}) AS p`)
})

test('probes stand behind the columns', () => {
  assert.equal(textOf(read(User, always, { probes: [own, not(own)] })), 'SELECT t0."id", (t0."id" = ?1), (NOT (t0."id" = ?1)) FROM "users" AS t0')
})

test('a limit per parent is a window', () => {
  const query = read(
    Post,
    { kind: 'in', left: field('authorId'), list: param(0, uuid), insensitive: false },
    {
      order: [{ by: field('title'), direction: 'asc' }],
      limit: param(1, integer),
      partition: ['authorId'],
    },
  )
  assert.equal(
    textOf(query),
    'SELECT c0 FROM (SELECT t0."id" AS c0, row_number() OVER (PARTITION BY t0."author_id" ORDER BY t0."title") AS n, row_number() OVER (ORDER BY t0."title") AS s' +
      ' FROM "posts" AS t0 WHERE (t0."author_id" IN (SELECT value FROM json_each(?1)))) AS w WHERE n <= ?2 ORDER BY s',
  )
})

test('logic is three-valued as in the tree', () => {
  assert.equal(where(or()), '0')
  // Under a not, unknown and false part.
  const scored = when(own, compare('gt', field('score'), param(0, { type: 'bigint' })))
  assert.equal(where(not(scored)), '(NOT (CASE WHEN (t0."id" = ?1) THEN (t0."score" > ?2) END))')
  assert.equal(where(not({ kind: 'isTrue', of: own })), '(NOT (((t0."id" = ?1)) IS TRUE))')
  assert.equal(where({ kind: 'isNull', of: { kind: 'field', field: 'role', guard: own } }), '(CASE WHEN (t0."id" = ?1) THEN t0."role" END IS NULL)')
})

test('texts are compared by their parts without wildcards, and folded through the shadow column', () => {
  assert.equal(where(compare('contains', field('role'), param(0, text))), '(instr(t0."role", ?1) > 0)')
  assert.equal(where({ kind: 'compare', op: 'eq', left: field('name'), right: param(0, text), insensitive: true }), '(t0."name__fold" = ?1)')
  assert.equal(
    where({ kind: 'compare', op: 'startsWith', left: field('role'), right: param(0, text), insensitive: true }),
    '(instr(dbal_fold(t0."role"), ?1) = 1)',
  )
})

test('relations: exists, paths, uncorrelated selects', () => {
  const some: Predicate = { kind: 'exists', entity: Post, local: ['id'], foreign: ['authorId'], where: compare('eq', field('title'), param(0, text)) }
  assert.equal(
    where(some),
    'EXISTS (SELECT 1 FROM "posts" AS t1 WHERE (random() & 31 OR dbal_deadline()) AND t1."author_id" = t0."id" AND (t1."title" = ?1))',
  )
  const path: Operand = { kind: 'path', hops: toAuthor, field: 'name' }
  assert.equal(
    where(not(compare('eq', path, constant('x', text))), Post),
    '(NOT ((SELECT t1."name" FROM "users" AS t1 WHERE t1."id" = t0."author_id") = ?1))',
  )
  const chosen: Predicate = { kind: 'inSelect', left: field('authorId'), entity: User, field: 'id', where: own }
  assert.equal(
    where(chosen, Post),
    '(t0."author_id" IN (SELECT t1."id" FROM "users" AS t1 WHERE (random() & 31 OR dbal_deadline()) AND (t1."id" = ?1)))',
  )
})

test('json, levels, keys', () => {
  const color: Operand = { kind: 'json', field: 'props', path: ['a', '0'], as: 'string' }
  assert.equal(where(compare('eq', color, param(0, text))), '(dbal_json_string(t0."props", ?1) = ?2)')
  const levels = new Map([
    ['user', 2],
    ['admin', 3],
  ])
  const level = compare('lt', { kind: 'level', of: field('role'), levels }, { kind: 'level', of: session('user.role', text), levels })
  assert.equal(where(level), '(CASE t0."role" WHEN ?1 THEN ?2 WHEN ?3 THEN ?4 END < ?5)')
  assert.equal(
    where({ kind: 'keyIn', fields: ['id', 'score'], list: param(0, uuid) }),
    `((t0."id", t0."score") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?1)))`,
  )
})

test('decimals of different scales meet in one form', () => {
  assert.equal(where(compare('lt', field('price'), field('total'))), '(dbal_wide(t0."price", 2) < dbal_wide(t0."total", 4))')
  assert.equal(where(compare('lt', field('price'), param(0, { type: 'decimal', precision: 10, scale: 2 }))), '(t0."price" < ?1)')
})

test('a tree is one recursive statement', () => {
  const tree: Tree = {
    kind: 'tree',
    entity: Post,
    where: compare('eq', field('authorId'), param(0, uuid)),
    root: { kind: 'isNull', of: field('parentId') },
    parent: { field: 'parentId' },
    columns: [{ field: 'id' }],
    probes: [],
  }
  assert.equal(
    textOf(tree),
    'WITH RECURSIVE walk(k) AS (SELECT t0."id" FROM "posts" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."author_id" = ?1) AND (t0."parent_id" IS NULL)' +
      ' UNION SELECT t1."id" FROM walk JOIN "posts" AS t1 ON t1."parent_id" = walk.k WHERE (random() & 31 OR dbal_deadline()) AND (t1."author_id" = ?1))' +
      ' SELECT t2."id" FROM walk JOIN "posts" AS t2 ON t2."id" = walk.k',
  )
})

test('an aggregate orders its groups and keeps sums exact', () => {
  const aggregate: Aggregate = {
    kind: 'aggregate',
    entity: User,
    where: always,
    groupBy: [{ field: 'role' }],
    measures: [{ fn: 'count' }, { fn: 'sum', column: { field: 'price' }, type: { type: 'decimal', precision: 10, scale: 2 } }],
    having: { kind: 'compare', op: 'gt', left: { kind: 'measure', index: 0 }, right: param(0, integer) },
    order: [{ by: { kind: 'measure', index: 1 }, direction: 'desc' }],
  }
  assert.equal(
    textOf(aggregate),
    'SELECT t0."role", count(*), dbal_sum(t0."price", 2) FROM "users" AS t0 WHERE (random() & 31 OR dbal_deadline()) GROUP BY t0."role" HAVING (count(*) > ?1) ORDER BY dbal_sum(t0."price", 2) DESC, t0."role"',
  )
})

test('writes are set-based and keep the shadow column', () => {
  const update: Update = {
    kind: 'update',
    entity: User,
    reach: 'many',
    where: own,
    set: [
      { field: 'name', value: param(0, text) },
      { field: 'score', value: { kind: 'increment' } },
      { field: 'price', value: { kind: 'position', list: param(1, uuid) } },
    ],
  }
  assert.equal(
    textOf(update),
    'UPDATE "users" AS t0 SET "name" = ?1, "name__fold" = ?2, "score" = t0."score" + 1, "price" = (SELECT key FROM json_each(?3) WHERE value = t0."id") WHERE (random() & 31 OR dbal_deadline()) AND (t0."id" = ?4)',
  )
  const remove: Delete = { kind: 'delete', entity: User, where: own, reach: 'one' }
  assert.equal(textOf(remove), 'DELETE FROM "users" AS t0 WHERE (t0."id" = ?1)')
  const insert = compileInsertion({ kind: 'insert', entity: User, fields: ['id', 'name'] }, sqliteDialect)
  assert.equal(insert.text(2), 'INSERT INTO "users" ("id", "name", "name__fold") VALUES (?, ?, ?), (?, ?, ?)')
  assert.equal(insert.chunk, 10_922)
})

test('a session value that does not fit its type is bound as null', () => {
  const compiled = compile(read(User, own), sqliteDialect)
  const bound = (value: string): unknown => bindAll(compiled.binds, { params: [], session: new Map([['user.id', value]]) })[0]
  assert.equal(bound('not a uuid'), null)
  assert.equal(bound('00000000-0000-0000-0000-00000000000A'), '00000000-0000-0000-0000-00000000000a')
})

test('a long chain of conditions is no deeper than its logarithm', () => {
  const parts = Array.from({ length: 1500 }, (_, i) => compare('eq', field('score'), param(i, { type: 'bigint' })))
  assert.ok(textOf(read(User, { kind: 'or', any: parts })).includes('))) OR'))
})

test('no value of a caller, a rule or a session stands in the text', () => {
  const value = fc.string({ unit: 'binary', minLength: 1 }).map((s) => `~${s}~`)
  fc.assert(
    fc.property(value, (secret) => {
      const constants = [constant(secret, text), session('user.name', text), param(0, text)]
      const query = read(
        User,
        or(...constants.map((operand) => compare('contains', field('name'), operand)), {
          kind: 'in',
          left: field('name'),
          list: constant([secret], text),
          insensitive: true,
        }),
      )
      const compiled = compile(query, sqliteDialect)
      assert.ok(!compiled.text.includes(secret))
      const bound = bindAll(compiled.binds, { params: [secret], session: new Map([['user.name', secret]]) })
      assert.equal(bound.length, 4)
    }),
  )
})
