/** Makes resolved entities for tests from a short form. In charge of filling what a test does not care about. */
import type { Entity, Field, Index, Operation, Relation, Schema } from '../../src/schema/entity.ts'

const place = { file: 'test', line: 1, column: 1 }

export type FieldGiven = Partial<Field> & Pick<Field, 'type'>

/** Column: snake_case of the name. Nullable unless `required` or `primary` is given. */
export function makeField(name: string, given: FieldGiven): Field {
  const required = given.required ?? given.primary ?? false
  return {
    name,
    column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    primary: false,
    generated: false,
    required,
    nullable: !required,
    unique: false,
    index: false,
    immutable: false,
    autoUpdate: false,
    sensitive: false,
    neverExposed: false,
    ...given,
  }
}

export interface EntityGiven {
  readonly fields: Readonly<Record<string, FieldGiven>>
  readonly table?: string
  readonly key?: readonly string[]
  readonly indexes?: readonly Index[]
  readonly tenant?: string
  readonly relations?: readonly Relation[]
}

export function makeEntity(name: string, given: EntityGiven): Entity {
  const fields = new Map(Object.entries(given.fields).map(([field, form]) => [field, makeField(field, form)]))
  return {
    name,
    plural: `${name.toLowerCase()}s`,
    table: given.table ?? `${name.toLowerCase()}s`,
    fields,
    key: given.key ?? [...fields.values()].filter((field) => field.primary).map((field) => field.name),
    relations: new Map((given.relations ?? []).map((relation) => [relation.name, relation])),
    indexes: given.indexes ?? [],
    ...(given.tenant === undefined ? {} : { tenant: given.tenant }),
    security: { auditAllAccess: false, scanForMalicious: false, sandboxRequired: false },
    validations: [],
    operations: new Map<string, Operation>(),
    place,
    internal: false,
  }
}

export function makeSchema(entities: readonly Entity[], version = 'test'): Schema {
  return {
    entities: new Map(entities.map((entity) => [entity.name, entity])),
    roles: new Map([
      ['public', 1],
      ['user', 2],
      ['admin', 3],
      ['god', 4],
      ['supergod', 5],
    ]),
    developerRoles: ['god', 'supergod'],
    version,
  }
}
