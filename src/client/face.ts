/** Entities as properties, and their operations as methods, over whatever sends calls. In charge of that look; must not know transports or who calls. */
import { invalid } from '../errors/error.ts'
import type { Method } from '../protocol/message.ts'
import { crudNames } from '../schema/crud.ts'
import type { Value } from '../schema/entity.ts'
import { callOptions, take, takeInput } from './calls.ts'
import { plain } from './plain.ts'
import type { CallOptions } from './types.ts'

export type Send = (method: Method, params: readonly Value[], options: CallOptions) => Promise<Value>

/** The methods alone: nothing that objects inherit may look like an entity. */
export const withoutPrototype = (methods: object): object => Object.create(null, Object.getOwnPropertyDescriptors(methods)) as object

/** `own` with every other name as an entity, found by `find` when its first call is made. */
export function face(own: object, find: (plural: string) => string | Promise<string>, out: Send): object {
  const groups = new Map<string, object>()
  return new Proxy(own, {
    get(target, property) {
      if (typeof property !== 'string' || property in target) return Reflect.get(target, property)
      if (!isName(property)) return inherited(property)
      let group = groups.get(property)
      if (group === undefined) {
        group = entityGroup(() => find(property), out)
        groups.set(property, group)
      }
      return group
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
  })
}

/** What reads and writes rows, wherever calls go. */
export function rowMethods(out: Send) {
  const known = new Map<string, object>()
  return {
    entity(name: unknown): object {
      if (typeof name !== 'string' || name === '') throw invalid({ field: 'entity', error: 'Must be the name of an entity' })
      let group = known.get(name)
      if (group === undefined) {
        group = entityGroup(() => name, out)
        known.set(name, group)
      }
      return group
    },
    async call(entity: string, operation: string, input?: unknown, options?: unknown): Promise<Value> {
      const given = input === undefined ? undefined : takeInput(Array.isArray(input) ? input : [input])
      return callOperation(plain(entity, 'entity') as string, plain(operation, 'operation') as string, given, out, callOptions(options))
    },
  }
}

/** Names that programs ask any object for: answering one with an entity would make the client a promise or break its printing. */
const notNames: ReadonlySet<string> = new Set([
  'then',
  'catch',
  'finally',
  'toJSON',
  'prototype',
  'nodeType',
  'asymmetricMatch',
  'inspect',
  ...Object.getOwnPropertyNames(Object.prototype),
])

function isName(property: string): boolean {
  return property !== '' && property.length <= 128 && !notNames.has(property) && !property.startsWith('$$') && !property.startsWith('@@')
}

function inherited(property: string): unknown {
  return Reflect.get(Object.prototype, property)
}

/** Whatever an entity can do. `name` is settled when the first call is made. */
function entityGroup(name: () => string | Promise<string>, out: Send): object {
  const target = Object.create(null) as Record<string, unknown>
  for (const method of crudNames) {
    target[method] = async (...args: readonly unknown[]): Promise<Value> => {
      const { params, options } = take(method, args)
      const entity = name()
      return out(method, [typeof entity === 'string' ? entity : await entity, ...params], options)
    }
  }
  return new Proxy(target, {
    get(own, property) {
      if (typeof property !== 'string' || property in own) return Reflect.get(own, property)
      if (!isName(property)) return inherited(property)
      const operation = async (...args: readonly unknown[]): Promise<Value> => callOperation(await name(), property, takeInput(args), out, {})
      own[property] = operation
      return operation
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
  })
}

function callOperation(entity: string, operation: string, input: Value | undefined, out: Send, options: CallOptions): Promise<Value> {
  return out('call', input === undefined ? [entity, operation] : [entity, operation, input], options)
}
