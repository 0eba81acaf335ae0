/** Tables that DBAL made, read again: the entities are those that they were made from, but for what no table holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dialect } from '../../src/adapters/sql/dialect.ts'
import { mariadbDialect } from '../../src/adapters/sql/dialects/mysql/dialect.ts'
import { postgresDialect } from '../../src/adapters/sql/dialects/postgres/dialect.ts'
import { sqliteDialect } from '../../src/adapters/sql/dialects/sqlite/dialect.ts'
import { ddl } from '../../src/adapters/sql/model/ddl.ts'
import { readSchemaFolder, readShipped } from '../../src/config/schema-files.ts'
import type { Entity, Field, Schema } from '../../src/schema/entity.ts'
import { parseSchema } from '../../src/schema/parse.ts'
import { serverOf } from '../support/databases.ts'
import { introspected, type Kind, withDatabase } from './live.ts'

function shippedSchema(): Schema {
  const { files, internal } = readShipped()
  return parseSchema(files, { internal })
}

function musicStore(): Schema {
  const { shipped, internal } = readShipped()
  return parseSchema(readSchemaFolder('examples/music-store/schema'), { shipped, internal })
}

/** The type that the tables of each database leave of a field: its codecs say how values lie there. */
const leaves: Readonly<Record<Kind, (field: Field) => string>> = {
  sqlite: ({ type, precision = 38 }) => {
    if (['uuid', 'cuid', 'string', 'email', 'datetime', 'date'].includes(type)) return 'text'
    // Nothing tells a column of 64 bits from one that may have them.
    if (type === 'bigint') return 'integer'
    // A whole number of its smallest unit, or text where that has more than 18 digits.
    if (type === 'decimal') return precision > 18 ? 'text' : precision < 10 ? 'integer' : 'bigint'
    return type
  },
  postgresql: ({ type }) => (['cuid', 'string', 'email'].includes(type) ? 'text' : type),
  // Texts are varchar or longtext by their length, a uuid is char(36); MariaDB's own uuid is not used.
  mysql: ({ type }) => (['uuid', 'cuid', 'string', 'email', 'text'].includes(type) ? 'text' : type),
}

/** What a table holds of an entity: columns with types, presence, key, uniques, references. Names of indexes too. */
function held(schema: Schema, entity: Entity, typeOf: (field: Field) => string): unknown {
  const tableOf = (name: string): string => schema.entities.get(name)?.table ?? '?'
  const columnOf = (name: string): string => entity.fields.get(name)?.column ?? '?'
  return {
    table: entity.table,
    key: entity.key.map(columnOf),
    columns: [...entity.fields.values()].map((field) => ({
      column: field.column,
      type: typeOf(field),
      ...(field.values === undefined ? {} : { values: field.values }),
      nullable: field.nullable,
      // A key is unique anyway.
      unique: entity.key.length === 1 && entity.key[0] === field.name ? 'key' : field.unique,
      ...(field.foreignKey === undefined ? {} : { to: tableOf(field.foreignKey.entity), onDelete: field.foreignKey.onDelete }),
    })),
    uniques: entity.indexes
      .filter(({ unique }) => unique)
      .map(({ fields }) => fields.map(columnOf).join())
      .sort(),
    indexes: entity.indexes
      .filter(({ unique }) => !unique)
      .map(({ fields }) => fields.map(columnOf).join())
      .sort(),
  }
}

/** Entities that callers know: the engine's own are left out by introspection. */
const own = (schema: Schema): Entity[] => [...schema.entities.values()].filter(({ internal }) => !internal)

const dialects: readonly (readonly [kind: Kind, dialect: Dialect, prelude: readonly string[]])[] = [
  ['sqlite', sqliteDialect, []],
  ['postgresql', postgresDialect, []],
  ['mysql', mariadbDialect, []],
]

for (const [name, schema] of [
  ['the shipped schema', shippedSchema()],
  ['examples/music-store', musicStore()],
] as const) {
  for (const [kind, dialect, prelude] of dialects) {
    const skip = kind === 'sqlite' ? undefined : serverOf(kind).skip
    test(`${name} on ${kind}`, skip === undefined ? {} : { skip }, () =>
      withDatabase(kind, [...prelude, ...ddl(schema, dialect)], async (url) => {
        const { schema: read } = await introspected(url, [])
        const tables = new Map(own(read).map((entity) => [entity.table, entity]))
        for (const entity of own(schema)) {
          const back = tables.get(entity.table)
          assert.ok(back, entity.table)
          const typeOfRead = (field: Field): string => (kind === 'mysql' ? leaves.mysql(field) : field.type === 'string' ? 'text' : field.type)
          assert.deepEqual(held(read, back, typeOfRead), held(schema, entity, leaves[kind]), entity.name)
        }
      }),
    )
  }
}
