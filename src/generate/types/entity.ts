/** One entity's rows, input, filters and options as flat interfaces. In charge of which field stands where; must not know operations. */
import type { Entity, Field, Relation, Value } from '../../schema/entity.ts'
import { comment, isNumeric, member, propertyName, quoted, textsOf } from './field.ts'
import { enumName } from './names.ts'

/** Entity at hand, the first word of its types, and those of all others. */
export interface Naming {
  readonly entity: Entity
  readonly base: string
  readonly names: ReadonlyMap<string, string>
  /** Entities whose rows some relation reaches in the plural. */
  readonly many: ReadonlySet<string>
}

export function entityText(naming: Naming): string {
  return [
    enumTexts(naming),
    rowText(naming),
    relationsText(naming),
    inputTexts(naming),
    whereText(naming),
    sortText(naming),
    keyText(naming),
    optionTexts(naming),
  ].join('')
}

const fieldsOf = (entity: Entity): Field[] => [...entity.fields.values()]
/** Fields that anyone can ever be shown; others cannot be asked about either. */
export const visible = (entity: Entity): Field[] => fieldsOf(entity).filter((field) => !field.neverExposed)

export function typeOf(naming: Naming, field: Field) {
  const type = enumName(naming.base, field.name)
  return textsOf(field, { type, filter: `${type}Filter` })
}

/** Relations whose other side has types, with their types' first word. */
function relationsOf({ entity, names }: Naming): readonly (readonly [Relation, string])[] {
  return [...entity.relations.values()].flatMap((relation) => {
    const target = names.get(relation.target)
    return target === undefined ? [] : [[relation, target] as const]
  })
}

function enumTexts(naming: Naming): string {
  const enums = fieldsOf(naming.entity).filter((field) => field.type === 'enum')
  return enums
    .map((field) => {
      const name = enumName(naming.base, field.name)
      const values = (field.values ?? []).map(quoted).join(' | ') || 'never'
      const one = `${name} | null`
      const list = `readonly ${name}[]`
      return `export type ${name} = ${values}\n\nexport interface ${name}Filter {\n  eq?: ${one}\n  ne?: ${one}\n  gt?: ${name}\n  gte?: ${name}\n  lt?: ${name}\n  lte?: ${name}\n  in?: ${list}\n  notIn?: ${list}\n  isNull?: boolean\n}\n\n`
    })
    .join('')
}

function rowText(naming: Naming): string {
  const { entity, base } = naming
  const lines = visible(entity).map(
    (field) => `${comment('  ', field.description)}${member(field.name, `${typeOf(naming, field).output}${field.nullable ? ' | null' : ''}`, false)}`,
  )
  return `${comment('', entity.description)}export interface ${base} extends ${base}Relations {\n${lines.join('')}}\n\n`
}

function relationsText(naming: Naming): string {
  const { base, entity } = naming
  const lines = relationsOf(naming).map(([relation, target]) =>
    member(relation.name, relation.kind === 'many' ? `${target}[]` : `${target} | null`, true),
  )
  const fields =
    visible(entity)
      .map((field) => quoted(field.name))
      .join(' | ') || 'never'
  return (
    `/** Related rows, there where \`include\` asked for them. */\nexport interface ${base}Relations {\n${lines.join('')}}\n\n` +
    `export type ${base}Field = ${fields}\n\n/** A row of a call with \`select\`. */\nexport type ${base}Pick<Selected extends ${base}Field> = Pick<${base}, Selected> & ${base}Relations\n\n`
  )
}

function inputTexts(naming: Naming): string {
  const { entity, base } = naming
  const writable = fieldsOf(entity).filter((field) => !field.generated && !field.autoUpdate && field.kept === undefined)
  const preset = presets(entity)
  const text = (fields: Field[], required: boolean): string =>
    fields
      .map((field) => {
        const optional = !required || !field.required || field.nullable || field.default !== undefined || preset.has(field.name)
        return `${comment('  ', field.description)}${member(field.name, `${typeOf(naming, field).input}${field.nullable ? ' | null' : ''}`, optional)}`
      })
      .join('')
  return `export interface ${base}Create {\n${text(writable, true)}}\n\nexport interface ${base}Update {\n${text(
    writable.filter((field) => !field.immutable),
    false,
  )}}\n\n`
}

/** Fields that some access rule sets by itself: its callers leave them out. */
function presets(entity: Entity): ReadonlySet<string> {
  const names = new Set<string>()
  const seek = (value: Value): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, part] of Object.entries(value)) {
      if (name === 'presets' && typeof part === 'object' && part !== null) for (const field of Object.keys(part)) names.add(field)
      else seek(part as Value)
    }
  }
  if (entity.acl !== undefined) seek(entity.acl.value)
  return names
}

