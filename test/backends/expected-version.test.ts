/**
 * `expectedVersion` is asked in the statement that writes, on every backend: the writing statement itself names the version, and of many
 * who saw the same one exactly one writes. A look before the write would let several through.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../src/policy/principal.ts'
import { backendNames, compared, skipOf } from './backends.ts'
import { isError, openLabOn } from './lab.ts'
import { openTapped } from './tap/tap.ts'

const entities = `
entity: Book
versioned: true
fields:
  id: { type: integer, primary: true }
  title: { type: string, required: true }
acl:
  rules:
    - { role: [god], operations: [read, create, update, delete] }
    - { role: [user], operations: [read, update, delete], row_level_filter: "id < 1000", check: "title != 'no'" }
`
const user: Principal = { kind: 'user', id: 'u', role: 'user', attributes: {} }

/** What changes rows: an UPDATE or DELETE of SQL, or a command of MongoDB as the tap writes it. */
const changes = (statement: string): boolean =>
  /^\s*(?:WITH\b[\s\S]*?\)\s*)?(?:UPDATE|DELETE\s+FROM)\b|^(?:update|delete|findAndModify)\b/i.test(statement)

/** Does the condition of this statement speak of the version? What is set does not count. */
function guarded(statement: string): boolean {
  const where = statement.search(/\bWHERE\b/i)
  if (where !== -1) return /\bversion\b/i.test(statement.slice(where))
  const condition = /\bq(?:uery)?:(\{[\s\S]*?)(?:,(?:u|update|limit|remove):|$)/.exec(statement)?.[1]
  return condition !== undefined && /\bversion\b/.test(condition)
}

test('the judge is none that always says yes', () => {
  assert.equal(guarded('UPDATE "books" SET "version" = "version" + 1, "title" = ?2 WHERE "id" = ?1'), false)
  assert.equal(guarded('UPDATE "books" SET "title" = ?2 WHERE "id" = ?1 AND "version" = ?3'), true)
  assert.equal(guarded('DELETE FROM `books` WHERE `id` = ?'), false)
  assert.equal(guarded('update books updates:{q:{_id:?},u:{$set:{version:?}}}'), false)
  assert.equal(guarded('update books updates:{q:{_id:?,$and:[{version:{$eq:?}}]},u:{$set:{version:?}}}'), true)
  assert.ok(changes('UPDATE "books" SET x = 1') && changes('DELETE FROM books') && changes('update books updates:{q:{}}'))
  assert.ok(!changes('SELECT "version" FROM "books" FOR UPDATE') && !changes('SAVEPOINT a'))
})

for (const name of compared) {
  test(`${name}: the one statement that changes the row asks for its version`, { skip: skipOf(name) }, async () => {
    const lab = await openTapped(name as Exclude<typeof name, 'memory'>, { entities })
    try {
      const books = Array.from({ length: 8 }, (_, i) => ({ id: i + 1, title: 'x' }))
      await lab.get('createMany', 'Book', books)
      let id = 0
      for (const call of [
        () => lab.ask('update', 'Book', ++id, { title: 'y' }, { expectedVersion: 1 }),
        () => lab.as(user, 'update', 'Book', ++id, { title: 'y' }, { expectedVersion: 1 }),
        () => lab.ask('delete', 'Book', ++id, { expectedVersion: 1 }),
        () => lab.as(user, 'delete', 'Book', ++id, { expectedVersion: 1 }),
      ]) {
        lab.said()
        const answer = await call()
        const { statements } = lab.said()
        assert.ok(!isError(answer), JSON.stringify(answer))
        const changing = statements.filter(changes)
        assert.equal(changing.length, 1, statements.join('\n'))
        assert.ok(guarded(changing[0] as string), changing[0])
      }
    } finally {
      await lab.close()
    }
  })
}

for (const name of backendNames) {
  test(`${name}: of many who saw the same version one writes, the others are told`, { skip: skipOf(name), timeout: 120_000 }, async () => {
    const lab = await openLabOn(name, { entities })
    try {
      for (let round = 1; round <= 3; round++) {
        await lab.get('create', 'Book', { id: round, title: 'x' })
        for (const ask of [
          (i: number) => lab.ask('update', 'Book', round, { title: `t${i}` }, { expectedVersion: 1 }),
          (i: number) => lab.as(user, 'update', 'Book', round, { title: `u${i}` }, { expectedVersion: 2 }),
          () => lab.ask('delete', 'Book', round, { expectedVersion: 3 }),
        ]) {
          const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => ask(i)))
          const failed = answers.filter(isError).map((answer) => (answer as { error: { name: string } }).error.name)
          assert.equal(answers.length - failed.length, 1, JSON.stringify(answers))
          // After a delete there is no row to speak of.
          assert.ok(
            failed.every((code) => code === 'CONFLICT' || code === 'NOT_FOUND'),
            failed.join(),
          )
        }
      }
    } finally {
      await lab.close()
    }
  })
}
