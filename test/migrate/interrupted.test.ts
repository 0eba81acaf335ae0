/** A process that ends at any statement of a migration: the next one goes on, and the tables are those that the schema wants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atStart } from '../../src/adapters/sql/migrate/decide.ts'
import { readHistory } from '../../src/adapters/sql/migrate/history.ts'
import { migrate, prepareDatabase } from '../../src/adapters/sql/migrate/run.ts'
import type { OwnTarget } from '../../src/adapters/sql/migrate/target.ts'
import { modelOf } from '../../src/adapters/sql/model/ddl.ts'
import { apply } from '../../src/migrate/apply.ts'
import { driftFrom, survey } from '../../src/migrate/survey.ts'
import type { Schema } from '../../src/schema/entity.ts'
import { makeEntity, makeSchema } from '../support/make-schema.ts'
import { catalogueOf, grounds } from './databases.ts'

const author = { type: 'uuid', foreignKey: { entity: 'User', field: 'id', onDelete: 'cascade' } } as const
const before = makeSchema(
  [
    makeEntity('User', {
      fields: {
        id: { type: 'uuid', primary: true },
        name: { type: 'string', required: true, maxLength: 40, unique: 'exact' },
        age: { type: 'integer' },
      },
    }),
    makeEntity('Note', {
      fields: {
        id: { type: 'uuid', primary: true },
        authorId: author,
        text: { type: 'text' },
        kind: { type: 'enum', values: ['a', 'b'], required: true },
      },
    }),
    makeEntity('Gone', {
      fields: { id: { type: 'uuid', primary: true }, noteId: { type: 'uuid', foreignKey: { entity: 'Note', field: 'id', onDelete: 'set_null' } } },
    }),
  ],
  'v1',
)
const after = makeSchema(
  [
    makeEntity('User', {
      fields: {
        id: { type: 'uuid', primary: true },
        handle: { type: 'string', required: true, maxLength: 40, unique: 'insensitive', renamedFrom: 'name' },
        age: { type: 'bigint', index: true },
      },
    }),
    {
      ...makeEntity('Letter', {
        fields: {
          id: { type: 'uuid', primary: true },
          authorId: { ...author, foreignKey: { ...author.foreignKey, onDelete: 'restrict' } },
          kind: { type: 'enum', values: ['a', 'b', 'c'], required: true },
          size: { type: 'integer', required: true, default: 3, min: 0 },
        },
      }),
      renamedFrom: 'Note',
    },
    makeEntity('Fresh', { fields: { id: { type: 'uuid', primary: true }, userId: author } }),
  ],
  'v2',
)

class Killed extends Error {}

/** Ends before or behind its statement number `at`; from then on nothing works, as of a process that is no more. */
function mortal(target: OwnTarget, at: number, when: 'before' | 'behind'): OwnTarget & { readonly statements: () => number } {
  let count = 0
  let dead = false
  const die = (): never => {
    dead = true
    throw new Killed()
  }
  const living =
    <A extends unknown[], T>(work: (...given: A) => Promise<T>, counted: boolean) =>
    async (...given: A): Promise<T> => {
      if (dead) throw new Killed()
      const mine = counted ? ++count : 0
      if (mine === at && when === 'before') die()
      const result = await work(...given)
      if (mine === at && when === 'behind') die()
      return result
    }
  return {
    ...target,
    execute: living(target.execute, true),
    query: living(target.query, false),
    records: living(target.records, false),
    begin: living(target.begin, true),
    commit: living(target.commit, true),
    rollback: living(target.rollback, false),
    lock: living(target.lock, false),
    unlock: living(target.unlock, false),
    ...(target.equip === undefined ? {} : { equip: living(target.equip, false) }),
    statements: () => count,
  }
}

const request = (online: boolean) => ({ permission: { extent: 'any', destructive: true, back: false, online }, lockWait: 5000 }) as const

async function tablesOf(target: OwnTarget): Promise<unknown> {
  return (await catalogueOf(target)).tables
    .filter(({ name }) => !name.startsWith('dbal_'))
    .map(({ name, columns, indexes, uniques, references, checks }) => ({
      name,
      columns: columns.map(({ name: column, type, nullable }) => `${column} ${type} ${nullable}`).sort(),
      indexes: [...indexes, ...uniques].map((index) => `${index.name} ${index.columns.join()}`).sort(),
      references: references.map((reference) => JSON.stringify({ ...reference, name: undefined })).sort(),
      checks: checks.map((check) => `${check.name} ${check.text}`).sort(),
    }))
}

async function rows(target: OwnTarget): Promise<void> {
  const { quote, literal, codec } = target.dialect
  const id = (n: number): string => literal(codec({ type: 'uuid' }).encode(`0191d2c0-0000-7000-8000-00000000000${n}`))
  await target.execute(`INSERT INTO ${quote('users')} (id, name, age) VALUES (${id(1)}, 'Ada', 36), (${id(2)}, 'Bob', NULL)`)
  await target.execute(`INSERT INTO ${quote('notes')} (id, author_id, text, kind) VALUES (${id(3)}, ${id(1)}, 'x', 'a')`)
}

