/** Random calls of every method that touches data, over a resolved schema. Must not know rules or engines. */

import type { Entity, Field, Relation, Schema, Value, ValueType } from '../../../src/schema/entity.ts'
import { operatorsOf } from '../../../src/schema/field-type.ts'
import type { Choices } from './choices.ts'
import type { CallSpec } from './spec.ts'
import { valueOf } from './values.ts'

type Plain = { [name: string]: Value }

/** Kinds of calls, to ask one kind only. */
export const methods = [
  'list',
  'read',
  'update',
  'create',
  'count',
  'updateMany',
  'delete',
  'upsert',
  'deleteMany',
  'aggregate',
  'createMany',
  'search',
  'transaction',
] as const
/** Calls of domain operations, for schemas that have them. */
export const treeMethods = ['tree', 'reorder', 'move'] as const
export type Asked = (typeof methods)[number] | (typeof treeMethods)[number]

export interface Flavour {
  readonly methods: readonly Asked[]
  /** Parts of the options of a list, each with its chance in percent. */
  readonly filter: number
  readonly sort: number
  readonly select: number
  readonly include: number
  /** Chance that a filter looks through a relation. */
  readonly relation: number
  /** Keys that creates may give; those of rows come from `keys`. */
  readonly fresh: readonly string[]
  /** Chance that an upsert names a key of `fresh`. */
  readonly upsertFresh: number
  /** Where values come from that are neither keys nor links. */
  readonly draw: (type: ValueType, choices: Choices) => Value
}

export const everything: Flavour = {
  methods,
  filter: 55,
  sort: 45,
  select: 25,
  include: 35,
  relation: 25,
  fresh: ['n1', 'n2', 'n3', 'a', 'r1'],
  upsertFresh: 60,
  draw: valueOf,
}

/** Keys of the rows that a program begins with; whole-number keys count from 1. */
export const keys = ['a', 'b', 'x', 'r1'] as const

/** Where random json has scalars, and where it has none. */
export const jsonPaths = ['a', 'b', 'a.b', 'a.0', '0', 'nosuch'] as const

export class Calls {
  readonly #entities: readonly Entity[]
  readonly #schema: Schema
  readonly #choices: Choices
  readonly #flavour: Flavour

  constructor(schema: Schema, choices: Choices, flavour: Flavour) {
    this.#schema = schema
    this.#entities = [...schema.entities.values()]
    this.#choices = choices
    this.#flavour = flavour
  }

