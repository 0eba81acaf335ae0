/** Changes of tables where a database changes them in place. In charge of columns, conditions and lost references; must not know indexes or words. */

import { type ColumnModel, columnOf, type Model, type TableModel, tableOf } from '../model.ts'
import { isNarrower } from '../values.ts'
import { type Altered, type Difference, differenceOf, isRetyped, type Named, sameTarget } from './compare.ts'
import { adviceOf, alteration } from './judge.ts'
import type { Plan } from './plan.ts'

/** All tables together, one kind of change after the other: references lie between tables. */
export function alterTables(plan: Plan, wanted: Model): void {
  const found = wanted.tables.flatMap((table) => {
    const before = tableOf(plan.now, table.name)
    return before === undefined || plan.fresh(table.name) ? [] : [differenceOf(before, table, { defaults: true, references: true })]
  })
  for (const difference of found) refuseOthers(plan, difference)
  const possible = found.map((difference) => possibleOf(plan, difference, { defaults: true, references: true }))
  dropReferences(plan, possible)
  for (const difference of possible) addColumns(plan, difference)
  for (const difference of possible) dropChecks(plan, difference)
  for (const difference of possible) alterColumns(plan, difference)
  for (const difference of possible) addChecks(plan, difference)
}

/** Without changes of type that would alter values: those columns stay what they are. */
export function possibleOf(plan: Plan, difference: Difference, named: Named): Difference {
  const { before, wanted, altered } = difference
  const refused = new Map(altered.filter((one) => !mayAlter(plan, difference, one)).map(({ from }) => [from.name, from]))
  if (refused.size === 0) return difference
  return differenceOf(before, { ...wanted, columns: wanted.columns.map((column) => refused.get(column.name) ?? column) }, named)
}

function mayAlter(plan: Plan, { wanted }: Difference, { from, to }: Altered): boolean {
  if (!isRetyped(from, to) || plan.dialect.tables.convert(plan.dialect.quote(to.name), from, to) !== undefined) return true
  const scale = to.value.scale === undefined ? '' : ` with scale ${to.value.scale}`
  plan.refuse(
    wanted.entity,
    to.field,
    `Values of type ${from.value.type} cannot become ${to.value.type}${scale} without being altered`,
    adviceOf.retype,
  )
  return false
}

/** No value is known for the rows that are there. */
export function needsValue(column: ColumnModel): boolean {
  return !column.nullable && column.default === undefined && column.folds === undefined
}

export function refuseOthers(plan: Plan, { wanted, added, key }: Difference): void {
  for (const column of added) {
    if (needsValue(column))
      plan.refuse(
        wanted.entity,
        column.field,
        'The field is new and has no value for existing rows',
        `Make it optional or give it a constant default. ${adviceOf.fill}`,
      )
  }
  if (key) {
    const advice = 'A key cannot be changed: make a new entity with the new key, copy the rows, and remove the old one in a later release.'
    plan.refuse(wanted.entity, undefined, 'The key is another one', advice)
  }
}

/** Those that go, and those whose columns change their type: they come back when both sides have it. */
function dropReferences(plan: Plan, all: readonly Difference[]): void {
  const { alters, renamesConstraints } = plan.dialect.tables
  const changed = new Set<string>()
  for (const { wanted, altered } of all) {
    for (const { from, to } of altered) {
      if (isRetyped(from, to) || (alters === 'whole' && from.nullable !== to.nullable)) changed.add(`${wanted.name}\0${to.name}`)
    }
  }
  const touches = (table: string, columns: readonly string[]): boolean => columns.some((column) => changed.has(`${table}\0${column}`))
  for (const table of plan.now.tables) {
    const difference = all.find(({ wanted }) => wanted.name === table.name)
    for (const reference of table.references) {
      const lost = difference?.lostReferences.includes(reference) === true
      const renamed = lost ? difference.newReferences.find((other) => sameTarget(other, reference)) : undefined
      if (renamed !== undefined && renamesConstraints && reference.waived !== true)
        plan.add({ op: 'renameReference', table: table.name, from: reference.name, to: renamed })
      else if (lost || touches(table.name, reference.columns) || touches(reference.table, reference.targetColumns))
        plan.add({ op: 'dropReference', table: table.name, reference })
    }
  }
}

