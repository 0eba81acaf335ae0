/** Entities by hand for unit tests, with the defaults that the schema parser would give. Must not read files. */

import { Complaints } from '../../src/schema/complaint.ts'
import type { Entity, Field, Operation, OperationKind, Place, Relation, Schema, Sourced, Value } from '../../src/schema/entity.ts'
import { readDocuments } from '../../src/schema/source.ts'

export const nowhere: Place = { file: 'test.yaml', line: 1, column: 1 }

export const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  column: name,
  type,
  primary: false,
  generated: false,
  required: true,
  nullable: false,
  unique: false,
  index: false,
  immutable: false,
  autoUpdate: false,
  sensitive: false,
  neverExposed: false,
  ...more,
})

const crud: readonly OperationKind[] = [
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
]

export const operation = (name: string, kind: OperationKind): Operation => ({
  name,
  kind,
  input: { required: [], optional: [] },
  defaultLimit: 20,
  maxLimit: 100,
  systemOnly: false,
  public: false,
  audit: false,
  by: [],
})

export const toOne = (name: string, target: string, local: string, foreign = 'id'): Relation => ({
  name,
  kind: 'one',
  target,
  local: [local],
  foreign: [foreign],
})
export const toMany = (name: string, target: string, foreign: string, local = 'id'): Relation => ({
  name,
  kind: 'many',
  target,
  local: [local],
  foreign: [foreign],
})

export interface EntitySpec {
  readonly fields: readonly Field[]
  readonly relations?: readonly Relation[]
  readonly operations?: readonly Operation[]
  readonly acl?: string
  readonly more?: Partial<Entity>
}

/** YAML text with the places that complaints need. */
export function sourced(text: string, file = 'test.yaml'): Sourced {
  const complaints = new Complaints()
  const [document] = readDocuments({ path: file, text }, complaints)
  complaints.throwIfAny()
  return document ?? { value: null as Value, place: () => ({ file, line: 1, column: 1 }) }
}

export function entity(name: string, spec: EntitySpec): Entity {
  const operations = [...crud.map((kind) => operation(kind, kind)), ...(spec.operations ?? [])]
  const key = spec.fields.filter((f) => f.primary).map((f) => f.name)
  return {
    name,
    plural: `${name.toLowerCase()}s`,
    table: `${name.toLowerCase()}s`,
    fields: new Map(spec.fields.map((f) => [f.name, f])),
    key,
    relations: new Map((spec.relations ?? []).map((r) => [r.name, r])),
    indexes: [],
    security: { auditAllAccess: false, scanForMalicious: false, sandboxRequired: false },
    validations: [],
    operations: new Map(operations.map((o) => [o.name, o])),
    place: nowhere,
    internal: false,
    ...(spec.acl === undefined ? {} : { acl: sourced(spec.acl, `${name}.yaml`) }),
    ...spec.more,
  }
}

export const ladder: ReadonlyMap<string, number> = new Map([
  ['public', 1],
  ['user', 2],
  ['admin', 3],
  ['god', 4],
  ['supergod', 5],
])

export function schema(entities: readonly Entity[], roles: ReadonlyMap<string, number> = ladder): Schema {
  return {
    entities: new Map(entities.map((e) => [e.name, e])),
    roles,
    developerRoles: ['god', 'supergod'].filter((role) => roles.has(role)),
    version: 'test',
  }
}
