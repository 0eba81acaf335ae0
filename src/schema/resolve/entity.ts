/** An entity from its own document: fields, key, indexes, marks. In charge of what needs no other entity; references.ts has the rest. */
import { type Complaints, quote } from '../complaint.ts'
import type { EntityDocument } from '../document/entity.ts'
import type { Entity, Field, Index, Validation } from '../entity.ts'
import { camelCase, plural, snakeCase } from '../names.ts'
import { part } from '../source.ts'
import { resolveCode } from './code.ts'
import { type At, complain, complainKey, type Draft, type EntitySource, filterWords, known } from './draft.ts'
import { resolveField } from './field.ts'

const tenantField = 'tenantId'
const versionField = 'version'

export function draftEntity(source: EntitySource, complaints: Complaints): Draft {
  const { doc, name } = source
  const at = { source, complaints }
  const key = keyNames(at, doc)
  const fields = new Map<string, Field>()
  for (const [fieldName, field] of Object.entries(doc.fields ?? {})) {
    if (filterWords.has(fieldName))
      complainKey(at, `fields.${fieldName}`, `${quote(fieldName)} is a word of the filter language and cannot name a field`)
    const say = (keyword: string, error: string): void => {
      if (keyword === '') complainKey(at, `fields.${fieldName}`, error)
      else complain(at, `fields.${fieldName}.${keyword}`, error)
    }
    const hidden = (doc.security?.never_expose ?? []).includes(fieldName)
    fields.set(fieldName, resolveField(fieldName, field, key.includes(fieldName), hidden, source.document, say))
  }
  const tenant = addTenant(at, doc, fields)
  if (doc.versioned === true) addVersion(at, fields)
  checkRenames(at, fields)
  resolveCode(at, fields)
  checkKey(at, key, fields)
  checkColumns(at, fields)
  const clientName = doc.plural ?? plural(camelCase(name))
  const table = doc.table ?? snakeCase(clientName)
  const settled = {
    plural: clientName,
    table,
    place: source.document.place('entity'),
    ...texts(doc),
    ...(doc.renamed_from === undefined ? {} : { renamedFrom: doc.renamed_from }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(doc.versioned === true ? { versioned: versionField } : {}),
    ...marks(at, doc, fields),
    security: {
      auditAllAccess: doc.security?.audit_all_access === true,
      scanForMalicious: doc.security?.scan_for_malicious === true,
      sandboxRequired: doc.security?.sandbox_required === true,
    },
    ...(doc.acl === undefined ? {} : { acl: part(source.document, 'acl', doc.acl) }),
    validations: validations(at, doc),
  }
  for (const [i, field] of (doc.security?.never_expose ?? []).entries()) known(at, fields, field, `security.never_expose.${i}`)
  return { name, source, complaints, settled, fields, key, relations: new Map(), indexes: indexes(at, doc, table, fields), operations: new Map() }
}

function texts(doc: EntityDocument): Pick<Entity, 'description' | 'version' | 'package'> {
  return {
    ...(doc.description === undefined ? {} : { description: doc.description }),
    ...(doc.version === undefined ? {} : { version: doc.version }),
    ...(doc.package === undefined ? {} : { package: doc.package }),
  }
}

function keyNames(at: At, doc: EntityDocument): readonly string[] {
  const marked = Object.entries(doc.fields ?? {})
    .filter(([, field]) => field.primary === true)
    .map(([name]) => name)
  const listed = doc.primary_key
  if (listed === undefined) {
    if (marked.length > 1)
      complainKey(
        at,
        `fields.${marked[1]}`,
        `${marked.join(' and ')} are both primary; a key of several fields is written as primary_key: [${marked.join(', ')}]`,
      )
    return marked.slice(0, 1)
  }
  if (listed.length === 0) complain(at, 'primary_key', 'primary_key names no field')
  listed.forEach((name, i) => {
    if (listed.indexOf(name) !== i) complain(at, `primary_key.${i}`, `${quote(name)} stands twice in the key`)
  })
  for (const name of marked) {
    if (!listed.includes(name)) complain(at, `fields.${name}.primary`, `${quote(name)} is marked primary, but primary_key names ${listed.join(', ')}`)
  }
  return [...new Set(listed)]
}

function checkKey(at: At, key: readonly string[], fields: ReadonlyMap<string, Field>): void {
  if (key.length === 0 && at.source.doc.fields !== undefined && at.source.doc.primary_key === undefined) {
    complain(at, 'entity', `${at.source.name} has no key: mark a field with primary: true or list several in primary_key`)
  }
  key.forEach((name, i) => {
    const path = at.source.doc.primary_key === undefined ? `fields.${name}.type` : `primary_key.${i}`
    const field = known(at, fields, name, path)
    if (field !== undefined && ['json', 'bytes', 'float'].includes(field.type)) complain(at, path, `A key cannot be of type ${field.type}`)
  })
}

function addTenant(at: At, doc: EntityDocument, fields: Map<string, Field>): string | undefined {
  if (doc.tenant === undefined || doc.tenant === false) return undefined
  const name = doc.tenant === true ? tenantField : doc.tenant
  const declared = fields.get(name)
  if (declared !== undefined && !['string', 'uuid', 'cuid'].includes(declared.type))
    complain(at, `fields.${name}.type`, `The tenant is a string, uuid or cuid, not ${declared.type}`)
  if (declared?.nullable === true) complainKey(at, `fields.${name}`, 'The tenant is never null')
  const { default: _, ...base } = declared ?? keptField(name, 'string')
  fields.set(name, { ...base, required: true, nullable: false, index: true, immutable: true, kept: 'tenant' })
  return name
}

function addVersion(at: At, fields: Map<string, Field>): void {
  if (fields.has(versionField)) complainKey(at, `fields.${versionField}`, 'versioned: true keeps a field "version" of its own; rename this one')
  fields.set(versionField, { ...keptField(versionField, 'integer'), kept: 'version', default: 1, min: 1 })
}

function keptField(name: string, type: 'string' | 'integer'): Field {
  return {
    name,
    type,
    column: snakeCase(name),
    primary: false,
    generated: false,
    required: false,
    nullable: false,
    unique: false,
    index: false,
    immutable: false,
    autoUpdate: false,
    sensitive: false,
    neverExposed: false,
  }
}

/** A name that is still in use, or that two fields claim, was not given up for a new one. */
function checkRenames(at: At, fields: ReadonlyMap<string, Field>): void {
  const claimed = new Map<string, string>()
  for (const { name, renamedFrom } of fields.values()) {
    if (renamedFrom === undefined || renamedFrom === name) continue
    const path = `fields.${name}.renamed_from`
    const other = claimed.get(renamedFrom)
    if (fields.has(renamedFrom))
      complain(at, path, `${at.source.name} still has a field ${quote(renamedFrom)}; a renamed field takes the place of the old one`)
    if (other !== undefined) complain(at, path, `${quote(other)} and ${quote(name)} cannot both have been ${quote(renamedFrom)}`)
    claimed.set(renamedFrom, name)
  }
}

/** Backends compare column names without regard to case. */
function checkColumns(at: At, fields: ReadonlyMap<string, Field>): void {
  const taken = new Map<string, string>()
  for (const field of fields.values()) {
    const column = field.column.toLowerCase()
    const other = taken.get(column)
    if (other !== undefined)
      complainKey(
        at,
        `fields.${field.name}`,
        `${quote(field.name)} and ${quote(other)} would share the column ${quote(field.column)}; give one another name or column`,
      )
    if (field.column.length > 63)
      complainKey(at, `fields.${field.name}`, `The column ${quote(field.column)} has more than 63 characters; give a shorter "column"`)
    taken.set(column, field.name)
  }
}

function marks(at: At, doc: EntityDocument, fields: ReadonlyMap<string, Field>): Pick<Entity, 'owner' | 'softDelete' | 'ttl'> {
  const owner = doc.owner === undefined ? undefined : known(at, fields, doc.owner, 'owner')?.name
  const deleted = doc.soft_delete === undefined ? undefined : known(at, fields, doc.soft_delete, 'soft_delete')
  if (deleted !== undefined && (deleted.type !== 'datetime' || !deleted.nullable))
    complain(at, 'soft_delete', `soft_delete needs a nullable datetime; write ${quote(deleted.name)} as {type: datetime, optional: true}`)
  const ends = doc.ttl?.field === undefined ? undefined : known(at, fields, doc.ttl.field, 'ttl.field')
  if (ends !== undefined && ends.type !== 'datetime') complain(at, 'ttl.field', `ttl needs a datetime; ${quote(ends.name)} is of type ${ends.type}`)
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(deleted === undefined ? {} : { softDelete: deleted.name }),
    ...(ends === undefined ? {} : { ttl: { field: ends.name, autoDelete: doc.ttl?.auto_delete === true } }),
  }
}