  call(who: number, among: readonly Asked[] = this.#flavour.methods): CallSpec {
    const choices = this.#choices
    const method = choices.pick(among)
    const steps = among.filter((name) => name !== 'transaction')
    if (method === 'transaction') {
      return { who, method, params: [choices.list(1, 3, () => this.call(who, steps)).map(({ method: name, params }) => ({ method: name, params }))] }
    }
    if (method === 'tree' || method === 'reorder' || method === 'move') return { who, method: 'call', params: this.#domain(method) }
    const entity = choices.pick(this.#entities)
    const params = [entity.name, ...this.#params(entity, method)]
    if (method !== 'list' || !choices.chance(30)) return { who, method, params }
    const { page: _, ...options } = (params[1] ?? {}) as Plain
    return { who, method, params: [entity.name, { ...options, limit: 1 + choices.below(2) }], pages: 4 }
  }

  #params(entity: Entity, method: Exclude<Asked, (typeof treeMethods)[number]>): Value[] {
    const choices = this.#choices
    switch (method) {
      case 'read':
        return [this.#id(entity), this.#written(entity)]
      case 'list':
        return [this.#listed(entity, false)]
      case 'search':
        return [choices.pick(['a', 'b', 'x A', 'B C', 'q']), this.#listed(entity, true)]
      case 'count':
        return [choices.chance(75) ? { filter: this.filter(entity) } : {}]
      case 'aggregate':
        return [this.#aggregate(entity)]
      case 'create':
        return [this.#row(entity, 'create'), this.#written(entity)]
      case 'createMany':
        return [choices.list(1, 3, () => this.#row(entity, 'create')), choices.chance(40) ? { returning: true } : {}]
      case 'update':
        return [this.#id(entity), this.#row(entity, 'update'), { ...this.#version(entity), ...this.#written(entity) }]
      case 'updateMany':
        return [
          this.#scope(entity),
          this.#row(entity, 'update'),
          { ...(choices.chance(60) ? { all: true } : {}), ...(choices.chance(35) ? { returning: true } : {}) },
        ]
      case 'delete':
        return [this.#id(entity), this.#version(entity)]
      case 'deleteMany':
        return [this.#scope(entity), choices.chance(60) ? { all: true } : {}]
      default:
        return [
          {
            where: this.#where(entity),
            create: this.#row(entity, 'create'),
            update: choices.chance(90) ? this.#row(entity, 'update') : {},
            ...this.#written(entity),
          },
        ]
    }
  }

  /** The operation of that kind which an entity declares. */
  #domain(kind: (typeof treeMethods)[number]): Value[] {
    const choices = this.#choices
    const declared = this.#entities.flatMap((entity) => [...entity.operations.values()].filter((o) => o.kind === kind).map((o) => ({ entity, o })))
    const { entity, o } = choices.pick(declared)
    const field = (name: string): Field => entity.fields.get(name) as Field
    const input: Plain = {}
    for (const name of o.input.required) {
      if (name === 'ids') input[name] = choices.list(1, 4, () => this.#id(entity))
      else if (name === o.tree?.parent) input[name] = choices.chance(35) ? null : this.#id(entity)
      else if (name === o.tree?.order) input[name] = choices.below(4)
      else input[name] = this.value(entity, field(name))
    }
    return [entity.name, o.name, input]
  }

  #version(entity: Entity): Plain {
    return entity.versioned !== undefined && this.#choices.chance(40) ? { expectedVersion: 1 + this.#choices.below(2) } : {}
  }

  /** Select and include of calls that answer one row. */
  #written(entity: Entity): Plain {
    const { select, include } = this.#flavour
    return {
      ...(this.#choices.chance(select / 2) ? { select: this.#select(entity) } : {}),
      ...(this.#choices.chance(include / 2) ? { include: this.#include(entity, 2) } : {}),
    }
  }

  #listed(entity: Entity, searching: boolean): Plain {
    const choices = this.#choices
    const { filter, sort, select, include } = this.#flavour
    return {
      ...(choices.chance(filter) ? { filter: this.filter(entity) } : {}),
      ...(choices.chance(sort) ? { sort: this.#sort(entity) } : {}),
      ...(choices.chance(select) ? { select: this.#select(entity) } : {}),
      ...(choices.chance(include) ? { include: this.#include(entity, 2) } : {}),
      ...(choices.chance(40) ? { limit: 1 + choices.below(4) } : {}),
      ...(choices.chance(20) ? { page: 1 + choices.below(3) } : {}),
      ...(choices.chance(15) ? { total: 'none' } : {}),
      ...(!searching && choices.chance(8) ? { search: choices.pick(['a', 'x']) } : {}),
    }
  }

  #field(entity: Entity): string {
    const choices = this.#choices
    return choices.chance(3) ? 'nosuch' : choices.pick([...entity.fields.keys()])
  }

  #select(entity: Entity): string[] {
    return [...new Set(this.#choices.list(1, 3, () => this.#field(entity)))]
  }

  #sort(entity: Entity): Value {
    const choices = this.#choices
    const list = [...new Set(choices.list(1, 2, () => this.#field(entity)))].map((name): Plain => ({ [name]: choices.pick(['asc', 'desc']) }))
    return list.length === 1 && choices.chance(50) ? (list[0] as Plain) : list
  }

  #include(entity: Entity, depth: number): Plain {
    const choices = this.#choices
    const relations = [...entity.relations.values()]
    if (relations.length === 0) return choices.chance(10) ? { nosuch: true } : {}
    const include: Plain = {}
    for (const relation of choices.list(1, 2, () => choices.pick(relations))) include[relation.name] = this.#included(relation, depth)
    return include
  }

  #included(relation: Relation, depth: number): Value {
    const choices = this.#choices
    const target = this.#schema.entities.get(relation.target) as Entity
    if (!choices.chance(55)) return true
    return {
      ...(choices.chance(25) ? { select: this.#select(target) } : {}),
      ...(choices.chance(this.#flavour.filter / 2) ? { filter: this.filter(target, 1) } : {}),
      ...(relation.kind === 'many' && choices.chance(40) ? { sort: this.#sort(target) } : {}),
      ...(relation.kind === 'many' && choices.chance(30) ? { limit: 1 + choices.below(2) } : {}),
      ...(depth > 1 && choices.chance(35) ? { include: this.#include(target, depth - 1) } : {}),
    }
  }

  #aggregate(entity: Entity): Plain {
    const choices = this.#choices
    const { filter, sort } = this.#flavour
    const groupBy = choices.chance(60) ? this.#select(entity) : undefined
    const measures: { [fn: string]: string[] } = {}
    for (const fn of choices.some(['sum', 'avg', 'min', 'max'], 30)) measures[fn] = [this.#measured(entity, fn)]
    const known = [...(groupBy ?? []).map((name): Plain => ({ [name]: choices.pick(['asc', 'desc']) })), { count: choices.pick(['asc', 'desc']) }]
    const inner = Object.entries(measures).map(([fn, [name]]): Plain => ({ [fn]: { [name as string]: choices.pick(['asc', 'desc']) } }))
    return {
      ...(choices.chance(filter) ? { filter: this.filter(entity) } : {}),
      ...(groupBy === undefined ? {} : { groupBy }),
      ...measures,
      ...(choices.chance(15) ? { count: false } : {}),
      ...(choices.chance(sort / 2) ? { sort: choices.pick([...known, ...inner]) } : {}),
      ...(choices.chance(20) ? { having: { count: { [choices.pick(['gte', 'gt', 'lt', 'eq'])]: choices.below(3) } } } : {}),
      ...(choices.chance(15) ? { limit: 1 + choices.below(2) } : {}),
    }
  }

  #measured(entity: Entity, fn: string): string {
    const numbers = [...entity.fields.values()].filter((f) => ['integer', 'decimal', 'bigint', 'float'].includes(f.type)).map((f) => f.name)
    return fn === 'min' || fn === 'max' || numbers.length === 0 ? this.#field(entity) : this.#choices.pick(numbers)
  }

  #scope(entity: Entity): Value {
    return this.#choices.chance(70) ? this.filter(entity) : {}
  }

  filter(entity: Entity, depth = 2): Plain {
    const choices = this.#choices
    if (depth > 0 && choices.chance(30)) {
      const part = () => this.filter(entity, depth - 1)
      const name = choices.pick(['and', 'or', 'not'])
      return { [name]: name === 'not' && choices.chance(60) ? part() : choices.list(1, 2, part) }
    }
    const out: Plain = {}
    for (let i = choices.chance(20) ? 2 : 1; i > 0; i--) {
      const relation = depth > 0 && choices.chance(this.#flavour.relation) ? choices.pick([undefined, ...entity.relations.values()]) : undefined
      if (relation !== undefined) out[relation.name] = this.#related(relation, depth)
      else {
        const name = this.#field(entity)
        if (entity.fields.get(name)?.type === 'json' && choices.chance(70)) out[`${name}.${choices.pick(jsonPaths)}`] = this.#jsonCondition()
        else out[name] = this.#condition(entity, name)
      }
    }
    return out
  }

  #related(relation: Relation, depth: number): Value {
    const choices = this.#choices
    const target = this.#schema.entities.get(relation.target) as Entity
    if (relation.kind === 'one' && choices.chance(15)) return null
    const inner = this.filter(target, depth - 1)
    return relation.kind === 'one' ? inner : { [choices.pick(['some', 'every', 'none'])]: inner }
  }

  #condition(entity: Entity, name: string): Value {
    const choices = this.#choices
    const field = entity.fields.get(name)
    if (field === undefined) return 'a'
    if (choices.chance(40)) return choices.chance(15) ? null : this.value(entity, field)
    const operator = choices.pick([...operatorsOf(field.type)])
    if (operator === 'isNull') return { isNull: choices.chance(50) }
    if (operator === 'in' || operator === 'notIn') return { [operator]: choices.list(0, 3, () => this.value(entity, field)) }
    const mode: Plain = ['string', 'text'].includes(field.type) && choices.chance(25) ? { mode: 'insensitive' } : {}
    const value = ['ne', 'eq'].includes(operator) && choices.chance(10) ? null : this.value(entity, field)
    return { [operator]: value, ...mode }
  }

  #jsonCondition(): Value {
    const choices = this.#choices
    const value = choices.pick<Value>(['a', 'A', 1, 0.1, true, null, ''])
    if (choices.chance(40)) return value
    if (value === null) return { isNull: choices.chance(50) }
    return {
      [choices.pick(typeof value === 'boolean' ? ['eq', 'ne'] : ['ne', 'gt', 'lte', ...(typeof value === 'string' ? ['contains'] : [])])]: value,
    }
  }

  /** A value that fits the field: of a key or a link one that a row may have. */
  value(entity: Entity, field: Field): Value {
    const choices = this.#choices
    if (entity.key.includes(field.name) || field.foreignKey !== undefined) {
      if (field.type === 'integer') return 1 + choices.below(4)
      return field.type === 'string' ? choices.pick(keys) : this.#flavour.draw(field, choices)
    }
    if (field.name === entity.owner) return choices.pick(['a', 'b', 'x', 'A'])
    if (field.name === entity.tenant) return choices.pick(['t1', 't2'])
    return field.kept === 'version' ? 1 + choices.below(2) : this.#flavour.draw(field, choices)
  }

  #id(entity: Entity): Value {
    const id = Object.fromEntries(entity.key.map((name) => [name, this.value(entity, entity.fields.get(name) as Field)]))
    return entity.key.length === 1 ? (id[entity.key[0] as string] as Value) : id
  }

  #where(entity: Entity): Plain {
    const unique = [...entity.fields.values()].filter((f) => f.unique !== false)
    const names = unique.length > 0 && this.#choices.chance(50) ? [this.#choices.pick(unique).name] : entity.key
    return Object.fromEntries(
      names.map((name) => [
        name,
        this.#choices.chance(this.#flavour.upsertFresh) && entity.key.includes(name)
          ? this.#fresh(entity, name)
          : this.value(entity, entity.fields.get(name) as Field),
      ]),
    )
  }

  #fresh(entity: Entity, name: string): Value {
    const field = entity.fields.get(name) as Field
    if (field.type === 'integer') return 1 + this.#choices.below(8)
    return field.type === 'string' ? this.#choices.pick(this.#flavour.fresh) : this.#flavour.draw(field, this.#choices)
  }

  /** Mostly what a caller may write at all, so that the rules have the word. */
  #row(entity: Entity, operation: 'create' | 'update'): Plain {
    const choices = this.#choices
    const row: Plain = {}
    for (const field of entity.fields.values()) {
      const key = entity.key.includes(field.name)
      const barred = field.generated || field.kept !== undefined || field.autoUpdate || (operation === 'update' && (key || field.immutable))
      const likely = barred
        ? 2
        : operation === 'update'
          ? 20
          : key
            ? 100
            : field.required
              ? 95
              : field.name === entity.softDelete || field.name === entity.ttl?.field
                ? 10
                : 40
      if (!choices.chance(likely)) continue
      row[field.name] =
        field.nullable && choices.chance(12) ? null : key && operation === 'create' ? this.#fresh(entity, field.name) : this.value(entity, field)
    }
    if (operation === 'update' && Object.keys(row).length === 0) {
      const free = [...entity.fields.values()].find((f) => !f.generated && !f.immutable && !entity.key.includes(f.name))
      if (free !== undefined) row[free.name] = this.value(entity, free)
    }
    return row
  }
}
