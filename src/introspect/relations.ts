/**
 * The names that foreign keys give relations. A schema refuses a foreign key whose usual names are all taken, so the names are
 * tried here in the order in which resolve/references.ts tries them, and said where none of them is free.
 */
import { camelCase, linkName, pascalCase, plural } from '../schema/names.ts'
import { filterWords } from '../schema/resolve/draft.ts'
import { type EntityDraft, type FieldDraft, isUnique } from './draft.ts'
import { free, isReservedWord } from './names.ts'

interface Wish {
  readonly on: EntityDraft
  readonly wanted: readonly string[]
  readonly relation: { readonly to: string; readonly via: string } | { readonly many: string; readonly via: string }
}

/** `drafts` in the order in which the schema will read them. */
export function settleRelations(drafts: readonly EntityDraft[]): void {
  const byName = new Map(drafts.map((draft) => [draft.names.name, draft]))
  const taken = new Map(
    drafts.map((draft) => [draft, new Set([...filterWords, ...draft.relations.keys(), ...[...draft.fields.values()].map(({ name }) => name)])]),
  )
  const unmet: Wish[] = []
  for (const draft of drafts) {
    for (const field of draft.fields.values()) {
      const target = byName.get(field.part.foreign_key?.entity ?? '')
      if (target === undefined) continue
      for (const wish of wishesOf(draft, field, target)) {
        const names = taken.get(wish.on) as Set<string>
        const name = wish.wanted.find((each) => !names.has(each))
        if (name === undefined) unmet.push(wish)
        else names.add(name)
      }
    }
  }
  // Only now: these names must not be among those that the others get by themselves.
  for (const { on, wanted, relation } of unmet) {
    const names = taken.get(on) as Set<string>
    const name = free([`${wanted.at(-1)?.slice(0, 60)}Row`], (each) => names.has(each) || isReservedWord(each))
    names.add(name)
    on.relations.set(name, relation)
  }
}

function wishesOf(draft: EntityDraft, field: FieldDraft, target: EntityDraft): readonly Wish[] {
  const { name } = draft.names
  const other = target.names.name
  const link = linkName(field.name)
  const several = [...draft.fields.values()].filter(({ part }) => part.foreign_key?.entity === other).length > 1
  const base = isUnique(draft, [field.name]) ? camelCase(name) : (draft.names.plural ?? plural(camelCase(name)))
  const own = `${base}By${pascalCase(link ?? field.name)}`
  const back = target === draft && link === 'parent' ? ['children', own] : several ? [own] : [base, own]
  return [
    { on: draft, wanted: [link ?? camelCase(other), `${link ?? field.name}${other}`], relation: { to: other, via: field.name } },
    { on: target, wanted: back, relation: { many: name, via: field.name } },
  ]
}
