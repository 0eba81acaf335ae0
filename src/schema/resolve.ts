/** Documents of entities, operations and roles into one frozen schema. In charge of what spans entities; must not know YAML or files. */
import { type Complaints, quote, suggestion } from './complaint.ts'
import type { OperationsDocument } from './document/operations.ts'
import type { Ladder } from './document/roles.ts'
import type { Entity, Schema } from './entity.ts'
import { complain, type Draft, type EntitySource } from './resolve/draft.ts'
import { draftEntity } from './resolve/entity.ts'
import { freeze, frozenMap, versionOf } from './resolve/freeze.ts'
import type { OperationSource } from './resolve/input.ts'
import { resolveOperations } from './resolve/operation.ts'
import { resolveReferences } from './resolve/references.ts'
import type { Document } from './source.ts'

export interface OperationsSource {
  readonly document: Document
  readonly doc: OperationsDocument
  /** Comes with the product: a schema's own operation of that name stands before it. */
  readonly shipped: boolean
}

/** The engine's own entities; a schema that declares one could stand in for it. */
export const reservedPrefix = 'Dbal'

/** Properties that the client has itself, or that would make it look like a promise. */
export const reservedPlurals: ReadonlySet<string> = new Set([
  'entity',
  'transaction',
  'capabilities',
  'close',
  'asSystem',
  'explain',
  'call',
  'login',
  'logout',
  'logoutAll',
  'whoami',
  'authenticate',
  'ping',
  'schema',
  'status',
  'on',
  'off',
  'then',
  'catch',
  'finally',
  'toString',
  'valueOf',
  'toJSON',
  'constructor',
  'prototype',
  '__proto__',
  'hasOwnProperty',
])

/** Throws VALIDATION_ERROR with all complaints, those already collected included. */
export function resolveSchema(
  entities: readonly EntitySource[],
  operations: readonly OperationsSource[],
  ladder: Ladder,
  complaints: Complaints,
): Schema {
  const drafts = new Map<string, Draft>()
  for (const source of entities) {
    const other = drafts.get(source.name)
    if (source.name.startsWith(reservedPrefix) !== source.internal) {
      const error = source.internal
        ? `An engine's own entity starts with ${reservedPrefix}`
        : `Names that start with ${reservedPrefix} belong to the engine`
      complaints.add(source.document.place('entity'), `${quote(source.name)}: ${error}`)
    }
    if (other !== undefined) {
      const { file, line } = other.source.document.place('entity')
      complaints.add(source.document.place('entity'), `The entity ${quote(source.name)} is already declared at ${file}:${line}`)
    } else drafts.set(source.name, draftEntity(source, complaints))
  }
  checkNames(drafts)
  resolveReferences(drafts)
  const operationsOf = gatherOperations(operations, drafts, complaints)
  for (const draft of drafts.values()) resolveOperations(draft, operationsOf.get(draft.name) ?? [], drafts, complaints)
  complaints.throwIfAny()
  return finish(drafts, ladder)
}

/** Tables, indexes and client properties live in one space each; backends compare them without regard to case. */
function checkNames(drafts: ReadonlyMap<string, Draft>): void {
  const tables = new Map<string, string>()
  const plurals = new Map<string, string>()
  const indexes = new Map<string, string>()
  for (const draft of drafts.values()) {
    const { doc } = draft.source
    const { table, plural } = draft.settled
    const place = (keyword: 'table' | 'plural'): string => (doc[keyword] === undefined ? 'entity' : keyword)
    const otherTable = tables.get(table.toLowerCase())
    if (otherTable !== undefined)
      complain(draft, place('table'), `${draft.name} and ${otherTable} would share the table ${quote(table)}; give one another "table"`)
    if (table.length > 63) complain(draft, place('table'), `The table ${quote(table)} has more than 63 characters; give a shorter "table"`)
    if (/^(?:sqlite|pg)_/i.test(table)) complain(draft, place('table'), `Tables whose name starts like ${quote(table)} belong to the database`)
    const otherPlural = plurals.get(plural)
    if (otherPlural !== undefined)
      complain(draft, place('plural'), `${draft.name} and ${otherPlural} would both be ${quote(plural)} in the client; give one another "plural"`)
    if (reservedPlurals.has(plural)) complain(draft, place('plural'), `The client has a ${quote(plural)} of its own; give another "plural"`)
    tables.set(table.toLowerCase(), draft.name)
    plurals.set(plural, draft.name)
    draft.indexes.forEach((index, i) => {
      const other = indexes.get(index.name.toLowerCase())
      if (other !== undefined)
        complain(draft, `indexes.${i}`, `The index ${quote(index.name)} of ${draft.name} has the name of one of ${other}; give it another "name"`)
      indexes.set(index.name.toLowerCase(), draft.name)
    })
  }
}

function gatherOperations(
  sources: readonly OperationsSource[],
  drafts: ReadonlyMap<string, Draft>,
  complaints: Complaints,
): Map<string, OperationSource[]> {
  const found = new Map<string, OperationSource[]>()
  for (const { document, doc, shipped } of sources) {
    if (doc.entity === undefined) continue
    if (!drafts.has(doc.entity)) {
      const known = [...drafts.values()].filter((draft) => !draft.source.internal).map((draft) => draft.name)
      complaints.add(document.place('entity'), `Unknown entity ${quote(doc.entity)}${suggestion(doc.entity, known)}`)
      continue
    }
    const list = found.get(doc.entity) ?? []
    found.set(doc.entity, list)
    for (const [name, operation] of Object.entries(doc.operations ?? {})) {
      if (!list.some((other) => other.name === name)) list.push({ name, document, doc: operation })
      else if (!shipped) complaints.add(document.keyPlace(`operations.${name}`), `The operation ${quote(name)} of ${doc.entity} is declared twice`)
    }
  }
  for (const [entity, list] of found) {
    const draft = drafts.get(entity)!
    for (const { name, document } of list) {
      if (['then', 'toString', 'valueOf', 'toJSON'].includes(name))
        complaints.add(document.keyPlace(`operations.${name}`), `${quote(name)} cannot be the name of an operation of ${draft.name}`)
    }
  }
  return found
}

function finish(drafts: ReadonlyMap<string, Draft>, ladder: Ladder): Schema {
  const entities = [...drafts.values()].map(
    (draft): Entity =>
      freeze({
        name: draft.name,
        ...draft.settled,
        fields: frozenMap([...draft.fields].map(([name, field]) => [name, freeze(field)])),
        key: [...draft.key],
        relations: frozenMap([...draft.relations].map(([name, relation]) => [name, freeze(relation)])),
        indexes: [...draft.indexes],
        operations: frozenMap([...draft.operations].map(([name, operation]) => [name, freeze(operation)])),
        internal: draft.source.internal,
      }),
  )
  const content = {
    entities: frozenMap(entities.map((entity) => [entity.name, entity])),
    roles: frozenMap(ladder.roles),
    developerRoles: freeze([...ladder.developerRoles]),
  }
  return Object.freeze({ ...content, version: versionOf(content) })
}
