/** What differs between a table as it is and as it is wanted. In charge of finding it; must not know how it is brought about. */
import type { CheckModel, ColumnModel, IndexModel, ReferenceModel, TableModel } from '../model.ts'

export interface Altered {
  readonly from: ColumnModel
  readonly to: ColumnModel
}

export interface Difference {
  readonly before: TableModel
  readonly wanted: TableModel
  readonly added: readonly ColumnModel[]
  readonly dropped: readonly ColumnModel[]
  /** Type, nullability, values; the default too where `defaults`. */
  readonly altered: readonly Altered[]
  readonly checks: readonly { readonly column: string; readonly from?: CheckModel; readonly to?: CheckModel }[]
  readonly lostReferences: readonly ReferenceModel[]
  readonly newReferences: readonly ReferenceModel[]
  readonly key: boolean
}

/** What counts as a difference: defaults, and names of references. */
export interface Named {
  readonly defaults: boolean
  readonly references: boolean
}

export function differenceOf(
  before: TableModel,
  wanted: TableModel,
  named: { readonly defaults: boolean; readonly references: boolean },
): Difference {
  const old = new Map(before.columns.map((column) => [column.name, column]))
  const kept = wanted.columns.flatMap((to) => {
    const from = old.get(to.name)
    return from === undefined ? [] : [{ from, to }]
  })
  return {
    before,
    wanted,
    added: wanted.columns.filter(({ name }) => !old.has(name)),
    dropped: before.columns.filter(({ name }) => !wanted.columns.some((other) => other.name === name)),
    altered: kept.filter(({ from, to }) => isRetyped(from, to) || from.nullable !== to.nullable || (named.defaults && from.default !== to.default)),
    checks: kept.flatMap(({ from, to }) =>
      sameCheck(from.check, to.check)
        ? []
        : [{ column: to.name, ...(from.check === undefined ? {} : { from: from.check }), ...(to.check === undefined ? {} : { to: to.check }) }],
    ),
    lostReferences: before.references.filter((one) => !wanted.references.some((other) => sameReference(one, other, named.references))),
    newReferences: wanted.references.filter((one) => !before.references.some((other) => sameReference(one, other, named.references))),
    key: before.key.join('\0') !== wanted.key.join('\0'),
  }
}

/** Members of an enum are the business of its check. */
export function isRetyped(from: ColumnModel, to: ColumnModel): boolean {
  const digits = (column: ColumnModel): string => `${column.value.precision}.${column.value.scale}`
  return from.type !== to.type || crosses(from, to) || (to.value.type === 'decimal' && digits(from) !== digits(to))
}

/** Equal declarations whose values mean something else, as SQLite's integers do. */
function crosses({ value: from }: ColumnModel, { value: to }: ColumnModel): boolean {
  const kinds = (type: string): string => (['uuid', 'cuid', 'string', 'text', 'email', 'enum'].includes(type) ? 'text' : type)
  return kinds(from.type) !== kinds(to.type)
}

function sameCheck(a: CheckModel | undefined, b: CheckModel | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.name === b.name && a.text === b.text
}

export function sameReference(a: ReferenceModel, b: ReferenceModel, named: boolean): boolean {
  return (!named || a.name === b.name) && sameTarget(a, b)
}

export function sameTarget(a: ReferenceModel, b: ReferenceModel): boolean {
  const form = ({ columns, table, targetColumns, onDelete, onUpdate }: ReferenceModel): string =>
    JSON.stringify([columns, table, targetColumns, onDelete, onUpdate])
  return form(a) === form(b)
}

export function sameIndex(a: IndexModel, b: IndexModel): boolean {
  return a.table === b.table && a.unique === b.unique && a.columns.join('\0') === b.columns.join('\0')
}
