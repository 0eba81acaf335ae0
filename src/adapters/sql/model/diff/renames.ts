/** Names that changed because the schema says so, never because they look alike. In charge of `renamed_from`; must not know other changes. */
import { columnOf, type Model, tableOf } from '../model.ts'
import type { Plan } from './plan.ts'

/** An old name that is still wanted, or a new one that is there already, is no rename. */
export function renames(plan: Plan, wanted: Model): void {
  for (const table of wanted.tables) {
    // Also where only the word for its columns changed: the table declares the same one.
    const from = table.renamedFrom === undefined ? undefined : plan.now.tables.find(({ entity }) => entity === table.renamedFrom)
    if (from === undefined || from.name === table.name || tableOf(plan.now, table.name) !== undefined) continue
    if (tableOf(wanted, from.name) !== undefined) continue
    dropChecks(plan, from.name)
    plan.add({ op: 'renameTable', from: from.name, to: table.name, entity: table.entity })
  }
  for (const table of wanted.tables) renameColumns(plan, table.name, wanted)
}

function renameColumns(plan: Plan, name: string, wanted: Model): void {
  const [before, table] = [tableOf(plan.now, name), tableOf(wanted, name)]
  if (before === undefined || table === undefined) return
  for (const column of table.columns) {
    if (column.renamedFrom === undefined || columnOf(before, column.name) !== undefined) continue
    const from = before.columns.find(({ field, folds }) => field === column.renamedFrom && (folds === undefined) === (column.folds === undefined))
    if (from === undefined || columnOf(table, from.name) !== undefined) continue
    dropChecks(plan, name, from.name)
    plan.add({ op: 'renameColumn', table: name, from: from.name, to: column.name, field: column.field })
  }
}

/** MySQL renames no column that a condition names; the condition comes back under its new name. */
function dropChecks(plan: Plan, name: string, only?: string): void {
  if (plan.dialect.tables.alters !== 'whole') return
  for (const { name: column, check } of tableOf(plan.now, name)?.columns ?? []) {
    if (check !== undefined && (only === undefined || only === column)) plan.add({ op: 'dropCheck', table: name, column, check })
  }
}
