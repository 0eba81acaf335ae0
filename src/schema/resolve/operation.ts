/** Operations of an entity: the twelve that every entity has, and the declared ones by kind. Must not know how a kind is executed. */
import { type Complaints, quote, suggestion } from '../complaint.ts'
import { crudNames } from '../crud.ts'
import type { DomainKind } from '../document/operations.ts'
import type { Operation, OperationKind } from '../entity.ts'
import { fieldTypeNames, isText } from '../field-type.ts'
import { domainDetails } from './domain.ts'
import type { Draft, Drafts } from './draft.ts'
import { type At, declaredInput, fieldOf, type OperationSource } from './input.ts'

/** Contract 2.3. */
const usualLimit = 20
const usualMaximum = 100

/** Fills `draft.operations`: declared ones first in the order of their file, behind the twelve. */
export function resolveOperations(draft: Draft, sources: readonly OperationSource[], drafts: Drafts, complaints: Complaints): void {
  const crud = new Set<string>(crudNames)
  const declared = new Map(sources.map((source) => [source.name, source]))
  for (const name of crudNames) {
    const source = declared.get(name)
    draft.operations.set(name, source === undefined ? plain(draft, name) : crudOperation(atOf(draft, source, complaints), name, drafts))
  }
  for (const source of sources) {
    if (!crud.has(source.name)) draft.operations.set(source.name, domainOperation(atOf(draft, source, complaints), sources, drafts))
  }
}

function atOf(draft: Draft, source: OperationSource, complaints: Complaints): At {
  return {
    draft,
    source,
    complain: (keyword, error) => {
      const path = `operations.${source.name}`
      complaints.add(keyword === '' ? source.document.keyPlace(path) : source.document.place(`${path}.${keyword}`), error)
    },
  }
}

type CrudName = (typeof crudNames)[number]

/** Names of what goes into a basic operation. The data of create and update stand flat, as the fields' names. */
function crudInput(draft: Draft, name: CrudName): Operation['input'] {
  const writable = [...draft.fields.values()].filter((field) => !field.generated && !field.autoUpdate && field.kept === undefined)
  const names = (fields: typeof writable): string[] => fields.map((field) => field.name)
  switch (name) {
    case 'create':
      return { required: names(writable.filter((field) => field.required)), optional: names(writable.filter((field) => !field.required)) }
    case 'read':
    case 'delete':
      return { required: ['id'], optional: [] }
    case 'update':
      return { required: ['id'], optional: names(writable.filter((field) => !field.immutable)) }
    case 'list':
      return { required: [], optional: ['filter', 'sort', 'page', 'limit', 'after', 'select', 'include', 'search', 'total'] }
    case 'count':
      return { required: [], optional: ['filter'] }
    case 'search':
      return { required: ['query'], optional: ['filter', 'limit'] }
    case 'aggregate':
      return { required: [], optional: ['filter', 'groupBy', 'count', 'sum', 'avg', 'min', 'max', 'having', 'sort', 'limit'] }
    case 'createMany':
      return { required: ['items'], optional: [] }
    case 'updateMany':
      return { required: ['filter', 'data'], optional: ['all'] }
    case 'deleteMany':
      return { required: ['filter'], optional: ['all'] }
    case 'upsert':
      return { required: ['where', 'create', 'update'], optional: [] }
  }
}

function crudOutput(entity: string, name: CrudName): string | undefined {
  if (name === 'list' || name === 'search') return `${entity}[]`
  if (name === 'delete') return 'boolean'
  if (name === 'aggregate') return undefined
  return name === 'count' || name.endsWith('Many') ? 'integer' : entity
}

function plain(draft: Draft, name: CrudName): Operation {
  const output = crudOutput(draft.name, name)
  return {
    name,
    kind: name,
    input: crudInput(draft, name),
    ...(output === undefined ? {} : { output }),
    defaultLimit: usualLimit,
    maxLimit: usualMaximum,
    systemOnly: false,
    public: false,
    audit: false,
    by: [],
  }
}

