/** What models and their members are called, where Prisma's words leave no room for a schema's own. In charge of names; must not know columns. */
import type { Reference } from '../../adapters/sql/model/references.ts'
import type { Entity } from '../../schema/entity.ts'

/** Type names of Prisma's language, and the one class of its client; a model cannot be called so. */
const taken = new Set([
  'String',
  'Boolean',
  'Int',
  'BigInt',
  'Float',
  'Decimal',
  'DateTime',
  'Json',
  'Bytes',
  'Unsupported',
  'PrismaClient',
  'Prisma',
])

export function modelName({ name }: Entity): string {
  return taken.has(name) ? `${name}Row` : name
}

/** Members begin with a letter. */
export function memberName(name: string): string {
  return /^[A-Za-z]/.test(name) ? name : `field${name}`
}

/** The two ends of a reference: the schema's own names for them where it has some. */
export interface Ends {
  readonly relation: string
  readonly here: string
  readonly there: string
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name, i) => b[i] === name)

/** `used` holds the members that each model has already, by entity; the new ones are added. */
export function endsOf(entity: Entity, { field, target, targetFields }: Reference, used: ReadonlyMap<string, Set<string>>): Ends {
  const foreign = targetFields.slice(-1)
  const belongs = [...entity.relations.values()].find(
    (relation) =>
      relation.through === undefined && relation.target === target.name && same(relation.local, [field.name]) && same(relation.foreign, foreign),
  )
  const has = [...target.relations.values()].find(
    (relation) =>
      relation.through === undefined && relation.target === entity.name && same(relation.local, foreign) && same(relation.foreign, [field.name]),
  )
  const stem = field.name.replace(/_?[Ii]d$/, '') || field.name
  const here = free(belongs?.name ?? stem, `${field.name}Row`, used.get(entity.name) as Set<string>)
  const there = free(has?.name ?? entity.plural, `${entity.plural}By${field.name}`, used.get(target.name) as Set<string>)
  return { relation: `${modelName(entity)}_${memberName(field.name)}`, here, there }
}

function free(wanted: string, otherwise: string, used: Set<string>): string {
  let name = memberName(wanted)
  for (let i = 0; used.has(name); i++) name = `${memberName(otherwise)}${i === 0 ? '' : i + 1}`
  used.add(name)
  return name
}
