/** Foreign keys and relations between entities: what they refer to, default names in both directions, cycles. Must not know operations. */
import { quote, suggestion } from '../complaint.ts'
import type { RelationDocument } from '../document/entity.ts'
import type { Field, FieldTypeName, Relation } from '../entity.ts'
import { camelCase, linkName, pascalCase } from '../names.ts'
import { complain, complainKey, type Draft, type Drafts, filterWords, isUnique, uniqueWays } from './draft.ts'

export function resolveReferences(drafts: Drafts): void {
  for (const draft of drafts.values()) settleForeignKeys(draft, drafts)
  for (const draft of drafts.values()) declaredRelations(draft, drafts)
  for (const draft of drafts.values()) defaultRelations(draft, drafts)
  checkCycles(drafts)
  checkRenames(drafts)
}

/** A name that is still in use, or that two entities claim, was not given up for a new one. */
function checkRenames(drafts: Drafts): void {
  const claimed = new Map<string, string>()
  for (const draft of drafts.values()) {
    const { renamedFrom } = draft.settled
    if (renamedFrom === undefined) continue
    const other = claimed.get(renamedFrom)
    if (drafts.has(renamedFrom))
      complain(draft, 'renamed_from', `There still is an entity ${quote(renamedFrom)}; a renamed entity takes the place of the old one`)
    else if (other !== undefined) complain(draft, 'renamed_from', `${other} and ${draft.name} cannot both have been ${quote(renamedFrom)}`)
    claimed.set(renamedFrom, draft.name)
  }
}

/** Types whose values are compared as the same text. */
const kin = (type: FieldTypeName): string => (type === 'text' || type === 'email' ? 'string' : type)

function settleForeignKeys(draft: Draft, drafts: Drafts): void {
  for (const [name, doc] of Object.entries(draft.source.doc.fields ?? {})) {
    const field = draft.fields.get(name)
    if (doc.foreign_key?.entity === undefined || field === undefined) continue
    const path = `fields.${name}.foreign_key`
    const target = entityAt(draft, drafts, doc.foreign_key.entity, `${path}.entity`)
    if (target === undefined) continue
    if (doc.foreign_key.field === undefined && target.key.length > 1) {
      complain(
        draft,
        path,
        `${target.name} has a key of several fields (${target.key.join(', ')}); a foreign key refers to one unique field, name it`,
      )
      continue
    }
    const to = fieldAt(draft, target, doc.foreign_key.field ?? target.key[0] ?? '', `${path}.field`)
    if (to === undefined) continue
    const onDelete = doc.foreign_key.on_delete ?? 'restrict'
    if (!isUnique(target, [to.name]))
      complain(
        draft,
        `${path}.field`,
        `${target.name}.${to.name} is not unique, so a value could name several rows; unique there: ${uniqueWays(target)}`,
      )
    if (doc.type !== undefined && !sameType(field, to))
      complain(draft, `fields.${name}.type`, `${quote(name)} is of type ${field.type}, but ${target.name}.${to.name} is of type ${to.type}`)
    if (onDelete === 'set_null' && !field.nullable) complain(draft, `${path}.on_delete`, `set_null needs a nullable field; ${quote(name)} is not`)
    draft.fields.set(name, { ...field, foreignKey: { entity: target.name, field: to.name, onDelete } })
  }
}

function sameType(a: Field, b: Field): boolean {
  return kin(a.type) === kin(b.type) && a.precision === b.precision && a.scale === b.scale
}

function entityAt(draft: Draft, drafts: Drafts, name: string, path: string): Draft | undefined {
  const found = drafts.get(name)
  const visible = found !== undefined && (draft.source.internal || !found.source.internal)
  if (!visible) {
    const known = [...drafts.values()].filter((other) => !other.source.internal).map((other) => other.name)
    complain(draft, path, `Unknown entity ${quote(name)}${suggestion(name, known)}`)
  }
  return visible ? found : undefined
}

function fieldAt(draft: Draft, target: Draft, name: string, path: string): Field | undefined {
  const field = target.fields.get(name)
  if (field === undefined && name !== '') complain(draft, path, `${target.name} has no field ${quote(name)}${suggestion(name, target.fields.keys())}`)
  return field
}

