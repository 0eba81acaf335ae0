/** Leaks planted on purpose, by replacing what an engine's world answers. In charge of the mistakes that the oracles must find. */
import type { World } from '../../../src/engine/world.ts'
import type { Policy, Rule } from '../../../src/policy/policy.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import { type Grant, Rights } from '../../../src/policy/rights.ts'
import { always, type Predicate } from '../../../src/query/ast.ts'
import { not } from '../../../src/query/build.ts'
import type { Entity, Operation } from '../../../src/schema/entity.ts'

/** Makes the world of one engine leak. */
export type Spoil = (world: World) => void

/** What a call is about, for leaks that touch only a part of it. */
interface About {
  readonly entity: Entity
  readonly operation: string
}

/** Rights whose grants are changed; `about` is the call in progress. */
export const spoilGrants =
  (change: (grant: Grant, entity: Entity, operation: string, about: About | undefined) => Grant): Spoil =>
  (world) => {
    class Leaky extends Rights {
      #about: About | undefined
      override grant(entity: Entity, operation: string): Grant {
        return change(super.grant(entity, operation), entity, operation, this.#about)
      }
      override allows(entity: Entity, operation: Operation): boolean {
        this.#about = { entity, operation: operation.name }
        return super.allows(entity, operation)
      }
      override entity(name: string): Entity | undefined {
        const about = this.#about
        const found = super.entity(name)
        this.#about = about
        return found
      }
    }
    replaceRights(world, (role) => new Leaky(world.schema, world.policy, role, false))
  }

/** Rights over changed rules. */
export const spoilRules =
  (change: (rules: readonly Rule[]) => readonly Rule[]): Spoil =>
  (world) => {
    const policy: Policy = { ...world.policy, governing: (...asked) => change(world.policy.governing(...asked)) }
    replaceRights(world, (role) => new Rights(world.schema, policy, role, false))
  }

function replaceRights(world: World, make: (role: string) => Rights): void {
  const made = new Map<string, Rights>()
  world.rights = (who: Principal): Rights => {
    const role = world.schema.roles.has(who.role) ? who.role : 'unknown'
    const known = made.get(role) ?? make(role)
    made.set(role, known)
    return known
  }
}

const allRows = (grant: Grant): Grant => ({ ...grant, rows: always })
const allPermits = (grant: Grant): Grant => ({ ...grant, permits: grant.permits.map((permit) => ({ ...permit, rows: always })) })

/** The row filter is forgotten for one operation. */
export const unfiltered = (name: string): Spoil => spoilGrants((grant, _, operation) => (operation === name ? allPermits(allRows(grant)) : grant))
/** A bulk write forgets that it ranges over readable rows only. */
export const unranged = (name: string): Spoil =>
  spoilGrants((grant, _, operation, about) => (operation === 'read' && about?.operation === name ? allRows(grant) : grant))
/** Rows of other entities than the call's own are not filtered. */
export const unfilteredRelated: Spoil = spoilGrants((grant, entity, operation, about) =>
  operation === 'read' && about !== undefined && entity !== about.entity ? allRows(grant) : grant,
)
/** Every field counts as shown in every row. */
export const unhidden: Spoil = spoilGrants((grant) => (grant.allowed ? { ...grant, guard: () => always } : grant))

const permits = (change: (rule: Rule) => Rule) => (rules: readonly Rule[]) => rules.map((rule) => (rule.effect === 'permit' ? change(rule) : rule))
export const unchecked: Spoil = spoilRules(permits((rule) => ({ ...rule, check: always })))
export const undenied: Spoil = spoilRules((rules) => rules.filter((rule) => rule.effect === 'permit'))

/** True where `of` is true or unknown. */
const perhaps = (of: Predicate): Predicate => not({ kind: 'isTrue', of: not(of) })
export const nullIsTrue: Spoil = spoilRules(permits((rule) => ({ ...rule, rows: perhaps(rule.rows) })))
