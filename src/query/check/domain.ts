/** Calls of domain operations by kind: declared inputs become the parts of a request. Must not know any entity. */
import type { Entity, Field, Operation, OperationKind } from '../../schema/entity.ts'
import type { Operand } from '../ast.ts'
import { and, compare, field } from '../build.ts'
import { weights } from '../cost.ts'
import { listOptionNames } from '../parse/options.ts'
import type { ListOptions, Shape } from '../parse/shape.ts'
import type { Match } from '../request.ts'
import { type Context, comparisonType, type Scope, valueType } from './context.ts'
import { checkList } from './list.ts'
import { checkSelection } from './selection.ts'
import { checkChanges, matched, type Written } from './write.ts'

type Inputs = ReadonlyMap<string, number>
type Maker = (context: Context, scope: Scope, operation: Operation, inputs: Inputs, shape: Shape) => Written

const optionNames: ReadonlySet<string> = new Set(listOptionNames)

/** The request of a call, or undefined where the kind belongs to a method of its own. */
export function checkCall(context: Context, entity: Entity, operation: Operation, shape: Shape): Written | undefined {
  const make = makers[operation.kind]
  if (make === undefined) return undefined
  const inputs = checkInputs(context, operation, shape)
  context.settle()
  return make(context, { entity, operation: operation.name }, operation, inputs, shape)
}

/** Slots by declared name. By position they follow the required, then the optional names. */
function checkInputs(context: Context, { kind, input }: Operation, { input: given = {} }: Shape): Inputs {
  const names = [...input.required, ...input.optional]
  const inputs = new Map<string, number>()
  if (Array.isArray(given)) {
    if (given.length > names.length) context.complain('input', `Must have at most ${names.length} values`)
    for (const [i, slot] of given.slice(0, names.length).entries()) inputs.set(names[i] as string, slot as number)
  } else {
    for (const [name, slot] of Object.entries(given)) {
      if (names.includes(name)) inputs.set(name, slot)
      else if (kind !== 'list_by' || !optionNames.has(name)) context.complain(`input.${name}`, 'Unknown input')
    }
  }
  for (const name of input.required) if (!inputs.has(name)) context.complain(`input.${name}`, 'Is required')
  return inputs
}

/** List options that have a value and no form of their own, so that they may also come by position. */
const plainOptions = ['limit', 'page', 'after'] as const

/** Members of the input that are list options and no fields that the operation lists by. */
function listOptions(context: Context, scope: Scope, operation: Operation, { options = {}, faults = [], input }: Shape, inputs: Inputs): ListOptions {
  const own = new Set(listedFields(scope.entity, operation, inputs))
  for (const { field: place, error } of faults) if (!own.has(place.split(/[.[]/)[0] as string)) context.complain(place, error)
  if (!Array.isArray(input)) return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)))
  const given = [...inputs.keys()].filter((name) => !own.has(name))
  for (const name of given) if (!plainOptions.some((plain) => plain === name)) context.complain(`input.${name}`, 'Must be given by name')
  return Object.fromEntries(plainOptions.flatMap((name) => (given.includes(name) ? [[name, inputs.get(name)]] : [])))
}

/** Fields that are given to list by: those that the operation fixes, and others that it declares. */
function listedFields(entity: Entity, { by }: Operation, inputs: Inputs): readonly string[] {
  return [...inputs.keys()].filter((name) => by.includes(name) || (entity.fields.has(name) && !optionNames.has(name)))
}

/** The fields that the operation fixes. */
function fixed(context: Context, entity: Entity, { by }: Operation, inputs: Inputs): Match {
  return by.flatMap((name) => {
    const slot = inputs.get(name)
    return slot === undefined ? [] : [matched(context, entity, name, slot, `input.${name}`)]
  })
}

const declared = ({ input }: Operation): readonly string[] => [...input.required, ...input.optional]

/** The input at `position`, as a value of the field. Where the field may be null, an absent value is. */
function inputValue(context: Context, known: Field, operation: Operation, inputs: Inputs, position: number, nullable: boolean): Operand {
  const name = declared(operation)[position] ?? ''
  const type = valueType(known)
  const use = { use: 'value', path: `input.${name}`, type, nullable, list: false, field: known } as const
  const slot = inputs.get(name)
  return slot === undefined ? context.extra(use, type) : context.fill(slot, use, type)
}