function declaredRelations(draft: Draft, drafts: Drafts): void {
  for (const [name, doc] of Object.entries(draft.source.doc.relations ?? {})) {
    const path = `relations.${name}`
    if (draft.fields.has(name)) complainKey(draft, path, `${quote(name)} is already a field of ${draft.name}; name the relation otherwise`)
    if (filterWords.has(name)) complainKey(draft, path, `${quote(name)} is a word of the filter language and cannot name a relation`)
    const relation = declared(draft, drafts, name, doc, path)
    if (relation !== undefined) draft.relations.set(name, relation)
  }
}

function declared(draft: Draft, drafts: Drafts, name: string, doc: RelationDocument, path: string): Relation | undefined {
  if ((doc.to === undefined) === (doc.many === undefined)) {
    complainKey(draft, path, 'A relation has either "to" (belongs to one) or "many"')
    return undefined
  }
  const target = entityAt(draft, drafts, (doc.to ?? doc.many)!, `${path}.${doc.to === undefined ? 'many' : 'to'}`)
  if (target === undefined) return undefined
  const via = doc.via === undefined ? [] : typeof doc.via === 'string' ? [doc.via] : doc.via
  if (doc.through !== undefined)
    return doc.to === undefined
      ? throughRelation(draft, drafts, target, name, doc.through, via, path)
      : refuse(draft, path, '"through" stands beside "many"')
  if (via.length === 0)
    return refuse(draft, path, `Say with "via" which field ${doc.to === undefined ? `of ${target.name} refers here` : 'holds the reference'}`)
  const holder = doc.to === undefined ? target : draft
  const other = doc.to === undefined ? draft : target
  const fields = via.map((field, i) => fieldAt(draft, holder, field, typeof doc.via === 'string' ? `${path}.via` : `${path}.via.${i}`))
  if (fields.includes(undefined)) return undefined
  const ends = farEnds(draft, fields as Field[], other, path)
  if (ends === undefined) return undefined
  return doc.to === undefined
    ? { name, kind: 'many', target: target.name, local: ends, foreign: via }
    : { name, kind: 'one', target: target.name, local: via, foreign: ends }
}

function refuse(draft: Draft, path: string, error: string): undefined {
  complainKey(draft, path, error)
  return undefined
}

/** The fields of `other` that `fields` refer to: by foreign key, else the key of `other` in its order. */
function farEnds(draft: Draft, fields: readonly Field[], other: Draft, path: string): readonly string[] | undefined {
  const only = fields[0]!
  if (fields.length === 1 && only.foreignKey?.entity === other.name) return [only.foreignKey.field]
  if (fields.length !== other.key.length)
    return refuse(
      draft,
      path,
      `The key of ${other.name} is (${other.key.join(', ')}), but "via" names ${fields.length} field${fields.length === 1 ? '' : 's'}`,
    )
  for (const [i, field] of fields.entries()) {
    const end = other.fields.get(other.key[i]!)
    if (end !== undefined && !sameType(field, end))
      return refuse(draft, path, `${quote(field.name)} is of type ${field.type}, but ${other.name}.${end.name} is of type ${end.type}`)
  }
  return other.key
}

function throughRelation(
  draft: Draft,
  drafts: Drafts,
  target: Draft,
  name: string,
  through: string,
  via: readonly string[],
  path: string,
): Relation | undefined {
  const between = entityAt(draft, drafts, through, `${path}.through`)
  if (between === undefined) return undefined
  const links = [...between.fields.values()].filter((field) => field.foreignKey !== undefined)
  const pick = (to: Draft, given: string | undefined): Field | undefined => {
    if (given !== undefined) return links.find((field) => field.name === given && field.foreignKey?.entity === to.name)
    const found = links.filter((field) => field.foreignKey?.entity === to.name)
    return found.length === 1 ? found[0] : undefined
  }
  if (via.length !== 0 && via.length !== 2)
    return refuse(
      draft,
      path,
      `Beside "through", "via" names two fields of ${through}: the one that refers here, then the one that refers to ${target.name}`,
    )
  const here = pick(draft, via[0])
  const there = pick(target, via[1])
  if (here === undefined || there === undefined || here === there) {
    return refuse(
      draft,
      path,
      `${through} needs one foreign key to ${draft.name} and one to ${target.name}; where there are several, name the two with via: [first, second]`,
    )
  }
  return {
    name,
    kind: 'many',
    target: target.name,
    local: [here.foreignKey!.field],
    foreign: [there.foreignKey!.field],
    through: { entity: between.name, local: [here.name], foreign: [there.name] },
  }
}

