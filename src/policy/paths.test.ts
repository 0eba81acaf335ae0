/** The list of paths is whole: each parameter and option is in it, and what stands at one kind of place is guarded alike in every kind of operation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forms } from '../query/parse/forms.ts'
import type { OperationKind } from '../schema/entity.ts'
import { type Guard, nameless, type Position, paths, positions } from './paths.ts'

const kinds = Object.keys(paths) as OperationKind[]
const placesOf = (kind: OperationKind) => Object.keys(paths[kind]) as Position[]
const methods = [...forms].filter(([method]) => method !== 'call')

test('every parameter and option of every method is in the list, and no other', () => {
  for (const [method, { takes, options }] of methods) {
    const members = new Set([...takes, ...options].filter((name) => !nameless.has(name)))
    const named = new Set(placesOf(method as OperationKind).flatMap((position) => positions[position] as readonly string[]))
    for (const member of members) assert.ok(named.has(member), `${method}: ${member} is in no position of the list`)
    for (const position of placesOf(method as OperationKind)) {
      const carried = positions[position] as readonly string[]
      assert.ok(carried.length === 0 || carried.some((name) => members.has(name)), `${method} takes nothing at ${position}`)
    }
  }
})

test('what is said to name nothing is a parameter or an option, and in no position', () => {
  const taken = new Set([...forms.values()].flatMap(({ takes, options }) => [...takes, ...options]))
  const carrying = new Set<string>(Object.values(positions).flat())
  for (const name of nameless) assert.ok(taken.has(name) && !carrying.has(name), name)
  // What `call` takes besides is judged by the kind of the operation.
  for (const name of taken) assert.ok(nameless.has(name) || carrying.has(name), name)
})

/** What a place needs wherever it is; `answer` and the kinds named below it differ by what they do. */
const least: Readonly<Record<Exclude<Position, 'answer'>, readonly Guard[]>> = {
  id: ['absent'],
  data: ['absent', 'unknown'],
  filter: ['absent', 'blind', 'unknown'],
  related: ['absent', 'blind', 'unknown'],
  json: ['unknown'],
  search: ['absent', 'blind'],
  sort: ['blind', 'unknown'],
  select: ['blind', 'unknown'],
  include: ['absent', 'blind', 'unknown'],
  cursor: ['absent', 'blind', 'unknown'],
  group: ['unknown'],
  measure: ['unknown'],
  having: ['unknown'],
  version: ['unknown'],
  where: ['taken', 'unknown'],
  createBranch: ['absent', 'unknown'],
  updateBranch: ['absent', 'unknown'],
  returning: ['unknown'],
  by: ['absent', 'blind'],
  scope: ['absent'],
  siblings: ['absent'],
  parent: ['absent'],
  account: ['absent'],
  reference: ['unknown'],
}

/** Where less or more is right, and why. */
const others: Readonly<Record<string, readonly Guard[]>> = {
  // New and changed rows may meet a unique value that is taken.
  'create data': ['absent', 'taken', 'unknown'],
  'createMany data': ['absent', 'taken', 'unknown'],
  'update data': ['absent', 'taken', 'unknown'],
  'updateMany data': ['absent', 'taken', 'unknown'],
  // Its inputs are the schema's, so it names no field.
  'update_by data': ['absent'],
  // A row that is made anew holds nothing that was hidden before.
  'create select': ['unknown'],
  // Groups are sorted by what they answer.
  'aggregate sort': ['unknown'],
  // The rows that come back are those that were there.
  'updateMany returning': ['absent', 'blind', 'unknown'],
}

test('a kind of place is guarded alike in every kind of operation', () => {
  for (const kind of kinds)
    for (const position of placesOf(kind)) {
      if (position === 'answer') continue
      const wanted = others[`${kind} ${position}`] ?? least[position]
      assert.deepEqual([...(paths[kind][position] as readonly Guard[])].sort(), wanted, `${kind} ${position}`)
    }
  for (const place of Object.keys(others)) {
    const [kind, position] = place.split(' ') as [OperationKind, Position]
    assert.ok(paths[kind][position] !== undefined, `${place} is no place`)
  }
})

test('answers: one row tells no hidden field, several also no hidden row; counts tell rows alone', () => {
  const answers = Object.fromEntries(kinds.map((kind) => [kind, [...(paths[kind].answer ?? [])].sort().join(' ')]))
  const row = 'blind unknown'
  const rows = 'absent blind unknown'
  assert.deepEqual(answers, {
    read: row,
    list: rows,
    search: rows,
    count: 'absent',
    aggregate: 'absent',
    create: 'unknown',
    createMany: '',
    update: row,
    updateMany: 'absent',
    delete: '',
    deleteMany: 'absent',
    upsert: row,
    find_by: row,
    list_by: rows,
    tree: rows,
    reorder: '',
    move: row,
    set_secret: '',
    verify_secret: '',
    update_by: '',
    delete_by: '',
  })
})