/** Account and password of set_secret and verify_secret. */
function secrets(context: Context, entity: Entity, operation: Operation, inputs: Inputs): { identity: Operand; secret: Operand } {
  const names = declared(operation)
  const account = operation.secret?.identity ?? ''
  const identity = names.includes(account) ? account : (names[0] ?? '')
  const secret = names.find((name) => name !== identity) ?? ''
  const known = entity.fields.get(account)
  const type = known === undefined ? ({ type: 'text' } as const) : comparisonType(known)
  return {
    identity: context.value(inputs.get(identity) ?? context.slots.length, `input.${identity}`, type),
    secret: context.value(inputs.get(secret) ?? context.slots.length, `input.${secret}`, { type: 'text' }),
  }
}

const keyField = (entity: Entity): Field => entity.fields.get(entity.key[0] as string) as Field

const makers: Readonly<Partial<Record<OperationKind, Maker>>> = {
  find_by: (context, scope, operation, inputs, shape) => ({
    kind: 'read',
    match: fixed(context, scope.entity, operation, inputs),
    selection: checkSelection(context, scope, listOptions(context, scope, operation, shape, inputs)),
    ...(operation.returns === undefined ? {} : { returns: operation.returns }),
  }),
  list_by: (context, scope, operation, inputs, shape) => {
    const match = listedFields(scope.entity, operation, inputs).flatMap((name) => listedBy(context, scope.entity, name, inputs))
    const given = and(...match.map((part) => compare('eq', field(part.field), part.value)))
    return { kind: 'list', ...checkList(context, scope, operation, listOptions(context, scope, operation, shape, inputs), given) }
  },
  tree: (context, scope, operation, inputs) => {
    context.costs.add('tree', weights.tree)
    const part = operation.tree?.scope
    const name = declared(operation)[0]
    const slot = name === undefined ? undefined : inputs.get(name)
    const match = part === undefined || slot === undefined ? [] : [matched(context, scope.entity, part, slot, `input.${name}`)]
    return { kind: 'tree', scope: match, selection: checkSelection(context, scope, {}) }
  },
  reorder: (context, { entity }, operation, inputs) => {
    const name = declared(operation)[0] ?? ''
    const type = valueType(keyField(entity))
    const use = { use: 'value', path: `input.${name}`, type, nullable: false, list: true, key: true } as const
    return { kind: 'reorder', ids: context.fill(inputs.get(name) ?? context.slots.length, use, type) }
  },
  move: (context, { entity }, operation, inputs) => {
    const [id = '', , order = ''] = declared(operation)
    const { parent = '', order: ordered = '' } = operation.tree ?? {}
    const link = entity.fields.get(parent) ?? keyField(entity)
    const position = entity.fields.get(ordered) ?? keyField(entity)
    return {
      kind: 'move',
      match: [matched(context, entity, keyField(entity).name, inputs.get(id) ?? context.slots.length, `input.${id}`)],
      parent: inputValue(context, link, operation, inputs, 1, true),
      order: inputValue(context, position, operation, inputs, 2, operation.input.optional.includes(order)),
    }
  },
  set_secret: (context, { entity }, operation, inputs) => ({ kind: 'setSecret', ...secrets(context, entity, operation, inputs) }),
  verify_secret: (context, { entity }, operation, inputs) => ({ kind: 'verifySecret', ...secrets(context, entity, operation, inputs) }),
  update_by: (context, { entity }, operation, inputs) => {
    const changes = Object.fromEntries([...inputs].filter(([name]) => !operation.by.includes(name)))
    return {
      kind: 'update',
      match: fixed(context, entity, operation, inputs),
      changes: checkChanges(context, entity, changes, 'input', operation.name),
      selection: checkSelection(context, { entity, operation: 'read' }, {}),
      quiet: true,
    }
  },
  delete_by: (context, { entity }, operation, inputs) => ({ kind: 'delete', match: fixed(context, entity, operation, inputs) }),
}

/** A value that a list is filtered by: a mistake where it is malformed, unlike one that names a row. */
function listedBy(context: Context, entity: Entity, name: string, inputs: Inputs): Match {
  const slot = inputs.get(name)
  return slot === undefined ? [] : [matched(context, entity, name, slot, `input.${name}`, false)]
}
