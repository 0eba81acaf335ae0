/**
 * The query tree: what is asked of rows, in frozen nodes. In charge of meaning; must not know SQL, roles or wire formats.
 * Values never stand in the tree: a caller's value is a `param`, a session's value a `session`, a rule's literal a `const`.
 * So one tree serves every call of its shape, and adapters memoise a statement per tree (object identity).
 * Logic is SQL's three-valued one: a comparison with null is unknown, and only true selects a row.
 */
import type { Entity, Value, ValueType } from '../schema/entity.ts'

export type Operand =
  /** A field of the innermost row. `guard`: where it is not true, the field reads as null. */
  | { readonly kind: 'field'; readonly field: string; readonly guard?: Predicate }
  /** The caller's value number `index`; `type` says how it is normalised, encoded and compared. */
  | { readonly kind: 'param'; readonly index: number; readonly type: ValueType }
  | { readonly kind: 'const'; readonly value: Value; readonly type: ValueType }
  /** A value of the principal or context, such as `user.id`, `user.level`, `context.now`. One that does not fit `type` is null. */
  | { readonly kind: 'session'; readonly name: string; readonly type: ValueType }
  /** The level (integer) of a role name; null where there is no such role. */
  | { readonly kind: 'level'; readonly of: Operand; readonly levels: ReadonlyMap<string, number> }
  /** A field at the end of a chain of to-one relations; null where a link is missing. */
  | { readonly kind: 'path'; readonly hops: readonly Hop[]; readonly field: string }
  /** The scalar at `path` in a json field, null unless its JSON type is `as`. An all-digit step is an array index. */
  | {
      readonly kind: 'json'
      readonly field: string
      readonly path: readonly string[]
      readonly as: 'string' | 'number' | 'boolean'
      readonly guard?: Predicate
    }

/** From the row at hand to the one row of `entity` whose `foreign` fields equal the `local` ones. */
export interface Hop {
  readonly entity: Entity
  readonly local: readonly string[]
  readonly foreign: readonly string[]
}

export type CompareOp = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains' | 'startsWith' | 'endsWith'

export type Predicate =
  /** And([]) is true, Or([]) is false: no rule means nobody. */
  | { readonly kind: 'and'; readonly all: readonly Predicate[] }
  | { readonly kind: 'or'; readonly any: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  /** `insensitive`: both sides compared after `fold` (schema/fold.ts). Strings compare by code point. */
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly left: Operand; readonly right: Operand; readonly insensitive: boolean }
  /** `list` is a param, const or session whose value is an array of non-null values. In an empty list: false, also for null. */
  | { readonly kind: 'in'; readonly left: Operand; readonly list: Operand; readonly insensitive: boolean }
  /** Never unknown by itself. On json paths: missing or JSON null. */
  | { readonly kind: 'isNull'; readonly of: Operand }
  /** The row's `fields` are one of the tuples in param `list` (an array of arrays of values, in the order of `fields`). */
  | { readonly kind: 'keyIn'; readonly fields: readonly string[]; readonly list: Operand }
  /** Is there a row of `entity` whose `foreign` fields equal this row's `local` ones and for which `where` (in its scope) is true? Never unknown. */
  | {
      readonly kind: 'exists'
      readonly entity: Entity
      readonly local: readonly string[]
      readonly foreign: readonly string[]
      readonly where: Predicate
    }
  /** `left IN (SELECT field FROM entity WHERE where)`, uncorrelated, three-valued as in SQL. */
  | { readonly kind: 'inSelect'; readonly left: Operand; readonly entity: Entity; readonly field: string; readonly where: Predicate }
  /** Where `guard` is true: the value of `then`; elsewhere unknown. */
  | { readonly kind: 'when'; readonly guard: Predicate; readonly then: Predicate }
  /** True where `of` is true, else false: never unknown. */
  | { readonly kind: 'isTrue'; readonly of: Predicate }

/** A field in the answer. Where `guard` is not true the answer holds null at its position. */
export interface Column {
  readonly field: string
  readonly guard?: Predicate
}

/** Nulls are smallest: first ascending, last descending. */
export interface Order {
  readonly by: Operand
  readonly direction: 'asc' | 'desc'
}

