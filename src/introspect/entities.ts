/**
 * A catalogue as drafts of entities, with findings about what they cannot say.
 * In charge of which tables become entities, their keys and indexes; pure. Must not know YAML text.
 */
import type { Catalog, Table } from '../catalog/catalog.ts'
import { type Seen, unseen } from '../catalog/sqlite-values.ts'
import { type EntityDraft, type FieldDraft, fieldOf, type Work } from './draft.ts'
import { type Evidence, fieldsOf, settlePresence } from './fields.ts'
import type { Finding } from './finding.ts'
import { settleIndexes, settleIndexNames, settleUniques } from './indexes.ts'
import { NameGiver, tableFault } from './names.ts'
import { settleReferences } from './references.ts'
import { settleRelations } from './relations.ts'

/** An entity that the schema will have beside those of the catalogue. */
export interface Neighbour {
  readonly name: string
  readonly plural: string
  readonly table: string
  readonly columns: readonly string[]
}

export interface Circumstances {
  readonly neighbours: readonly Neighbour[]
  /** Names of the tables that are wanted; all where absent. */
  readonly only?: ReadonlySet<string>
  /** SQLite: what its values told. */
  readonly seen?: Seen
}

export interface Introspected {
  /** In the order of their files. */
  readonly drafts: readonly EntityDraft[]
  readonly findings: readonly Finding[]
  /** Neighbours whose table belongs to somebody else here, so that they need another. */
  readonly displaced: readonly string[]
}

/** The engine's own tables: adapters/sqlite/prepare.ts, api/schema/internal. */
const ownTable = /^dbal_/i

export function entitiesOf(catalog: Catalog, circumstances: Circumstances): Introspected {
  const work: Work = { findings: otherThings(catalog, circumstances), drafts: new Map(), tables: new Set(catalog.tables.map(({ name }) => name)) }
  const { neighbours } = circumstances
  const giver = new NameGiver(
    neighbours.map(({ name }) => name),
    neighbours.map(({ plural }) => plural),
  )
  const evidence = { seen: circumstances.seen ?? unseen, linked: linkedColumns(catalog) }
  const displaced: string[] = []
  // In the order of their files, which is that of the parser.
  const tables = [...catalog.tables].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
  for (const table of tables) {
    if (circumstances.only !== undefined && !circumstances.only.has(table.name)) continue
    const draft = draftOf(catalog, table, circumstances, giver, evidence, work)
    if (draft === undefined) continue
    work.drafts.set(table.name.toLowerCase(), draft)
    displaced.push(...neighbours.filter((other) => other.table.toLowerCase() === table.name.toLowerCase()).map(({ name }) => name))
  }
  settleReferences(work)
  const drafts = [...work.drafts.values()]
  for (const draft of drafts) settleIndexes(draft, work)
  settleIndexNames(drafts)
  settleRelations(drafts)
  return { drafts, findings: work.findings, displaced }
}

function otherThings(catalog: Catalog, { only }: Circumstances): Finding[] {
  const whys: Readonly<Record<Catalog['others'][number]['kind'], string>> = {
    view: 'a view is no table; ask its tables through relations',
    'materialized view': 'a view is no table; ask its tables through relations',
    'virtual table': 'a virtual table is none that rows are kept in',
    'foreign table': 'its rows are in another database',
    partition: 'it is a part of another table, which has its rows',
    'table elsewhere': 'it is in another schema than the connection; connect with that schema as its search_path to read it',
    trigger: 'the database runs it beside what DBAL does; see that the two agree',
    'row security': 'the database has rules of its own for rows; DBAL sees what its user may see',
  }
  return catalog.others
    .filter((other) => only === undefined || only.has(other.table ?? other.name))
    .map(({ kind, name, table }) => ({
      kind: 'left out',
      table: table ?? name,
      about: table === undefined || kind === 'row security' ? kind : `${kind} ${name}`,
      why: whys[kind],
    }))
}

/** Columns that the database counts up and those on either side of a reference: all of them have to be of one type. */
function linkedColumns(catalog: Catalog): ReadonlySet<string> {
  const found = new Set<string>()
  for (const table of catalog.tables) {
    for (const column of table.columns) if (column.made === 'counter') found.add(`${table.name}.${column.name}`.toLowerCase())
    for (const { columns, table: target, targets } of table.references) {
      for (const column of columns) found.add(`${table.name}.${column}`.toLowerCase())
      for (const column of targets) found.add(`${target}.${column}`.toLowerCase())
    }
  }
  return found
}

