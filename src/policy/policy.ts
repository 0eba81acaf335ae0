/** Access rules as values. In charge of what a rule is; see rules.ts (loading), expression.ts (text to predicate), authorize.ts (use). */
import type { Operand, Predicate } from '../query/ast.ts'
import type { Place } from '../schema/entity.ts'

export interface Rule {
  /** As declared, or made from entity, operations and content; unique in the policy. Never depends on the order of rules. */
  readonly id: string
  readonly entity: string
  /** Exact role names; `public` holds for every caller. */
  readonly roles: ReadonlySet<string>
  readonly operations: ReadonlySet<string>
  readonly effect: 'permit' | 'deny'
  /** Which rows. Of a permit: holds where true. Of a deny: holds where true or unknown. */
  readonly rows: Predicate
  /** The row after a write (the row filter where the rule gives none). */
  readonly check: Predicate
  /** Undefined: every field. */
  readonly readable?: ReadonlySet<string>
  /** Undefined: every field that callers may write at all. */
  readonly writable?: ReadonlySet<string>
  /** Field to a const or session operand. */
  readonly presets: ReadonlyMap<string, Operand>
  /** Public text for denials. */
  readonly reason?: string
  /** The rule reaches rows of every tenant (god and up only). */
  readonly acrossTenants: boolean
  readonly place: Place
}

export interface Policy {
  readonly rules: readonly Rule[]
  /** SHA-256 (hex, 16 characters) of the canonical rules. */
  readonly version: string
  /**
   * The rules that govern `operation` on `entity` for `role`: those of the role or `public` that name it; where none does,
   * those of the operation that it follows (list, find_by, list_by, tree → read; count, search, aggregate → list; createMany → create;
   * updateMany, reorder, move, update_by → update; deleteMany, delete_by → delete). `kind` is the operation's kind.
   */
  governing(entity: string, role: string, operation: string, kind: string): readonly Rule[]
}
