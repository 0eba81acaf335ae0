/** Random expressions of contract 6.2, typed by the entities at hand. Must not know rules or callers. */
import type { Choices } from './choices.ts'
import type { EntitySpec, FieldSpec } from './spec.ts'
import { literal, valueOf } from './values.ts'

export interface Surroundings {
  readonly entities: readonly EntitySpec[]
  /** Paths and sub-selects may occur. */
  readonly far: boolean
  /** Fields that an expression may speak of. */
  readonly usable: (entity: EntitySpec, field: string) => boolean
}

/** A condition on rows of `entity`. */
export function expression(entity: EntitySpec, around: Surroundings, choices: Choices, depth = 2): string {
  if (depth > 0 && choices.chance(35)) {
    const part = () => expression(entity, around, choices, depth - 1)
    switch (choices.below(3)) {
      case 0:
        return `(${part()} AND ${part()})`
      case 1:
        return `(${part()} OR ${part()})`
      default:
        return `NOT (${part()})`
    }
  }
  return leaf(entity, around, choices, depth)
}

const fieldsOf = (entity: EntitySpec, around: Surroundings): [string, FieldSpec][] =>
  Object.entries(entity.fields).filter(([name]) => around.usable(entity, name))

function leaf(entity: EntitySpec, around: Surroundings, choices: Choices, depth: number): string {
  const fields = fieldsOf(entity, around)
  if (fields.length === 0) return choices.pick(["$user.role = 'admin'", '$user.level >= 2', "$user.id = 'a'"])
  const [name, spec] = choices.pick(fields)
  if (around.far && choices.chance(25)) {
    const path = pathFrom(entity, around, choices)
    if (path !== undefined) return condition(path.text, path.spec, choices)
    const select = subSelect(entity, around, choices, depth)
    if (select !== undefined) return select
  }
  if (entity.owner !== undefined && around.usable(entity, entity.owner) && choices.chance(35)) return `${entity.owner} = $user.id`
  return choices.chance(8)
    ? choices.pick(["$user.role = 'admin'", '$user.level >= 3', '$user.id IS NOT NULL', 'true'])
    : condition(name, spec, choices)
}

/** Something about one operand. */
function condition(text: string, spec: FieldSpec, choices: Choices): string {
  const sign = choices.pick(['=', '!=', '<', '<=', '>', '>='])
  const value = () => literal(spec as never, valueOf(spec as never, choices))
  switch (choices.below(7)) {
    case 0:
      return `${text} ${choices.pick(['=', '!='])} ${value()}`
    case 1:
      return `${text} IS NULL`
    case 2:
      return `${text} IS NOT NULL`
    case 3:
      return `${text} ${choices.pick(['IN', 'NOT IN'])} (${choices.list(1, 3, value).join(', ')})`
    case 4:
      return sessional(text, spec, sign, choices) ?? `${text} = ${value()}`
    case 5:
      return spec.type === 'boolean' ? text : `${text} ${sign} ${value()}`
    default:
      return spec.type === 'enum' ? `level(${text}) ${sign} $user.level` : `${text} = ${value()}`
  }
}

function sessional(text: string, spec: FieldSpec, sign: string, choices: Choices): string | undefined {
  switch (spec.type) {
    case 'string':
      return `${text} = ${choices.pick(['$user.id', '$user.team', '$user.tenantId', '$user.role'])}`
    case 'integer':
      return `${text} ${sign} ${choices.pick(['$user.level', '$user.rank'])}`
    case 'datetime':
      return `${text} ${sign} $context.now`
    default:
      return undefined
  }
}

/** A field at the end of one or two links. */
function pathFrom(entity: EntitySpec, around: Surroundings, choices: Choices): { text: string; spec: FieldSpec } | undefined {
  const links = Object.entries(entity.fields).filter(([name, f]) => f.foreign_key !== undefined && around.usable(entity, name))
  if (links.length === 0) return undefined
  const [name, link] = choices.pick(links)
  const target = around.entities.find((e) => e.entity === link.foreign_key?.entity) as EntitySpec
  const step = name.slice(0, -2)
  const further = choices.chance(20) ? pathFrom(target, around, choices) : undefined
  if (further !== undefined) return { text: `${step}.${further.text}`, spec: further.spec }
  const [end, spec] = choices.pick(fieldsOf(target, around))
  return { text: `${step}.${end}`, spec }
}

function subSelect(entity: EntitySpec, around: Surroundings, choices: Choices, depth: number): string | undefined {
  const [name, spec] = choices.pick(fieldsOf(entity, around))
  const other = choices.pick(around.entities)
  const fit = fieldsOf(other, around).filter(([, f]) => f.type === spec.type)
  if (fit.length === 0 || depth === 0) return undefined
  const [selected] = choices.pick(fit)
  const where = choices.chance(70) ? ` WHERE ${expression(other, around, choices, depth - 1)}` : ''
  return `${name} ${choices.chance(20) ? 'NOT IN' : 'IN'} (SELECT ${selected} FROM ${other.entity}${where})`
}
