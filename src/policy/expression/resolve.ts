/** Names in an expression to operands: fields, relation paths, JSON paths, session values, levels. Must not know comparisons. */

import type { Hop, Operand } from '../../query/ast.ts'
import { accountEntity } from '../../schema/account.ts'
import { suggestion } from '../../schema/complaint.ts'
import type { Entity, Field, Schema, ValueType } from '../../schema/entity.ts'
import { type Literal, typeOf } from './families.ts'
import { Fault, shown } from './fault.ts'
import type { Term } from './grammar.ts'

/** A resolved term. The type of a JSON path, and of a session value that the schema does not describe, is that of what it meets. */
export type Resolved = { readonly offset: number /** For complaints. */; readonly name: string } & (
  | { readonly kind: 'stored'; readonly operand: Operand; readonly type: ValueType }
  | { readonly kind: 'json'; readonly field: string; readonly path: readonly string[] }
  | { readonly kind: 'session'; readonly session: string; readonly type: ValueType | undefined }
  | { readonly kind: 'literal'; readonly literal: Literal }
)

/** A path is a join a hop. */
const mostHops = 8

export class Resolver {
  readonly schema: Schema

  constructor(schema: Schema) {
    this.schema = schema
  }

  /** Throws Fault where a name is unknown or cannot stand there. */
  term(term: Term, entity: Entity): Resolved {
    switch (term.kind) {
      case 'name':
        return this.#name(term.path, term.offset, entity)
      case 'session':
        return this.#session(term.path, term.offset)
      case 'level':
        return this.#level(term, entity)
      default:
        return { kind: 'literal', literal: term, name: term.text, offset: term.offset }
    }
  }

  #name(path: readonly string[], offset: number, entity: Entity): Resolved {
    const name = path.join('.')
    const hops: Hop[] = []
    let at = entity
    let begin = offset
    for (const [i, step] of path.entries()) {
      const field = at.fields.get(step)
      if (field !== undefined) return this.#field(field, path.slice(i + 1), hops, { name, offset: begin })
      const relation = at.relations.get(step)
      if (relation === undefined) throw unknownMember(step, at, begin)
      const target = this.schema.entities.get(relation.target)
      if (relation.kind === 'many' || relation.through !== undefined || target === undefined) {
        throw new Fault(begin, `"${step}" leads to many rows; write: key IN (SELECT field FROM ${relation.target} WHERE …)`)
      }
      if (hops.length === mostHops) throw new Fault(begin, `A path takes at most ${mostHops} relations`)
      hops.push({ entity: target, local: relation.local, foreign: relation.foreign })
      at = target
      begin += step.length + 1
    }
    const last = path.at(-1) as string
    throw new Fault(offset, `"${shown(name)}" is a relation; name a field of ${at.name}, such as ${last}.${at.key[0] ?? 'id'}`)
  }

  #field(field: Field, rest: readonly string[], hops: readonly Hop[], seen: { readonly name: string; readonly offset: number }): Resolved {
    if (rest.length === 0) {
      const operand: Operand = hops.length === 0 ? { kind: 'field', field: field.name } : { kind: 'path', hops, field: field.name }
      return { kind: 'stored', operand, type: typeOf(field), ...seen }
    }
    if (field.type !== 'json')
      throw new Fault(seen.offset, `"${field.name}" is a field of type ${field.type} and has no member "${shown(rest.join('.'))}"`)
    if (hops.length > 0) throw new Fault(seen.offset, `A member of JSON in another row (${shown(seen.name)}) is not supported; use IN (SELECT …)`)
    return { kind: 'json', field: field.name, path: rest, ...seen }
  }

  #level(term: Extract<Term, { kind: 'level' }>, entity: Entity): Resolved {
    const { schema } = this
    const of = this.term(term.of, entity)
    const seen = { name: `level(${of.name})`, offset: term.offset }
    if (of.kind === 'literal' && of.literal.kind === 'string') {
      const level = schema.roles.get(of.literal.text)
      if (level === undefined)
        throw new Fault(of.offset, `There is no role "${shown(of.literal.text)}"${suggestion(of.literal.text, schema.roles.keys())}`)
      return { kind: 'stored', operand: { kind: 'const', value: level, type: { type: 'integer' } }, type: { type: 'integer' }, ...seen }
    }
    if (of.kind === 'session' && of.session === 'user.role') throw new Fault(of.offset, 'The level of the caller is $user.level')
    if (of.kind !== 'stored' || !['enum', 'string', 'text'].includes(of.type.type)) {
      throw new Fault(of.offset, `level() takes a field that holds role names, not ${shown(of.name)}`)
    }
    if (of.type.values !== undefined && !of.type.values.some((value) => schema.roles.has(value))) {
      throw new Fault(of.offset, `level() takes a field that holds role names; none of the values of "${of.name}" is one`)
    }
    return { kind: 'stored', operand: { kind: 'level', of: of.operand, levels: schema.roles }, type: { type: 'integer' }, ...seen }
  }

  #session(path: readonly string[], offset: number): Resolved {
    const [root, name, ...rest] = path
    const seen = { name: `$${path.join('.')}`, offset }
    if (root !== 'user' && root !== 'context')
      throw new Fault(
        offset,
        `Session values are $user.… and $context.…, not "$${shown(path.join('.'))}"${suggestion(root ?? '', ['user', 'context'])}`,
      )
    if (name === undefined || rest.length > 0)
      throw new Fault(offset, `"${shown(seen.name)}" has to name one member, such as ${root === 'user' ? '$user.id' : '$context.now'}`)
    const known = root === 'user' ? this.#userMembers() : contextMembers
    if (known.has(name)) return { kind: 'session', session: `${root}.${name}`, type: known.get(name), ...seen }
    if (root === 'user') this.#attribute(name, offset, known)
    else throw new Fault(offset, `"$context" has no "${shown(name)}"${suggestion(name, known.keys())}`)
    return { kind: 'session', session: `user.${name}`, type: undefined, ...seen }
  }

  /** Undefined types: taken from what the value meets. */
  #userMembers(): Map<string, ValueType | undefined> {
    const user = this.schema.entities.get(accountEntity)
    const members = new Map<string, ValueType | undefined>()
    for (const field of user?.fields.values() ?? []) {
      if (!field.sensitive && !field.neverExposed) members.set(field.name, typeOf(field))
    }
    const key = user?.key.length === 1 ? user.fields.get(user.key[0] as string) : undefined
    members.set('id', key === undefined ? undefined : typeOf(key))
    members.set('role', { type: 'string' }).set('level', { type: 'integer' }).set('tenantId', { type: 'string' })
    if (!members.has('username')) members.set('username', { type: 'string' })
    return members
  }

  #attribute(name: string, offset: number, known: ReadonlyMap<string, unknown>): void {
    const user = this.schema.entities.get(accountEntity)
    if (user === undefined) return
    if (user.fields.has(name)) throw new Fault(offset, `"$user.${name}" is a secret of ${accountEntity}; rules cannot depend on it`)
    throw new Fault(offset, `"$user" has no "${shown(name)}"${suggestion(name, known.keys())}`)
  }
}

const contextMembers: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ['tenantId', { type: 'string' }],
  ['now', { type: 'datetime' }],
])

function unknownMember(step: string, entity: Entity, offset: number): Fault {
  const links = [...entity.relations.values()].filter((relation) => relation.kind === 'one').map((relation) => relation.name)
  return new Fault(offset, `${entity.name} has no field "${shown(step)}"${suggestion(step, [...entity.fields.keys(), ...links])}`)
}
