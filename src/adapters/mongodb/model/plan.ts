/**
 * Collections, validators and indexes of a schema, as data that can be written to a file and reviewed.
 * Pure: in charge of what the database itself guards; must not know connections or what exists already.
 */
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import { fieldOf, foldedMember, hasFolded, isMemberName, memberOf } from '../compile/scope.ts'
import { type Shape, shapeOf } from './shape.ts'

export interface IndexEntry {
  readonly name: string
  /** Members in order; always ascending, because an index is read in both directions. */
  readonly key: Readonly<Record<string, 1>>
  readonly unique?: true
  /** Nulls, which are members that are not there, are distinct. */
  readonly partialFilterExpression?: Readonly<Record<string, { readonly $exists: true }>>
  /** The database removes a row at the time in its member. */
  readonly expireAfterSeconds?: 0
}

export interface CollectionEntry {
  readonly name: string
  readonly entity: string
  /** By member: what it holds. A change of one is no additive change. */
  readonly members: Readonly<Record<string, { readonly field: string; readonly holds: string; readonly required: boolean }>>
  readonly validator: Readonly<Record<string, unknown>>
  readonly indexes: readonly IndexEntry[]
}

export interface IndexPlan {
  readonly collections: readonly CollectionEntry[]
}

/** Throws DATABASE_ERROR with a hint where a name cannot be one in MongoDB. */
export function indexPlan(schema: Schema): IndexPlan {
  const shape = shapeOf(schema)
  return { collections: [...schema.entities.values()].map((entity) => collectionOf(entity, shape)) }
}

function collectionOf(entity: Entity, shape: Shape): CollectionEntry {
  refuseNames(entity)
  const members: Record<string, { field: string; holds: string; required: boolean }> = {}
  for (const field of entity.fields.values()) {
    members[memberOf(field)] = { field: field.name, holds: holdsOf(field), required: !field.nullable }
  }
  return { name: entity.table, entity: entity.name, members, validator: { $jsonSchema: jsonSchema(entity) }, indexes: indexesOf(entity, shape) }
}

function refuseNames(entity: Entity): void {
  if (entity.table.startsWith('system.') || entity.table.includes('$') || entity.table === '' || entity.table === metaName) {
    throw new DBALError('DATABASE_ERROR', { hint: `The table of ${entity.name} cannot be the name of a collection` })
  }
  for (const field of entity.fields.values()) {
    if (!isMemberName(field.column))
      throw new DBALError('DATABASE_ERROR', { hint: `The column of ${entity.name}.${field.name} must have no dot, and no $ or __ in front` })
  }
}

/** The collection in which the adapter remembers what it made. */
export const metaName = 'dbal_meta'

const bsonTypes: Readonly<Record<Field['type'], readonly string[]>> = {
  uuid: ['string'],
  cuid: ['string'],
  string: ['string'],
  text: ['string'],
  email: ['string'],
  enum: ['string'],
  date: ['string'],
  integer: ['int'],
  bigint: ['long'],
  // A text that sorts like its number, because Decimal128 has room for 34 digits only.
  decimal: ['string'],
  float: ['double'],
  boolean: ['bool'],
  datetime: ['date'],
  bytes: ['binData'],
  json: ['object', 'array', 'string', 'int', 'double', 'bool'],
}

/** Type, and what else would change the meaning of a stored value. */
function holdsOf(field: Field): string {
  return field.type === 'decimal' ? `decimal ${field.precision ?? ''} ${field.scale ?? 0}` : field.type
}

function jsonSchema(entity: Entity): Readonly<Record<string, unknown>> {
  const properties: Record<string, unknown> = {}
  const required: string[] = []
  for (const field of entity.fields.values()) {
    const member = memberOf(field)
    properties[member] = propertyOf(field)
    if (hasFolded(field)) properties[foldedMember(field)] = { bsonType: ['string'] }
    if (field.type === 'json') properties[foldedMember(field)] = { bsonType: bsonTypes.json }
    if (!field.nullable) required.push(member, ...(hasFolded(field) ? [foldedMember(field)] : []))
  }
  return { bsonType: 'object', ...(required.length === 0 ? {} : { required }), properties }
}

