/** What a caller may ask by: each kind of condition with its guard, and none of the kinds that only rules have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schema } from '../../../test/support/entities.ts'
import { note } from '../../../test/support/notes.ts'
import { always, type Predicate } from '../../query/ast.ts'
import { and, compare, constant, field, not, or, param } from '../../query/build.ts'
import { printPredicate } from '../../query/print.ts'
import { Rights } from '../rights.ts'
import { loadPolicy } from '../rules.ts'
import { guarded, shown } from './guard.ts'

const of = note(`
rules:
  - { role: [user], operations: [read], row_level_filter: "level = 1", readable_fields: [id, title] }
  - { role: [user], operations: [read], readable_fields: [id, level] }
`)
const world = schema([of])
const rights = new Rights(world, loadPolicy(world), 'user', false)
const grant = rights.grant(of, 'read')
const ask = (predicate: Predicate) => printPredicate(guarded(predicate, of, grant, rights))
const title = compare('eq', field('title'), param(0, { type: 'string' }))
const level = compare('gt', field('level'), constant(3, { type: 'integer' }))
const code = compare('eq', field('code'), param(1, { type: 'string' }))

test('a field is asked where it is shown, and not at all where it never is', () => {
  assert.equal(ask(level), 'level > 3')
  assert.equal(ask(title), 'when level = 1 then title = ?0')
  assert.equal(ask(code), 'when never then code = ?1')
  assert.equal(ask({ kind: 'isNull', of: field('title') }), 'when level = 1 then title is null')
  assert.equal(ask({ kind: 'in', left: field('title'), list: param(0, { type: 'string' }), insensitive: false }), 'when level = 1 then title in ?0')
  assert.equal(ask({ kind: 'keyIn', fields: ['id', 'title'], list: param(0, { type: 'string' }) }), 'when level = 1 then ((id, title) in ?0)')
  assert.equal(ask(and(title, or(level, not(title)))), '(when level = 1 then title = ?0) and (level > 3 or (not (when level = 1 then title = ?0)))')
  assert.equal(ask({ kind: 'isTrue', of: title }), '(when level = 1 then title = ?0) is true')
  assert.deepEqual([guarded(always, of, grant, rights), guarded({ kind: 'isTrue', of: always }, of, grant, rights)], [always, always])
})

test('of several fields each has to be shown', () => {
  assert.equal(printPredicate(shown(['id', 'level'], grant)), 'always')
  assert.equal(printPredicate(shown(['id', 'title'], grant)), 'level = 1')
  assert.equal(printPredicate(shown(['title', 'code'], grant)), 'never')
  assert.equal(shown(['title'], grant), grant.guard('title'))
})

test('what only rules may ask is refused', () => {
  for (const own of [
    { kind: 'when', guard: always, then: level },
    { kind: 'inSelect', left: field('level'), entity: of, field: 'level', where: always },
  ] satisfies Predicate[])
    assert.throws(() => ask(and(title, own)), TypeError)
})
