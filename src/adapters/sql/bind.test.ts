/** What statements bind: rows as lists or one by one, folded forms, nulls, session values and levels, in each dialect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity } from '../../../test/support/make-schema.ts'
import type { Operand, Predicate } from '../../query/ast.ts'
import { always } from '../../query/ast.ts'
import { compare, constant, field, param, session } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { bindAll, compile, compileInsertion, rowDecoder } from './compile.ts'
import type { Dialect } from './dialect.ts'
import { mysqlDialect } from './dialects/mysql/dialect.ts'
import { mariadb, mysql } from './dialects/mysql/flavour.ts'
import { postgresDialect } from './dialects/postgres/dialect.ts'
import { sqliteDialect } from './dialects/sqlite/dialect.ts'

const dialects: Readonly<Record<string, Dialect>> = {
  sqlite: sqliteDialect,
  postgres: postgresDialect,
  mysql: mysqlDialect(mysql),
  mariadb: mysqlDialect(mariadb),
}

const Node = makeEntity('Node', {
  fields: {
    id: { type: 'integer', primary: true },
    name: { type: 'string', unique: 'insensitive', maxLength: 50 },
    upId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } },
    role: { type: 'string', maxLength: 20 },
    seen: { type: 'datetime' },
  },
})
const insertion = (dialect: Dialect) => compileInsertion({ kind: 'insert', entity: Node, fields: ['id', 'name', 'upId'] }, dialect)
const rows: Value[][] = [
  [1, 'Ada', null],
  [2, null, 1],
]

for (const [name, dialect] of Object.entries(dialects)) {
  /** PostgreSQL is told types in the text, and takes all values as texts. */
  const number = (value: number) => (name === 'postgres' ? String(value) : value)

  test(`${name}: a row is bound value by value, its folded form behind it`, () => {
    const made = insertion(dialect)
    assert.deepEqual(made.values([rows[0] as Value[]]), [number(1), 'Ada', null, 'ada'])
    assert.deepEqual(made.values([rows[1] as Value[]]), [number(2), null, number(1), null])
    assert.equal((made.text(1).match(/\?|\$\d/g) ?? []).length, 4)
    assert.ok(made.chunk > 1_000)
  })

  test(`${name}: rows are arranged only where the database looks at references one by one`, () => {
    assert.equal(insertion(dialect).arrange !== undefined, dialect.unreferenced !== undefined)
    const flat = compileInsertion({ kind: 'insert', entity: Node, fields: ['id', 'name'] }, dialect)
    assert.equal(flat.arrange, undefined)
  })

  test(`${name}: one text for each number of rows that matters`, () => {
    const made = insertion(dialect)
    const listed = dialect.insertLists !== undefined
    assert.deepEqual([made.variant(1), made.variant(2), made.variant(7)], listed ? [1, 2, 2] : [1, 2, 7])
    assert.notEqual(made.text(1), made.text(2))
    assert.equal(made.text(2) === made.text(7), listed)
  })

  const bound = (where: Predicate, values: readonly Value[] = [], who: Record<string, Value> = {}) =>
    bindAll(
      compile({ kind: 'read', entity: Node, where, columns: [{ field: 'id' }], probes: [], order: [], total: false, reach: 'one' }, dialect).binds,
      { params: values, session: new Map(Object.entries(who)) },
    )

  test(`${name}: a session's value that is none of its type is null, and a list with one such is no list`, () => {
    const me = compare('eq', field('id'), session('user.number', { type: 'integer' }))
    assert.deepEqual(bound(me, [], { 'user.number': 7 }), [number(7)])
    for (const value of ['x', 1.5, null, [7]] as Value[]) assert.deepEqual(bound(me, [], { 'user.number': value }), [null])
    assert.deepEqual(bound(me), [null])
    const among: Predicate = { kind: 'in', left: field('id'), list: session('user.numbers', { type: 'integer' }), insensitive: false }
    const none = bound(among, [], {})
    for (const value of ['x', 7, [7, 'x'], [null], null] as Value[]) assert.deepEqual(bound(among, [], { 'user.numbers': value }), none)
    assert.notDeepEqual(bound(among, [], { 'user.numbers': [7, 8] }), none)
    assert.ok(none.length > 0 && none.every((value) => value === null))
  })

  test(`${name}: a role is bound as its level, and an unknown one as none`, () => {
    const levels = new Map([
      ['user', 2],
      ['god', 4],
    ])
    const level: Operand = { kind: 'level', of: session('user.role', { type: 'string' }), levels }
    const high = compare('gt', level, constant(3, { type: 'integer' }))
    assert.deepEqual(bound(high, [], { 'user.role': 'god' })[0], number(4))
    for (const role of ['nobody', 3, null] as Value[]) assert.equal(bound(high, [], { 'user.role': role })[0], null)
  })

  test(`${name}: equal values are bound once, folded ones beside them`, () => {
    const named = (insensitive: boolean): Predicate => ({
      ...(compare('eq', field('name'), param(0, { type: 'string' })) as Extract<Predicate, { kind: 'compare' }>),
      insensitive,
    })
    assert.deepEqual(
      bound({ kind: 'or', any: [named(false), named(false)] }, ['Ada']).filter((value) => value === 'Ada').length,
      name.startsWith('m') ? 2 : 1,
    )
    assert.ok(bound(named(true), ['ADA']).includes('ada'))
    assert.ok(!bound(named(false), ['ADA']).includes('ada'))
    assert.deepEqual(bound(named(true), [null]), [null])
  })

  test(`${name}: an empty change counts the rows, and an answer without columns has as many rows`, () => {
    const { text } = compile({ kind: 'update', entity: Node, set: [], where: always, reach: 'many' }, dialect)
    assert.match(text, /SET [`"]id[`"] = t0\.[`"]id[`"]/)
    assert.deepEqual(rowDecoder([])([[1], [2]]), [[], []])
    assert.deepEqual(
      rowDecoder([undefined, (value) => `${String(value)}!`])([
        [1, 'a'],
        [2, null],
      ]),
      [
        [1, 'a!'],
        [2, null],
      ],
    )
  })
}

test('lists of rows have null where a row has none', () => {
  const values = insertion(postgresDialect).values(rows)
  assert.deepEqual(values.length, 4)
  assert.match(String(values[1]), /Ada.*null/i)
  assert.match(String(values[2]), /null.*1/i)
  assert.match(String(values[3]), /ada.*null/)
})