function draftOf(
  catalog: Catalog,
  table: Table,
  circumstances: Circumstances,
  giver: NameGiver,
  evidence: Evidence,
  work: Work,
): EntityDraft | undefined {
  const without = (why: string): undefined => {
    work.findings.push({ kind: 'left out', table: table.name, why })
    return undefined
  }
  const neighbour = circumstances.neighbours.find((other) => other.table.toLowerCase() === table.name.toLowerCase())
  if (ownTable.test(table.name)) return without('it is one of the tables that DBAL keeps for itself')
  if (neighbour?.columns.every((name) => table.columns.some((column) => column.name === name)) === true)
    return without(`it is the table of ${neighbour.name}, which comes with every schema`)
  const fault = tableFault(table.name)
  if (fault !== undefined) return without(fault)
  if (work.drafts.has(table.name.toLowerCase())) return without('another table has the same name but for the case of its letters; rename one')
  const findings: Finding[] = []
  const fields = fieldsOf(catalog, table, evidence, findings)
  const key = keyOf(table, fields, findings)
  if (typeof key === 'string') return without(key)
  work.findings.push(...findings, ...tableFindings(catalog, table, fields))
  const draft: EntityDraft = { names: giver.entity(table.name), table, fields, key, indexes: [], relations: new Map() }
  for (const field of fields.values()) settlePresence(table, field, key, work.findings)
  if (catalog.system === 'postgresql') sequenceFinding(draft, work)
  settleUniques(draft, work)
  return draft
}

/** Fields of the key, or why there is none. */
function keyOf(table: Table, fields: ReadonlyMap<string, FieldDraft>, findings: Finding[]): readonly string[] | string {
  const unkeyed = new Set(['json', 'bytes', 'float'])
  const usable = (columns: readonly (string | undefined)[]): readonly string[] | undefined => {
    const found = columns.map((column) => fieldOf(table, fields, column))
    return found.every((field) => field !== undefined && !unkeyed.has(field.part.type)) ? found.map((field) => (field as FieldDraft).name) : undefined
  }
  const declared = table.key === undefined ? undefined : usable(table.key.columns)
  if (declared !== undefined) {
    const loose = table.key?.columns.filter((name) => table.columns.some((column) => column.name === name && column.nullable)) ?? []
    for (const name of loose)
      findings.push({ kind: 'differs', table: table.name, about: name, why: 'the database lets this column of the key be null; declare it NOT NULL' })
    return declared
  }
  const filled = (name: string | undefined): boolean => table.columns.some((column) => column.name === name && !column.nullable)
  for (const unique of table.uniques) {
    const names = unique.where === undefined && unique.method === undefined && unique.columns.every(filled) ? usable(unique.columns) : undefined
    if (names === undefined) continue
    findings.push({
      kind: 'differs',
      table: table.name,
      about: `key ${names.join(', ')}`,
      why: `taken from the unique ${unique.name}, as there is no usable primary key`,
    })
    return names
  }
  return table.key === undefined
    ? 'it has no primary key, and no unique columns that are never null; give it one'
    : `its key (${table.key.columns.join(', ')}) is of a type that cannot be one: ${table.key.columns.map((name) => typeOf(table, name)).join(', ')}`
}

function typeOf(table: Table, name: string): string {
  return table.columns.find((column) => column.name === name)?.type ?? ''
}

function tableFindings(catalog: Catalog, table: Table, fields: ReadonlyMap<string, FieldDraft>): Finding[] {
  const found: Finding[] = []
  if (table.parents !== undefined)
    found.push({
      kind: 'differs',
      table: table.name,
      about: 'inheritance',
      why: `its rows are shown by ${table.parents.join(', ')} too, which a schema cannot say`,
    })
  const loose = [...fields.values()].filter(
    ({ column, part }) => ['string', 'text', 'email'].includes(part.type) && looseCollation(catalog, column.collation),
  )
  for (const collation of new Set(loose.map(({ column }) => column.collation))) {
    const columns = loose.filter(({ column }) => column.collation === collation).map(({ column }) => column.name)
    found.push({ kind: 'differs', table: table.name, about: columns.join(', '), why: collationWhy(catalog, collation as string) })
  }
  return found
}

/** Collations under which different texts can be equal, or that hold less than Unicode. */
function looseCollation(catalog: Catalog, collation: string | undefined): collation is string {
  if (collation === undefined) return false
  if (catalog.system === 'sqlite') return collation.toUpperCase() !== 'BINARY'
  if (catalog.system === 'postgresql') return collation !== 'C' && collation !== 'POSIX'
  return !/^utf8mb4_(?:nopad|0900)_bin$/.test(collation)
}

function collationWhy(catalog: Catalog, collation: string): string {
  if (catalog.system === 'postgresql') return `the database compares and sorts it by the collation ${collation}, DBAL by code point; make it "C"`
  if (catalog.system === 'sqlite') return `the database compares it by ${collation}, DBAL by code point; make it BINARY`
  const charset = collation.split('_')[0]
  const less = charset === 'utf8mb4' ? '' : ` and it holds the characters of ${charset} only`
  return `the database compares it by ${collation}, in which different texts can be equal${less}; make it utf8mb4_nopad_bin, or utf8mb4_0900_bin on MySQL`
}

function sequenceFinding(draft: EntityDraft, work: Work): void {
  const counted = [...draft.fields.values()].find(({ part }) => part.generated === true && (part.type === 'integer' || part.type === 'bigint'))
  if (counted !== undefined)
    work.findings.push({
      kind: 'differs',
      table: draft.table.name,
      about: counted.column.name,
      why: 'DBAL numbers new rows from the greatest number on and leaves the sequence where it is; other writers of the table would meet taken numbers',
    })
}
