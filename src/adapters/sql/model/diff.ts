/**
 * The plan from one physical form to another: which changes, in which order.
 * Pure: in charge of an order in which every change can be made; must not know connections or how changes are worded.
 */
import type { Dialect } from '../dialect.ts'
import { alterTables } from './diff/alter.ts'
import { sameIndex } from './diff/compare.ts'
import { Plan } from './diff/plan.ts'
import { rebuildTables } from './diff/rebuild.ts'
import { renames } from './diff/renames.ts'
import { type ColumnModel, columnOf, type IndexModel, type Model, type TableModel, tableOf } from './model.ts'
import type { Refusal, Step } from './step.ts'

export interface DiffOptions {
  /** Make indexes and conditions beside writers where the database can. */
  readonly online?: boolean
}

export interface Diff {
  readonly steps: readonly Step[]
  /** What has to be changed in the schema, or be done by hand, before a plan can be made. */
  readonly refused: readonly Refusal[]
}

export function diff(old: Model, wanted: Model, dialect: Dialect, options: DiffOptions = {}): Diff {
  const plan = new Plan(old, dialect, options.online === true)
  renames(plan, wanted)
  const inside = dialect.tables.alters === 'rebuild'
  const made = wanted.tables.filter((table) => tableOf(plan.now, table.name) === undefined)
  if (!inside) dropReferencesOfLost(plan, wanted)
  for (const table of made) plan.add({ op: 'createTable', table: inside ? table : { ...table, references: [] } })
  if (inside) rebuildTables(plan, wanted)
  else alterTables(plan, wanted)
  indexes(plan, wanted)
  if (!inside) addReferences(plan, wanted)
  validate(plan)
  dropLost(plan, wanted)
  return { steps: plan.steps, refused: plan.refused }
}

function isLost(table: TableModel, wanted: Model): boolean {
  return tableOf(wanted, table.name) === undefined
}

/** Tables that go may refer to each other in a circle. */
function dropReferencesOfLost(plan: Plan, wanted: Model): void {
  for (const table of plan.now.tables) {
    if (!isLost(table, wanted)) continue
    for (const reference of table.references) plan.add({ op: 'dropReference', table: table.name, reference })
  }
}

/** New ones first, so that a reference is never without the index that it needs; then those that nobody wants any more. */
function indexes(plan: Plan, wanted: Model): void {
  const { tables: words } = plan.dialect
  const kept = new Set<IndexModel>()
  for (const to of wanted.indexes) {
    const exact = plan.now.indexes.find((index) => index.name === to.name && sameIndex(index, to))
    if (exact !== undefined) {
      kept.add(exact)
      continue
    }
    const columns = columnsOf(plan, to)
    // Refused columns are not there to be indexed.
    if (columns === undefined) continue
    const unnamed = plan.now.indexes.find((index) => sameIndex(index, to) && !wanted.indexes.some((other) => other.name === index.name))
    const rename = words.renameIndex !== undefined && unnamed !== undefined && unnamed.waived !== true
    const namesake = plan.now.indexes.find((index) => index.name === to.name)
    if (rename) plan.add({ op: 'renameIndex', from: unnamed.name, to })
    else if (namesake !== undefined && words.alters === 'whole' && namesake.table === to.table)
      plan.add({ op: 'replaceIndex', from: namesake, to, columns })
    else {
      if (namesake !== undefined) plan.add({ op: 'dropIndex', index: namesake, online: plan.beside(namesake.table) })
      plan.add({ op: 'createIndex', index: to, columns, online: plan.beside(to.table) })
    }
  }
  for (const index of plan.now.indexes) {
    const table = tableOf(wanted, index.table)
    if (table === undefined || kept.has(index)) continue
    if (wanted.indexes.some((other) => other.name === index.name)) continue
    plan.add({ op: 'dropIndex', index, online: plan.beside(index.table) })
  }
}

function columnsOf(plan: Plan, index: IndexModel): readonly ColumnModel[] | undefined {
  const table = tableOf(plan.now, index.table)
  const columns = index.columns.map((name) => (table === undefined ? undefined : columnOf(table, name)))
  return columns.includes(undefined) ? undefined : (columns as readonly ColumnModel[])
}

function addReferences(plan: Plan, wanted: Model): void {
  for (const table of wanted.tables) {
    const there = tableOf(plan.now, table.name) as TableModel
    for (const reference of table.references) {
      if (there.references.some(({ name }) => name === reference.name)) continue
      if (!reference.columns.every((name) => columnOf(there, name) !== undefined)) continue
      plan.add({ op: 'addReference', table: table.name, reference: plan.beside(table.name) ? { ...reference, pending: true } : reference })
    }
  }
}

/** Whatever was asked of new rows only is asked of all. */
function validate(plan: Plan): void {
  for (const { name: table, columns, references } of plan.now.tables) {
    for (const { name: column, check } of columns) if (check?.pending === true) plan.add({ op: 'validateCheck', table, column, check })
    for (const reference of references) if (reference.pending === true) plan.add({ op: 'validateReference', table, reference })
  }
}

function dropLost(plan: Plan, wanted: Model): void {
  for (const table of plan.now.tables) {
    const kept = tableOf(wanted, table.name)
    if (kept === undefined) plan.add({ op: 'dropTable', table })
    else for (const column of table.columns) if (columnOf(kept, column.name) === undefined) plan.add({ op: 'dropColumn', table: table.name, column })
  }
}

/** What a database keeps of `wanted` once it is reached: things that it was taken over without stay marked so. */
export function settled(now: Model, wanted: Model): Model {
  return {
    ...wanted,
    tables: wanted.tables.map((table) => {
      const before = tableOf(now, table.name)
      if (before === undefined) return table
      return {
        ...table,
        columns: table.columns.map((column) => {
          const check = columnOf(before, column.name)?.check
          return check?.waived === true && column.check?.name === check.name && column.check.text === check.text ? { ...column, check } : column
        }),
        references: table.references.map(
          (reference) => before.references.find(({ name, waived }) => name === reference.name && waived === true) ?? reference,
        ),
      }
    }),
    indexes: wanted.indexes.map(
      (index) => now.indexes.find((other) => other.waived === true && other.name === index.name && sameIndex(other, index)) ?? index,
    ),
  }
}
