/** Loads access rules: every entity's `acl` and the separate rules file, into one policy; validations are checked on the way. Must not know how rules are used. */
import { Complaints, quote } from '../schema/complaint.ts'
import type { Entity, Schema } from '../schema/entity.ts'
import { readDocuments } from '../schema/source.ts'
import { placeAt, readExpression } from './expression.ts'
import type { Policy, Rule } from './policy.ts'
import { compactRules } from './rules/compact.ts'
import { type Draft, settle } from './rules/draft.ts'
import { generalRules } from './rules/general.ts'
import { governing } from './rules/governing.ts'
import { isMembers, Reader } from './rules/reader.ts'

export interface RulesFile {
  /** As complaints shall name it. */
  readonly path: string
  readonly text: string
}

/**
 * The policy of a schema. For an entity that `rulesFile` names in a rule, that file alone counts; its `acl` is then not even read.
 * An entity without any rule grants nobody anything. Throws one VALIDATION_ERROR with all complaints, `fields[i].field` being `file:line:column`.
 */
export function loadPolicy(schema: Schema, rulesFile?: RulesFile): Policy {
  const complaints = new Complaints()
  const filed = rulesFile === undefined ? { drafts: [], entities: new Set<string>() } : fileRules(rulesFile, schema, complaints)
  const own = [...schema.entities.values()]
    .filter((entity) => !filed.entities.has(entity.name))
    .flatMap((entity) => entityRules(entity, schema, complaints))
  const { rules, version } = settle([...filed.drafts, ...own], complaints)
  for (const entity of schema.entities.values()) checkValidations(entity, schema, complaints)
  complaints.throwIfAny()
  return Object.freeze({ rules: Object.freeze(rules), version, governing: governing(rules, schema) })
}

/** The same policy with other rules, for whoever asks what a rule is good for. Its version is the old one's: it must serve nobody. */
export function withRules(policy: Policy, rules: readonly Rule[], schema: Schema): Policy {
  return Object.freeze({ rules: Object.freeze([...rules]), version: policy.version, governing: governing(rules, schema) })
}

/** They are read again when a write is planned; here their author learns of mistakes. */
function checkValidations(entity: Entity, schema: Schema, complaints: Complaints): void {
  for (const { expression, place } of entity.validations) {
    const outcome = readExpression(expression, entity, schema, (offset) => placeAt(expression, offset, place))
    if (!outcome.ok) complaints.add(outcome.place, outcome.error)
  }
}

function fileRules(
  file: RulesFile,
  schema: Schema,
  complaints: Complaints,
): { readonly drafts: readonly Draft[]; readonly entities: ReadonlySet<string> } {
  const entities = new Set<string>()
  const drafts = readDocuments(file, complaints).flatMap((document) => {
    const reader = new Reader(schema, document, complaints)
    if (!isMembers(document.value)) {
      reader.complain('', 'A rules file is a map with the list "rules"')
      return []
    }
    reader.members(document.value, ['rules'], '')
    return document.value.rules === undefined ? [] : generalRules(document.value.rules, 'rules', reader)
  })
  for (const draft of drafts) entities.add(draft.entity)
  return { drafts, entities }
}

function entityRules(entity: Entity, schema: Schema, complaints: Complaints): Draft[] {
  const { acl } = entity
  if (acl === undefined || acl.value === null) return []
  const reader = new Reader(schema, acl, complaints)
  if (!isMembers(acl.value)) {
    reader.complain('', `${quote(acl.value)} is not a map of operations; write for example { read: { public: true } }`)
    return []
  }
  return Object.entries(acl.value).flatMap(([name, value]) =>
    name === 'rules' ? generalRules(value, 'rules', reader, entity) : compactRules(name, value, name, entity, reader),
  )
}
