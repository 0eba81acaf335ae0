/** What each kind of domain operation needs, and what it takes from its neighbours. Must not know how a kind is executed. */
import { quote } from '../complaint.ts'
import type { DomainKind } from '../document/operations.ts'
import type { Field, Operation } from '../entity.ts'
import { isUnique, uniqueWays } from './draft.ts'
import { type At, declaredInput, fieldOf, type OperationSource } from './input.ts'

type Details = Pick<Operation, 'by' | 'input'> & Partial<Pick<Operation, 'returns' | 'tree' | 'secret' | 'output'>>

/** Keywords that only some kinds have. */
const owners: Readonly<Record<'by' | 'returns' | 'tree' | 'secret', readonly DomainKind[]>> = {
  by: ['find_by', 'list_by', 'update_by', 'delete_by'],
  returns: ['find_by'],
  tree: ['tree', 'reorder', 'move'],
  secret: ['set_secret', 'verify_secret'],
}

export function domainDetails(at: At, kind: DomainKind, all: readonly OperationSource[]): Details {
  for (const [keyword, kinds] of Object.entries(owners)) {
    if (at.source.doc[keyword as keyof typeof owners] !== undefined && !kinds.includes(kind))
      at.complain(keyword, `${quote(keyword)} is for ${kinds.join(', ')}, not for ${kind}`)
  }
  if (owners.tree.includes(kind)) return treeDetails(at, kind, all)
  if (owners.secret.includes(kind)) return secretDetails(at, kind, all)
  return byDetails(at, kind)
}

function byDetails(at: At, kind: DomainKind): Details {
  const { doc } = at.source
  const given = declaredInput(at)?.input
  const by = doc.by ?? (kind === 'update_by' ? [] : (given?.required ?? []))
  if (by.length === 0) at.complain(doc.by === undefined ? '' : 'by', `${kind} needs "by": the fields that the input fixes`)
  const fields = by.map((name, i) => fieldOf(at, name, doc.by === undefined ? `input.required.${i}` : `by.${i}`))
  if (!fields.includes(undefined)) checkBy(at, kind, by, fields as Field[])
  const input = given ?? { required: [...by], optional: kind === 'list_by' ? ['sort', 'page', 'limit', 'after'] : [] }
  for (const name of by) {
    if (given !== undefined && !given.required.includes(name)) at.complain('input', `${quote(name)} is in "by" and has to be a required input`)
  }
  if (kind === 'find_by' || kind === 'delete_by') checkBeside(at, kind, input, by)
  if (kind === 'update_by')
    checkChanges(
      at,
      [...input.required, ...input.optional].filter((name) => !by.includes(name)),
    )
  return { by, input, output: usualOutput(at, kind), ...returned(at, kind) }
}

/** Inputs that would mean nothing would be ignored in silence. */
function checkBeside(at: At, kind: DomainKind, input: Operation['input'], by: readonly string[]): void {
  const known = kind === 'find_by' ? ['select', 'include'] : []
  for (const name of [...input.required, ...input.optional]) {
    if (!by.includes(name) && !known.includes(name))
      at.complain('input', `${quote(name)} means nothing to ${kind}; it takes ${[...by, ...known].join(', ')}`)
  }
}

function checkBy(at: At, kind: DomainKind, by: readonly string[], fields: readonly Field[]): void {
  const json = fields.find((field) => field.type === 'json')
  if (json !== undefined) at.complain('by', `${quote(json.name)} is json, which cannot be looked up`)
  if (kind !== 'list_by' && by.length > 0 && !isUnique(at.draft, by)) {
    at.complain('by', `${kind} names one row, but (${by.join(', ')}) is not unique in ${at.draft.name}; unique there: ${uniqueWays(at.draft)}`)
  }
}

function checkChanges(at: At, names: readonly string[]): void {
  if (names.length === 0) at.complain('input', 'update_by needs an input beside "by": the fields that it changes')
  for (const name of names) {
    const field = at.draft.fields.get(name)
    if (field === undefined) at.complain('input', `${quote(name)} is no field that update_by could change`)
    else if (field.immutable || field.generated || field.autoUpdate || field.kept !== undefined)
      at.complain('input', `${quote(name)} is kept by the engine or never changes`)
  }
}

function returned(at: At, kind: DomainKind): Pick<Details, 'returns'> {
  const name = at.source.doc.returns
  if (name === undefined || kind !== 'find_by') return {}
  const field = fieldOf(at, name, 'returns')
  if (field?.neverExposed === true) at.complain('returns', `${quote(name)} is never exposed`)
  return field === undefined ? {} : { returns: name }
}

function usualOutput(at: At, kind: DomainKind): string {
  if (kind === 'list_by' || kind === 'tree') return `${at.draft.name}[]`
  const returns = at.source.doc.returns === undefined ? undefined : at.draft.fields.get(at.source.doc.returns)
  if (kind === 'find_by') return returns?.type ?? at.draft.name
  return kind === 'move' ? at.draft.name : 'boolean'
}

