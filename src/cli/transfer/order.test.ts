/** The order of entities: whoever is referred to comes first, circles stay together, and the engine's own are left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import type { Entity } from '../../schema/entity.ts'
import { groupsOf } from './order.ts'

const to = (...targets: string[]): Entity['fields'] =>
  makeEntity('X', {
    fields: {
      id: { type: 'uuid', primary: true },
      ...Object.fromEntries(targets.map((entity) => [`to${entity}`, { type: 'uuid', foreignKey: { entity, field: 'id', onDelete: 'set_null' } }])),
    },
  }).fields
const entity = (name: string, ...targets: string[]): Entity => ({ ...makeEntity(name, { fields: {} }), fields: to(...targets), key: ['id'] })
const orderOf = (...entities: Entity[]): string[] =>
  groupsOf(makeSchema(entities)).map((group) => `${group.entities.map(({ name }) => name).join('+')}${group.tied ? '!' : ''}`)

test('targets come first, however they are declared', () => {
  assert.deepEqual(orderOf(entity('A', 'B', 'C'), entity('B', 'C'), entity('C')), ['C', 'B', 'A'])
})

test('an entity that refers to itself, and entities in a circle, are sorted by row', () => {
  assert.deepEqual(orderOf(entity('Leaf', 'A'), entity('A', 'B'), entity('Tree', 'Tree', 'Leaf'), entity('B', 'A', 'Root'), entity('Root')), [
    'Root',
    'A+B!',
    'Leaf',
    'Tree!',
  ])
})

test("the engine's own are left out", () => {
  assert.deepEqual(orderOf({ ...entity('Own'), internal: true }, entity('A')), ['A'])
})
