/** The operations that every entity has. In charge of their names only: the wire, the client and the grammar take them from here. */
export const crudNames = [
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

export type CrudName = (typeof crudNames)[number]
