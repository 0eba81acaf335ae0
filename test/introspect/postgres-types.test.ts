/** Types that a PostgreSQL database of others has and DBAL does not: compared, sorted, written and refused by what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOf } from '../support/databases.ts'
import { withDatabase } from './live.ts'
import { onTaken, type Row, type Taken } from './samples/walk.ts'

const { skip } = serverOf('postgresql')
const options = skip === undefined ? {} : { skip }

const tables = `CREATE SCHEMA "odd one"; CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE "odd one"."Mood ""x""" AS ENUM ('zzz', 'B', 'a', 'it''s');
CREATE DOMAIN felt AS "odd one"."Mood ""x""" NOT NULL;
CREATE DOMAIN code AS character(6) CHECK (VALUE <> 'none');
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE things (
  id integer PRIMARY KEY, mood "odd one"."Mood ""x""" DEFAULT 'a', felt felt DEFAULT 'B', code code, mail citext, tag text COLLATE loose, boss integer REFERENCES things);
CREATE INDEX ON things (code); CREATE INDEX ON things (mail);
INSERT INTO things VALUES (1, 'zzz', 'a', 'ab', 'A@x.org', 'Tag'), (2, 'B', 'B', 'abc', 'a@X.org', 'tag'), (3, 'a', 'zzz', NULL, NULL, NULL), (4, NULL, 'it''s', 'AB', 'b@x.org', 'TAG');`

const onThings = (work: (taken: Taken, url: string) => Promise<void>): Promise<void> =>
  withDatabase('postgresql', tables, (url) => onTaken('postgresql', url, (taken) => work(taken, url)))

const ids = async ({ ask }: Taken, query: object): Promise<readonly unknown[]> =>
  (await ask<{ data: Row[] }>('list', 'Thing', query)).data.map(({ id }) => id)

test('members of an enum are in the order of their texts, not of their declaration', options, () =>
  onThings(async (taken) => {
    assert.deepEqual(await ids(taken, { sort: { mood: 'asc' } }), [4, 2, 3, 1])
    assert.deepEqual(await ids(taken, { filter: { mood: { gt: 'B' } }, sort: { id: 'asc' } }), [1, 3])
    assert.deepEqual(await ids(taken, { filter: { felt: { in: ["it's", 'B'] } }, sort: { id: 'asc' } }), [2, 4])
    assert.deepEqual(await ids(taken, { filter: { mood: { isNull: true } } }), [4])
    const [most] = await taken.ask<Row[]>('aggregate', 'Thing', { max: ['mood'], min: ['felt'] })
    assert.deepEqual([most?.['max'], most?.['min']], [{ mood: 'zzz' }, { felt: 'B' }])
    await assert.rejects(taken.ask('count', 'Thing', { filter: { mood: 'other' } }), { code: 'VALIDATION_ERROR' })
  }),
)

test('members are written by every way of writing', options, () =>
  onThings(async (taken) => {
    const { ask } = taken
    const rows = [5, 6, 7].map((id) => ({ id, mood: id === 6 ? null : "it's", felt: 'zzz' }))
    await ask('createMany', 'Thing', rows)
    assert.deepEqual(await ids(taken, { filter: { id: { gte: 5 }, mood: "it's" }, sort: { id: 'asc' } }), [5, 7])
    assert.equal((await ask<Row>('create', 'Thing', { id: 8 }))['mood'], 'a')
    await ask('updateMany', 'Thing', { id: { gte: 5 } }, { mood: 'zzz' })
    await ask('upsert', 'Thing', { where: { id: 8 }, create: { id: 8 }, update: { felt: "it's", mood: null } })
    assert.deepEqual(await ids(taken, { filter: { mood: 'zzz', id: { gte: 5 } }, sort: { id: 'asc' } }), [5, 6, 7])
    assert.deepEqual((await ask<Row>('read', 'Thing', 8))['felt'], "it's")
    await assert.rejects(ask('update', 'Thing', 8, { mood: 'other' }), { code: 'VALIDATION_ERROR' })
  }),
)

test('texts that the database takes for equal are told apart; padding is none of the value', options, () =>
  onThings(async (taken) => {
    assert.deepEqual(await ids(taken, { filter: { mail: 'A@x.org' } }), [1])
    assert.deepEqual(await ids(taken, { filter: { mail: { in: ['A@X.ORG', 'a@X.org'] } } }), [2])
    assert.deepEqual(await ids(taken, { filter: { mail: { ne: 'A@x.org' } }, sort: { id: 'asc' } }), [2, 4])
    assert.deepEqual(await ids(taken, { filter: { tag: 'tag' } }), [2])
    assert.deepEqual(await ids(taken, { sort: { tag: 'asc' }, filter: { tag: { isNull: false } } }), [4, 1, 2])
    assert.equal((await taken.ask<Row[]>('aggregate', 'Thing', { groupBy: ['tag'], filter: { tag: { isNull: false } } })).length, 3)
    assert.deepEqual((await taken.ask<Row>('read', 'Thing', 1))['code'], 'ab')
    assert.deepEqual(await ids(taken, { filter: { code: 'ab' } }), [1])
    assert.deepEqual(await ids(taken, { filter: { code: { endsWith: 'b' } } }), [1])
    // A value that the domain of the column refuses is asked for like any other, and refused when it is written.
    assert.deepEqual(await ids(taken, { filter: { code: 'none' } }), [])
    await assert.rejects(taken.ask('update', 'Thing', 1, { code: 'none' }), { code: 'VALIDATION_ERROR' })
  }),
)
