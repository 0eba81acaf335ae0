/** Which forms conditions take where only true counts. That the rows are the same, test/oracle/predicates proves on every database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity } from '../../../test/support/make-schema.ts'
import type { Operand, Predicate } from '../../query/ast.ts'
import { and, compare, constant, field, not, or, param, session, when } from '../../query/build.ts'
import { compile } from './compile.ts'
import { postgresDialect } from './dialects/postgres/dialect.ts'
import { sqliteDialect } from './dialects/sqlite/dialect.ts'

const key = { id: { type: 'integer', primary: true } } as const
const refersTo = (entity: string) => ({ type: 'integer', foreignKey: { entity, field: 'id', onDelete: 'restrict' } }) as const
const Club = makeEntity('Club', { fields: { ...key, lead: { type: 'string', index: true }, town: { type: 'string' } } })
const Team = makeEntity('Team', { fields: { ...key, clubId: refersTo('Club'), lead: { type: 'string', index: true }, level: { type: 'integer' } } })
const Item = makeEntity('Item', { fields: { ...key, teamId: refersTo('Team'), title: { type: 'string' } } })

const text = { type: 'string' } as const
const me = session('user.id', text)
const toTeam = { entity: Team, local: ['teamId'], foreign: ['id'] }
const toClub = { entity: Club, local: ['clubId'], foreign: ['id'] }
const lead: Operand = { kind: 'path', hops: [toTeam], field: 'lead' }
const level: Operand = { kind: 'path', hops: [toTeam], field: 'level' }
const clubLead: Operand = { kind: 'path', hops: [toTeam, toClub], field: 'lead' }
const town: Operand = { kind: 'path', hops: [toTeam, toClub], field: 'town' }

function conditionOf(where: Predicate, dialect = postgresDialect, reach: 'one' | 'many' = 'many'): string {
  const sql = compile({ kind: 'read', entity: Item, where, columns: [{ field: 'id' }], probes: [], order: [], total: false, reach }, dialect).text
  return sql.slice(sql.indexOf(' WHERE ') + 7)
}

/** SQLite's, without the deadline. */
const inSqlite = (where: Predicate, reach: 'one' | 'many' = 'many'): string =>
  conditionOf(where, sqliteDialect as typeof postgresDialect, reach).replaceAll('(random() & 31 OR dbal_deadline()) AND ', '')

const sameTeam = 'SELECT 1 FROM "teams" AS t1 WHERE t1."id" = t0."team_id"'

test('a comparison at the end of a path asks for the row at its end', () => {
  assert.equal(conditionOf(compare('eq', lead, me)), `EXISTS (${sameTeam} AND (t1."lead" = $1::text))`)
  assert.equal(conditionOf(compare('eq', me, lead)), `EXISTS (${sameTeam} AND ($1::text = t1."lead"))`)
  assert.equal(
    conditionOf(compare('eq', clubLead, me)),
    `EXISTS (${sameTeam} AND EXISTS (SELECT 1 FROM "clubs" AS t2 WHERE t2."id" = t1."club_id" AND (t2."lead" = $1::text)))`,
  )
})

test('what is asked of one row is asked in one subquery, beside or', () => {
  const both = and(compare('eq', lead, me), compare('gt', level, constant(2, { type: 'integer' })))
  assert.equal(conditionOf(both), `EXISTS (${sameTeam} AND ((t1."lead" = $1::text) AND (t1."level" > $2::int4)))`)
  const either = or(compare('eq', lead, me), compare('gt', level, constant(2, { type: 'integer' })))
  assert.equal(conditionOf(either), `EXISTS (${sameTeam} AND ((t1."lead" = $1::text) OR (t1."level" > $2::int4)))`)
})

test('each question to many rows may mean another one of them', () => {
  const some = (where: Predicate): Predicate => ({ kind: 'exists', entity: Item, local: ['id'], foreign: ['teamId'], where })
  const sql = conditionOf(and(some(compare('eq', field('title'), param(0, text))), some(compare('eq', field('title'), param(1, text)))))
  assert.equal(sql.match(/EXISTS/g)?.length, 2)
})

test('that a path has no value is true without a row too, and a not tells false from unknown', () => {
  assert.match(conditionOf({ kind: 'isNull', of: lead }), /^\(\(SELECT t1."lead" FROM "teams" AS t1 WHERE .*\) IS NULL\)$/)
  assert.equal(conditionOf(not({ kind: 'isNull', of: lead })), `EXISTS (${sameTeam} AND (NOT (t1."lead" IS NULL)))`)
  assert.match(conditionOf(not(compare('eq', lead, me))), /^\(NOT \(\(SELECT t1."lead" FROM/)
})

test('a comparison of two rows stays one, and of two fields of one row goes to it', () => {
  assert.match(conditionOf(compare('eq', lead, field('title'))), /^\(\(SELECT t1."lead" FROM/)
  assert.match(conditionOf(compare('eq', lead, clubLead)), /^EXISTS \(.* AND \(t1."lead" = \(SELECT t2."lead" FROM "clubs"/)
})

test('where a guard is not true nothing is chosen', () => {
  assert.equal(
    conditionOf(when(compare('eq', field('id'), param(0, key.id)), compare('eq', field('title'), me))),
    '((t0."id" = $1::int4) AND (t0."title" = $2::text))',
  )
})

test('SQLite lists rows that an index finds, for a statement about many', () => {
  assert.equal(inSqlite(compare('eq', lead, me)), '(t0."team_id" IN (SELECT t1."id" FROM "teams" AS t1 WHERE (t1."lead" = ?1)))')
  assert.equal(
    inSqlite(compare('eq', clubLead, me)),
    '(t0."team_id" IN (SELECT t1."id" FROM "teams" AS t1 WHERE (t1."club_id" IN (SELECT t2."id" FROM "clubs" AS t2 WHERE (t2."lead" = ?1)))))',
  )
  assert.match(inSqlite(compare('eq', lead, me), 'one'), /^EXISTS/)
  assert.match(inSqlite(compare('eq', town, me)), /^EXISTS/, 'no index leads to a town')
  assert.match(inSqlite(compare('gt', level, constant(2, { type: 'integer' }))), /^EXISTS/)
})