function whereText(naming: Naming): string {
  const { entity, base, many } = naming
  const own = `${base}Where`
  const groups = `  and?: ${own} | readonly ${own}[]\n  or?: ${own} | readonly ${own}[]\n  not?: ${own} | readonly ${own}[]\n`
  const fields = visible(entity).map((field) => {
    const { input, filter } = typeOf(naming, field)
    const nothing = field.nullable ? ' | null' : ''
    if (field.type !== 'json') return member(field.name, `${input} | ${filter}${nothing}`, true)
    return `${member(field.name, `${filter}${nothing}`, true)}  [place: \`${field.name.replaceAll('`', '')}.\${string}\`]: string | number | boolean | dbal.PlaceFilter | null\n`
  })
  const relations = relationsOf(naming).map(([relation, target]) =>
    member(relation.name, relation.kind === 'many' ? `${target}Some` : `${target}Where | null`, true),
  )
  const some = many.has(entity.name) ? `export interface ${base}Some {\n  some?: ${own}\n  every?: ${own}\n  none?: ${own}\n}\n\n` : ''
  return `export interface ${own} {\n${groups}${fields.join('')}${relations.join('')}}\n\n${some}`
}

function sortText(naming: Naming): string {
  const lines = visible(naming.entity)
    .filter((field) => typeOf(naming, field).ordered)
    .map((field) => member(field.name, 'dbal.Direction', true))
  return `export interface ${naming.base}Sort {\n${lines.join('')}}\n\n`
}

/** The key as `read` takes it: a value, or an object of the fields of a composite key. And what `upsert` may look for. */
function keyText(naming: Naming): string {
  const { entity, base } = naming
  const keyFields = entity.key.flatMap((name) => entity.fields.get(name) ?? [])
  const [only] = keyFields
  const object = `{ ${keyFields.map((field) => `${propertyName(field.name)}: ${typeOf(naming, field).input}`).join('; ')} }`
  const key = keyFields.length === 1 && only !== undefined ? typeOf(naming, only).input : object
  const names = new Set([
    ...entity.key,
    ...fieldsOf(entity)
      .filter((field) => field.unique !== false)
      .map((field) => field.name),
    ...entity.indexes.filter((index) => index.unique).flatMap((index) => index.fields),
  ])
  const unique = visible(entity)
    .filter((field) => names.has(field.name) && field.kept !== 'tenant')
    .map((field) => member(field.name, typeOf(naming, field).input, true))
  return `export type ${base}Key = ${key}\n\n/** The fields of one unique key. */\nexport interface ${base}Unique {\n${unique.join('')}}\n\n`
}

function optionTexts(naming: Naming): string {
  const { base, entity } = naming
  const sort = `${base}Sort | readonly ${base}Sort[]`
  const includes = relationsOf(naming).map(([relation, target]) => member(relation.name, `boolean | ${target}Included`, true))
  const measured =
    visible(entity)
      .filter((field) => isNumeric(field))
      .map((field) => quoted(field.name))
      .join(' | ') || 'never'
  const fields = `readonly ${base}Field[]`
  return (
    `export interface ${base}Include {\n${includes.join('')}}\n\n` +
    `export interface ${base}Included {\n  select?: ${fields}\n  filter?: ${base}Where\n  sort?: ${sort}\n  limit?: number\n  include?: ${base}Include\n}\n\n` +
    `export interface ${base}Shape<Selected extends ${base}Field> extends dbal.CallOptions {\n  select?: readonly Selected[]\n  include?: ${base}Include\n}\n\n` +
    `export interface ${base}Change<Selected extends ${base}Field> extends ${base}Shape<Selected> {\n  expectedVersion?: number\n}\n\n` +
    `export interface ${base}Query<Selected extends ${base}Field> extends dbal.Paging {\n  filter?: ${base}Where\n  sort?: ${sort}\n  select?: readonly Selected[]\n  include?: ${base}Include\n}\n\n` +
    `export interface ${base}Aggregate extends dbal.CallOptions {\n  filter?: ${base}Where\n  groupBy?: ${fields}\n  count?: boolean\n  sum?: readonly (${measured})[]\n  avg?: readonly (${measured})[]\n  min?: ${fields}\n  max?: ${fields}\n  having?: dbal.Json\n  sort?: dbal.Json\n  limit?: number\n}\n\n`
  )
}