function propertyOf(field: Field): Readonly<Record<string, unknown>> {
  const bsonType = bsonTypes[field.type]
  const property: Record<string, unknown> = { bsonType }
  if (field.type === 'enum') property['enum'] = field.values ?? []
  if (field.type === 'integer') {
    if (typeof field.min === 'number') property['minimum'] = field.min
    if (typeof field.max === 'number') property['maximum'] = field.max
  }
  // Lengths are counted in code points there, as they are here.
  if (hasFolded(field)) {
    if (field.minLength !== undefined) property['minLength'] = field.minLength
    if (field.maxLength !== undefined) property['maxLength'] = field.maxLength
  }
  return property
}

interface Wanted {
  readonly members: readonly string[]
  readonly nullable: readonly string[]
  readonly unique: boolean
  readonly name?: string | undefined
}

function indexesOf(entity: Entity, shape: Shape): readonly IndexEntry[] {
  const wanted: Wanted[] = []
  for (const unique of shape.uniques(entity)) {
    const want = wantedOf(entity, unique.fields, unique.folded, true, unique.name)
    if (want.members.join() !== '_id' && !wanted.some((other) => same(other.members, want.members))) wanted.push(want)
  }
  for (const { fields, name } of plain(entity, shape)) {
    const want = wantedOf(entity, fields, new Set(), false, name)
    if (want.members[0] !== '_id' && !wanted.some((other) => startsWith(other, want.members))) wanted.push(want)
  }
  const entries = wanted.map((want) => entryOf(entity, want))
  const expiring = expiringMember(entity, shape)
  if (expiring === undefined) return entries
  // One index does both: the database takes no second one over the same member.
  const own = entries.find(({ key }) => Object.keys(key).join() === expiring)
  const ttl: IndexEntry = { ...(own ?? { name: `${entity.table}_${expiring}_idx`, key: { [expiring]: 1 } }), expireAfterSeconds: 0 }
  return [...entries.filter((entry) => entry !== own), ttl]
}

function wantedOf(entity: Entity, names: readonly string[], folded: ReadonlySet<string>, unique: boolean, name: string | undefined): Wanted {
  const fields = names.map((each) => fieldOf(entity, each))
  const memberIn = (field: Field): string => (folded.has(field.name) ? foldedMember(field) : memberOf(field))
  return { members: fields.map(memberIn), nullable: fields.filter((field) => field.nullable).map(memberIn), unique, name }
}

/** References both ways, then what the schema asks for. */
function plain(entity: Entity, shape: Shape): readonly { readonly fields: readonly string[]; readonly name?: string }[] {
  return [
    ...shape.from(entity).map((reference) => ({ fields: reference.local })),
    ...shape.to(entity).map((reference) => ({ fields: reference.foreign })),
    ...[...entity.fields.values()].filter((field) => field.index).map((field) => ({ fields: [field.name] })),
    ...entity.indexes.filter((index) => !index.unique).map((index) => ({ fields: index.fields, name: index.name })),
  ]
}

/** An index with nulls left out answers no question about nulls, so it takes the place of no plain one. */
function startsWith(other: Wanted, members: readonly string[]): boolean {
  const whole = !other.unique || other.nullable.length === 0
  return whole && members.every((member, i) => other.members[i] === member)
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member, i) => member === b[i])
}

function entryOf(entity: Entity, want: Wanted): IndexEntry {
  const name = `${entity.table}_${want.name ?? want.members.join('_')}_${want.unique ? 'key' : 'idx'}`
  const key = Object.fromEntries(want.members.map((member) => [member, 1 as const]))
  if (!want.unique) return { name, key }
  if (want.nullable.length === 0) return { name, key, unique: true }
  return { name, key, unique: true, partialFilterExpression: Object.fromEntries(want.nullable.map((member) => [member, { $exists: true as const }])) }
}

/** Rows that others refer to are left to the sweep of the product, which follows references; the database would leave them dangling. */
function expiringMember(entity: Entity, shape: Shape): string | undefined {
  if (entity.ttl?.autoDelete !== true || shape.to(entity).length > 0) return undefined
  return memberOf(fieldOf(entity, entity.ttl.field))
}
