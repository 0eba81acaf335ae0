/** What stands in statements for columns of others: exact by code point, and with a condition that their own indexes can answer in front. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity } from '../../../../../test/support/make-schema.ts'
import type { Field } from '../../../../schema/entity.ts'
import type { Dialect } from '../../dialect.ts'
import { foreignDialect } from './foreign.ts'

const entity = makeEntity('Thing', {
  table: 'things',
  fields: {
    id: { type: 'integer', primary: true },
    code: { type: 'string' },
    mood: { type: 'enum', values: ['a', 'b'] },
    tag: { type: 'text' },
    name: { type: 'text' },
  },
})
const dialect = foreignDialect([
  ['things', 'code', 'bpchar', 'b'],
  ['things', 'mood', 'shop."Mood"', 'e'],
  ['things', 'tag', 'text', 'i'],
]) as Dialect

const stored = (name: string, alias = 't0'): string => dialect.stored?.('things', entity.fields.get(name) as Field, `${alias}."${name}"`) ?? ''
const text = dialect.codec({ type: 'text' })

test('columns as DBAL makes them stay as they are, and where there are no others there is no dialect', () => {
  assert.equal(foreignDialect([]), undefined)
  assert.equal(stored('name'), 't0."name"')
  assert.equal(dialect.equal?.(stored('name'), '$1::text'), 't0."name" = $1::text')
  assert.equal(dialect.given?.('things', entity.fields.get('name') as Field), undefined)
  assert.equal(dialect.given?.('others', entity.fields.get('mood') as Field), undefined)
})

test('what the column takes for equal is looked for first', () => {
  const code = stored('code')
  assert.equal(code, 't0."code"::text COLLATE "C"')
  assert.equal(dialect.equal?.(code, '$1::text'), 't0."code" = ($1::text)::bpchar AND t0."code"::text COLLATE "C" = $1::text')
  assert.equal(dialect.equal?.('$2::text', code), 't0."code" = ($2::text)::bpchar AND $2::text = t0."code"::text COLLATE "C"')
  assert.equal(dialect.equal?.(code, stored('code', 't1')), 't0."code" = t1."code" AND t0."code"::text COLLATE "C" = t1."code"::text COLLATE "C"')
  assert.equal(dialect.equal?.(code, stored('tag')), 't0."code"::text COLLATE "C" = t0."tag"::text COLLATE "C"')
  assert.equal(dialect.equal?.(code, 'upper($1::text)'), 't0."code"::text COLLATE "C" = upper($1::text)')
  assert.equal(dialect.inList(code, '$1::text[]', text), 't0."code" = ANY(($1::text[])::bpchar[]) AND t0."code"::text COLLATE "C" = ANY($1::text[])')
  assert.equal(
    dialect.keysIn([code], '$1::text[]', [text]),
    't0."code" = ANY(($1::text[])::bpchar[]) AND t0."code"::text COLLATE "C" = ANY($1::text[])',
  )
})

test('a text becomes a member of an enum where it is written, and is never compared as one', () => {
  assert.equal(dialect.equal?.(stored('mood'), '$1::text'), 't0."mood"::text COLLATE "C" = $1::text')
  const given = dialect.given?.('things', entity.fields.get('mood') as Field)
  assert.equal(given?.('$1::text'), '($1::text)::shop."Mood"')
  assert.equal(
    dialect.insertLists?.('"things"', ['"name"', '"mood"'], [text, text], (i, sql) => (i === 1 ? (given?.(sql) ?? '') : sql)),
    'INSERT INTO "things" ("name", "mood") SELECT u.c0, (u.c1)::shop."Mood" FROM unnest($1::text[], $2::text[]) AS u(c0, c1)',
  )
})
