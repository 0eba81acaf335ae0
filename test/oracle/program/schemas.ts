/** Random entities with rules. In charge of valid documents only; must not know rows or calls. */
import type { Choices } from './choices.ts'
import { expression, type Surroundings } from './expressions.ts'
import type { EntitySpec, FieldSpec, RuleSpec } from './spec.ts'
import { enumValues, valueOf } from './values.ts'

const names = ['Ant', 'Bee', 'Cat', 'Dog'] as const
const types: readonly FieldSpec[] = [
  { type: 'string' },
  { type: 'integer' },
  { type: 'boolean' },
  { type: 'enum', values: enumValues },
  { type: 'datetime' },
  { type: 'decimal', precision: 8, scale: 2 },
]

/** What two worlds may differ in without it being a declared exception of contract 6.4. */
export interface Bounds {
  readonly twoWorlds: boolean
}

export function schema(choices: Choices, tapes: { readonly rules: readonly Choices[] }, bounds: Bounds): EntitySpec[] {
  const count = 2 + choices.below(3)
  const bare: EntitySpec[] = []
  for (let i = 0; i < count; i++) bare.push(entity(i, count, choices, bounds))
  const linked = bare.map((e) => manyToMany(e, bare))
  const around: Surroundings = { entities: linked, far: !bounds.twoWorlds, usable: (e, name) => !bounds.twoWorlds || plainly(e, name) }
  return linked.map((e, i) => ({ ...e, acl: { rules: rules(e, tapes.rules[i] as Choices, around, bounds) } }))
}

/** In two worlds rules speak of every other plain field, so that the others may hold secrets. No update can change what rules speak of, and so bring a secret to light. */
const plainly = (e: EntitySpec, name: string): boolean =>
  e.fields[name]?.foreign_key === undefined && (name === e.owner || /^f[02]$/.test(name) || e.fields[name]?.primary === true)

function entity(index: number, count: number, choices: Choices, bounds: Bounds): EntitySpec {
  const fields: { [name: string]: FieldSpec } = {}
  const last = index === count - 1
  const composite = last && choices.chance(12) && !bounds.twoWorlds
  if (composite) Object.assign(fields, { k1: { type: 'string', required: true }, k2: { type: 'integer', required: true } })
  else if (!bounds.twoWorlds && choices.chance(30)) fields['id'] = { type: 'integer', primary: true, generated: true }
  else fields['id'] = { type: 'string', primary: true }
  choices.list(2, 4, (i) => {
    fields[`f${i}`] = { ...plain(choices, bounds), ...(bounds.twoWorlds && i % 2 === 0 ? { immutable: true } : {}) }
  })
  const owned = choices.chance(60)
  if (owned) fields['ownerId'] = { type: 'string', nullable: true, ...(bounds.twoWorlds ? { immutable: true } : {}) }
  if (!composite && choices.chance(40)) fields['parentId'] = link(names[index] as string, true, choices, bounds)
  for (let j = 0; j < index; j++)
    if (choices.chance(65)) fields[`${names[j]?.toLowerCase()}Id`] = link(names[j] as string, choices.chance(60), choices, bounds)
  const soft = choices.chance(15)
  if (soft) fields['deletedAt'] = { type: 'datetime', nullable: true }
  const mortal = choices.chance(12)
  if (mortal) fields['expiresAt'] = { type: 'datetime', nullable: true }
  if (choices.chance(12)) fields['updatedAt'] = { type: 'datetime', auto_update: true }
  return {
    entity: names[index] as string,
    plural: `${names[index]?.toLowerCase()}s`,
    fields,
    acl: { rules: [] },
    ...(composite ? { primary_key: ['k1', 'k2'] } : {}),
    ...(owned ? { owner: 'ownerId' } : {}),
    ...(choices.chance(25) ? { tenant: true } : {}),
    ...(choices.chance(25) ? { versioned: true } : {}),
    ...(soft ? { soft_delete: 'deletedAt' } : {}),
    ...(mortal ? { ttl: { field: 'expiresAt' } } : {}),
    ...(choices.chance(10) ? { security: { never_expose: ['f1'] } } : {}),
  }
}

function plain(choices: Choices, bounds: Bounds): FieldSpec {
  const type = choices.pick(types)
  const nullable = !choices.chance(25)
  const given = choices.chance(15) ? { default: valueOf(type as never, choices) } : undefined
  return {
    ...type,
    ...(nullable ? { nullable: true } : given === undefined ? { required: true } : {}),
    ...given,
    ...(!bounds.twoWorlds && choices.chance(10) && type.type !== 'boolean' ? { unique: true } : {}),
    ...(choices.chance(6) ? { immutable: true } : {}),
    ...(choices.chance(6) ? { sensitive: true } : {}),
  }
}

