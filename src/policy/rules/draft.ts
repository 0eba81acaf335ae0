/** Rules as they are read, and how they become the rules of a policy: named by their content, each once. Must not know YAML. */
import type { Operand, Predicate } from '../../query/ast.ts'
import type { Complaints } from '../../schema/complaint.ts'
import type { Place } from '../../schema/entity.ts'
import { sha256 } from '../../schema/sha256.ts'
import type { Rule } from '../policy.ts'
import { canonical } from '../simplify.ts'

export interface Draft {
  /** As declared. */
  readonly id?: string
  readonly entity: string
  readonly roles: readonly string[]
  readonly operations: readonly string[]
  readonly effect: 'permit' | 'deny'
  readonly rows: Predicate
  /** Absent: the row filter. */
  readonly check?: Predicate
  readonly readable?: readonly string[]
  readonly writable?: readonly string[]
  readonly presets: ReadonlyMap<string, Operand>
  readonly reason?: string
  readonly acrossTenants: boolean
  readonly place: Place
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort()

/** All that a rule means, as text: equal for rules that differ only in order, repetition, place and id. */
function contentOf(draft: Draft): string {
  const presets = [...draft.presets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, value]) => [field, canonical(value)])
  return JSON.stringify([
    draft.entity,
    distinct(draft.roles),
    distinct(draft.operations),
    draft.effect,
    canonical(draft.rows),
    canonical(draft.check ?? draft.rows),
    draft.readable === undefined ? null : distinct(draft.readable),
    draft.writable === undefined ? null : distinct(draft.writable),
    presets,
    draft.reason ?? null,
    draft.acrossTenants,
  ])
}

/** The rules in the order of their ids, and the version that they make. Two rules that declare the same id and differ are a complaint. */
export function settle(drafts: readonly Draft[], complaints: Complaints): { readonly rules: readonly Rule[]; readonly version: string } {
  const byId = new Map<string, { readonly draft: Draft; readonly content: string }>()
  for (const draft of drafts) {
    const content = contentOf(draft)
    const id = draft.id ?? `${draft.entity}.${distinct(draft.operations).join('+')}.${draft.effect}#${sha256(content).slice(0, 8)}`
    const known = byId.get(id)
    if (known === undefined || (known.content === content && before(draft.place, known.draft.place))) byId.set(id, { draft, content })
    else if (known.content !== content) {
      const { file, line } = known.draft.place
      complaints.add(draft.place, `The rule id "${id}" is taken by another rule (${file}:${line})`)
    }
  }
  const settled = [...byId].sort(([a], [b]) => (a < b ? -1 : 1))
  const version = sha256(JSON.stringify(settled.map(([id, { content }]) => [id, content]))).slice(0, 16)
  return { rules: settled.map(([id, { draft }]) => ruleOf(id, draft)), version }
}

/** Of equal rules the first one in the files is shown, however they were read. */
function before(a: Place, b: Place): boolean {
  if (a.file !== b.file) return a.file < b.file
  return a.line !== b.line ? a.line < b.line : a.column < b.column
}

function ruleOf(id: string, draft: Draft): Rule {
  const { entity, effect, rows, readable, writable, presets, reason, acrossTenants, place } = draft
  // The same object where the check is the row filter: that is how a write knows that it need not ask twice.
  const check = draft.check === undefined || canonical(draft.check) === canonical(rows) ? rows : draft.check
  return Object.freeze({
    id,
    entity,
    roles: new Set(distinct(draft.roles)),
    operations: new Set(distinct(draft.operations)),
    effect,
    rows,
    check,
    ...(readable === undefined ? {} : { readable: new Set(distinct(readable)) }),
    ...(writable === undefined ? {} : { writable: new Set(distinct(writable)) }),
    presets: new Map([...presets].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(reason === undefined ? {} : { reason }),
    acrossTenants,
    place,
  })
}
