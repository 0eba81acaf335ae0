/** Schema files as text into one schema. In charge of which file is what; must not know folders, and leaves meaning to resolve.ts. */
import { Complaints, nearest, quote } from './complaint.ts'
import { type EntityDocument, entityShape } from './document/entity.ts'
import { type OperationsDocument, operationsShape } from './document/operations.ts'
import { readRoles } from './document/roles.ts'
import { fit, isRecord } from './document/shape.ts'
import type { Schema } from './entity.ts'
import type { EntitySource } from './resolve/draft.ts'
import { type OperationsSource, resolveSchema } from './resolve.ts'
import { type Document, readDocuments, type SourceFile } from './source.ts'

export type { SourceFile } from './source.ts'

export interface ParseOptions {
  /** The engine's own entities. */
  readonly internal?: readonly SourceFile[]
  /** Entities (with their operations) that a schema without them gets, and the roles of one without roles.yaml. */
  readonly shipped?: readonly SourceFile[]
}

interface Sources {
  readonly entities: EntitySource[]
  readonly operations: OperationsSource[]
  readonly roles: Document[]
}

/** Throws one VALIDATION_ERROR whose `fields` are all complaints, each as `file:line:column`. */
export function parseSchema(files: readonly SourceFile[], options: ParseOptions = {}): Schema {
  const complaints = new Complaints()
  const own = gather(files, complaints, { internal: false, shipped: false })
  const internal = gather(options.internal ?? [], complaints, { internal: true, shipped: true })
  const shipped = gather(options.shipped ?? [], complaints, { internal: false, shipped: true })
  const declared = new Set(own.entities.map((entity) => entity.name))
  const lacking = shipped.entities.filter((entity) => !declared.has(entity.name))
  const lackingNames = new Set(lacking.map((entity) => entity.name))
  if (declared.size === 0 && complaints.count === 0)
    complaints.add({ file: 'schema', line: 1, column: 1 }, 'There is no entity: a schema needs at least one document with "entity" and "fields"')
  const ladder = readRoles(own.roles.length > 0 ? own.roles : shipped.roles, complaints)
  return resolveSchema(
    [...own.entities, ...lacking, ...internal.entities],
    [...own.operations, ...shipped.operations.filter(({ doc }) => lackingNames.has(doc.entity ?? '')), ...internal.operations],
    ladder,
    complaints,
  )
}

function gather(files: readonly SourceFile[], complaints: Complaints, from: { readonly internal: boolean; readonly shipped: boolean }): Sources {
  const found: Sources = { entities: [], operations: [], roles: [] }
  const seen = new Set<string>()
  // In the order of their paths, so that a schema does not depend on how a folder happens to be listed.
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    if (seen.has(file.path)) complaints.add({ file: file.path, line: 1, column: 1 }, 'The file is given twice')
    seen.add(file.path)
    const kind = kindOf(file.path)
    if (kind === 'none') continue
    for (const document of readDocuments(file, complaints)) {
      const is = kind === 'any' ? guess(document, complaints) : kind
      if (is === 'entity') addEntity(found, document, complaints, from.internal)
      else if (is === 'operations') addOperations(found, document, complaints, from.shipped)
      else if (is === 'roles') found.roles.push(document)
    }
  }
  return found
}

type Kind = 'entity' | 'operations' | 'roles' | 'any' | 'none'

function kindOf(path: string): Kind {
  if (!/\.ya?ml$/.test(path) || /\.test\.ya?ml$/.test(path)) return 'none'
  if (/\.ops\.ya?ml$/.test(path)) return 'operations'
  if (/^roles\.ya?ml$/.test(path)) return 'roles'
  // Read by tables of their own: parseErrors, parseCapabilities.
  if (/^(?:errors|capabilities)\.ya?ml$/.test(path)) return 'none'
  if (/^entities\//.test(path)) return 'entity'
  return 'any'
}

/** What a document is by its content, in a folder without the usual subfolders. Files of rules and of other programs are left alone. */
function guess(document: Document, complaints: Complaints): Kind {
  if (!isRecord(document.value)) return 'none'
  const keys = Object.keys(document.value)
  if (keys.includes('operations') && keys.includes('entity') && !keys.includes('fields')) {
    complaints.add(document.place(''), 'Operations belong in a file whose name ends in .ops.yaml')
    return 'none'
  }
  if (keys.includes('entity')) return 'entity'
  if (!keys.includes('fields')) return 'none'
  const slip = keys.find((key) => nearest(key, ['entity']) !== undefined)
  complaints.add(
    document.keyPlace(slip ?? 'fields'),
    slip === undefined ? '"entity" is missing: Name of the entity, in PascalCase.' : `Unknown keyword ${quote(slip)}; did you mean "entity"?`,
  )
  return 'none'
}

function addEntity(found: Sources, document: Document, complaints: Complaints, internal: boolean): void {
  const doc = fit({ document, complaints }, entityShape, document.value, '')
  if (!isRecord(doc) || typeof doc.entity !== 'string') return
  found.entities.push({ name: doc.entity, document, doc: doc as EntityDocument, internal })
}

function addOperations(found: Sources, document: Document, complaints: Complaints, shipped: boolean): void {
  const doc = fit({ document, complaints }, operationsShape, document.value, '')
  if (isRecord(doc)) found.operations.push({ document, doc: doc as OperationsDocument, shipped })
}
