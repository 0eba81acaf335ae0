/** A small library (authors, books, tags, loans) for tests of the query front. In charge of schema and views only; holds no rows. */

import type { View } from '../../src/query/request.ts'
import type { Entity, Operation, OperationKind, Relation, Schema } from '../../src/schema/entity.ts'
import { makeEntity, makeSchema } from './make-schema.ts'

const crud = [
  'create',
  'read',
  'update',
  'delete',
  'list',
  'count',
  'search',
  'aggregate',
  'createMany',
  'updateMany',
  'deleteMany',
  'upsert',
] as const

function operation(name: string, kind: OperationKind, required: readonly string[] = [], more: Partial<Operation> = {}): Operation {
  return {
    name,
    kind,
    input: { required, optional: [] },
    defaultLimit: 20,
    maxLimit: 100,
    systemOnly: false,
    public: false,
    audit: false,
    by: [],
    ...more,
  }
}

function withOperations(entity: Entity, more: readonly Operation[] = [], relations: readonly Relation[] = []): Entity {
  const all = [...crud.map((name) => operation(name, name)), ...more]
  return { ...entity, operations: new Map(all.map((one) => [one.name, one])), relations: new Map(relations.map((one) => [one.name, one])) }
}

const author = withOperations(
  makeEntity('Author', {
    fields: {
      id: { type: 'uuid', primary: true, generated: true },
      name: { type: 'string', required: true, index: true, maxLength: 50 },
      email: { type: 'email', unique: 'insensitive' },
      level: { type: 'integer', min: 1, max: 5 },
      role: { type: 'enum', values: ['reader', 'writer'] },
      secret: { type: 'string' },
      hash: { type: 'string', neverExposed: true },
      profile: { type: 'json' },
      photo: { type: 'bytes' },
      balance: { type: 'decimal', precision: 10, scale: 2 },
      active: { type: 'boolean' },
    },
  }),
  [operation('byEmail', 'find_by', ['email'], { by: ['email'] }), operation('byId', 'find_by', ['id'], { by: ['id'] })],
  [{ name: 'books', kind: 'many', target: 'Book', local: ['id'], foreign: ['authorId'] }],
)

const book = withOperations(
  {
    ...makeEntity('Book', {
      fields: {
        id: { type: 'uuid', primary: true, generated: true },
        title: { type: 'string', required: true },
        isbn: { type: 'string', unique: 'exact' },
        authorId: { type: 'uuid', required: true, index: true },
        shelf: { type: 'string' },
        place: { type: 'integer' },
        pages: { type: 'integer' },
        createdAt: { type: 'datetime', generated: true },
        version: { type: 'integer', kept: 'version' },
        parentId: { type: 'uuid' },
      },
      indexes: [{ name: 'spot', fields: ['shelf', 'place'], unique: true }],
    }),
    versioned: 'version',
  },
  [
    operation('byShelf', 'list_by', ['shelf'], { by: ['shelf'], maxLimit: 10 }),
    operation('tree', 'tree', ['shelf'], { tree: { parent: 'parentId', order: 'place', scope: 'shelf' } }),
    operation('reorder', 'reorder', ['ids'], { tree: { parent: 'parentId', order: 'place' } }),
    operation('move', 'move', ['id', 'parentId', 'place'], { tree: { parent: 'parentId', order: 'place' } }),
  ],
  [
    { name: 'author', kind: 'one', target: 'Author', local: ['authorId'], foreign: ['id'] },
    {
      name: 'tags',
      kind: 'many',
      target: 'Tag',
      local: ['id'],
      foreign: ['id'],
      through: { entity: 'BookTag', local: ['bookId'], foreign: ['tagId'] },
    },
  ],
)

const tag = withOperations(makeEntity('Tag', { fields: { id: { type: 'uuid', primary: true }, label: { type: 'string' } } }))
const bookTag = withOperations(
  makeEntity('BookTag', { fields: { bookId: { type: 'uuid', required: true }, tagId: { type: 'uuid', required: true } }, key: ['bookId', 'tagId'] }),
)

export const library: Schema = makeSchema([author, book, tag, bookTag])

/** Sees and writes everything but `hidden`, given as `Entity` or `Entity.field`. Generated and kept fields cannot be written. */
export function viewOf(schema: Schema, hidden: readonly string[] = []): View {
  const gone = new Set(hidden)
  const fieldsOf = (entity: Entity) =>
    [...entity.fields.values()].filter((field) => !gone.has(entity.name) && !gone.has(`${entity.name}.${field.name}`))
  return {
    entity: (name) => (gone.has(name) ? undefined : schema.entities.get(name)),
    readable: (entity) =>
      new Set(
        fieldsOf(entity)
          .filter((field) => !field.neverExposed)
          .map((field) => field.name),
      ),
    writable: (entity) =>
      new Set(
        fieldsOf(entity)
          .filter((field) => !field.generated && field.kept === undefined)
          .map((field) => field.name),
      ),
  }
}
