/** An authorised call: queries that carry the mark, and how their rows become the answer. Types only; made by authorize.ts, run by the engine. */
import type { Aggregate, Delete, Insert, Operand, Predicate, Read, Tree, Update } from '../../query/ast.ts'
import type { Authorized } from '../../query/authorized.ts'
import type { Entity, Operation, Validation, ValueType } from '../../schema/entity.ts'

/** A member of the answer: the value at `column`; absent where the probe `guard` did not say true. */
export interface ShapedField {
  readonly name: string
  readonly column: number
  readonly guard?: number
}

/** Row of an answer to member of the result. Columns count from 0; probes from 0 behind `probesAt`. */
export interface Shape {
  readonly fields: readonly ShapedField[]
  readonly includes: readonly IncludePlan[]
  readonly probesAt: number
}

export interface IncludePlan {
  readonly name: string
  readonly many: boolean
  /** Columns of the parent's row that hold the link; the member is absent where probe `guard` is not true. */
  readonly local: readonly number[]
  readonly guard?: number
  readonly query: Authorized<Read>
  /** Param that receives the parents' link values. */
  readonly keys: number
  /** Columns of the child's row that hold its side of the link. */
  readonly foreign: readonly number[]
  readonly shape: Shape
  /** Many to many: the link rows, read first; `limit` is then applied per parent by the engine. */
  readonly through?: {
    readonly query: Authorized<Read>
    readonly keys: number
    readonly local: readonly number[]
    readonly foreign: readonly number[]
  }
  readonly limit?: Operand
}

export interface ListPlan {
  readonly query: Authorized<Read>
  readonly shape: Shape
  readonly limit: Operand
  readonly offset?: Operand
  /** Columns that hold the values of the order keys, and their types, for the next cursor. */
  readonly cursor: readonly { readonly column: number; readonly type: ValueType }[]
  readonly after?: { readonly cursor: number; readonly values: readonly number[] }
  readonly total: boolean
}

/** Reads rows by key after a write: what the caller may see of them, and whether rules and validations hold. */
export interface VerifyPlan {
  readonly query: Authorized<Read>
  readonly keys: number
  readonly shape: Shape
  /** Columns of the key. */
  readonly key: readonly number[]
  /** Probe: may the caller read the row? */
  readonly seen: number
  /** Probe per permit of the plan: does its check hold? */
  readonly checks: readonly number[]
  /** The same checks as conditions, for what follows from new values alone. */
  readonly conditions: readonly Predicate[]
  readonly validations: readonly { readonly probe: number; readonly validation: Validation }[]
  /** Probe per reference that has to lead to a row of the same tenant. */
  readonly kinships: readonly { readonly probe: number; readonly field: string }[]
  /** All of the above are known to hold and show everything: the row written is the answer. */
  readonly trivial: boolean
  /** The write may have touched the links of a tree. */
  readonly ties?: TiesPlan
  /** The write may have touched scripts, or what they are allowed: the fields that hold some are read back. */
  readonly scripts?: readonly ScriptPlan[]
}

/** A field with scripts as the row has it after a write. */
export interface ScriptPlan {
  readonly field: string
  /** Columns of the field and of the one that lists what its scripts may use. */
  readonly columns: ReadonlyMap<string, number>
  /** Probe: may the caller read the field, and so be told what is in it? */
  readonly seen: number
}

/** What keeps a tree a tree. Rows answered are [key, parent, scope?]. */
export interface TiesPlan {
  readonly parent: string
  readonly scope?: string
  /** The written rows and everything below them. */
  readonly below: Authorized<Tree>
  readonly belowKeys: number
  readonly parents: Authorized<Read>
  readonly parentKeys: number
}

/** A unique of the entity, and who holds the values given. */
export interface UniquePlan {
  readonly fields: readonly string[]
  /** The last field compares folded; its values alone are the param then, and the tenants another. */
  readonly folded: boolean
  readonly query: Authorized<Read>
  readonly values: number
  readonly tenants?: number
}

/** Checks with new values in the places of fields, asked after a unique refused a write. */
export interface ForeknownPlan {
  readonly query: Authorized<Read>
  /** Params of the new values by field. */
  readonly values: ReadonlyMap<string, number>
  /** Param with the keys of the rows that would change; absent for new rows. */
  readonly keys?: number
  /** A probe per permit of the plan, behind the key. */
  readonly probesAt: number
}

/** A reference field whose target the caller must be able to read. */
export interface ReferencePlan {
  readonly field: string
  readonly query: Authorized<Read>
  readonly values: number
  /** The target is wholly visible: the database's own constraint is check enough. */
  readonly trivial: boolean
}

/** Permits that preset the same values, so that one row serves them all. Indexes into the plan's permits. */
export interface PermitGroup {
  readonly permits: readonly number[]
  readonly presets: ReadonlyMap<string, Operand>
}

/** Where to look when a write met no row, and what was there. */
export interface LocatePlan {
  readonly query: Authorized<Read>
  readonly key: readonly number[]
  readonly probesAt: number
  /** Probes: may the caller read it; does each permit's row filter hold; is it live and of the caller's tenant. */
  readonly seen: number
  readonly rows: readonly number[]
  readonly columns: ReadonlyMap<string, number>
  /** Probe: may the caller see those columns in this row? Absent where nothing that it can notice hangs on them. */
  readonly told?: number
}

