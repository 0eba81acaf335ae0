/** What is referred to comes first, whatever the order in which rows were given; rings are named. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeEntity } from '../../../test/support/make-schema.ts'
import { type Arranged, referredFirst } from './arrange.ts'

const Node = makeEntity('Node', {
  fields: {
    id: { type: 'integer', primary: true },
    parentId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } },
    nextId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } },
  },
})
const arrange = referredFirst({ kind: 'insert', entity: Node, fields: ['id', 'parentId', 'nextId'] }) as (
  rows: readonly (readonly (number | null)[])[],
) => Arranged

test('a chain is turned around, and a ring keeps one link for later', () => {
  assert.deepEqual(
    arrange([
      [1, 2, null],
      [2, 3, null],
      [3, null, null],
    ]),
    {
      rows: [
        [3, null, null],
        [2, 3, null],
        [1, 2, null],
      ],
      late: [],
    },
  )
  const { rows, late } = arrange([
    [1, 2, null],
    [2, 1, null],
  ])
  assert.equal(rows.length, 2)
  assert.deepEqual(late, [{ row: 0, position: 1 }])
  assert.deepEqual(
    arrange([
      [1, 1, null],
      [2, 9, null],
    ]).late,
    [],
  )
  assert.equal(referredFirst({ kind: 'insert', entity: Node, fields: ['id'] }), undefined)
})

test('every row stays, and refers to rows before it, to itself, to none of these, or by a late link', () => {
  const id = fc.option(fc.integer({ min: 0, max: 12 }))
  const given = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), id, id), { selector: ([key]) => key, maxLength: 10 })
  fc.assert(
    fc.property(given, (rows) => {
      const made = arrange(rows)
      assert.deepEqual(new Set(made.rows), new Set(rows))
      const own = new Set(rows.map(([key]) => key))
      const before = new Set<unknown>()
      for (const [row, values] of made.rows.entries()) {
        before.add(values[0])
        for (const position of [1, 2]) {
          const to = values[position] as number | null
          const late = made.late.some((link) => link.row === row && link.position === position)
          const there = to === null || !own.has(to) || before.has(to)
          assert.equal(late, !there)
        }
      }
    }),
  )
})

test('a chain as long as a call may be takes no stack', () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => [i, i + 1, null])
  assert.equal(arrange(rows).rows[0]?.[0], 9999)
})