function validations(at: At, doc: EntityDocument): Validation[] {
  return Object.entries(doc.validations ?? {}).map(([name, rule]) => ({
    name,
    expression: rule.expression ?? '',
    message: rule.message ?? '',
    place: at.source.document.within(`validations.${name}.expression`, 0),
  }))
}

function indexes(at: At, doc: EntityDocument, table: string, fields: ReadonlyMap<string, Field>): Index[] {
  return (doc.indexes ?? []).flatMap((index, i) => {
    const names = index.fields ?? []
    if (index.fields !== undefined && names.length === 0) complain(at, `indexes.${i}.fields`, 'An index needs at least one field')
    const found = names.map((name, j) => {
      if (names.indexOf(name) !== j) complain(at, `indexes.${i}.fields.${j}`, `${quote(name)} stands twice in the index`)
      const field = known(at, fields, name, `indexes.${i}.fields.${j}`)
      if (field?.type === 'json') complain(at, `indexes.${i}.fields.${j}`, 'A json field cannot be indexed')
      return field
    })
    if (found.length === 0 || found.includes(undefined)) return []
    const unique = index.unique === true
    const columns = found.map((field) => field!.column).join('_')
    return [{ name: index.name ?? shorten(`${table}_${columns}_${unique ? 'key' : 'idx'}`), fields: names, unique }]
  })
}

/** 63 is PostgreSQL's longest identifier. */
function shorten(name: string): string {
  return name.length <= 63 ? name : `${name.slice(0, 50)}_${hash(name)}`
}

function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return value.toString(36)
}
