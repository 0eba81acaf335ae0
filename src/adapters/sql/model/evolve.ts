/** From the tables that exist to those that the schema wants. Pure: in charge of telling additive changes from others; must not know connections. */
import { DBALError } from '../../../errors/error.ts'
import type { Dialect } from '../dialect.ts'
import { addColumn, createTable, type IndexModel, type Model, type TableModel } from './ddl.ts'

/** A statement and, for complaints if it fails, what it is about. */
export interface Step {
  readonly text: string
  readonly entity: string
  readonly fields: readonly string[]
}

/** The statements that bring a database from `old` to `wanted`. DATABASE_ERROR with a hint where a change would touch what is stored. */
export function evolve(old: Model, wanted: Model, dialect: Dialect): readonly Step[] {
  const tables = new Map(old.tables.map((table) => [table.name, table]))
  const steps: Step[] = []
  for (const table of wanted.tables) {
    const existing = tables.get(table.name)
    if (existing === undefined) steps.push({ text: createTable(table, dialect), entity: table.entity, fields: [] })
    else steps.push(...columnSteps(existing, table, dialect))
  }
  for (const table of old.tables) {
    if (!wanted.tables.some((other) => other.name === table.name)) refuse(`Entity ${table.entity} is no longer in the schema but its table exists`)
  }
  return [...steps, ...indexSteps(old.indexes, wanted.indexes, dialect)]
}

const differs = 'differs from its column (type, nullability, uniqueness, limits or reference)'

function columnSteps(old: TableModel, table: TableModel, dialect: Dialect): Step[] {
  const columns = new Map(old.columns.map((column) => [column.name, column]))
  for (const column of old.columns) {
    if (table.columns.some((other) => other.name === column.name)) continue
    // A shadow column goes when its field's uniqueness does.
    const stays = table.columns.some((other) => other.field === column.field)
    refuse(`Field ${table.entity}.${column.field} ${stays ? differs : 'is no longer in the schema but its column exists'}`)
  }
  if (old.constraints.join() !== table.constraints.join()) refuse(`The key or a reference of ${table.entity} differs from its table`)
  return table.columns.flatMap((column) => {
    const existing = columns.get(column.name)
    if (existing !== undefined) {
      if (existing.definition !== column.definition) refuse(`Field ${table.entity}.${column.field} ${differs}`)
      return []
    }
    const text = addColumn(table, column, dialect)
    if (text === undefined)
      refuse(`Field ${table.entity}.${column.field} is new and has no value for existing rows: make it nullable or give it a constant default`)
    return [{ text: text as string, entity: table.entity, fields: [column.field] }]
  })
}

function indexSteps(old: readonly IndexModel[], wanted: readonly IndexModel[], dialect: Dialect): Step[] {
  const steps: Step[] = []
  const known = new Map(old.map((index) => [index.name, index.text]))
  const kept = new Map(wanted.map((index) => [index.name, index.text]))
  for (const index of old) {
    if (kept.get(index.name) === index.text) continue
    if (index.unique) refuse(`The unique fields ${index.fields.join(', ')} of ${index.entity} are no longer unique in the schema`)
    steps.push({ text: `DROP INDEX ${dialect.quote(index.name)}`, entity: index.entity, fields: index.fields })
  }
  for (const index of wanted) if (known.get(index.name) !== index.text) steps.push({ text: index.text, entity: index.entity, fields: index.fields })
  return steps
}

function refuse(what: string): never {
  throw new DBALError('DATABASE_ERROR', { hint: `${what}. This change is not additive: run \`dbal migrate plan\`, or start with a new database.` })
}
