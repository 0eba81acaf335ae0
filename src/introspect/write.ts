/** Drafts of entities as YAML text, with what could not be said as comments. In charge of the form of the files; must not know catalogues beyond names. */
import { Document, isMap, Pair, parseAllDocuments, Scalar, YAMLMap } from 'yaml'
import { camelCase, plural, snakeCase } from '../schema/names.ts'
import type { SourceFile } from '../schema/source.ts'
import type { EntityDraft, FieldDraft } from './draft.ts'
import type { Introspected } from './entities.ts'
import type { Finding } from './finding.ts'

/** Files of a schema folder: an entity a file, and neighbours that were displaced with a table of their own. */
export function filesOf({ drafts, findings, displaced }: Introspected, shipped: readonly SourceFile[]): SourceFile[] {
  return [
    ...drafts.map((draft) => ({ path: `entities/${fileName(draft)}.yaml`, text: entityText(draft, findings) })),
    ...displaced.flatMap((name) => movedFiles(name, shipped)),
  ]
}

/** Tables differ in lower case; a name with `.test` or `.ops` in it cannot be, as a table has no dot. */
export function fileName({ table }: EntityDraft): string {
  return table.name.toLowerCase()
}

function entityText(draft: EntityDraft, findings: readonly Finding[]): string {
  const { names, table } = draft
  const own = findings.filter((finding) => finding.table === table.name)
  const document = new Document({
    entity: names.name,
    ...(table.comment === undefined ? {} : { description: table.comment }),
    ...(names.plural === undefined ? {} : { plural: names.plural }),
    ...(names.table === undefined ? {} : { table: names.table }),
  })
  const head = own.filter((finding) => !aboutField(draft, finding))
  document.commentBefore = [
    ` Read from the table ${table.name} by dbal introspect. Nobody may do anything yet: write rules under acl.`,
    ...head.map(comment),
  ].join('\n')
  document.set('fields', fieldsNode(document, draft, own))
  if (draft.key.length > 1) document.set('primary_key', flow(document, draft.key))
  if (draft.relations.size > 0) document.set('relations', listed(document, Object.fromEntries(draft.relations)))
  if (draft.indexes.length > 0) document.set('indexes', listed(document, draft.indexes))
  document.set('acl', flow(document, { create: false, read: false, update: false, delete: false }))
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** The column that a finding is about, where it is one. */
function aboutField(draft: EntityDraft, { about }: Finding): boolean {
  return draft.table.columns.some(({ name }) => name === about)
}

/** A comment is one line each; a name in it may hold anything. */
function comment({ about, kind, why }: Finding): string {
  return ` ${about === undefined ? '' : `${about} `}${kind}: ${why}`.replace(/\s+/g, ' ').replace(/^ ?/, ' ')
}

/** Fields in the order of the columns; a column that is left out is a comment at its place. */
function fieldsNode(document: Document, draft: EntityDraft, findings: readonly Finding[]): YAMLMap {
  const node = new YAMLMap()
  let waiting: string[] = []
  for (const column of draft.table.columns) {
    const field = draft.fields.get(column.name.toLowerCase())
    waiting.push(...findings.filter(({ about }) => about === column.name).map(comment))
    if (field === undefined || field.column !== column) continue
    const key = new Scalar(field.name)
    if (waiting.length > 0) key.commentBefore = waiting.join('\n')
    waiting = []
    node.add(new Pair(key, flow(document, fieldValue(field))))
  }
  if (waiting.length > 0) node.comment = waiting.join('\n')
  return node
}

const order = [
  'type',
  'values',
  'precision',
  'scale',
  'primary',
  'generated',
  'required',
  'optional',
  'nullable',
  'default',
  'auto_update',
  'unique',
  'index',
] as const

function fieldValue({ part, renamed, column }: FieldDraft): Readonly<Record<string, unknown>> {
  const first = order.filter((name) => part[name] !== undefined).map((name) => [name, part[name]] as const)
  const rest = Object.entries(part).filter(([name, value]) => value !== undefined && !(order as readonly string[]).includes(name))
  return {
    ...Object.fromEntries([...first, ...rest]),
    ...(renamed === undefined ? {} : { column: renamed }),
    ...(column.comment === undefined ? {} : { description: column.comment }),
  }
}

/** On one line, as people write it. */
function flow(document: Document, value: unknown): unknown {
  return document.createNode(value, { flow: true })
}

/** A block whose members are on a line each. */
function listed(document: Document, value: object): unknown {
  const node = document.createNode(value)
  if (isMap(node))
    for (const item of node.items) item.value = flow(document, (value as Readonly<Record<string, unknown>>)[String(item.key)]) as typeof item.value
  else if ('items' in node) (node as { items: unknown[] }).items = (value as readonly unknown[]).map((item) => flow(document, item))
  return node
}

/** A shipped entity with its operations as a file of the project, so that its table can have another name. */
function movedFiles(name: string, shipped: readonly SourceFile[]): SourceFile[] {
  return shipped.flatMap((file) => {
    const found = parseAllDocuments(file.text).find((document) => 'get' in document && document.get('entity') === name)
    if (found === undefined || !('set' in found)) return []
    const isEntity = found.get('fields') !== undefined
    if (isEntity) {
      found.set('table', movedTable(name))
      found.commentBefore = ' Comes with DBAL. Its usual table has another meaning in this database, so it is given one of its own.'
    }
    return [{ path: file.path, text: found.toString({ lineWidth: 0, flowCollectionPadding: true }) }]
  })
}

/** Tables that start so are DBAL's: entities.ts leaves them out. */
function movedTable(name: string): string {
  return `dbal_${snakeCase(plural(camelCase(name)))}`
}
