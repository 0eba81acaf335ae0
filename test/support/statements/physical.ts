/** What drivers may answer, and what tables may become. In charge of awkward values of databases; knows no dialect. */
import type { Physical } from '../../../src/adapters/sql/dialect.ts'
import type { CheckModel, ColumnModel, IndexModel, ReferenceModel, TableModel } from '../../../src/adapters/sql/model/model.ts'
import type { Operation } from '../../../src/adapters/sql/model/operation.ts'
import type { Entity, Value } from '../../../src/schema/entity.ts'
import { makeEntity } from '../make-schema.ts'

/** Answers of databases, of which most are values of one type and none of another. */
export const answers: readonly Physical[] = [
  0,
  1,
  -7,
  1.5,
  1e21,
  Number.POSITIVE_INFINITY,
  7n,
  -150n,
  true,
  false,
  '',
  '0',
  '1',
  't',
  'f',
  '7',
  '-7.5',
  '-0.00',
  '-0.007',
  '12.340000000000000000000000000000',
  '12.345',
  '9223372036854775808',
  'NaN',
  'Infinity',
  '1:1.5',
  '2:1.5,-0.25',
  '3:1.5,2',
  '2:1e308,1e308',
  '[1.5,2.25]',
  '[1e308,1e308]',
  '2 1 5 7 9 1',
  '1000000000000000000000000000000000000000000000000000000000007500000000000000000000000000000000000000 2',
  '0999999999999999999999999999999999999999999999999999999999998499999999999999999999999999999999999999',
  '0999999999999999999999999984999',
  'AP8=',
  '\\x00ff',
  '00FF',
  '{"a":1}',
  '2026-01-31',
  '2026-01-31 09:30:00',
  '2026-01-31 09:30:00.12+00',
  '2026-01-31 09:30:00.123456',
  '2026-01-31 09:30:00.123456 AD',
  '0044-03-15 BC',
  '2026-01-31 AD',
  '2026-01-31T09:30:00.000Z',
  '2026-01-31T09:30:00.000+00:00',
  'x2026-01-31T09:30:00.000Zx',
  '1769851800000',
  '-62135596800000',
  '-62135596800001',
  '253402300799999',
  '253402300800000',
  '018f0000-0000-7000-8000-000000000001',
  '?',
  new Uint8Array([0, 255]),
]

const column = (name: string, type: string, value: ColumnModel['value'], nullable = true): ColumnModel => ({
  name,
  field: name,
  type,
  nullable,
  value,
})
export const columns: readonly ColumnModel[] = [
  column('i', 'INTEGER', { type: 'integer' }, false),
  column('b', 'bigint', { type: 'bigint' }),
  column('f', 'double', { type: 'float' }),
  column('d1', 'INTEGER', { type: 'decimal', precision: 10, scale: 2 }),
  column('d2', 'INTEGER', { type: 'decimal', precision: 12, scale: 4 }),
  column('d3', 'TEXT', { type: 'decimal', precision: 30, scale: 4 }),
  column('d4', 'TEXT', { type: 'decimal', precision: 30 }),
  column('d5', 'TEXT', { type: 'decimal', precision: 31, scale: 4 }),
  column('s', 'text COLLATE "C"', { type: 'string' }),
  column('v', 'varchar(100) CHARACTER SET utf8mb4', { type: 'text' }, false),
  column('w', 'varchar(768)', { type: 'email' }),
  column('c', 'char(36) CHARACTER SET ascii', { type: 'uuid' }),
  column('y', 'varbinary(400)', { type: 'bytes' }),
  column('l', 'longtext', { type: 'text' }),
  column('z', 'longblob', { type: 'bytes' }),
  column('j', 'json', { type: 'json' }),
  column('t', 'datetime(3)', { type: 'datetime' }),
  column('a', 'date', { type: 'date' }),
  column('o', 'boolean', { type: 'boolean' }),
  column('e', 'text COLLATE "C"', { type: 'enum', values: ['a', 'b'] }),
]

