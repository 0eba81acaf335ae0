/** Which rules govern an operation for a role (contract 6.1): those that name it, or those of the operation that it follows. Must not know rows. */
import type { Schema } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'

/** By kind, the operation whose rules apply where no rule names the one at hand. An upsert follows none: it needs create and update. */
const follows: Readonly<Record<string, string>> = {
  list: 'read',
  find_by: 'read',
  list_by: 'read',
  tree: 'read',
  count: 'list',
  search: 'list',
  aggregate: 'list',
  createMany: 'create',
  updateMany: 'update',
  reorder: 'update',
  move: 'update',
  update_by: 'update',
  deleteMany: 'delete',
  delete_by: 'delete',
}

const crud: ReadonlySet<string> = new Set([
  'create',
  'read',
  'update',
  'delete',
  'list',
  'count',
  'search',
  'aggregate',
  'createMany',
  'updateMany',
  'deleteMany',
])

/** The operations to ask for, nearest first. A domain operation of a crud kind is that operation under another name. */
export function lineage(operation: string, kind: string): string[] {
  const line = [operation]
  const add = (name: string) => {
    if (!line.includes(name)) line.push(name)
  }
  if (crud.has(kind)) add(kind)
  for (let at = Object.hasOwn(follows, kind) ? follows[kind] : undefined; at !== undefined; at = Object.hasOwn(follows, at) ? follows[at] : undefined)
    add(at)
  return line
}

const none: readonly Rule[] = Object.freeze([])

/** The function behind `Policy.governing`; remembers its answers, which are as many as the schema has entities, roles and operations. */
export function governing(
  rules: readonly Rule[],
  schema: Schema,
): (entity: string, role: string, operation: string, kind: string) => readonly Rule[] {
  const byEntity = new Map<string, Rule[]>()
  for (const rule of rules) {
    const list = byEntity.get(rule.entity)
    if (list === undefined) byEntity.set(rule.entity, [rule])
    else list.push(rule)
  }
  const answers = new Map<string, readonly Rule[]>()
  return (entity, role, operation, kind) => {
    const own = byEntity.get(entity)
    if (own === undefined) return none
    // A role that the schema does not know is nobody in particular. Its name must not fill the memory either.
    const holder = role !== 'system' && schema.roles.has(role) ? role : 'public'
    const find = () => named(own, holder, lineage(operation, kind))
    if (schema.entities.get(entity)?.operations.get(operation)?.kind !== kind) return find()
    const key = JSON.stringify([entity, holder, operation])
    const known = answers.get(key)
    if (known !== undefined) return known
    const found = Object.freeze(find())
    answers.set(key, found)
    return found
  }
}

function named(rules: readonly Rule[], role: string, line: readonly string[]): readonly Rule[] {
  const held = rules.filter((rule) => rule.roles.has(role) || rule.roles.has('public'))
  for (const operation of line) {
    const naming = held.filter((rule) => rule.operations.has(operation))
    if (naming.length > 0) return naming
  }
  return none
}
