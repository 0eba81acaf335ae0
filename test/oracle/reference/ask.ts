/** What a caller may ask of rows: filters, sorting, the shape of an answer. Plain loops; must not know how engines answer. */
import type { Entity, Relation, Value } from '../../../src/schema/entity.ts'
import { compareValues, isOrdered, isText, normalise, operatorsOf } from '../../../src/schema/field-type.ts'
import { and, compare, not, or, type Row, type Truth } from './logic.ts'
import type { Sight } from './sight.ts'

/** A call that is refused, with every error that the contract would allow for it. */
export class Refusal extends Error {
  readonly codes: ReadonlySet<string>
  constructor(...codes: readonly string[]) {
    super(codes.join())
    this.codes = new Set(codes)
  }
}

export type Options = { readonly [name: string]: Value | undefined }
type Test = (row: Row) => Truth

const invalid = (): never => {
  throw new Refusal('VALIDATION_ERROR')
}
const isObject = (value: Value | undefined): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The relation with sight of its target, if the caller may know of it. */
function relationOf(sight: Sight, name: string): { relation: Relation; target: Sight } | undefined {
  const relation = sight.entity.relations.get(name)
  if (relation === undefined || relation.local.some((f) => sight.field(f) === undefined)) return undefined
  const target = sight.other(relation.target, 'read')
  if (target.fields.length === 0) return undefined
  if (relation.through !== undefined) {
    const { entity, local, foreign } = relation.through
    const between = sight.other(entity, 'read')
    return [...local, ...foreign].some((f) => between.field(f) === undefined) ? undefined : { relation, target }
  }
  return relation.foreign.some((f) => target.field(f) === undefined) ? undefined : { relation, target }
}

/** Visible rows at the other end; undefined where the link of this row is hidden. */
function linked(sight: Sight, row: Row, relation: Relation, target: Sight): readonly Row[] | undefined {
  if (relation.local.some((name) => !sight.shows(row, name))) return undefined
  const meets = (at: Sight, other: Row, names: readonly string[], values: readonly Value[]) =>
    names.every((name, i) => values[i] !== null && other[name] === values[i] && at.shows(other, name)) && at.sees(other)
  const own = relation.local.map((name) => row[name] as Value)
  if (relation.through === undefined) return target.ground.rows(target.entity).filter((other) => meets(target, other, relation.foreign, own))
  const { entity, local, foreign } = relation.through
  const between = sight.other(entity, 'read')
  const links = between.ground
    .rows(between.entity)
    .filter((link) => meets(between, link, local, own) && foreign.every((name) => between.shows(link, name)))
  return target.ground.rows(target.entity).filter((other) =>
    links.some((link) =>
      meets(
        target,
        other,
        relation.foreign,
        foreign.map((name) => link[name] as Value),
      ),
    ),
  )
}

/** A filter as a test of rows. Refuses what the caller may not know. */
export function filter(sight: Sight, given: Value | undefined): Test {
  if (!isObject(given)) return invalid()
  const tests = Object.entries(given).map(([name, node]) => member(sight, name, node))
  return (row) => and(tests.map((test) => test(row)))
}

function member(sight: Sight, name: string, node: Value): Test {
  if (name === 'and' || name === 'or' || name === 'not') {
    const parts = [node].flat().map((part) => filter(sight, part as Value))
    if (name === 'or') return (row) => or(parts.map((part) => part(row)))
    return (row) => and(parts.map((part) => (name === 'and' ? part(row) : not(part(row)))))
  }
  const field = sight.field(name)
  if (field !== undefined) {
    const asked: [string, Value][] = isObject(node) ? Object.entries(node).filter(([op]) => op !== 'mode') : [['eq', node]]
    const type = isText(field.type) ? ({ type: 'text' } as const) : field
    for (const [op, value] of asked) {
      if (!operatorsOf(field.type).has(op as 'eq')) invalid()
      for (const one of op === 'isNull' ? [] : [value].flat()) if (one !== null && !normalise(type, one).ok) invalid()
    }
    const insensitive = isObject(node) && node['mode'] === 'insensitive'
    return (row) => (sight.shows(row, name) ? and(asked.map(([op, value]) => compare(field, op, row[name] as Value, value, insensitive))) : null)
  }
  const link = relationOf(sight, name)
  if (link === undefined) return invalid()
  const { relation, target } = link
  const some =
    (test: Test) =>
    (row: Row): Truth =>
      linked(sight, row, relation, target)?.some((other) => test(other) === true) ?? null
  if (relation.kind === 'one') {
    const there = some(node === null ? () => true : filter(target, node))
    return node === null ? (row) => not(there(row)) : there
  }
  const quantified = Object.entries(isObject(node) ? node : invalid()).map(([quantifier, inner]) => {
    const test = filter(target, inner)
    if (quantifier === 'some') return some(test)
    const counter = some(quantifier === 'none' ? test : (other) => test(other) !== true)
    return (row: Row) => not(counter(row))
  })
  return (row) => and(quantified.map((test) => test(row)))
}

