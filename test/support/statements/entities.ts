/** Entities for statements: every type of field, every kind of index, keys of two fields, rows of tenants. In charge of shapes only; knows no query. */
import type { Entity, Value, ValueType } from '../../../src/schema/entity.ts'
import { type FieldGiven, makeEntity } from '../make-schema.ts'

export const role = { type: 'enum', values: ['user', 'admin', 'god'] } as const
export const types = {
  uuid: { type: 'uuid' },
  cuid: { type: 'cuid' },
  string: { type: 'string' },
  text: { type: 'text' },
  email: { type: 'email' },
  integer: { type: 'integer' },
  bigint: { type: 'bigint' },
  price: { type: 'decimal', precision: 10, scale: 2 },
  rate: { type: 'decimal', precision: 10, scale: 4 },
  total: { type: 'decimal', precision: 30, scale: 4 },
  float: { type: 'float' },
  boolean: { type: 'boolean' },
  datetime: { type: 'datetime' },
  date: { type: 'date' },
  json: { type: 'json' },
  enum: role,
  bytes: { type: 'bytes' },
} as const satisfies Readonly<Record<string, ValueType>>
export type TypeName = keyof typeof types

/** A value of each type, then one that is easily spoilt on its way. */
export const samples: Readonly<Record<TypeName, readonly [Value, Value]>> = {
  uuid: ['018f0000-0000-7000-8000-000000000001', 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
  cuid: ['tz4a98xxat96iws9zmbrgj3a', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
  string: ['Ada', 'İ"\\\'{},NULL '],
  text: ['a\nb', ''],
  email: ['ada@example.com', 'A+b@example.com'],
  integer: [7, 2_147_483_647],
  bigint: ['9007199254740993', '-9223372036854775808'],
  price: ['-1.50', '99999999.99'],
  rate: ['0.0001', '-0.5000'],
  total: ['-1.5000', '99999999999999999999999999.9999'],
  float: [1.5, -1e-300],
  boolean: [true, false],
  datetime: ['2026-01-31T09:30:00.000Z', '0001-01-01T00:00:00.007Z'],
  date: ['2026-01-31', '9999-12-31'],
  json: [{ a: [1, null] }, 'text'],
  enum: ['admin', 'user'],
  bytes: ['AP8=', ''],
}

const typed = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { ...type, column: `of_${name}` } as FieldGiven]))

/** One field of each type, named after it, beside fields with each kind of index. */
export const Thing: Entity = makeEntity('Thing', {
  table: 'things',
  fields: {
    id: { type: 'uuid', primary: true },
    ...typed,
    name: { type: 'string', required: true, unique: 'insensitive', maxLength: 100 },
    code: { type: 'string', required: true, unique: 'exact', maxLength: 20 },
    nick: { type: 'string', unique: 'exact', maxLength: 20 },
    listed: { type: 'integer', index: true },
    first: { type: 'integer' },
    second: { type: 'integer' },
    ownerId: { type: 'uuid', foreignKey: { entity: 'Owner', field: 'id', onDelete: 'cascade' } },
    placeRow: { type: 'integer' },
    placeColumn: { type: 'string', maxLength: 10 },
    upId: { type: 'uuid', foreignKey: { entity: 'Thing', field: 'id', onDelete: 'set_null' } },
  },
  indexes: [{ name: 'things_first_second', fields: ['first', 'second'], unique: false }],
})
export const Owner: Entity = makeEntity('Owner', {
  table: 'owners',
  fields: {
    id: { type: 'uuid', primary: true },
    handle: { type: 'string', required: true, unique: 'exact', maxLength: 40 },
    role: { ...role },
    level: { type: 'integer' },
    placeRow: { type: 'integer' },
    placeColumn: { type: 'string', maxLength: 10 },
  },
})
export const Place: Entity = makeEntity('Place', {
  table: 'places',
  key: ['row', 'column'],
  fields: {
    row: { type: 'integer', required: true },
    column: { type: 'string', required: true, maxLength: 10 },
    label: { type: 'string', maxLength: 10 },
    handle: { type: 'string', maxLength: 40 },
  },
})
/** What is unique here is so within a tenant only. */
export const Held: Entity = makeEntity('Held', {
  table: 'helds',
  tenant: 'tenantId',
  fields: {
    id: { type: 'uuid', primary: true },
    tenantId: { type: 'uuid', required: true, kept: 'tenant' },
    slug: { type: 'string', required: true, unique: 'exact', maxLength: 40 },
    thingId: { type: 'uuid', foreignKey: { entity: 'Thing', field: 'id', onDelete: 'restrict' } },
    size: { type: 'integer' },
  },
})
export const entities = [Thing, Owner, Place, Held]
