/** What somebody else changed in a database since its last migration. In charge of telling it; must not change anything. */
import type { Model } from '../adapters/sql/model/model.ts'
import type { Catalog, Column, Index, Reference, Table } from '../catalog/catalog.ts'

export interface Drift {
  readonly kind: 'missing' | 'extra' | 'different'
  readonly what: 'table' | 'column' | 'key' | 'index' | 'reference' | 'condition'
  readonly table: string
  readonly name: string
  /** As the history has it, and as the database has it. */
  readonly expected?: string
  readonly found?: string
}

/** By what and where it is. */
type Facts = ReadonlyMap<string, string>

/**
 * `kept`: the catalogue as it was after the last migration. Without one (a database in development) names, nullability, keys and
 * references are compared with the model. Tables that DBAL did not make are left out, unless `claimed` wants their names.
 */
export function driftOf(model: Model, kept: Pick<Catalog, 'tables'> | undefined, live: Catalog): readonly Drift[] {
  const own = new Set(model.tables.map(({ name }) => name))
  const there = live.tables.filter(({ name }) => own.has(name))
  const expected = kept === undefined ? factsOfModel(model) : factsOf(kept.tables, true)
  const found = factsOf(there, kept !== undefined)
  const lostTables = new Set(model.tables.filter(({ name }) => !there.some((table) => table.name === name)).map(({ name }) => name))
  const drifts: Drift[] = [...lostTables].map((name) => ({ kind: 'missing', what: 'table', table: name, name }))
  for (const [key, value] of expected) {
    const place = placeOf(key)
    if (lostTables.has(place.table)) continue
    const other = found.get(key)
    if (other === undefined) drifts.push({ kind: 'missing', ...place, expected: value })
    else if (other !== value) drifts.push({ kind: 'different', ...place, expected: value, found: other })
  }
  for (const [key, value] of found) if (!expected.has(key)) drifts.push({ kind: 'extra', ...placeOf(key), found: value })
  return drifts
}

function keyOf(what: Drift['what'], table: string, name: string): string {
  return JSON.stringify([what, table, name])
}

function placeOf(key: string): Pick<Drift, 'what' | 'table' | 'name'> {
  const [what, table, name] = JSON.parse(key) as [Drift['what'], string, string]
  return { what, table, name }
}

/** `whole`: types, defaults and conditions too, as the database writes them. */
function factsOf(tables: readonly Table[], whole: boolean): Facts {
  const facts = new Map<string, string>()
  for (const table of tables) {
    const say = (what: Drift['what'], name: string, text: string): unknown => facts.set(keyOf(what, table.name, name), text)
    for (const column of table.columns) say('column', column.name, whole ? columnText(column) : nullText(column.nullable))
    say('key', 'key', (table.key?.columns ?? []).join(', '))
    for (const index of table.uniques) say('index', index.name, whole ? indexText(index, 'unique') : 'unique')
    for (const index of table.indexes) say('index', index.name, whole ? indexText(index, 'plain') : 'plain')
    for (const reference of table.references) say('reference', reference.columns.join(', '), referenceText(reference))
    if (whole) for (const { name, text } of table.checks) say('condition', name ?? text, text)
  }
  return facts
}

function factsOfModel({ tables, indexes }: Model): Facts {
  const facts = new Map<string, string>()
  for (const table of tables) {
    const say = (what: Drift['what'], name: string, text: string): unknown => facts.set(keyOf(what, table.name, name), text)
    for (const column of table.columns) say('column', column.name, nullText(column.nullable))
    say('key', 'key', table.key.join(', '))
    for (const { columns, table: target, targetColumns, onDelete, onUpdate, waived } of table.references) {
      if (waived === true) continue
      const rules = { onDelete: onDelete.replace('_', ' '), onUpdate } as const
      say('reference', columns.join(', '), arrow(target, targetColumns, rules.onDelete, rules.onUpdate))
    }
  }
  for (const { name, table, unique, waived } of indexes) if (waived !== true) facts.set(keyOf('index', table, name), unique ? 'unique' : 'plain')
  return facts
}

const nullText = (nullable: boolean): string => (nullable ? 'may be null' : 'never null')

function columnText({ type, nullable, default: given, collation, made, expression }: Column): string {
  const parts = [type, nullText(nullable), given === undefined ? '' : `default ${given}`, collation === undefined ? '' : `collation ${collation}`]
  return [...parts, made ?? '', expression ?? ''].filter((part) => part !== '').join(', ')
}

function indexText({ columns, where, method, descending }: Index, kind: string): string {
  const list = columns.map((column) => column ?? '(expression)').join(', ')
  return [`${kind} on ${list}`, where === undefined ? '' : `where ${where}`, method ?? '', descending === true ? 'descending' : '']
    .filter((part) => part !== '')
    .join(', ')
}

/** RESTRICT and NO ACTION differ in when they are asked, which no statement of DBAL notices. */
function referenceText({ table, targets, onDelete, onUpdate }: Reference): string {
  return arrow(table, targets, onDelete, onUpdate)
}

function arrow(table: string, targets: readonly string[], onDelete: string, onUpdate: string): string {
  const plain = (action: string): string => (action === 'no action' ? 'restrict' : action)
  return `${table} (${targets.join(', ')}), on delete ${plain(onDelete)}, on update ${plain(onUpdate)}`
}

export function driftLine({ kind, what, table, name, expected, found }: Drift): string {
  const where = what === 'table' ? `table ${table}` : what === 'key' ? `key of ${table}` : `${what} ${name} of ${table}`
  if (kind === 'missing') return `missing: ${where}${expected === undefined ? '' : ` (${expected})`}`
  if (kind === 'extra') return `extra: ${where} (${found})`
  return `different: ${where}: the history has ${expected}, the database has ${found}`
}
