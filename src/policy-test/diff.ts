/** Who gains and who loses which rows and fields when one policy takes the place of another. Must not know files or terminals. */
import type { Policy } from '../policy/policy.ts'
import type { Principal } from '../policy/principal.ts'
import type { Entity } from '../schema/entity.ts'
import { type Reach, type Side, survey } from './survey.ts'

/** A named caller; under each policy the same person may be told apart by other attributes. */
export interface Somebody {
  readonly name: string
  readonly before: Principal
  readonly after: Principal
}

/** One direction of one deed: rows that come as a whole, and fields of rows that were there already. */
export interface Change {
  readonly who: string
  readonly role: string
  readonly entity: string
  readonly deed: string
  readonly gained: boolean
  /** Key texts. */
  readonly rows: readonly string[]
  readonly fields: readonly { readonly fields: readonly string[]; readonly rows: readonly string[] }[]
}

export interface PolicyDiff {
  readonly changes: readonly Change[]
  /** Entities with more rows than are looked at. */
  readonly cut: readonly string[]
}

const basic = ['create', 'read', 'update', 'delete'] as const

export async function diffPolicies(before: Side, after: Side, people: readonly Somebody[]): Promise<PolicyDiff> {
  const names = new Set([...visible(before), ...visible(after)])
  const changes: Change[] = []
  const cut = new Set<string>()
  for (const name of [...names].sort()) {
    const operations = new Set<string>([...basic, ...named(before.policy, name), ...named(after.policy, name)])
    for (const somebody of people) {
      const reach = async (side: Side, who: Principal): Promise<ReadonlyMap<string, Reach>> => {
        const entity = side.schema.entities.get(name)
        if (entity === undefined || entity.internal) return new Map()
        const surveyed = await survey(side, entity, operations, who)
        if (surveyed.cut) cut.add(name)
        return surveyed.deeds
      }
      const [was, is] = [await reach(before, somebody.before), await reach(after, somebody.after)]
      for (const deed of new Set([...was.keys(), ...is.keys()])) {
        const [old, young] = [was.get(deed) ?? new Map(), is.get(deed) ?? new Map()]
        const about = { who: somebody.name, role: somebody.after.role, entity: name, deed }
        for (const gained of [true, false]) {
          const more = gained ? beyond(old, young) : beyond(young, old)
          if (more.rows.length > 0 || more.fields.length > 0) changes.push({ ...about, gained, ...more })
        }
      }
    }
  }
  return { changes, cut: [...cut] }
}

const visible = ({ schema }: Side): string[] => [...schema.entities.values()].filter((entity: Entity) => !entity.internal).map(({ name }) => name)
const named = (policy: Policy, entity: string): string[] =>
  policy.rules.filter((rule) => rule.entity === entity).flatMap((rule) => [...rule.operations])

/** What `whole` has and `part` has not. */
function beyond(part: Reach, whole: Reach): Pick<Change, 'rows' | 'fields'> {
  const rows: string[] = []
  const fields = new Map<string, { readonly fields: readonly string[]; readonly rows: string[] }>()
  for (const [row, names] of whole) {
    const known = part.get(row)
    if (known === undefined) {
      rows.push(row)
      continue
    }
    const more = [...names].filter((name) => !known.has(name)).sort()
    if (more.length === 0) continue
    const group = fields.get(more.join()) ?? { fields: more, rows: [] }
    group.rows.push(row)
    fields.set(more.join(), group)
  }
  return { rows, fields: [...fields.values()] }
}