export interface CreatePlan {
  readonly entity: Entity
  readonly insert: Authorized<Insert>
  /** For each permit the fields that it lets the caller write. */
  readonly permits: readonly { readonly writable: ReadonlySet<string>; readonly presets: ReadonlyMap<string, Operand> }[]
  readonly groups: readonly PermitGroup[]
  readonly writable: ReadonlySet<string>
  readonly readable: ReadonlySet<string>
  readonly references: readonly ReferencePlan[]
  /** Generated whole-number keys: the largest so far, over all rows. */
  readonly sequences: readonly { readonly field: string; readonly query: Authorized<Aggregate> }[]
  /** Asked only after a refusal. */
  readonly uniques: readonly UniquePlan[]
  readonly foreknown?: ForeknownPlan
  readonly verify: VerifyPlan
}

export interface UpdatePlan {
  readonly entity: Entity
  /** Asked only after a refusal. */
  readonly uniques: readonly UniquePlan[]
  /** One write per group of permits; none: nobody's rule permits all of the change. */
  readonly writes: readonly { readonly group: PermitGroup; readonly query: Authorized<Update>; readonly foreknown?: ForeknownPlan }[]
  readonly locate: LocatePlan
  /** The match is the key, and one permit alone is concerned: write first, look only on a miss. */
  readonly direct?: readonly number[]
  readonly changes: readonly { readonly field: string; readonly param: number }[]
  readonly references: readonly ReferencePlan[]
  readonly verify: VerifyPlan
}

export interface BulkPlan {
  readonly entity: Entity
  /** Everything in one statement, where no rule has to be asked again after the write. */
  readonly single?: Authorized<Update> | Authorized<Delete>
  /** Otherwise: the keys first, then write and verify by key. */
  readonly locate: LocatePlan
  readonly writes: readonly {
    readonly group: PermitGroup
    readonly query: Authorized<Update>
    readonly keys: number
    readonly foreknown?: ForeknownPlan
  }[]
  readonly changes: readonly { readonly field: string; readonly param: number }[]
  readonly references: readonly ReferencePlan[]
  readonly verify?: VerifyPlan
}

export interface DeletePlan {
  readonly query: Authorized<Delete> | Authorized<Update>
  readonly locate: LocatePlan
}

export interface TreePlan {
  readonly query: Authorized<Tree>
  readonly shape: Shape
  readonly key: number
  readonly parent: number
  readonly order: number
  /** The row that the scope refers to must be visible. */
  readonly scope?: Authorized<Read>
}

export interface ReorderPlan {
  readonly locate: LocatePlan
  /** One write per group of permits, of the rows whose first permit is in it. */
  readonly writes: readonly { readonly group: PermitGroup; readonly query: Authorized<Update>; readonly keys: number }[]
  /** Param with the keys as given: their positions are the new order. */
  readonly ids: number
  /** Param with the keys as tuples. */
  readonly keys: number
  readonly verify: VerifyPlan
}

export interface MovePlan {
  readonly locate: LocatePlan
  /** The new parent as the caller sees it: its scope. */
  readonly parent: Authorized<Read>
  /** All keys below the row, whoever may see them. */
  readonly below: Authorized<Tree>
  readonly target: number
  readonly crowd: { readonly query: Authorized<Read>; readonly scope?: number }
  /** Of a crowding sibling its key, its order, and per permit whether its row filter holds. */
  readonly shift: ReorderPlan['writes']
  readonly writes: ReorderPlan['writes']
  readonly verify: VerifyPlan
}

export interface SecretPlan {
  readonly find: Authorized<Read>
  readonly update: Authorized<Update>
  readonly hash: number
  readonly insert: Authorized<Insert>
  readonly identity: number
  readonly locate: LocatePlan
  readonly verify: VerifyPlan
}

export type Plan = { readonly entity: Entity; readonly operation: Operation } & (
  | { readonly kind: 'read'; readonly query: Authorized<Read>; readonly shape: Shape; readonly returns?: string }
  | ({ readonly kind: 'list' } & ListPlan)
  | { readonly kind: 'count'; readonly query: Authorized<Aggregate> }
  | { readonly kind: 'aggregate'; readonly query: Authorized<Aggregate>; readonly hideCount: boolean }
  | { readonly kind: 'create'; readonly create: CreatePlan; readonly data: number; readonly path: string }
  | { readonly kind: 'createMany'; readonly create: CreatePlan; readonly items: number; readonly path: string; readonly returning: boolean }
  | { readonly kind: 'update'; readonly update: UpdatePlan; readonly quiet: boolean }
  | { readonly kind: 'updateMany'; readonly bulk: BulkPlan; readonly returning: boolean }
  | { readonly kind: 'delete'; readonly remove: DeletePlan }
  | { readonly kind: 'deleteMany'; readonly bulk: BulkPlan }
  | { readonly kind: 'upsert'; readonly create: CreatePlan; readonly update: UpdatePlan; readonly data: number; readonly path: string }
  | { readonly kind: 'tree'; readonly tree: TreePlan }
  | { readonly kind: 'reorder'; readonly reorder: ReorderPlan }
  | { readonly kind: 'move'; readonly move: MovePlan; readonly parent: number; readonly order: number }
  | { readonly kind: 'setSecret' | 'verifySecret'; readonly secret: SecretPlan; readonly password: number }
)
