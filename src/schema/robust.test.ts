import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DBALError } from '../errors/error.ts'
import { parseSchema } from './parse.ts'

const text = `entity: Note
owner: userId
fields:
  id: {type: uuid, primary: true, generated: true}
  userId: {type: uuid, required: true}
  title: {type: string, required: true, max_length: 80, pattern: "^[a-z ]+$"}
  parentId: {type: uuid, optional: true, foreign_key: {entity: Note, on_delete: cascade}}
  order: {type: integer, default: 0, min: 0, max: 9}
  price: {type: decimal, precision: 9, scale: 2, default: 1.10}
  kind: {type: enum, values: [a, b], default: a}
  endsAt: {type: datetime, optional: true}
relations:
  others: {many: Other, via: note}
indexes:
  - {fields: [userId, title], unique: true}
ttl: {field: endsAt, auto_delete: true}
acl:
  read: {self: true, rules: [1, ~, {a: b}]}
security: {never_expose: [title]}
---
entity: Other
fields: {no: {type: integer, primary: true}, note: &x {type: uuid, optional: true, foreign_key: {entity: Note}}, more: *x}
relations: {notes: {to: Note, via: note}}
`
const operations = `entity: Note
operations:
  tree: {kind: tree, tree: {parent: parentId, order: order, scope: userId}}
  move: {kind: move}
  byTitle: {kind: find_by, by: [userId, title], returns: kind}
  list: {max_limit: 7, default_limit: 5, rate_limit: {max_attempts: 1, window_seconds: 2}}
`

/** Pieces that YAML or the schema give a meaning. */
const piece = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\n',
    '\t',
    ':',
    ': ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&x ',
    '*x',
    '!!str ',
    '!x ',
    '<<: ',
    '#',
    '~',
    'null',
    'true',
    '.nan',
    '017',
    '-1',
    '1e999',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\0',
    '\ud800',
    '\u2028',
    'id',
    'Note',
    'fields',
    'toString',
    '__proto__',
  ),
  fc.string({ maxLength: 4 }),
)

const edit = (source: string) =>
  fc
    .array(fc.record({ at: fc.nat(source.length), drop: fc.nat(12), put: piece }), { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), source))

test('the starting point is sound', () => {
  assert.equal(
    parseSchema([
      { path: 'entities/a.yaml', text },
      { path: 'a.ops.yaml', text: operations },
    ]).entities.size,
    2,
  )
})

test('I22 whatever is done to a schema, it is read or refused with places, never a crash', () => {
  let refused = 0
  fc.assert(
    fc.property(edit(text), edit(operations), (entities, ops) => {
      try {
        parseSchema([
          { path: 'entities/a.yaml', text: entities },
          { path: 'a.ops.yaml', text: ops },
        ])
      } catch (error) {
        if (!(error instanceof DBALError) || error.code !== 'VALIDATION_ERROR') throw error
        refused += 1
        assert.ok(error.details.fields!.length > 0)
        for (const complaint of error.details.fields!) {
          assert.match(complaint.field, /^(?:entities\/a\.yaml|a\.ops\.yaml|schema):\d+:\d+$/)
          assert.doesNotMatch(complaint.error, /undefined|\[object Object\]/)
        }
      }
    }),
    { numRuns: 1500 },
  )
  assert.ok(refused > 500)
})