async function migrateTo(target: OwnTarget, schema: Schema, online = false): Promise<{ readonly resumed: boolean }> {
  return apply(target, schema, request(online))
}

for (const { name, skip, fresh } of grounds) {
  for (const online of name === 'postgresql' ? [false, true] : [false]) {
    test(`${name}${online ? ' online' : ''}: killed at each statement`, { skip }, async () => {
      const reference = await fresh()
      const right = await reference.open()
      await migrateTo(right, before)
      await rows(right)
      await migrateTo(right, after, online)
      const wanted = await tablesOf(right)
      await right.close()
      await reference.drop()
      let all = Infinity
      let resumptions = 0
      for (let at = 1; at <= all; at++) {
        // Behind one statement is before the next, as far as the database can tell.
        for (const when of at === 1 ? (['before', 'behind'] as const) : (['behind'] as const)) {
          const place = await fresh()
          const first = await place.open()
          await migrateTo(first, before)
          await rows(first)
          const dying = mortal(first, at, when)
          const end = await migrateTo(dying, after, online).catch((error: unknown) => error)
          const lived = !(end instanceof Error)
          if (lived) all = Math.min(all, dying.statements())
          // The database notices by the end of the connection.
          await first.close()
          const second = await place.open()
          try {
            const { resumed } = await migrateTo(second, after, online)
            if (resumed) resumptions++
            assert.deepEqual(await tablesOf(second), wanted, `statement ${at}, ${when}`)
            const { quote } = second.dialect
            assert.deepEqual(
              (await second.query(`SELECT handle, handle__fold, age FROM ${quote('users')} ORDER BY handle`)).map((row) => row.map(String)),
              [
                ['Ada', 'ada', '36'],
                ['Bob', 'bob', 'null'],
              ],
            )
            assert.deepEqual(
              (await second.query(`SELECT kind, size FROM ${quote('letters')}`)).map((row) => row.map(String)),
              [['a', '3']],
            )
            const found = await survey(second, after, false)
            assert.deepEqual([found.steps, found.drift, found.unfinished], [[], [], undefined], `statement ${at}, ${when}`)
          } finally {
            await second.close()
            await place.drop()
          }
        }
      }
      assert.ok(all > 5, `only ${all} statements were tried`)
      // SQLite's lock is one transaction: there is nothing to resume, because nothing is left behind.
      assert.equal(resumptions > 0, name !== 'sqlite')
    })
  }

  test(`${name}: a step that fails says what is made and what to do; once the rows fit, apply goes on`, { skip }, async () => {
    const place = await fresh()
    const target = await place.open()
    try {
      const item = (more: object) =>
        makeSchema(
          [makeEntity('Item', { fields: { id: { type: 'integer', primary: true }, code: { type: 'string', maxLength: 20, ...more } } })],
          `v${JSON.stringify(more)}`,
        )
      await migrateTo(target, item({}))
      const { quote } = target.dialect
      await target.execute(`INSERT INTO ${quote('items')} (id, code) VALUES (1, 'secret-value'), (2, 'secret-value')`)
      const error = await migrateTo(target, item({ unique: 'exact', index: true })).catch((found: unknown) => found)
      const { code, details } = error as { code: string; details: { hint: string } }
      assert.equal(code, 'DATABASE_ERROR')
      assert.match(details.hint, /Item \(code\).*(?:Nothing has been changed|Steps 1 to).*dbal migrate apply/)
      assert.doesNotMatch(JSON.stringify(details), /secret|CREATE|UNIQUE/)
      await target.execute(`UPDATE ${quote('items')} SET code = 'other' WHERE id = 2`)
      await migrateTo(target, item({ unique: 'exact', index: true }))
      assert.equal((await readHistory(target)).at(-1)?.state, 'done')
    } finally {
      await target.close()
      await place.drop()
    }
  })

  test(`${name}: an older schema is served where it can be, and never goes back by itself`, { skip }, async () => {
    const place = await fresh()
    const target = await place.open()
    try {
      const note = (more: object, version: string) =>
        makeSchema([makeEntity('Note', { fields: { id: { type: 'integer', primary: true }, text: { type: 'text' }, ...more } })], version)
      const [one, grown, shrunk] = [
        note({}, 'one'),
        note({ size: { type: 'integer', required: true, default: 1 } }, 'grown'),
        makeSchema([makeEntity('Note', { fields: { id: { type: 'integer', primary: true } } })], 'shrunk'),
      ]
      const start = (schema: Schema, mode: 'apply' | 'check') =>
        prepareDatabase(target, { schema: schema.version, model: modelOf(schema, target.dialect) }, mode, { lockWait: 5000 })
      await assert.rejects(start(one, 'check'), (error: { details?: { hint?: string } }) => /dbal migrate apply/.test(String(error.details?.hint)))
      await start(one, 'apply')
      await start(grown, 'apply')
      // Expanded: programs of both schemas work beside each other, whichever starts.
      for (const schema of [one, grown, one]) for (const mode of ['apply', 'check'] as const) await start(schema, mode)
      const { quote } = target.dialect
      await target.execute(`INSERT INTO ${quote('notes')} (id, text) VALUES (1, 'of the old program')`)
      assert.deepEqual(
        (await target.query(`SELECT size FROM ${quote('notes')}`)).map(([size]) => Number(size)),
        [1],
      )
      await migrateTo(target, shrunk)
      for (const schema of [one, grown]) {
        for (const mode of ['apply', 'check'] as const)
          await assert.rejects(start(schema, mode), (error: { details?: { hint?: string } }) =>
            /newer schema.*--back/.test(String(error.details?.hint)),
          )
        await assert.rejects(migrateTo(target, schema), (error: { details?: { hint?: string } }) => /newer schema/.test(String(error.details?.hint)))
      }
      await apply(target, one, { ...request(false), permission: { ...request(false).permission, back: true } })
      assert.deepEqual((await survey(target, one, false)).steps, [])
    } finally {
      await target.close()
      await place.drop()
    }
  })

  test(`${name}: what others changed is told, and is in the way of a plan only where it works`, { skip }, async () => {
    const place = await fresh()
    const target = await place.open()
    try {
      await migrateTo(target, before)
      const { quote } = target.dialect
      await target.execute(`ALTER TABLE ${quote('users')} ADD COLUMN stranger INTEGER`)
      await target.execute(
        target.dialect.tables.dropIndex({ name: 'users_name_key', entity: 'User', table: 'users', fields: [], columns: [], unique: true }, false),
      )
      await target.execute('CREATE TABLE not_ours (id INTEGER)')
      const { drift } = await survey(target, before, false)
      assert.deepEqual(drift.map(({ kind, what, table, name: thing }) => `${kind} ${what} ${table} ${thing}`).sort(), [
        'extra column users stranger',
        'missing index users users_name_key',
      ])
      await assert.rejects(migrateTo(target, after), (error: { details?: { hint?: string } }) =>
        /somebody else has changed: (?:extra|missing).*users/.test(String(error.details?.hint)),
      )
      const aside = makeSchema([...before.entities.values(), makeEntity('Aside', { fields: { id: { type: 'integer', primary: true } } })], 'aside')
      const told: string[] = []
      await apply(target, aside, { ...request(false), onDrift: (found) => told.push(...found.map((one) => one.name)) })
      assert.deepEqual(told.sort(), ['stranger', 'users_name_key'])
      const history = await readHistory(target)
      assert.equal((await driftFrom(target, history, modelOf(aside, target.dialect))).length, 2, 'what others did is not forgotten')
    } finally {
      await target.close()
      await place.drop()
    }
  })
}