function link(target: string, nullable: boolean, choices: Choices, bounds: Bounds): FieldSpec {
  const onDelete = choices.pick([
    'cascade',
    ...(nullable ? (['set_null'] as const) : []),
    ...(bounds.twoWorlds ? [] : (['restrict'] as const)),
  ] as const)
  return { type: 'string', foreign_key: { entity: target, on_delete: onDelete }, ...(nullable ? { nullable: true } : { required: true }) }
}

/** Keys are text or whole numbers; the links to them follow. An entity between two others joins them. */
function manyToMany(e: EntitySpec, all: readonly EntitySpec[]): EntitySpec {
  const typed = Object.fromEntries(
    Object.entries(e.fields).map(([name, f]) => [name, f.foreign_key === undefined ? f : { ...f, type: keyType(all, f.foreign_key.entity) }]),
  )
  const joins = all.flatMap((between) => {
    const ends = Object.values(between.fields).flatMap((f) => (f.foreign_key === undefined ? [] : [f.foreign_key.entity]))
    const other = ends.find((end) => end !== e.entity)
    const single = (name: string) => ends.filter((end) => end === name).length === 1
    return between.entity !== e.entity && other !== undefined && other !== between.entity && single(e.entity) && single(other)
      ? [{ between: between.entity, other }]
      : []
  })
  if (joins.length === 0) return { ...e, fields: typed }
  return {
    ...e,
    fields: typed,
    relations: Object.fromEntries(joins.map(({ between, other }) => [`via${between}${other}`, { many: other, through: between }])),
  }
}

const keyType = (all: readonly EntitySpec[], name: string): FieldSpec['type'] => all.find((e) => e.entity === name)?.fields['id']?.type ?? 'string'

const roleSets = [['user', 'admin', 'god'], ['user'], ['user', 'admin'], ['public'], ['user', 'god'], ['admin', 'god'], ['god']] as const
const seldom = ['list', 'count', 'aggregate', 'search', 'createMany', 'updateMany', 'deleteMany'] as const

function rules(e: EntitySpec, choices: Choices, around: Surroundings, bounds: Bounds): RuleSpec[] {
  const preset: RuleSpec['presets'] | undefined = e.owner !== undefined ? { ownerId: '$user.id' } : undefined
  return choices.list(2, 7, () => rule(e, preset, choices, around, bounds))
}

function rule(e: EntitySpec, preset: RuleSpec['presets'] | undefined, choices: Choices, around: Surroundings, bounds: Bounds): RuleSpec {
  const operations: string[] = [...choices.some(['create', 'update', 'delete'], 60), ...choices.some(seldom, 7)]
  if (operations.length === 0 || choices.chance(65)) operations.unshift('read')
  const role = choices.pick(roleSets)
  const filter = choices.chance(60) ? { row_level_filter: expression(e, around, choices) } : {}
  if (choices.chance(10)) return { entity: e.entity, role, operations, ...filter, effect: 'deny' }
  const all = Object.keys(e.fields)
  const writes = operations.some((name) => /create|update/.test(name))
  const hiding = choices.chance(40)
  const shown = hiding
    ? choices.chance(70)
      ? { readable_fields: all.filter((name) => e.security?.never_expose.includes(name) !== true && keeps(e, name, bounds, choices)) }
      : { except_fields: [choices.pick(['f0', 'f1'])] }
    : {}
  return {
    entity: e.entity,
    role,
    operations,
    ...filter,
    ...(shown.readable_fields?.length === 0 ? {} : shown),
    ...(writes && choices.chance(25) ? { check: expression(e, around, choices) } : {}),
    ...(writes && choices.chance(25) ? { writable_fields: writable(e, operations, choices) } : {}),
    ...(writes && preset !== undefined && choices.chance(25) ? { presets: preset } : {}),
    ...(e.tenant === true && role.every((name) => name === 'god') && !Object.values(e.fields).some((f) => f.unique === true) && choices.chance(50)
      ? { across_tenants: true }
      : {}),
  }
}

/** Keys and what rules speak of stay readable more often than other fields. */
function keeps(e: EntitySpec, name: string, bounds: Bounds, choices: Choices): boolean {
  const key = e.fields[name]?.primary === true || e.primary_key?.includes(name) === true
  if (key) return bounds.twoWorlds || choices.chance(90)
  return bounds.twoWorlds && plainly(e, name) ? true : choices.chance(55)
}

/** Fields that a rule of these operations may name. */
function writable(e: EntitySpec, operations: readonly string[], choices: Choices): string[] {
  const creates = operations.some((name) => /create/.test(name))
  const key = (name: string) => e.fields[name]?.primary === true || e.primary_key?.includes(name) === true
  const may = Object.entries(e.fields).filter(
    ([name, f]) => f.generated !== true && f.auto_update !== true && (creates || !(f.immutable === true || key(name))),
  )
  return may.map(([name]) => name).filter((name) => key(name) || e.fields[name]?.required === true || choices.chance(70))
}
