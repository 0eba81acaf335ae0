/** The methods that every entity of the client has. In charge of the list only. */
export const entityMethods = [
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

export type EntityMethod = (typeof entityMethods)[number]
