/** Changes of tables where a database makes them anew (SQLite). In charge of what can do without, and of the values of the copy; must not know words. */

import { type ColumnModel, columnOf, type Model, type ReferenceModel, type TableModel, tableOf } from '../model.ts'
import { gravest } from '../step.ts'
import { isNarrower } from '../values.ts'
import { narrowing, needsValue, possibleOf, refuseOthers } from './alter.ts'
import { type Difference, differenceOf } from './compare.ts'
import { alteration, type Judgement, judge } from './judge.ts'
import type { Plan } from './plan.ts'

export function rebuildTables(plan: Plan, wanted: Model): void {
  for (const table of wanted.tables) {
    const before = tableOf(plan.now, table.name)
    if (before === undefined || plan.fresh(table.name)) continue
    // References have no names in SQLite's tables that anybody would see, and a default is no reason to copy all rows.
    const named = { defaults: false, references: false }
    const difference = differenceOf(before, table, named)
    refuseOthers(plan, difference)
    if (!difference.key) change(plan, possibleOf(plan, difference, named))
  }
}

function change(plan: Plan, difference: Difference): void {
  const { wanted, before } = difference
  const added = difference.added.filter((column) => !needsValue(column))
  const simple = added.flatMap((column) => {
    const references = difference.newReferences.filter(({ columns }) => columns.length === 1 && columns[0] === column.name)
    return column.folds !== undefined && !column.nullable ? [] : [{ column, references }]
  })
  const covered = simple.flatMap(({ references }) => references)
  const causes = causesOf(plan, difference, covered)
  // A shadow column of existing rows has to be filled, which a copy does.
  const shadows = added.filter((column) => column.folds !== undefined && columnOf(before, column.folds) !== undefined)
  if (causes.length === 0 && shadows.length === 0 && simple.length === added.length) {
    for (const { column, references } of simple) plan.add({ op: 'addColumn', table: wanted.name, column, references })
    return
  }
  const to = target(wanted, before)
  const values = Object.fromEntries(to.columns.flatMap((column) => filling(plan, before, wanted, column)))
  const operation = { op: 'rebuild', from: before, to, values } as const
  const whys = [...causes.map(({ why, fields }) => `${fields.join(', ')}: ${why}`), judge(operation, false, plan.dialect).why]
  const advice = causes.find((cause) => cause.advice !== undefined)?.advice
  plan.add(operation, {
    mark: gravest(['locking', ...causes.map(({ mark }) => mark)]),
    why: whys.join(' '),
    fields: [...new Set([...causes.flatMap(({ fields }) => fields), ...added.map(({ field }) => field)])],
    ...(causes.some(({ breaks }) => breaks === true) || shadows.some(({ nullable }) => !nullable) ? { breaks: true } : {}),
    ...(advice === undefined ? {} : { advice }),
  })
}

type Cause = Judgement & { readonly fields: readonly string[] }

/** Why the table has to be made anew. */
function causesOf(
  plan: Plan,
  { wanted, dropped, altered, checks, newReferences, lostReferences }: Difference,
  covered: readonly ReferenceModel[],
): Cause[] {
  const table = wanted.name
  const { dialect } = plan
  const fieldOf = (name: string): readonly string[] => [columnOf(wanted, name)?.field ?? name]
  return [
    ...dropped.map((column) => ({ ...judge({ op: 'dropColumn', table, column }, false, dialect), fields: [column.field] })),
    ...altered.map(({ from, to }) => ({ ...alteration(from, to, dialect), fields: [to.field] })),
    ...checks.map(({ column, from, to }): Cause => {
      const before = columnOf(tableOf(plan.now, table) as TableModel, column) as ColumnModel
      const after = columnOf(wanted, column) as ColumnModel
      if (isNarrower(before.value, after.value)) return narrowing(after.field)
      if (from?.text === to?.text) return { mark: 'safe', why: 'Its condition has another name.', fields: fieldOf(column) }
      if (to === undefined) return { mark: 'safe', why: 'No longer bound by a condition.', fields: fieldOf(column) }
      return { mark: 'locking', why: 'Bound by another condition; it fails where a row does not fit.', fields: fieldOf(column) }
    }),
    ...newReferences
      .filter((reference) => !covered.includes(reference))
      .map((reference) => ({ ...judge({ op: 'addReference', table, reference }, false, dialect), fields: [reference.field] })),
    ...lostReferences.map((reference) => ({ ...judge({ op: 'dropReference', table, reference }, false, dialect), fields: [reference.field] })),
  ]
}

/** The wanted table without columns whose values nobody knows, which were refused. */
function target(wanted: TableModel, before: TableModel): TableModel {
  const columns = wanted.columns.filter((column) => columnOf(before, column.name) !== undefined || !needsValue(column))
  const has = (name: string): boolean => columns.some((column) => column.name === name)
  return { ...wanted, columns, references: wanted.references.filter((reference) => reference.columns.every(has)) }
}

/** What the copy fills a column with; nothing where the default or null is meant. */
function filling(plan: Plan, before: TableModel, wanted: TableModel, column: ColumnModel): [string, string][] {
  const { quote, fold, tables: words } = plan.dialect
  const from = columnOf(before, column.name)
  if (from !== undefined) return [[column.name, words.convert(quote(column.name), from, column) ?? quote(column.name)]]
  if (column.folds === undefined) return []
  const source = columnOf(before, column.folds)
  const target = columnOf(wanted, column.folds)
  if (source === undefined || target === undefined) return []
  return [[column.name, fold(words.convert(quote(column.folds), source, target) ?? quote(column.folds))]]
}
