/** Random reads, aggregates and trees over a schema. Must not know adapters. */
import fc from 'fast-check'
import { type Aggregate, always, type Column, type Having, type Order, type Predicate, type Read, type Tree } from '../../../src/query/ast.ts'
import type { Entity, Field, Schema, Value, ValueType } from '../../../src/schema/entity.ts'
import { isOrdered } from '../../../src/schema/field-type.ts'
import { Binder, linkable, numeric, orders, Predicates, pairs, pick, type Source, source, typeOf } from './random-predicate.ts'
import { listOf, nullableValueOf } from './random-values.ts'

/** A query with the values that its params and session operands need. */
export interface Case<Q = Read | Aggregate | Tree> {
  readonly query: Q
  readonly params: readonly Value[]
  readonly session: Readonly<Record<string, Value>>
}

/** All questions that can be asked of one schema. `depth` bounds the nesting. */
export class Queries {
  readonly #predicates: Predicates

  constructor(schema: Schema) {
    this.#predicates = new Predicates(schema)
  }

  #order(entity: Entity, depth: number): fc.Arbitrary<readonly Order[]> {
    const fields = [...entity.fields.values()].filter((field) => isOrdered(field.type))
    const key = pick(fields).chain((field) => this.#predicates.fieldOperand(entity, field, depth))
    return fc
      .array(fc.record({ by: key, direction: fc.constantFrom('asc', 'desc') }), { maxLength: 2 })
      .map((given) => [...given, ...entity.key.map((field): Order => ({ by: { kind: 'field', field }, direction: 'asc' }))])
  }

