/**
 * What a call asks for once its names are resolved (stage check), before rules are added (stage authorize).
 * Predicates here are the caller's own, unguarded; `policy/authorize.ts` adds guards and row rules. Values are params.
 */
import type { Entity, Field, Operation, Relation, ValueType } from '../schema/entity.ts'
import type { Having, Measure, Operand, Order, Predicate } from './ast.ts'

/**
 * The schema as one role sees it: what is not here does not exist for the caller (unreadable equals unknown).
 * `operation` is the name under which the right is asked (`read`, `list`, `count`, `getBySlug`, …).
 */
export interface View {
  /** The entity by its exact name, or undefined where the caller may do nothing at all with it. */
  entity(name: string): Entity | undefined
  /** Fields that at least one rule of the caller shows for this operation; empty where the operation is not allowed. */
  readable(entity: Entity, operation: string): ReadonlySet<string>
  /** Fields that at least one rule of the caller lets it write; never generated, kept, autoUpdate or (on update) immutable ones. `operation`: whose rules, where not those of `kind`. */
  writable(entity: Entity, kind: 'create' | 'update', operation?: string): ReadonlySet<string>
}

export interface Selection {
  /** Fields of the answer, in the order of the entity (or of `select`). */
  readonly fields: readonly string[]
  readonly include: readonly Include[]
}

export interface Include {
  /** Member of the answer: the relation's name. */
  readonly name: string
  readonly relation: Relation
  readonly target: Entity
  readonly selection: Selection
  readonly where: Predicate
  /** Ends with the key of the target. */
  readonly order: readonly Order[]
  /** To-many only: rows per parent. */
  readonly limit?: Operand
}

/** Equality with a value of the caller, per field; together they name one row (a key or a unique index). */
export type Match = readonly { readonly field: string; readonly value: Operand }[]

/** Fields that an update sets, with the caller's values. */
export type Changes = readonly { readonly field: string; readonly value: Operand }[]

export interface ListShape {
  readonly where: Predicate
  /** Ends with the entity's key fields, in the direction of the last given key (ascending without one). */
  readonly order: readonly Order[]
  readonly selection: Selection
  readonly limit: Operand
  /** Paging by page; absent when `after` is used. */
  readonly offset?: Operand
  /** Paging by cursor: params that hold the cursor's values, one per order key. The engine opens the cursor and fills them. */
  readonly after?: { readonly cursor: number; readonly values: readonly Operand[] }
  readonly total: boolean
}

/** The caller's write data, by name; checked per row by `bindRow`. `path` is where complaints point to, such as `data`. */
export interface DataSlot {
  readonly param: number
  readonly path: string
}

export type Request = { readonly entity: Entity; readonly operation: Operation } & (
  | { readonly kind: 'read'; readonly match: Match; readonly selection: Selection /** find_by with `returns` */; readonly returns?: string }
  | ({ readonly kind: 'list' } & ListShape)
  | { readonly kind: 'count'; readonly where: Predicate }
  | {
      readonly kind: 'aggregate'
      readonly where: Predicate
      readonly groupBy: readonly string[]
      readonly measures: readonly Measure[]
      readonly having?: Having
      readonly order: readonly { readonly by: { readonly kind: 'group' | 'measure'; readonly index: number }; readonly direction: 'asc' | 'desc' }[]
      readonly limit?: Operand /** Leave `count` out of the answer. */
      readonly hideCount: boolean
    }
  | { readonly kind: 'create'; readonly data: DataSlot; readonly selection: Selection }
  | { readonly kind: 'createMany'; readonly items: DataSlot; readonly returning?: Selection }
  | {
      readonly kind: 'update'
      readonly match: Match
      readonly changes: Changes
      readonly expectedVersion?: Operand
      readonly selection: Selection /** update_by answers true */
      readonly quiet: boolean
    }
  | { readonly kind: 'updateMany'; readonly where: Predicate; readonly changes: Changes; readonly returning?: Selection }
  | { readonly kind: 'delete'; readonly match: Match; readonly expectedVersion?: Operand }
  | { readonly kind: 'deleteMany'; readonly where: Predicate }
  | { readonly kind: 'upsert'; readonly match: Match; readonly create: DataSlot; readonly changes: Changes; readonly selection: Selection }
  | { readonly kind: 'tree'; readonly scope: Match; readonly selection: Selection }
  | { readonly kind: 'reorder' /** array of key values */; readonly ids: Operand }
  | { readonly kind: 'move'; readonly match: Match; readonly parent: Operand; readonly order: Operand }
  | { readonly kind: 'setSecret'; readonly identity: Operand; readonly secret: Operand }
  | { readonly kind: 'verifySecret'; readonly identity: Operand; readonly secret: Operand }
)

/** How one param is made from the caller's value. */
export type Slot =
  /** A value of a filter, key or change. `field` given: all constraints of the field apply (write data). `key`: names a row, so a malformed id finds none (NOT_FOUND). */
  | {
      readonly use: 'value'
      readonly path: string
      readonly type: ValueType
      readonly nullable: boolean
      readonly list: boolean
      readonly field?: Field
      readonly key?: true
    }
  /** Write data as a whole; passed through untouched to `bindRow`. */
  | { readonly use: 'data'; readonly path: string }
  | { readonly use: 'limit'; readonly path: string; readonly default: number; readonly max: number }
  /** `page` (from 1); becomes the offset, with the value of slot `limit`. */
  | { readonly use: 'page'; readonly path: string; readonly limit: number }
  /** A cursor token, passed through as text. */
  | { readonly use: 'cursor'; readonly path: string }
  /** Place for a cursor's value; filled by the engine. */
  | { readonly use: 'reserved' }

export interface Checked {
  readonly request: Request
  readonly slots: readonly Slot[]
  /** Cost of the shape alone; `bind` adds what depends on values and refuses above the maximum. */
  readonly cost: number
  /** What the cost of the shape consists of, for the refusal and for explain. */
  readonly costs: readonly { readonly part: string; readonly cost: number }[]
}

/**
 * A call taken apart. `shape` is equal for calls that differ in values only, and is the key of the plan cache.
 * `check` reads nothing but the shape, so a plan cannot depend on a value.
 */
export interface Parsed {
  readonly method: string
  readonly entity: string
  readonly operation?: string
  readonly shape: string
  /** The caller's values, in the order of the slots. */
  readonly values: readonly unknown[]
}