/** A shadow column gets its values once it is there, and only then must have them. */
function addColumns(plan: Plan, { wanted, added }: Difference): void {
  for (const column of added) {
    if (needsValue(column)) continue
    const { check, ...bare } = column
    const table = wanted.name
    if (column.folds === undefined) plan.add({ op: 'addColumn', table, column: bare, references: [] })
    else {
      plan.add({ op: 'addColumn', table, column: { ...bare, nullable: true }, references: [] })
      fill(plan, table, column)
    }
    if (check !== undefined) plan.add({ op: 'addCheck', table, column: column.name, check }, ofNewColumn(column))
  }
}

function fill(plan: Plan, table: string, column: ColumnModel): void {
  plan.add({ op: 'fill', table, column })
  const from = columnOf(tableOf(plan.now, table) as TableModel, column.name) as ColumnModel
  const why = 'Every row is looked at; all have their folded form by now.'
  if (!column.nullable) plan.add({ op: 'alterColumn', table, from, to: column }, { mark: 'locking', why, breaks: true, fields: [column.field] })
}

/** Every row has the default, which fits, or nothing. */
function ofNewColumn({ field }: ColumnModel) {
  return {
    mark: 'locking',
    why: 'Every row is held against the condition of the new column, which all fit.',
    additive: true,
    fields: [field],
  } as const
}

/** Those that go, and those whose column changes its type. */
function dropChecks(plan: Plan, { wanted, checks, dropped, altered }: Difference): void {
  const table = wanted.name
  const { renamesConstraints } = plan.dialect.tables
  for (const { column, from, to } of checks) {
    if (from === undefined) continue
    if (to !== undefined && from.text === to.text && renamesConstraints && from.waived !== true)
      plan.add({ op: 'renameCheck', table, column, from: from.name, to: { ...from, name: to.name } })
    else plan.add({ op: 'dropCheck', table, column, check: from })
  }
  for (const { name, check } of dropped) if (check !== undefined) plan.add({ op: 'dropCheck', table, column: name, check })
  for (const { from, to } of altered) {
    const check = isRetyped(from, to) ? columnOf(tableOf(plan.now, table) as TableModel, to.name)?.check : undefined
    if (check !== undefined) plan.add({ op: 'dropCheck', table, column: to.name, check })
  }
}

function alterColumns(plan: Plan, { wanted, altered }: Difference): void {
  const table = wanted.name
  const { dialect } = plan
  for (const { from, to } of altered) {
    // MySQL keeps no key over text that has no bound unless it is declared so.
    if (dialect.tables.alters === 'whole' && isRetyped(from, to)) {
      for (const index of plan.now.indexes)
        if (index.table === table && index.columns.includes(to.name)) plan.add({ op: 'dropIndex', index, online: false })
    }
    if (to.folds !== undefined && from.nullable && !to.nullable) fill(plan, table, to)
    else plan.add({ op: 'alterColumn', table, from, to }, { ...alteration(from, to, dialect), fields: [to.field] })
  }
}

function addChecks(plan: Plan, { before, wanted }: Difference): void {
  const table = wanted.name
  for (const { name, check, value, field } of wanted.columns) {
    const now = columnOf(tableOf(plan.now, table) as TableModel, name)
    if (check === undefined || now === undefined || now.check !== undefined) continue
    const old = columnOf(before, name)
    const operation = { op: 'addCheck', table, column: name, check: plan.beside(table) ? { ...check, pending: true as const } : check } as const
    if (old !== undefined && isNarrower(old.value, value)) plan.add(operation, narrowing(field))
    else plan.add(operation)
  }
}

export function narrowing(field: string) {
  return {
    mark: 'destructive',
    why: 'Values that were allowed are so no longer; it fails where a row has one.',
    breaks: true,
    advice: adviceOf.narrow,
    fields: [field],
  } as const
}
