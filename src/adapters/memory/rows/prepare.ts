/** From one schema to the next: tables for a schema, with the rows that there are. In charge of what an old row becomes; must not know queries. */
import { ConstraintError } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Schema, Value } from '../../../schema/entity.ts'
import { indexShapes, referencesOf } from './shape.ts'
import { World } from './store.ts'
import { type Row, rowOf, Table } from './table.ts'

/** The world of `schema` with the rows of `old`. Throws DATABASE_ERROR with a hint where they do not fit; `old` is as before. */
export function worldOf(schema: Schema, old: World): World {
  const references = referencesOf(schema)
  const tables = new Map(old.tables)
  for (const entity of schema.entities.values()) {
    const table = new Table(entity, indexShapes(entity, references))
    for (const row of old.tables.get(entity.name)?.rows() ?? []) refill(table, row)
    tables.set(entity.name, table)
  }
  return new World(tables, references)
}

function refill(table: Table, row: Row): void {
  const { entity } = table
  try {
    table.add(rowOf(entity, completed(entity, row)))
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    const hint = `Rows of ${entity.name} do not fit the schema (${error.fields.join(', ')}): give new fields a default or make them nullable, or change the rows first`
    throw new DBALError('DATABASE_ERROR', { hint }, { cause: error })
  }
}

/** New fields of old rows have their default, else null. */
function completed(entity: Entity, row: Row): Row {
  const values = new Map<string, Value>()
  for (const field of entity.fields.values()) {
    const given = field.default === undefined || field.default === 'now' ? null : field.default
    values.set(field.name, row.get(field.name) ?? (row.has(field.name) ? null : given))
  }
  return values
}
