/** Syntax tree and schema to a predicate whose every value is typed by what it meets. Must not know rules or roles' rights. */
import { always, type CompareOp, never, type Operand, type Predicate } from '../../query/ast.ts'
import { compare, constant, isAlways, isNever, or } from '../../query/build.ts'
import { suggestion } from '../../schema/complaint.ts'
import type { Entity, Field, Schema, Value, ValueType } from '../../schema/entity.ts'
import { alike, fits, hasOrder, jsonTypeFor, jsonValue, type Literal, literalValue, ownType, typeOf, written } from './families.ts'
import { Fault, shown } from './fault.ts'
import type { Sign, Syntax, Term } from './grammar.ts'
import { type Resolved, Resolver } from './resolve.ts'

const operators: Readonly<Record<Sign, CompareOp>> = { '=': 'eq', '!=': 'ne', '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' }
const mirrored: Readonly<Record<CompareOp, CompareOp>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  lte: 'gte',
  gt: 'lt',
  gte: 'lte',
  contains: 'contains',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
}

export class Typechecker {
  readonly #resolver: Resolver
  readonly #schema: Schema

  constructor(schema: Schema) {
    this.#schema = schema
    this.#resolver = new Resolver(schema)
  }

  /** The predicate over rows of `entity`. Throws Fault. */
  condition(syntax: Syntax, entity: Entity): Predicate {
    switch (syntax.kind) {
      case 'and':
        return { kind: 'and', all: syntax.parts.map((part) => this.condition(part, entity)) }
      case 'or':
        return { kind: 'or', any: syntax.parts.map((part) => this.condition(part, entity)) }
      case 'not':
        return negated(this.condition(syntax.of, entity))
      case 'compare': {
        const left = this.#resolver.term(syntax.left, entity)
        const right = this.#resolver.term(syntax.right, entity)
        return this.#compare(operators[syntax.sign], left, right, syntax)
      }
      case 'in':
        return this.#in(syntax.left, syntax.items, entity)
      case 'inSelect':
        return this.#inSelect(syntax, entity)
      case 'isNull':
        return this.#isNull(this.#resolver.term(syntax.of, entity))
      case 'term':
        return this.#bare(syntax.term, entity)
    }
  }

  /** A session reference as a value of `field`. Throws Fault where it is none, or can never be one. */
  sessionFor(term: Term, field: Field, entity: Entity): Operand {
    const side = this.#resolver.term(term, entity)
    if (side.kind !== 'session') throw new Fault(side.offset, `"${shown(side.name)}" is not a session value such as $user.id`)
    const type = typeOf(field)
    meeting({ kind: 'stored', operand: { kind: 'field', field: field.name }, type, name: field.name, offset: side.offset }, side)
    return { kind: 'session', name: side.session, type }
  }

  #compare(op: CompareOp, left: Resolved, right: Resolved, sign: { readonly sign: Sign; readonly offset: number }): Predicate {
    for (const side of [left, right]) {
      if (side.kind === 'literal' && side.literal.kind === 'null') {
        throw new Fault(side.offset, `A comparison with NULL is never true; write ${op === 'ne' ? 'IS NOT NULL' : 'IS NULL'}`)
      }
    }
    // Fields stand on the left, so that equal conditions make equal trees.
    if (rank(right) < rank(left)) return this.#compare(mirrored[op], right, left, sign)
    const type = meeting(left, right)
    if (op !== 'eq' && op !== 'ne' && !hasOrder(type)) {
      throw new Fault(sign.offset, `"${sign.sign}" needs an order, and values of type ${type.type} have none; use = or !=`)
    }
    if (type.type === 'json') throw new Fault(left.offset, `"${shown(left.name)}" holds JSON as a whole; compare a member of it, or use IS NULL`)
    return compare(op, this.#operand(left, type, right.name), this.#operand(right, type, left.name))
  }

  /** The operand of one side of a comparison in values of `type`; `subject` is the other side. */
  #operand(side: Resolved, type: ValueType, subject: string): Operand {
    switch (side.kind) {
      case 'stored':
        return side.operand
      case 'json':
        return { kind: 'json', field: side.field, path: side.path, as: jsonTypeFor(type) ?? 'string' }
      case 'session':
        return { kind: 'session', name: side.session, type }
      case 'literal':
        return constant(this.#literal(side.literal, type, subject), type)
    }
  }

