/** Schema and policy as one value, with what is computed from them once: rights per role and plans per shape. Swapped whole on reload. */
import { LRUCache } from 'lru-cache'
import type { Authorization } from '../policy/authorize.ts'
import type { Policy } from '../policy/policy.ts'
import type { Principal } from '../policy/principal.ts'
import { Rights } from '../policy/rights.ts'
import type { Checked } from '../query/request.ts'
import type { Schema } from '../schema/entity.ts'

/** A plan with what it takes to bind a call to it. */
export interface Prepared extends Authorization {
  readonly checked: Checked
}

/** Shapes kept at once. A shape costs a few kilobytes; hostile callers can only push out each other's. */
const maxShapes = 5_000
/** Rights of the engine's own identity; names of roles begin with a letter. */
const systemRole = '\u0000system'
const copyingRole = '\u0000copying'
/** Roles that the schema does not know share one entry: they all have the same rights. */
const unknownRole = '\u0000unknown'

export class World {
  readonly schema: Schema
  readonly policy: Policy
  readonly version: string
  readonly plans = new LRUCache<string, Prepared>({ max: maxShapes })
  readonly #rights = new Map<string, Rights>()
  readonly #touched = new Map<string, ReadonlySet<string>>()

  constructor(schema: Schema, policy: Policy) {
    this.schema = schema
    this.policy = policy
    this.version = `${schema.version}.${policy.version}`
  }

  /** Entities whose rows a write to `entity` may change: itself, and what its foreign keys carry along. */
  touchedBy(entity: string): ReadonlySet<string> {
    const known = this.#touched.get(entity)
    if (known !== undefined) return known
    const touched = new Set([entity])
    for (const name of touched) {
      for (const other of this.schema.entities.values()) {
        const follows = [...other.fields.values()].some((f) => f.foreignKey?.entity === name && f.foreignKey.onDelete !== 'restrict')
        if (follows) touched.add(other.name)
      }
    }
    this.#touched.set(entity, touched)
    return touched
  }

  rights(who: Principal): Rights {
    // An identity whose role is "public" has the rights of everyone, and is told FORBIDDEN, not to log in.
    const named = this.schema.roles.has(who.role) && (who.kind === 'public' || who.role !== 'public')
    const key = who.kind === 'system' ? (who.asStored === true ? copyingRole : systemRole) : named ? who.role : unknownRole
    const known = this.#rights.get(key)
    if (known !== undefined) return known
    const made = new Rights(this.schema, this.policy, key, who.kind === 'system', who.asStored === true)
    this.#rights.set(key, made)
    return made
  }
}