function crudOperation(at: At, name: CrudName, drafts: Drafts): Operation {
  const { doc } = at.source
  if (doc.kind !== undefined && doc.kind !== 'crud')
    at.complain('kind', `${quote(name)} is one of the basic operations, its kind is crud; give this one another name`)
  for (const keyword of ['by', 'returns', 'tree', 'secret'] as const) {
    if (doc[keyword] !== undefined) at.complain(keyword, `${quote(keyword)} is for domain operations, not for ${name}`)
  }
  return { ...plain(at.draft, name), ...shared(at, name, drafts), ...declaredInput(at) }
}

function domainOperation(at: At, all: readonly OperationSource[], drafts: Drafts): Operation {
  const { doc, name } = at.source
  let kind = doc.kind
  if (kind === undefined || kind === 'crud') {
    at.complain(kind === undefined ? '' : 'kind', `${quote(name)} needs a kind: it is none of the basic operations${suggestion(name, crudNames)}`)
    kind = 'list_by'
    return { ...base(name, kind), ...shared(at, kind, drafts), ...declaredInput(at) }
  }
  const details = domainDetails(at, kind, all)
  return { ...base(name, kind), ...details, ...shared(at, kind, drafts) }
}

function base(name: string, kind: DomainKind): Operation {
  return {
    name,
    kind,
    input: { required: [], optional: [] },
    defaultLimit: usualLimit,
    maxLimit: usualMaximum,
    systemOnly: false,
    public: false,
    audit: false,
    by: [],
  }
}

/** Keywords that mean the same for every kind. */
function shared(at: At, kind: OperationKind, drafts: Drafts): Partial<Operation> {
  const { doc } = at.source
  const { max_attempts: maxAttempts, window_seconds: windowSeconds } = doc.rate_limit ?? {}
  if (doc.output !== undefined) checkOutput(at, doc.output, drafts)
  return {
    ...limits(at),
    ...(doc.description === undefined ? {} : { description: doc.description }),
    ...(doc.output === undefined ? {} : { output: doc.output }),
    ...(maxAttempts === undefined || windowSeconds === undefined ? {} : { rateLimit: { maxAttempts, windowSeconds } }),
    systemOnly: doc.system_only === true,
    public: doc.public === true,
    audit: doc.audit === true,
    ...searchFields(at, kind),
  }
}

function limits(at: At): Pick<Operation, 'defaultLimit' | 'maxLimit'> {
  const { default_limit: usual, max_limit: most } = at.source.doc
  const maxLimit = most ?? usualMaximum
  if (usual !== undefined && usual > maxLimit) at.complain('default_limit', `default_limit ${usual} is more than max_limit ${maxLimit}`)
  return { defaultLimit: Math.min(usual ?? usualLimit, maxLimit), maxLimit }
}

function checkOutput(at: At, output: string, drafts: Drafts): void {
  const word = output.replace(/\[\]$/, '')
  const entities = [...drafts.values()].filter((draft) => !draft.source.internal).map((draft) => draft.name)
  const known: readonly string[] = [...entities, ...fieldTypeNames]
  if (!known.includes(word)) at.complain('output', `Unknown output ${quote(output)}${suggestion(word, known)}`)
}

function searchFields(at: At, kind: OperationKind): Pick<Operation, 'searchFields'> {
  const given = at.source.doc.search_fields
  if (given === undefined) return {}
  if (kind !== 'search') at.complain('search_fields', '"search_fields" is for search')
  given.forEach((name, i) => {
    const field = fieldOf(at, name, `search_fields.${i}`)
    if (field !== undefined && (!isText(field.type) || field.neverExposed))
      at.complain(`search_fields.${i}`, `${quote(name)} is no text that callers see`)
  })
  return { searchFields: given }
}