  /** Many predicates asked of every row at once, for their three values. */
  probes(count: number, depth: number): fc.Arbitrary<Case<Read>> {
    return pick(this.#predicates.entities).chain((entity) =>
      fc.array(this.#predicates.predicate(entity, depth), { minLength: count, maxLength: count }).map((probes) => {
        const binder = new Binder()
        const query: Read = {
          kind: 'read',
          entity,
          where: always,
          columns: [],
          probes: probes.map((probe) => binder.predicate(probe, entity)),
          order: this.#byKey(entity),
          total: false,
          reach: 'many',
        }
        return { query, params: binder.params, session: binder.session }
      }),
    )
  }

  #byKey(entity: Entity): readonly Order[] {
    return entity.key.map((field) => ({ by: { kind: 'field', field }, direction: 'asc' }))
  }

  read(depth: number): fc.Arbitrary<Case<Read>> {
    const count = source(fc.integer({ min: 0, max: 5 }), { type: 'integer' }).filter((operand) => (operand as Source).how === 'param')
    return pick(this.#predicates.entities).chain((entity) => {
      const fields = [...entity.fields.values()]
      const grouping = fields.filter((field) => isOrdered(field.type)).map((field) => field.name)
      return fc
        .record({
          where: this.#predicates.where(entity, depth),
          columns: fc.array(this.#predicates.column(entity, fields, 1), { maxLength: 3 }),
          order: this.#order(entity, 1),
          total: fc.boolean(),
          limit: fc.option(count),
          offset: fc.option(count, { freq: 1 }),
          seek: fc.option(this.#predicates.where(entity, 1), { freq: 1 }),
          partition: fc.option(fc.uniqueArray(pick(grouping), { minLength: 1, maxLength: 2 }), { freq: 2 }),
        })
        .map((made) => {
          const binder = new Binder()
          const query: Read = {
            kind: 'read',
            entity,
            where: binder.predicate(made.where, entity),
            columns: [...entity.key.map((field) => ({ field })), ...made.columns.map((column) => binder.column(column, entity))],
            probes: [],
            order: made.order.map((key) => ({ ...key, by: binder.operand(key.by, entity) })),
            total: made.total,
            reach: 'many',
            ...(made.limit === null ? {} : { limit: binder.operand(made.limit, entity) }),
            ...(made.offset === null ? {} : { offset: binder.operand(made.offset, entity) }),
            ...(made.seek === null ? {} : { seek: binder.predicate(made.seek, entity) }),
            ...(made.partition === null ? {} : { partition: made.partition }),
          }
          return { query, params: binder.params, session: binder.session }
        })
    })
  }

  aggregate(depth: number): fc.Arbitrary<Case<Aggregate>> {
    return pick(this.#predicates.entities).chain((entity) => {
      const ordered = [...entity.fields.values()].filter((field) => isOrdered(field.type))
      const measure = pick(ordered).chain((field) =>
        fc
          .record({
            fn: fc.constantFrom(
              ...(numeric.has(field.type) || field.type === 'float' ? (['sum', 'avg', 'min', 'max'] as const) : (['min', 'max'] as const)),
            ),
            guard: fc.option(this.#predicates.predicate(entity, 0), { freq: 2 }),
          })
          .map(({ fn, guard }) => ({ fn, column: { field: field.name, ...(guard === null ? {} : { guard }) }, type: typeOf(field) })),
      )
      return fc
        .record({
          where: this.#predicates.where(entity, depth),
          groupBy: fc.array(this.#predicates.column(entity, ordered, 0), { maxLength: 2 }),
          measures: fc.array(measure, { maxLength: 3 }),
          limit: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 1 }),
        })
        .chain((base) => this.#finished(entity, base))
    })
  }

  #finished(
    entity: Entity,
    base: { where: Predicate; groupBy: Column[]; measures: Exclude<Aggregate['measures'][number], { fn: 'count' }>[]; limit: number | null },
  ): fc.Arbitrary<Case<Aggregate>> {
    const measures: Aggregate['measures'] = [{ fn: 'count' }, ...base.measures]
    const cells = [
      ...base.groupBy.map((column, index) => ({ at: { kind: 'group', index } as const, type: typeOf(entity.fields.get(column.field) as Field) })),
      ...measures.map((measure, index) => ({ at: { kind: 'measure', index } as const, type: measuredType(measure) })),
    ]
    return fc
      .record({
        having: fc.option(this.#having(cells, 2), { freq: 1 }),
        order: fc.array(fc.record({ cell: pick(cells), direction: fc.constantFrom('asc', 'desc') }), { maxLength: 2 }),
      })
      .map(({ having, order }) => {
        const binder = new Binder()
        const query: Aggregate = {
          kind: 'aggregate',
          entity,
          where: binder.predicate(base.where, entity),
          groupBy: base.groupBy.map((column) => binder.column(column, entity)),
          measures: measures.map((measure) => (measure.fn === 'count' ? measure : { ...measure, column: binder.column(measure.column, entity) })),
          ...(having === null ? {} : { having: boundHaving(having, binder, entity) }),
          order: order.map(({ cell, direction }) => ({ by: cell.at, direction })),
          ...(base.limit === null
            ? {}
            : { limit: binder.operand({ kind: 'const', value: base.limit, type: { type: 'integer' }, how: 'param' } as Source, entity) }),
        }
        return { query, params: binder.params, session: binder.session }
      })
  }

  #having(cells: readonly { readonly at: Aggregate['order'][number]['by']; readonly type: ValueType }[], depth: number): fc.Arbitrary<Having> {
    const leaf = pick(cells).chain(({ at, type }) =>
      fc.oneof(
        fc
          .record({ op: fc.constantFrom(...orders), right: source(nullableValueOf(type), type) })
          .map((rest): Having => ({ kind: 'compare', left: at, ...rest })),
        listOf(type).map((value): Having => ({ kind: 'in', left: at, list: { kind: 'const', value, type, how: 'param' } as Source })),
        fc.constant<Having>({ kind: 'isNull', of: at }),
      ),
    )
    if (depth === 0) return leaf
    const inner = this.#having(cells, depth - 1)
    const list = fc.array(inner, { maxLength: 3 })
    return fc.oneof(
      { weight: 2, arbitrary: leaf },
      list.map((all): Having => ({ kind: 'and', all })),
      list.map((any): Having => ({ kind: 'or', any })),
      inner.map((of): Having => ({ kind: 'not', of })),
    )
  }

  /** Undefined where no entity of the schema could refer to itself. */
  tree(depth: number): fc.Arbitrary<Case<Tree>> | undefined {
    const keyed = this.#predicates.entities.filter((entity) => entity.key.length === 1)
    const likely = keyed.flatMap((entity) =>
      pairs(entity, entity, (x, y) => y.name === 'id' && x.name !== 'id' && linkable(x, y)).map(([field]) => [entity, field] as const),
    )
    const real = likely.filter(([entity, field]) => field.foreignKey?.entity === entity.name)
    const parents = real.length > 0 ? real : likely
    if (parents.length === 0) return undefined
    return pick(parents).chain(([entity, field]) =>
      fc
        .record({
          where: this.#predicates.where(entity, depth),
          root: this.#predicates.where(entity, 0),
          parent: this.#predicates.column(entity, [field], 0),
          probe: this.#predicates.predicate(entity, 1),
        })
        .map((made) => {
          const binder = new Binder()
          const query: Tree = {
            kind: 'tree',
            entity,
            where: binder.predicate(made.where, entity),
            root: binder.predicate(made.root, entity),
            parent: binder.column(made.parent, entity),
            columns: [{ field: 'id' }],
            probes: [binder.predicate(made.probe, entity)],
          }
          return { query, params: binder.params, session: binder.session }
        }),
    )
  }
}

/** What a measure is compared with, as the checker gives it. */
function measuredType(measure: Aggregate['measures'][number]): ValueType {
  if (measure.fn === 'count') return { type: 'integer' }
  const { fn, type } = measure
  if (fn === 'min' || fn === 'max') return type
  if (fn === 'avg' || type.type === 'integer' || type.type === 'float') return { type: 'float' }
  return type.type === 'decimal' ? { type: 'decimal', precision: 38, scale: type.scale ?? 0 } : type
}

function boundHaving(node: Having, binder: Binder, entity: Entity): Having {
  switch (node.kind) {
    case 'and':
      return { kind: 'and', all: node.all.map((part) => boundHaving(part, binder, entity)) }
    case 'or':
      return { kind: 'or', any: node.any.map((part) => boundHaving(part, binder, entity)) }
    case 'not':
      return { kind: 'not', of: boundHaving(node.of, binder, entity) }
    case 'compare':
      return { ...node, right: binder.operand(node.right, entity) }
    case 'in':
      return { ...node, list: binder.operand(node.list, entity) }
    case 'isNull':
      return node
  }
}

/** How many predicates a case asks: its where, its probes, its seek and its guards. */
export function predicatesIn({ query }: Case): number {
  if (query.kind === 'aggregate') return 1 + query.groupBy.filter((column) => column.guard).length
  const guards = query.columns.filter((column) => column.guard).length + query.probes.length
  return guards + (query.where === always ? 0 : 1) + (query.kind === 'tree' ? 1 : query.seek === undefined ? 0 : 1)
}
