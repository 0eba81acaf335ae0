/** Random predicates over a schema, with values of the right types; values find their places once the query is known. Must not know adapters. */
import fc from 'fast-check'
import type { Column, CompareOp, Hop, Operand, Predicate } from '../../../src/query/ast.ts'
import { always } from '../../../src/query/ast.ts'
import { type Mapper, mapOperand, mapPredicate } from '../../../src/query/walk.ts'
import type { Entity, Field, Schema, Value, ValueType } from '../../../src/schema/entity.ts'
import { isOrdered, isText } from '../../../src/schema/field-type.ts'
import { enumMembers, jsonPaths, listOf, misfit, nullableValueOf } from './random-values.ts'

/** A constant that is to become a param or a session value, once its place in the query is known. */
export type Source = Extract<Operand, { kind: 'const' }> & { readonly how?: 'param' | 'session' }

export function source(value: fc.Arbitrary<Value>, type: ValueType): fc.Arbitrary<Operand> {
  return fc.oneof(
    { weight: 4, arbitrary: value.map((given) => ({ kind: 'const', value: given, type, how: 'param' }) as Source) },
    { weight: 2, arbitrary: value.map((given) => ({ kind: 'const', value: given, type }) as Source) },
    {
      weight: 2,
      arbitrary: fc.oneof({ weight: 4, arbitrary: value }, misfit).map((given) => ({ kind: 'const', value: given, type, how: 'session' }) as Source),
    },
  )
}

/** Gives each value its place: params by number, session values by name. */
export class Binder {
  readonly params: Value[] = []
  readonly session: Record<string, Value> = {}
  readonly mapper: Mapper = { operand: (node) => this.#placed(node) }

  #placed(node: Operand): Operand {
    if (node.kind !== 'const') return node
    const { how, value, type } = node as Source
    if (how === undefined) return node
    if (how === 'param') return { kind: 'param', index: this.params.push(value) - 1, type }
    const name = `user.s${Object.keys(this.session).length}`
    this.session[name] = value
    return { kind: 'session', name, type }
  }

  predicate(node: Predicate, entity: Entity): Predicate {
    return mapPredicate(node, entity, this.mapper)
  }

  operand(node: Operand, entity: Entity): Operand {
    return mapOperand(node, entity, this.mapper)
  }

  column(column: Column, entity: Entity): Column {
    return column.guard === undefined ? column : { ...column, guard: this.predicate(column.guard, entity) }
  }
}

export const typeOf = ({ type, precision, scale, values }: ValueType): ValueType => ({
  type,
  ...(precision === undefined ? {} : { precision }),
  ...(scale === undefined ? {} : { scale }),
  ...(values === undefined ? {} : { values }),
})

const equalities = ['eq', 'ne'] as const
export const orders = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const
const parts = ['contains', 'startsWith', 'endsWith'] as const

function operators(type: ValueType): fc.Arbitrary<CompareOp> {
  if (!isOrdered(type.type)) return fc.constantFrom(...equalities)
  return isText(type.type) ? fc.constantFrom(...orders, ...parts) : fc.constantFrom(...orders)
}

export const numeric: ReadonlySet<string> = new Set(['integer', 'bigint', 'decimal'])
const levels = new Map(enumMembers.map((name, i) => [name, i + 1]))

/** Two fields that may be compared: texts with texts, exact numbers with exact numbers, else the same type. */
function comparableFields(a: Field, b: Field): boolean {
  if (a.type === 'json') return false
  if (numeric.has(a.type)) return numeric.has(b.type)
  return isText(a.type) ? isText(b.type) : a.type === b.type
}

export function linkable(a: Field, b: Field): boolean {
  return a.type === b.type && a.scale === b.scale && a.precision === b.precision && a.type !== 'json' && a.type !== 'bytes' && a.type !== 'float'
}

export function pairs(a: Entity, b: Entity, fit: (x: Field, y: Field) => boolean): readonly (readonly [Field, Field])[] {
  return [...a.fields.values()].flatMap((x) => [...b.fields.values()].filter((y) => fit(x, y)).map((y) => [x, y] as const))
}

export const pick = <T>(list: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...list)

/** Predicates over the entities of one schema. `depth` bounds the nesting. */
export class Predicates {
  readonly #schema: Schema
  readonly #known = new Map<string, fc.Arbitrary<Predicate>>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  get entities(): readonly Entity[] {
    return [...this.#schema.entities.values()]
  }