/** What a foreign key gives by itself: the way there and the way back, unless a declared relation already is that way. */
function defaultRelations(draft: Draft, drafts: Drafts): void {
  for (const field of draft.fields.values()) {
    const target = field.foreignKey === undefined ? undefined : drafts.get(field.foreignKey.entity)
    if (target === undefined || field.foreignKey === undefined) continue
    const there = { local: [field.name], foreign: [field.foreignKey.field] }
    const link = linkName(field.name)
    if (!exists(draft, target.name, there)) {
      const wanted = [link ?? camelCase(target.name), `${link ?? field.name}${target.name}`]
      add(draft, draft, field, wanted, { kind: 'one', target: target.name, ...there })
    }
    if (target.source.internal !== draft.source.internal) continue
    const back = { local: there.foreign, foreign: there.local }
    if (exists(target, draft.name, back)) continue
    const single = isUnique(draft, [field.name])
    const base = single ? camelCase(draft.name) : draft.settled.plural
    const several = [...draft.fields.values()].filter((other) => other.foreignKey?.entity === target.name).length > 1
    const own = `${base}By${pascalCase(link ?? field.name)}`
    const wanted = target === draft && link === 'parent' ? ['children', own] : several ? [own] : [base, own]
    add(target, draft, field, wanted, { kind: single ? 'one' : 'many', target: draft.name, ...back })
  }
}

function exists(draft: Draft, target: string, way: { readonly local: readonly string[]; readonly foreign: readonly string[] }): boolean {
  const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name, i) => name === b[i])
  for (const relation of draft.relations.values()) {
    if (relation.target === target && relation.through === undefined && same(relation.local, way.local) && same(relation.foreign, way.foreign))
      return true
  }
  return false
}

/** `on` gets the relation, `field` of `holder` is why. */
function add(on: Draft, holder: Draft, field: Field, wanted: readonly string[], relation: Omit<Relation, 'name'>): void {
  const name = wanted.find((candidate) => !filterWords.has(candidate) && !on.fields.has(candidate) && !on.relations.has(candidate))
  if (name !== undefined) on.relations.set(name, { name, ...relation })
  else
    complainKey(
      holder,
      `fields.${field.name}`,
      `The relation that this foreign key gives ${on.name} would be called ${quote(wanted[0]!)}, which is taken; name it under "relations" of ${on.name}`,
    )
}

/** A circle of foreign keys none of which may be null: no first row could ever be written. */
function checkCycles(drafts: Drafts): void {
  const done = new Set<string>()
  const visit = (draft: Draft, trail: readonly { readonly draft: Draft; readonly field: string }[]): void => {
    for (const field of draft.fields.values()) {
      if (field.foreignKey === undefined || field.nullable) continue
      const next = [...trail, { draft, field: field.name }]
      const start = next.findIndex((step) => step.draft.name === field.foreignKey!.entity)
      if (start >= 0) {
        const circle = next.slice(start).map((step) => `${step.draft.name}.${step.field}`)
        complainKey(
          draft,
          `fields.${field.name}`,
          `Foreign keys form a circle without a nullable link: ${circle.join(' → ')} → ${field.foreignKey.entity}; make one of them optional`,
        )
      } else if (!done.has(field.foreignKey.entity)) {
        const target = drafts.get(field.foreignKey.entity)
        if (target !== undefined) visit(target, next)
      }
    }
    done.add(draft.name)
  }
  for (const draft of drafts.values()) if (!done.has(draft.name)) visit(draft, [])
}
