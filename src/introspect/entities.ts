/**
 * A catalogue as drafts of entities, with findings about what they cannot say.
 * In charge of which tables become entities, their keys and indexes; pure. Must not know YAML text.
 */
import type { Catalog, Index, Table, Unique } from '../catalog/catalog.ts'
import { isOrdered } from '../schema/field-type.ts'
import { type EntityDraft, type FieldDraft, fieldAt, fieldsAt, type Work } from './draft.ts'
import { type Evidence, fieldsOf, foldedOf, oneLine, settlePresence } from './fields.ts'
import type { Finding } from './finding.ts'
import { NameGiver, nameFault, tableFault } from './names.ts'
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
  /** SQLite: `table.column`, lower case, of those that hold whole numbers of more than 32 bits. */
  readonly wide?: ReadonlySet<string>
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
  const work: Work = { findings: otherThings(catalog, circumstances), drafts: new Map() }
  const { neighbours } = circumstances
  const giver = new NameGiver(
    neighbours.map(({ name }) => name),
    neighbours.map(({ plural }) => plural),
  )
  const evidence = { wide: circumstances.wide ?? new Set<string>(), linked: linkedColumns(catalog) }
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
    const found = columns.map((column) => fields.get(column?.toLowerCase() ?? ''))
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
  return !/^utf8mb4_.*bin$/.test(collation)
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

/** Uniques of one column mark their field, others become indexes. Before references, which need to know what is unique. */
function settleUniques(draft: EntityDraft, work: Work): void {
  for (const unique of draft.table.uniques) {
    const folded = unique.columns.length === 1 ? foldedOf(draft.table, unique.columns[0] ?? '') : undefined
    const fields = fieldsAt(draft, unique.columns)
    const fault = indexFault(unique) ?? (nullsMatter(unique, fields) ? 'nulls are equal in it, and in a schema they are not' : undefined)
    if (folded !== undefined && fault === undefined) mark(fieldAt(draft, folded), 'insensitive')
    else if (fault !== undefined || fields === undefined || fields.some(({ part }) => part.type === 'json'))
      leaveOut(draft, unique, work, `${fault ?? 'one of its columns is no field that compares'}; the database alone holds it`, 'unique')
    else if (fields.length === 1) mark(fields[0], true)
    else if (!sameNames(fields, draft.key)) draft.indexes.push(indexDraft(unique, fields, true))
  }
  for (const field of draft.fields.values())
    if (draft.key.length === 1 && field.name === draft.key[0] && field.part.unique === true) delete field.part.unique
}

function mark(field: FieldDraft | undefined, unique: true | 'insensitive'): void {
  if (field !== undefined && field.part.unique !== 'insensitive') field.part.unique = unique
}

function nullsMatter(unique: Unique, fields: readonly FieldDraft[] | undefined): boolean {
  return unique.nullsEqual === true && (fields === undefined || fields.some(({ column }) => column.nullable))
}

function sameNames(fields: readonly FieldDraft[], names: readonly string[]): boolean {
  return fields.length === names.length && fields.every(({ name }) => names.includes(name))
}

function indexFault(index: Index): string | undefined {
  if (index.where !== undefined) return `it is over some rows only (${oneLine(index.where)})`
  if (index.method !== undefined) return `it is of the kind ${index.method}`
  return index.columns.includes(undefined) ? 'it is over an expression or a part of a column' : undefined
}

function leaveOut(draft: EntityDraft, index: Index, work: Work, why: string, word: string): void {
  work.findings.push({ kind: 'left out', table: draft.table.name, about: `${word} ${index.name}`, why })
}

function settleIndexes(draft: EntityDraft, work: Work): void {
  for (const index of draft.table.indexes) {
    const fields = fieldsAt(draft, index.columns)
    const only = fields?.length === 1 ? fields[0] : undefined
    const fault = indexFault(index)
    if (fault !== undefined || fields === undefined || fields.some(({ part }) => part.type === 'json'))
      leaveOut(draft, index, work, fault ?? 'one of its columns is no field that can be indexed', 'index')
    else if (only === undefined || !isOrdered(only.part.type)) draft.indexes.push(indexDraft(index, fields))
    // A foreign key has an index, and so has a unique field.
    else if (only.part.foreign_key === undefined && only.part.unique === undefined) only.part.index = true
  }
}

function indexDraft(index: Index, fields: readonly FieldDraft[], unique?: true): EntityDraft['indexes'][number] {
  const names = fields.map(({ name }) => name)
  return { fields: names, ...(unique === undefined ? {} : { unique }), ...(nameFault(index.name) === undefined ? { name: index.name } : {}) }
}

/** Names of indexes are one space in a schema; in MySQL each table has its own. */
function settleIndexNames(drafts: readonly EntityDraft[]): void {
  const uses = new Map<string, number>()
  const named = (index: EntityDraft['indexes'][number]): string => index.name?.toLowerCase() ?? ''
  for (const index of drafts.flatMap((draft) => draft.indexes)) uses.set(named(index), (uses.get(named(index)) ?? 0) + 1)
  for (const draft of drafts) {
    draft.indexes.splice(
      0,
      draft.indexes.length,
      ...draft.indexes.map(({ name, ...index }) => (name !== undefined && uses.get(name.toLowerCase()) === 1 ? { ...index, name } : index)),
    )
  }
}