const nullsFirst = (sight: Sight, name: string, a: Value, b: Value): number =>
  a === null || b === null ? Number(a !== null) - Number(b !== null) : compareValues(sight.entity.fields.get(name) as never, a, b)

/**
 * Rows in the order that `sort` asks for, then by key. Where a field is hidden it sorts as null, the key's like any other;
 * what is still equal then goes by what no rule ever shows of the key, and by the true key.
 */
export function sorted(sight: Sight, rows: readonly Row[], sort: Value | undefined): Row[] {
  const keys = sort === undefined ? [] : [sort].flat().flatMap((part) => Object.entries(part as Options) as [string, string][])
  for (const [name] of keys) if (!isOrdered((sight.field(name) ?? invalid()).type)) invalid()
  const last = keys.at(-1)?.[1] ?? 'asc'
  const unnamed = sight.entity.key.filter((name) => !keys.some(([given]) => given === name))
  const known = (name: string): boolean => sight.field(name) !== undefined
  const implied = [...unnamed.filter(known), ...unnamed.filter((name) => !known(name))].map((name) => [name, last] as const)
  const seen = (row: Row, name: string) => (sight.field(name) === undefined || sight.shows(row, name) ? (row[name] as Value) : null)
  const order = (a: Row, b: Row): number => {
    for (const [name, direction] of [...keys, ...implied]) {
      const found = nullsFirst(sight, name, seen(a, name), seen(b, name))
      if (found !== 0) return direction === 'asc' ? found : -found
    }
    for (const name of sight.entity.key) {
      const found = nullsFirst(sight, name, a[name] as Value, b[name] as Value)
      if (found !== 0) return last === 'asc' ? found : -found
    }
    return 0
  }
  return rows.toSorted(order)
}

/** A whole number between 1 and `most`, or the default where none is given. */
export function whole(given: Value | undefined, absent: number, most: number): number {
  if (given === undefined) return absent
  return typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= most ? given : invalid()
}

/** Rows to members of an answer: shown fields, and visible rows at the end of included relations. */
export function shape(sight: Sight, { select, include }: Options): (row: Row) => Row {
  const names = (select as readonly string[] | undefined) ?? sight.fields.map((f) => f.name)
  for (const name of names) if (sight.field(name) === undefined) invalid()
  const included = Object.entries((include ?? {}) as Options).map(([name, given]) => {
    const { relation, target } = relationOf(sight, name) ?? invalid()
    const options: Options = isObject(given) ? given : {}
    const inner = shape(target, options)
    const test = filter(target, options['filter'] ?? {})
    sorted(target, [], options['sort'])
    const limit = whole(options['limit'], 20, 100)
    return (row: Row): Row => {
      const found = linked(sight, row, relation, target)
      if (found === undefined) return {}
      const members = sorted(
        target,
        found.filter((other) => test(other) === true),
        options['sort'],
      ).map(inner)
      return { [name]: relation.kind === 'one' ? (members[0] ?? null) : members.slice(0, limit) }
    }
  })
  return (row) =>
    Object.assign({}, ...names.filter((name) => sight.shows(row, name)).map((name) => ({ [name]: row[name] })), ...included.map((one) => one(row)))
}

/** The key that `id` names, or undefined for one that no row can have. */
export function keyOf(entity: Entity, id: Value | undefined): Options {
  const given = entity.key.length === 1 && !isObject(id) ? { [entity.key[0] as string]: id } : ((id ?? {}) as Options)
  if (entity.key.some((name) => given[name] === undefined || !normalise(entity.fields.get(name) as never, given[name]).ok)) invalid()
  return given
}
export const has = (row: Row, values: Options): boolean => Object.entries(values).every(([name, value]) => row[name] === value)