/** The first operation of the entity that says it, this one before all. */
function saidBy<K extends 'tree' | 'secret'>(
  at: At,
  all: readonly OperationSource[],
  keyword: K,
): NonNullable<OperationSource['doc'][K]> | undefined {
  return at.source.doc[keyword] ?? all.find((source) => source.doc[keyword] !== undefined)?.doc[keyword]
}

function treeDetails(at: At, kind: DomainKind, all: readonly OperationSource[]): Details {
  const said = saidBy(at, all, 'tree')
  const links = [...at.draft.fields.values()].filter((field) => field.foreignKey?.entity === at.draft.name)
  const parent = said?.parent === undefined ? (links.length === 1 ? links[0] : undefined) : fieldOf(at, said.parent, 'tree.parent')
  const orders = [...at.draft.fields.values()].filter((field) => ['order', 'position', 'sortOrder', 'sort_order'].includes(field.name))
  const order = said?.order === undefined ? (orders.length === 1 ? orders[0] : undefined) : fieldOf(at, said.order, 'tree.order')
  const scope = said?.scope === undefined ? undefined : fieldOf(at, said.scope, 'tree.scope')
  if (parent === undefined && said?.parent === undefined)
    at.complain('', `${kind} needs tree: {parent, order, scope}: which field names the parent row`)
  if (order === undefined && said?.order === undefined)
    at.complain('', `${kind} needs tree: {parent, order, scope}: which integer field orders siblings`)
  if (at.draft.key.length > 1) at.complain('', `${kind} needs a key of one field; ${at.draft.name} has (${at.draft.key.join(', ')})`)
  if (parent !== undefined) checkParent(at, parent)
  if (order !== undefined && order.type !== 'integer') at.complain('tree', `${quote(order.name)} orders siblings and has to be an integer`)
  const tree = { parent: parent?.name ?? '', order: order?.name ?? '', ...(scope === undefined ? {} : { scope: scope.name }) }
  const required = kind === 'tree' ? (scope === undefined ? [] : [scope.name]) : kind === 'reorder' ? ['ids'] : ['id', tree.parent, tree.order]
  checkInput(at, kind, required)
  return {
    by: [],
    input: { required, optional: [] },
    output: usualOutput(at, kind),
    ...(parent === undefined || order === undefined ? {} : { tree }),
  }
}

function checkParent(at: At, parent: Field): void {
  if (parent.foreignKey?.entity !== at.draft.name || parent.foreignKey.field !== at.draft.key[0]) {
    at.complain('tree', `${quote(parent.name)} names the parent row and has to be a foreign key to the key of ${at.draft.name}`)
  } else if (!parent.nullable) at.complain('tree', `${quote(parent.name)} has to be nullable: a root has no parent`)
}

/** Where the kind fixes the input, a written one may only repeat it. */
function checkInput(at: At, kind: DomainKind, required: readonly string[]): void {
  const given = at.source.doc.input
  if (given === undefined || required.includes('')) return
  const same = (given.required ?? []).join() === required.join() && (given.optional ?? []).length === 0
  if (!same) at.complain('input', `The input of ${kind} is required: [${required.join(', ')}] and nothing else`)
}

function secretDetails(at: At, kind: DomainKind, all: readonly OperationSource[]): Details {
  const said = saidBy(at, all, 'secret')
  const identity = said?.identity === undefined ? undefined : fieldOf(at, said.identity, 'secret.identity')
  const hash = said?.hash === undefined ? undefined : fieldOf(at, said.hash, 'secret.hash')
  if (said?.identity === undefined || said.hash === undefined)
    at.complain('', `${kind} needs secret: {identity, hash}: which field names the account and which holds the hash`)
  if (identity !== undefined && !isUnique(at.draft, [identity.name]))
    at.complain('secret', `${quote(identity.name)} names the account and has to be unique`)
  if (hash !== undefined && ((hash.type !== 'string' && hash.type !== 'text') || !hash.neverExposed)) {
    at.complain('secret', `${quote(hash.name)} holds a password's hash: it has to be text and stand in security.never_expose`)
  }
  const given = at.source.doc.input?.required
  const password = given?.[1] ?? 'password'
  const fits = given === undefined || (given.length === 2 && given[0] === identity?.name && !at.draft.fields.has(password))
  if (!fits && identity !== undefined)
    at.complain('input', `The input of ${kind} is required: [${identity.name}, password]; the second is the password itself, never a field`)
  return {
    by: [],
    input: { required: [identity?.name ?? '', password], optional: [] },
    output: 'boolean',
    ...(identity === undefined || hash === undefined ? {} : { secret: { identity: identity.name, hash: hash.name } }),
  }
}
