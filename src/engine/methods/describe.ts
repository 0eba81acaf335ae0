/** Methods about the service: capabilities and schema, shaped by the caller's role. Nothing here tells of what the role cannot use. */
import type { Rights } from '../../policy/rights.ts'
import type { Entity, Field, Relation, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Scene } from '../scene.ts'
import { explain } from './explain.ts'

/** Undefined where the method is none of these. */
export function describe(scene: Scene, running: Running): Promise<Value> | undefined {
  switch (scene.call.method) {
    case 'getCapabilities':
      return Promise.resolve(capabilities(scene, running.rights))
    case 'getSchema':
      return Promise.resolve(schemaFor(running.rights))
    case 'explain':
      return explain(scene, running)
    default:
      return undefined
  }
}

const visible = (rights: Rights): readonly Entity[] =>
  [...rights.schema.entities.values()].filter((entity) => !entity.internal && rights.entity(entity.name) !== undefined)

const operationsOf = (rights: Rights, entity: Entity): string[] =>
  [...entity.operations.values()].filter((operation) => rights.allows(entity, operation)).map((operation) => operation.name)

/** `{adapter, features: {transactions: true, …}, entities: {User: ['read', …]}}`. */
function capabilities(scene: Scene, rights: Rights): Value {
  const { adapter } = scene.services
  const entities = Object.fromEntries(visible(rights).map((entity) => [entity.name, operationsOf(rights, entity)]))
  return { adapter: adapter.name, features: { ...adapter.capabilities }, entities }
}

/** `{version, entities: {User: {plural, key, operations, fields, relations}}}` with what the role can read or write. */
function schemaFor(rights: Rights): Value {
  const entities = Object.fromEntries(visible(rights).map((entity) => [entity.name, entityFor(rights, entity)]))
  return { version: rights.schema.version, roles: Object.fromEntries(rights.schema.roles), entities }
}

function entityFor(rights: Rights, entity: Entity): Value {
  const readable = new Set(['read', 'list'].flatMap((operation) => [...rights.readable(entity, operation)]))
  const writable = { create: rights.writable(entity, 'create'), update: rights.writable(entity, 'update') }
  const fields = [...entity.fields.values()].filter((f) => readable.has(f.name) || writable.create.has(f.name) || writable.update.has(f.name))
  return {
    plural: entity.plural,
    description: entity.description ?? null,
    key: entity.key.filter((name) => readable.has(name)),
    operations: operationsOf(rights, entity),
    fields: Object.fromEntries(fields.map((f) => [f.name, fieldFor(f, readable, writable)])),
    relations: Object.fromEntries(
      [...entity.relations.values()]
        .filter((r) => r.local.every((name) => readable.has(name)) && reaches(rights, r))
        .map((r) => [r.name, { kind: r.kind, entity: r.target }]),
    ),
  }
}

/** May the role see what links the relation's rows at their far end? Otherwise calls know no such relation (query/check/context.ts). */
function reaches(rights: Rights, { target, foreign, through }: Relation): boolean {
  const reads = (name: string, fields: readonly string[]): boolean => {
    const entity = rights.schema.entities.get(name)
    const readable = entity === undefined || entity.internal ? undefined : rights.readable(entity, 'read')
    return readable !== undefined && readable.size > 0 && fields.every((field) => readable.has(field))
  }
  return reads(target, foreign) && (through === undefined || reads(through.entity, [...through.local, ...through.foreign]))
}

function fieldFor(f: Field, readable: ReadonlySet<string>, writable: { create: ReadonlySet<string>; update: ReadonlySet<string> }): Value {
  return {
    type: f.type,
    required: f.required,
    nullable: f.nullable,
    read: readable.has(f.name),
    create: writable.create.has(f.name),
    update: writable.update.has(f.name),
    ...(f.values === undefined ? {} : { values: f.values }),
    ...(f.minLength === undefined ? {} : { minLength: f.minLength }),
    ...(f.maxLength === undefined ? {} : { maxLength: f.maxLength }),
    ...(f.min === undefined ? {} : { min: f.min }),
    ...(f.max === undefined ? {} : { max: f.max }),
    ...(f.description === undefined ? {} : { description: f.description }),
  }
}
