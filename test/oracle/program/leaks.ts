/** Leaks planted on purpose, by replacing what an engine's world answers. In charge of the mistakes that the oracles must find. */
import type { World } from '../../../src/engine/world.ts'
import type { Policy, Rule } from '../../../src/policy/policy.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import { type Grant, Rights } from '../../../src/policy/rights.ts'
import { always, type Predicate } from '../../../src/query/ast.ts'
import { not, or } from '../../../src/query/build.ts'
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
/** Neither the rows of an operation nor those that it is asked among, where it names its row by another field than the key. */
export const unlimited = (name: string): Spoil =>
  spoilGrants((grant, _, operation, about) => (about?.operation === name && [name, 'read'].includes(operation) ? allPermits(allRows(grant)) : grant))
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

/** The check of the row after a write is forgotten by one operation; `within` of another, such as a branch of an upsert. */
export const uncheckedOf = (name: string, within = name): Spoil =>
  spoilGrants((grant, _, operation, about) =>
    operation === name && about?.operation === within ? { ...grant, permits: grant.permits.map((permit) => ({ ...permit, check: always })) } : grant,
  )
/** The update branch of an upsert does not ask which rows may be updated. */
export const unfilteredBranch: Spoil = spoilGrants((grant, _, operation, about) =>
  operation === 'update' && about?.operation === 'upsert' ? allPermits(allRows(grant)) : grant,
)
/** A reference in data may name any row. */
export const unseenReferences: Spoil = spoilGrants((grant, entity, operation, about) =>
  operation === 'read' && about !== undefined && /create|update|upsert/i.test(about.operation) && entity !== about.entity ? allRows(grant) : grant,
)
/** Denies are asked of the row before a write only. */
export const undeniedAfter: Spoil = spoilGrants((grant) => ({
  ...grant,
  permits: grant.permits.map((permit) => (permit.rule === undefined ? permit : { ...permit, check: permit.rule.check })),
}))
/** The row before by one rule, the row after by another. */
export const mixed: Spoil = spoilGrants((grant) => ({
  ...grant,
  permits: grant.permits.map((permit) => ({ ...permit, check: or(...grant.permits.map((p) => p.check)) })),
}))
/** A field that some rule shows is shown in every row. */
export const shownEverywhere: Spoil = spoilGrants((grant) => ({ ...grant, guard: (name) => (grant.guard(name) === undefined ? undefined : always) }))
/** Who may not read the version may still guess it. */
export const versionShown: Spoil = spoilGrants((grant, entity) =>
  grant.allowed ? { ...grant, guard: (name) => (name === entity.versioned ? always : grant.guard(name)) } : grant,
)

/** Rights over entities that lack a part of what they declare. */
const spoilEntities =
  (strip: (entity: Entity) => Entity): Spoil =>
  (world) => {
    class Stripped extends Rights {
      override grant(entity: Entity, operation: string): Grant {
        return super.grant(strip(entity), operation)
      }
    }
    replaceRights(world, (role) => new Stripped(world.schema, world.policy, role, false))
  }
export const deletedSeen: Spoil = spoilEntities(({ softDelete: _, ...rest }) => rest)
export const expiredSeen: Spoil = spoilEntities(({ ttl: _, ...rest }) => rest)
/** Asked of at two places, check and authorize, so both see entities that expose everything. */
export const exposed: Spoil = (world) => {
  const open = (entity: Entity): Entity => ({
    ...entity,
    fields: new Map([...entity.fields].map(([name, field]) => [name, { ...field, neverExposed: false }])),
  })
  const schema = { ...world.schema, entities: new Map([...world.schema.entities].map(([name, entity]) => [name, open(entity)])) }
  Object.assign(world, { schema })
  replaceRights(world, (role) => new Rights(schema, world.policy, role, false))
}

export const unwritableIgnored: Spoil = spoilRules(permits(({ writable: _, ...rule }) => rule))
export const presetsIgnored: Spoil = spoilRules(permits((rule) => ({ ...rule, presets: new Map() })))
export const tenantsIgnored: Spoil = spoilRules(permits((rule) => ({ ...rule, acrossTenants: true })))
/** A deny whose condition is unknown does not hold. */
export const nullDeniesNot: Spoil = spoilRules((rules) =>
  rules.map((rule) => (rule.effect === 'deny' ? { ...rule, rows: { kind: 'isTrue', of: rule.rows } } : rule)),
)

/** Another role's, or another operation's rules govern. */
export const governedAs =
  (change: (role: string, operation: string) => readonly [role: string, operation: string]): Spoil =>
  (world) => {
    const policy: Policy = {
      ...world.policy,
      governing: (entity, role, operation, kind) => {
        const [asRole, asOperation] = change(role, operation)
        return world.policy.governing(entity, asRole, asOperation, asOperation === operation ? kind : asOperation)
      },
    }
    replaceRights(world, (role) => new Rights(world.schema, policy, role, false))
  }