  predicate(entity: Entity, depth: number): fc.Arbitrary<Predicate> {
    const name = `${entity.name} ${depth}`
    const known =
      this.#known.get(name) ??
      (depth <= 0 ? this.#leaf(entity, 0) : fc.oneof({ weight: 8, arbitrary: this.#leaf(entity, depth) }, ...this.#nested(entity, depth)))
    this.#known.set(name, known)
    return known
  }

  #nested(entity: Entity, depth: number): fc.Arbitrary<Predicate>[] {
    const inner = this.predicate(entity, depth - 1)
    const list = fc.array(inner, { maxLength: 3 })
    return [
      list.map((all) => ({ kind: 'and', all })),
      list.map((any) => ({ kind: 'or', any })),
      inner.map((of) => ({ kind: 'not', of })),
      inner.map((of) => ({ kind: 'isTrue', of })),
      fc.record({ guard: inner, then: inner }).map((both) => ({ kind: 'when', ...both })),
      fc.oneof(...this.#others(entity, depth)),
      fc.oneof(...this.#others(entity, depth)),
    ]
  }

  /** Questions about rows of other entities, or of the same. */
  #others(entity: Entity, depth: number): fc.Arbitrary<Predicate>[] {
    return this.entities.flatMap((target) => {
      const where = this.predicate(target, depth - 1)
      const found: fc.Arbitrary<Predicate>[] = []
      const links = pairs(entity, target, linkable)
      const selects = pairs(entity, target, comparableFields)
      if (links.length > 0) {
        const real = links.filter(([x, y]) => x.foreignKey?.entity === target.name || y.foreignKey?.entity === entity.name)
        const link = real.length === 0 ? pick(links) : fc.oneof(pick(real), pick(links))
        found.push(
          fc.record({ linked: fc.uniqueArray(link, { minLength: 1, maxLength: 2 }), where }).map(({ linked, where: inner }) => ({
            kind: 'exists',
            entity: target,
            local: linked.map(([x]) => x.name),
            foreign: linked.map(([, y]) => y.name),
            where: inner,
          })),
        )
      }
      if (selects.length > 0) {
        found.push(
          fc
            .record({ pair: pick(selects), where })
            .chain(({ pair: [x, y], where: inner }) =>
              this.fieldOperand(entity, x, depth - 1).map(
                (left): Predicate => ({ kind: 'inSelect', left, entity: target, field: y.name, where: inner }),
              ),
            ),
        )
      }
      return found
    })
  }

  #leaf(entity: Entity, depth: number): fc.Arbitrary<Predicate> {
    const fields = [...entity.fields.values()]
    const plain = fields.filter((field) => field.type !== 'json')
    const jsons = fields.filter((field) => field.type === 'json')
    const alike = pairs(entity, entity, comparableFields)
    const leaves: { weight: number; arbitrary: fc.Arbitrary<Predicate> }[] = [
      { weight: 5, arbitrary: pick(plain).chain((field) => this.fieldOperand(entity, field, depth).chain((left) => this.#compared(left, field))) },
      { weight: 3, arbitrary: pick(plain).chain((field) => this.fieldOperand(entity, field, depth).chain((left) => this.#within(left, field))) },
      {
        weight: 2,
        arbitrary: pick(fields)
          .chain((field) => this.fieldOperand(entity, field, depth))
          .map((of) => ({ kind: 'isNull', of })),
      },
      { weight: 2, arbitrary: pick(alike).chain(([x, y]) => this.#fieldsCompared(entity, x, y, depth)) },
      { weight: 2, arbitrary: fc.uniqueArray(pick(plain), { minLength: 1, maxLength: 3 }).chain((keys) => this.#keyIn(keys)) },
    ]
    if (jsons.length > 0) leaves.push({ weight: 4, arbitrary: pick(jsons).chain((field) => this.#json(entity, field, depth)) })
    const paths = this.#paths(entity)
    if (paths.length > 0) leaves.push({ weight: 3, arbitrary: pick(paths).chain((path) => this.#path(path)) })
    leaves.push({ weight: 1, arbitrary: this.#level(fields) })
    return fc.oneof(...leaves)
  }

  fieldOperand(entity: Entity, field: Field, depth: number): fc.Arbitrary<Operand> {
    const plain = fc.constant<Operand>({ kind: 'field', field: field.name })
    if (depth <= 0) return plain
    return fc.oneof(
      { weight: 4, arbitrary: plain },
      this.predicate(entity, depth - 1).map((guard): Operand => ({ kind: 'field', field: field.name, guard })),
    )
  }

  #compared(left: Operand, of: ValueType): fc.Arbitrary<Predicate> {
    const type = typeOf(of)
    return fc
      .record({ op: operators(type), right: source(nullableValueOf(type), type), insensitive: isText(type.type) ? fc.boolean() : fc.constant(false) })
      .map((rest) => ({ kind: 'compare', left, ...rest }))
  }

  #within(left: Operand, of: ValueType): fc.Arbitrary<Predicate> {
    const type = typeOf(of)
    return fc
      .record({ list: source(listOf(type), type), insensitive: isText(type.type) ? fc.boolean() : fc.constant(false) })
      .map((rest) => ({ kind: 'in', left, ...rest }))
  }

  #fieldsCompared(entity: Entity, x: Field, y: Field, depth: number): fc.Arbitrary<Predicate> {
    const both = isText(x.type) && isText(y.type)
    return fc
      .record({
        op: both ? fc.constantFrom(...orders, ...parts) : isOrdered(x.type) ? fc.constantFrom(...orders) : fc.constantFrom(...equalities),
        left: this.fieldOperand(entity, x, depth),
        right: this.fieldOperand(entity, y, depth),
        insensitive: both ? fc.boolean() : fc.constant(false),
      })
      .map((rest) => ({ kind: 'compare', ...rest }))
  }

  #keyIn(keys: readonly Field[]): fc.Arbitrary<Predicate> {
    const type = typeOf(keys[0] as Field)
    const tuples = fc.array(fc.tuple(...keys.map((field) => nullableValueOf(field))), { maxLength: 4 })
    return tuples.map((list) => ({
      kind: 'keyIn',
      fields: keys.map((field) => field.name),
      list: { kind: 'const', value: list, type, how: 'param' } as Source,
    }))
  }

  #json(entity: Entity, field: Field, depth: number): fc.Arbitrary<Predicate> {
    const types = { string: { type: 'text' }, number: { type: 'float' }, boolean: { type: 'boolean' } } as const
    const operand = fc
      .record({
        path: pick(jsonPaths),
        as: fc.constantFrom('string', 'number', 'boolean'),
        guard: depth > 0 ? fc.option(this.predicate(entity, depth - 1), { freq: 2 }) : fc.constant(null),
      })
      .map(({ path, as, guard }) => ({ kind: 'json', field: field.name, path, as, ...(guard === null ? {} : { guard }) }) as const)
    return operand.chain((of) =>
      fc.oneof(this.#compared(of, types[of.as]), this.#within(of, types[of.as]), fc.constant<Predicate>({ kind: 'isNull', of })),
    )
  }

  /** Chains of one or two references to keys, with a field at the end. */
  #paths(entity: Entity): readonly { readonly hops: readonly Hop[]; readonly field: Field }[] {
    const step = (from: Entity): readonly Hop[] =>
      [...from.fields.values()].flatMap((field) => {
        const target = field.foreignKey === undefined ? undefined : this.#schema.entities.get(field.foreignKey.entity)
        return target === undefined ? [] : [{ entity: target, local: [field.name], foreign: ['id'] }]
      })
    const chains = step(entity).flatMap((hop) => [[hop], ...step(hop.entity).map((next) => [hop, next])])
    return chains.flatMap((hops) =>
      [...(hops.at(-1) as Hop).entity.fields.values()].filter((field) => field.type !== 'json').map((field) => ({ hops, field })),
    )
  }

  #path({ hops, field }: { readonly hops: readonly Hop[]; readonly field: Field }): fc.Arbitrary<Predicate> {
    const of: Operand = { kind: 'path', hops, field: field.name }
    return fc.oneof(this.#compared(of, field), this.#within(of, field), fc.constant<Predicate>({ kind: 'isNull', of }))
  }

  #level(fields: readonly Field[]): fc.Arbitrary<Predicate> {
    const role = { type: 'string' } as const
    const named = fields
      .filter((field) => isText(field.type) || field.type === 'enum')
      .map((field): Operand => ({ kind: 'field', field: field.name }))
    const of = named.length === 0 ? source(pick(enumMembers), role) : fc.oneof(pick(named), source(pick(enumMembers), role))
    return fc
      .record({ of, op: fc.constantFrom(...orders), right: source(fc.constantFrom<Value>(1, 2, 3, null), { type: 'integer' }) })
      .map(({ of: inner, op, right }) => ({ kind: 'compare', op, left: { kind: 'level', of: inner, levels }, right, insensitive: false }))
  }

  column(entity: Entity, fields: readonly Field[], depth: number): fc.Arbitrary<Column> {
    return fc
      .record({ field: pick(fields), guard: fc.option(this.predicate(entity, depth), { freq: 2 }) })
      .map(({ field, guard }) => ({ field: field.name, ...(guard === null ? {} : { guard }) }))
  }

  /** Of a random predicate, what is not false is as good a condition as what is true, and leaves more rows. */
  where(entity: Entity, depth: number): fc.Arbitrary<Predicate> {
    const inner = this.predicate(entity, depth)
    const notFalse = inner.map((of): Predicate => ({ kind: 'not', of: { kind: 'isTrue', of: { kind: 'not', of } } }))
    const notTrue = inner.map((of): Predicate => ({ kind: 'not', of: { kind: 'isTrue', of } }))
    return fc.oneof({ weight: 3, arbitrary: inner }, notFalse, { weight: 2, arbitrary: notTrue }, fc.constant(always))
  }
}