const [first, second] = columns as readonly [ColumnModel, ColumnModel]
const check: CheckModel = { name: 'a check', text: 'i > 0' }
const reference: ReferenceModel = {
  name: 'a reference',
  field: 'b',
  columns: ['b'],
  table: 'others',
  targetColumns: ['id'],
  onDelete: 'cascade',
  onUpdate: 'restrict',
}
const table: TableModel = { name: 'a table', entity: 'Thing', columns: [first, second], key: ['i'], references: [reference] }
export const indexOf = (unique: boolean, names: readonly string[]): IndexModel => ({
  name: 'an index',
  entity: 'Thing',
  table: 'a table',
  fields: names,
  columns: names,
  unique,
})
const index = indexOf(false, ['i'])
const on = { table: 'a table' }
export const operations: readonly Operation[] = [
  { op: 'createTable', table },
  { op: 'dropTable', table },
  { op: 'renameTable', from: 'old', to: 'new', entity: 'Thing' },
  { op: 'addColumn', ...on, column: first, references: [reference] },
  { op: 'dropColumn', ...on, column: first },
  { op: 'renameColumn', ...on, from: 'i', to: 'k', field: 'k' },
  { op: 'alterColumn', ...on, from: first, to: second },
  { op: 'fill', ...on, column: first },
  { op: 'addCheck', ...on, column: 'i', check },
  { op: 'dropCheck', ...on, column: 'i', check },
  { op: 'addReference', ...on, reference },
  { op: 'dropReference', ...on, reference },
  { op: 'createIndex', index, columns: [first], online: true },
  { op: 'createIndex', index, columns: [first], online: false },
  { op: 'dropIndex', index, online: true },
  { op: 'dropIndex', index, online: false },
  { op: 'renameIndex', from: 'old index', to: index },
]

const bounded = { min: 1, max: 9 }
/** Fields with limits, defaults and keys of every length. */
export const limits: readonly Entity[] = [
  makeEntity('Limit', {
    table: 'limits',
    fields: {
      id: { type: 'string', primary: true },
      whole: { type: 'integer', ...bounded, default: 5 },
      big: { type: 'bigint', min: '-1', max: '9223372036854775807' as Value as string },
      exact: { type: 'decimal', precision: 10, scale: 2, min: '0.5', default: '1.00' },
      large: { type: 'decimal', precision: 30, scale: 4, max: '7' },
      wide: { type: 'float', ...bounded },
      day: { type: 'date', min: '2026-01-01', default: 'now' },
      time: { type: 'datetime', max: '2026-01-01T00:00:00.000Z', default: 'now' },
      unfit: { type: 'integer', min: 'none' },
      short: { type: 'string', minLength: 2, maxLength: 255, default: "it's" },
      longer: { type: 'string', maxLength: 256, unique: 'exact' },
      longest: { type: 'string', maxLength: 769, unique: 'exact' },
      keyed: { type: 'text', unique: 'insensitive', default: 'x\\y' },
      nothing: { type: 'string', maxLength: 0 },
      mail: { type: 'email', unique: 'exact', required: true },
      code: { type: 'cuid', index: true },
      bytes: { type: 'bytes', minLength: 1, maxLength: 8, unique: 'exact' },
      free: { type: 'bytes', unique: 'exact' },
      kind: { type: 'enum', values: ["o'clock", 'b\\c'], default: "o'clock", index: true },
      bare: { type: 'enum' },
      flag: { type: 'boolean', default: true },
      doc: { type: 'json', default: { a: [1] } },
      up: { type: 'string', min: 1, maxLength: 5, foreignKey: { entity: 'Limit', field: 'id', onDelete: 'set_null' } },
    },
    indexes: [
      { name: 'limits_a', fields: ['short', 'longer', 'whole'], unique: false },
      { name: 'limits_b', fields: ['keyed', 'kind'], unique: true },
    ],
  }),
]
