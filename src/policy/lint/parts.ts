/** Findings about what single rules grant: parts that bind nothing, secrets that are shown, rows that can be moved out of reach. */
import { isAlways } from '../../query/build.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import type { Policy, Rule } from '../policy.ts'
import { about, deeds, type Finding } from './finding.ts'
import { writes } from './grants.ts'

export function idleParts(rule: Rule, entity: Entity): Finding[] {
  if (rule.effect === 'deny') return []
  const { reads, creates, changes, writes: writing } = deeds(rule, entity)
  const fills = creates || changes
  const secret = [...rule.operations].some((name) => entity.operations.get(name)?.kind === 'set_secret')
  const idle = (part: string, why: string) => about(rule, 'idle-part', 'warning', `"${part}" does nothing here: ${why}`)
  const only = writing ? 'the operations of the rule only remove rows' : 'the operations of the rule only read'
  const found: Finding[] = []
  if (!fills && !secret && rule.writable !== undefined) found.push(idle('writable_fields', only))
  if (!fills && !secret && rule.presets.size > 0) found.push(idle('presets', only))
  if (!fills && !secret && rule.check !== rule.rows) found.push(idle('check', only))
  if (!reads && rule.readable !== undefined) found.push(idle('readable_fields', 'what a write answers follows the rules to read'))
  if (creates && !changes && !reads && rule.operations.size === 1 && rule.check !== rule.rows && !isAlways(rule.rows))
    found.push(idle('row_level_filter', 'there is no row before a create, and "check" is asked of the row after it'))
  if (reads && !writing && rule.readable?.size === 0)
    found.push(about(rule, 'empty-list', 'warning', 'The rule shows rows without any field; name fields, or leave the rule out'))
  if (changes && !creates && !reads && rule.writable?.size === 0)
    found.push(about(rule, 'empty-list', 'warning', 'The rule lets nobody write any field; name fields, or leave the rule out'))
  return found
}

export function sensitiveShown(rule: Rule, entity: Entity, schema: Schema): Finding[] {
  const wide = [...rule.roles].filter((role) => !schema.developerRoles.includes(role))
  if (rule.effect === 'deny' || wide.length === 0 || !deeds(rule, entity).reads) return []
  if (!isAlways(rule.rows) && !rule.roles.has('public')) return []
  return [...entity.fields.values()]
    .filter((field) => field.sensitive && !field.neverExposed && (rule.readable === undefined || rule.readable.has(field.name)))
    .map((field) =>
      about(
        rule,
        'sensitive-shown',
        'warning',
        `"${field.name}" is sensitive, and ${wide.sort().join(', ')} may read it; leave it out with except_fields`,
      ),
    )
}

/** The filter keeps callers to some rows, and a check of another kind lets them move a row out of these. */
export function rowEscape(rule: Rule, entity: Entity): Finding[] {
  if (rule.effect === 'deny' || rule.check === rule.rows || !deeds(rule, entity).changes) return []
  const looked = (predicate: Rule['rows']): Set<string> => {
    const names = new Set<string>()
    visitPredicate(predicate, entity, {
      operand(node, of) {
        if (of !== entity) return
        if (node.kind === 'field') names.add(node.field)
        // Who changes the link has another row asked.
        else if (node.kind === 'path') for (const link of node.hops[0]?.local ?? []) names.add(link)
      },
    })
    return names
  }
  const after = looked(rule.check)
  return [...looked(rule.rows)]
    .filter((name) => !after.has(name) && rule.writable?.has(name) !== false)
    .flatMap((name) => {
      const field = entity.fields.get(name)
      if (field === undefined || !writes(rule, field, false, entity)) return []
      return [
        about(
          rule,
          'row-escape',
          'warning',
          `The filter asks "${name}" and the check does not, so callers can move a row to where they could not have written it; repeat it in "check"`,
        ),
      ]
    })
}

export function secretOpen(rule: Rule, entity: Entity, schema: Schema): Finding[] {
  const sets = [...rule.operations].some((name) => entity.operations.get(name)?.kind === 'set_secret')
  const wide = [...rule.roles].filter((role) => !schema.developerRoles.includes(role))
  if (rule.effect === 'deny' || !sets || wide.length === 0 || !isAlways(rule.rows)) return []
  return [about(rule, 'secret-open', 'warning', `${wide.sort().join(', ')} may set the password of every account; give a filter`)]
}

/** Who writes what they may not read is shown nothing of it, and tells mistakes from success by the error alone. */
export function blindWrites(rule: Rule, entity: Entity, policy: Policy): Finding[] {
  const found: Finding[] = []
  const { changes, writes: writing } = deeds(rule, entity)
  if (rule.acrossTenants && writing && isAlways(rule.rows))
    found.push(about(rule, 'across-tenants', 'note', 'The rule writes to every row of every tenant'))
  const removes = [...rule.operations].some((name) => ['delete', 'deleteMany', 'delete_by'].includes(entity.operations.get(name)?.kind ?? ''))
  if (rule.effect === 'deny' || !(changes || removes)) return found
  const blind = [...rule.roles].filter((role) => !policy.governing(entity.name, role, 'read', 'read').some((other) => other.effect === 'permit'))
  if (blind.length > 0) found.push(about(rule, 'blind-write', 'note', `${blind.sort().join(', ')} may write rows of ${entity.name} and read none`))
  return found
}
