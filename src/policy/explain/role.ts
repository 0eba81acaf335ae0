/** Which permits would let a role call an operation if they only named the role. In charge of that question; knows no rows. */
import type { Entity } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'
import { Rights } from '../rights.ts'
import { withRules } from '../rules.ts'

/** Each alone; none where no rule could (operations of the engine itself). */
export function rolesFor({ schema, policy, role }: Rights, entity: Entity, operation: string): readonly Rule[] {
  return policy.rules.filter((rule) => {
    if (rule.entity !== entity.name || rule.effect !== 'permit' || rule.roles.has(role)) return false
    const named = { ...rule, roles: new Set([...rule.roles, role]) }
    const rules = policy.rules.map((other) => (other === rule ? named : other))
    return new Rights(schema, withRules(policy, rules, schema), role, false).grant(entity, operation).allowed
  })
}