  #literal(literal: Literal, type: ValueType, subject: string): Value {
    const value = literalValue(literal, type, subject)
    if (subject === '$user.role' && !this.#schema.roles.has(String(value))) {
      throw new Fault(literal.offset, `There is no role ${written(literal)}${suggestion(literal.text, this.#schema.roles.keys())}`)
    }
    return value
  }

  #in(leftTerm: Term, items: readonly Term[], entity: Entity): Predicate {
    const left = this.#resolver.term(leftTerm, entity)
    const right = items.map((item) => this.#resolver.term(item, entity))
    const literals = right.filter((item) => item.kind === 'literal')
    const nothing = literals.find((item) => item.literal.kind === 'null')
    if (nothing !== undefined) throw new Fault(nothing.offset, 'NULL in a list is never equal to anything; write OR … IS NULL')
    if (left.kind === 'literal' || literals.length < right.length) {
      return or(...right.map((item) => this.#compare('eq', left, item, { sign: '=', offset: left.offset })))
    }
    const type = meeting(left, literals[0] as Resolved)
    if (type.type === 'json') throw new Fault(left.offset, `"${shown(left.name)}" holds JSON as a whole; compare a member of it`)
    const values = [...new Set(literals.map((item) => this.#literal(item.literal, type, left.name)))]
    return { kind: 'in', left: this.#operand(left, type, ''), list: constant(values, type), insensitive: false }
  }

  #inSelect(syntax: Extract<Syntax, { kind: 'inSelect' }>, outer: Entity): Predicate {
    const { entities } = this.#schema
    const entity = entities.get(syntax.entity.text)
    if (entity === undefined)
      throw new Fault(syntax.entity.offset, `There is no entity "${shown(syntax.entity.text)}"${suggestion(syntax.entity.text, entities.keys())}`)
    const field = entity.fields.get(syntax.field.text)
    if (field === undefined)
      throw new Fault(
        syntax.field.offset,
        `${entity.name} has no field "${shown(syntax.field.text)}"${suggestion(syntax.field.text, entity.fields.keys())}`,
      )
    const type = typeOf(field)
    if (type.type === 'json')
      throw new Fault(syntax.field.offset, `"${field.name}" of ${entity.name} holds JSON, which has no equality; select another field`)
    const left = this.#resolver.term(syntax.left, outer)
    const selected: Resolved = { kind: 'stored', operand: { kind: 'field', field: field.name }, type, name: field.name, offset: syntax.field.offset }
    const met = left.kind === 'stored' ? meeting(left, selected) : type
    if (left.kind !== 'stored' && left.kind !== 'literal') meeting(selected, left)
    const where = syntax.where === undefined ? always : this.condition(syntax.where, entity)
    return { kind: 'inSelect', left: this.#operand(left, met, field.name), entity, field: field.name, where }
  }

  #isNull(side: Resolved): Predicate {
    switch (side.kind) {
      case 'stored':
        return { kind: 'isNull', of: side.operand }
      case 'json':
        return { kind: 'isNull', of: { kind: 'json', field: side.field, path: side.path, as: 'string' } }
      case 'session':
        return { kind: 'isNull', of: { kind: 'session', name: side.session, type: side.type ?? { type: 'string' } } }
      case 'literal':
        throw new Fault(side.offset, `${written(side.literal)} is a value; IS NULL asks about a field`)
    }
  }

  #bare(term: Term, entity: Entity): Predicate {
    const side = this.#resolver.term(term, entity)
    if (side.kind === 'literal' && side.literal.kind === 'boolean') return side.literal.text === 'true' ? always : never
    if (side.kind === 'stored' && side.type.type === 'boolean') return compare('eq', side.operand, constant(true, side.type))
    throw new Fault(side.offset, `"${shown(side.name)}" is not a condition; compare it with something, or use IS NULL`)
  }
}

function negated(of: Predicate): Predicate {
  return isAlways(of) ? never : isNever(of) ? always : { kind: 'not', of }
}

function rank(side: Resolved): number {
  return side.kind === 'stored' ? (side.operand.kind === 'const' ? 3 : 0) : side.kind === 'json' ? 1 : side.kind === 'session' ? 2 : 4
}

/** The type in which two sides are compared; `left` is the one that is closer to a field. Throws Fault where there is none. */
function meeting(left: Resolved, right: Resolved): ValueType {
  const clash = (a: string, b: string): Fault =>
    new Fault(right.offset, `"${shown(left.name)}" is of type ${a} and "${shown(right.name)}" of type ${b}; they cannot be compared`)
  const a = left.kind === 'stored' || left.kind === 'session' ? left.type : undefined
  const b = right.kind === 'stored' || right.kind === 'session' ? right.type : undefined
  if (right.kind === 'literal') return a ?? literalMeeting(left, right)
  if (left.kind === 'json' || right.kind === 'json') {
    const known = a ?? b
    if (left.kind === 'json' && right.kind === 'json')
      throw new Fault(right.offset, 'Two members of JSON cannot be compared; their types are not known')
    const as = known === undefined ? 'string' : jsonTypeFor(known)
    if (as === undefined || known?.type === 'json')
      throw clash(left.kind === 'json' ? 'JSON' : (a?.type ?? ''), right.kind === 'json' ? 'JSON' : (b?.type ?? ''))
    return left.kind === 'stored' ? left.type : jsonValue[as]
  }
  if (a === undefined || b === undefined) return a ?? b ?? { type: 'string' }
  if (left.kind === 'stored' && right.kind === 'stored' ? !alike(a, b) : !fits(b, a)) throw clash(a.type, b.type)
  return a
}

function literalMeeting(left: Resolved, right: Resolved & { readonly kind: 'literal' }): ValueType {
  const other = left.kind === 'literal' ? left.literal : undefined
  const own = ownType(right.literal)
  if (left.kind === 'json') return jsonValue[right.literal.kind === 'number' ? 'number' : right.literal.kind === 'boolean' ? 'boolean' : 'string']
  if (other === undefined) return own.type === 'bigint' ? { type: 'integer' } : own
  if (other.kind !== right.literal.kind)
    throw new Fault(right.offset, `${written(other)} and ${written(right.literal)} are values of different types`)
  return own.type === 'bigint' && ownType(other).type === 'decimal' ? ownType(other) : widest(own, ownType(other))
}

function widest(a: ValueType, b: ValueType): ValueType {
  return (b.scale ?? 0) > (a.scale ?? 0) ? b : a
}