/** Rows of one entity. Answer: `rows` of [...columns, ...probes], probes as true, false or null (unknown). */
export interface Read {
  readonly kind: 'read'
  readonly entity: Entity
  readonly where: Predicate
  readonly columns: readonly Column[]
  /** Questions asked of each row, answered behind the columns. */
  readonly probes: readonly Predicate[]
  readonly order: readonly Order[]
  readonly limit?: Operand
  readonly offset?: Operand
  /** Narrows the page, not `total`: where a cursor goes on. */
  readonly seek?: Predicate
  /** Count all rows of `where` too, in the same snapshot, into `total`. */
  readonly total: boolean
  /** Apply order, limit (and offset) within each group of rows that agree on these fields (per-parent limits of an include). */
  readonly partition?: readonly string[]
  /** How many rows can match: `one` where `where` pins a unique key. Adapters may skip deadline checks for `one`. */
  readonly reach: 'one' | 'many'
}

export type Measure = { readonly fn: 'count' } | { readonly fn: 'sum' | 'avg' | 'min' | 'max'; readonly column: Column; readonly type: ValueType }

/** A value of the aggregated row: group column or measure, by position. */
export type AggregateOperand = { readonly kind: 'group'; readonly index: number } | { readonly kind: 'measure'; readonly index: number }

export type Having =
  | { readonly kind: 'and'; readonly all: readonly Having[] }
  | { readonly kind: 'or'; readonly any: readonly Having[] }
  | { readonly kind: 'not'; readonly of: Having }
  | { readonly kind: 'compare'; readonly op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; readonly left: AggregateOperand; readonly right: Operand }
  | { readonly kind: 'in'; readonly left: AggregateOperand; readonly list: Operand }
  | { readonly kind: 'isNull'; readonly of: AggregateOperand }

/**
 * Groups of rows. Answer: `rows` of [...groupBy, ...measures].
 * Without groupBy exactly one row (before having). Types: count number; sum of integer number, of bigint a string of digits,
 * of decimal a string padded to its scale, of float number; avg always number (sum / count as doubles); min and max the field's own.
 * sum, avg, min and max over no non-null value are null.
 */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly entity: Entity
  readonly where: Predicate
  readonly groupBy: readonly Column[]
  readonly measures: readonly Measure[]
  readonly having?: Having
  readonly order: readonly { readonly by: AggregateOperand; readonly direction: 'asc' | 'desc' }[]
  readonly limit?: Operand
}

/** Rows come with the call (`Args.rows`), each a list of values in the order of `fields`. Answer: affected. All or nothing. */
export interface Insert {
  readonly kind: 'insert'
  readonly entity: Entity
  readonly fields: readonly string[]
}

export type SetValue =
  | Operand
  /** The old value plus one (null stays null). */
  | { readonly kind: 'increment' }
  /** The position, from 0, of the row's (single) key in param `list`. */
  | { readonly kind: 'position'; readonly list: Operand }

/** Answer: affected = rows for which `where` is true. */
export interface Update {
  readonly kind: 'update'
  readonly entity: Entity
  readonly set: readonly { readonly field: string; readonly value: SetValue }[]
  readonly where: Predicate
  readonly reach: 'one' | 'many'
}

export interface Delete {
  readonly kind: 'delete'
  readonly entity: Entity
  readonly where: Predicate
  readonly reach: 'one' | 'many'
}

/**
 * A forest, in one statement: the rows of `where` that are roots (`root` true), and below each row its children of `where`
 * whose `parent` field equals its key. A row is reached only through rows of `where`. Answer as for Read; any order.
 */
export interface Tree {
  readonly kind: 'tree'
  readonly entity: Entity
  readonly where: Predicate
  readonly root: Predicate
  readonly parent: Column
  readonly columns: readonly Column[]
  readonly probes: readonly Predicate[]
}

export type Query = Read | Aggregate | Insert | Update | Delete | Tree

export const always: Predicate = Object.freeze({ kind: 'and', all: Object.freeze([]) }) as Predicate
export const never: Predicate = Object.freeze({ kind: 'or', any: Object.freeze([]) }) as Predicate

/** What a call brings to a tree. */
export interface Args {
  /** By param index: normalised logical values (arrays for lists). */
  readonly params: readonly Value[]
  /** By session name without `$`: `user.id`, `user.role`, `user.level`, `user.tenantId`, `context.tenantId`, `context.now`, attributes (`user.<name>`). */
  readonly session: { get(name: string): Value | undefined }
  /** Insert only. */
  readonly rows?: readonly (readonly Value[])[]
}

/** What a database answers. `rows` hold logical values (decoded), by position. */
export interface Answer {
  readonly rows: readonly (readonly Value[])[]
  readonly total?: number
  readonly affected?: number
}