test('a history that was changed by hand, or that a newer version wrote, is not trusted', async () => {
  const place = await grounds[0]!.fresh()
  const target = await place.open()
  const wanted = { schema: before.version, model: modelOf(before, target.dialect) }
  await migrate(target, wanted, { permission: atStart, lockWait: 1000 })
  await target.execute(`UPDATE dbal_migrations SET model = replace(model, 'users', 'losers')`)
  await assert.rejects(survey(target, before, false), (error: { details?: { hint?: string } }) => /changed by hand/.test(String(error.details?.hint)))
  await target.execute('UPDATE dbal_migrations SET format = 99')
  await assert.rejects(survey(target, before, false), (error: { details?: { hint?: string } }) =>
    /newer version of DBAL/.test(String(error.details?.hint)),
  )
  await target.close()
  await place.drop()
})

test('an account that may not make functions makes tables, and no step that calls one', async () => {
  const place = await grounds[0]!.fresh()
  const target = await place.open()
  const poor: OwnTarget = {
    ...target,
    // Rows are folded by a statement of its own where tables are changed in place; SQLite copies them.
    dialect: { ...target.dialect, tables: { ...target.dialect.tables, alters: 'parts' } },
    equip: () => Promise.reject(new Error('permission denied')),
  }
  const named = (unique: 'exact' | 'insensitive') =>
    makeSchema([makeEntity('Name', { fields: { id: { type: 'integer', primary: true }, text: { type: 'string', maxLength: 20, unique } } })], unique)
  await migrateTo(poor, named('exact'))
  await assert.rejects(migrateTo(poor, named('insensitive')), (error: { details?: { hint?: string } }) =>
    /may not create functions/.test(String(error.details?.hint)),
  )
  assert.equal((await readHistory(target)).length, 1)
  await target.close()
  await place.drop()
})
