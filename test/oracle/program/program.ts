/** The arbitrary of whole programs: schema, rules, rows, callers, calls. In charge of putting the parts together. */
import fc from 'fast-check'
import type { Entity, Schema, Value } from '../../../src/schema/entity.ts'
import { parseSchema } from '../../../src/schema/parse.ts'
import { Calls, everything, type Flavour, keys } from './calls.ts'
import { Choices, tape } from './choices.ts'
import { type Bounds, schema as randomSchema } from './schemas.ts'
import { type CallSpec, type EntitySpec, type Program, principals, type RowSpec, rolesText, schemaText } from './spec.ts'
import { valueOf } from './values.ts'

const mostEntities = 4

const resolved = new WeakMap<Program['entities'], Schema>()

/** Remembered: the two worlds of a pair, and each engine that is asked of a program, have the same entities. */
export function resolve(program: Pick<Program, 'entities'>): Schema {
  const known = resolved.get(program.entities)
  if (known !== undefined) return known
  const files = [
    { path: 'roles.yaml', text: rolesText },
    { path: 'entities/all.yaml', text: schemaText(program) },
  ]
  const schema = parseSchema(files, {})
  resolved.set(program.entities, schema)
  return schema
}

export interface Size {
  readonly rows: number
  readonly calls: number
}

interface Tapes {
  readonly schema: number[]
  readonly rules: readonly number[][]
  readonly rows: readonly number[][]
  readonly calls: readonly number[][]
}

export function programs(
  size: Size,
  flavour: Flavour = everything,
  bounds: Bounds = { twoWorlds: false },
  callers?: readonly number[],
): fc.Arbitrary<Program> {
  return fc
    .record({
      schema: tape(120),
      rules: fc.array(tape(160), { minLength: mostEntities, maxLength: mostEntities }),
      rows: fc.noBias(fc.array(tape(16), { maxLength: size.rows, size: 'max' })),
      calls: fc.noBias(fc.array(tape(60), { maxLength: size.calls, size: 'max' })),
    })
    .map((tapes) => play(tapes, flavour, bounds, callers))
}

function play(tapes: Tapes, flavour: Flavour, bounds: Bounds, callers: readonly number[] | undefined): Program {
  const entities = randomSchema(new Choices(tapes.schema), { rules: tapes.rules.map((one) => new Choices(one)) }, bounds)
  const schema = resolve({ entities })
  const made: RowSpec[] = []
  for (const one of tapes.rows) {
    const row = rowOf(entities, schema, made, new Choices(one))
    if (row !== undefined) made.push(row)
  }
  const order = entities.map((e) => e.entity)
  const rows = made.toSorted((a, b) => order.indexOf(a.entity) - order.indexOf(b.entity))
  const all = principals.map((_, i) => i)
  const calls = tapes.calls.map((one): CallSpec => {
    const choices = new Choices(one)
    return new Calls(schema, choices, flavour).call(choices.pick(callers ?? [1, 2, 3, 4, 1, 3, ...all]))
  })
  return { entities, rows, calls }
}

/** Rows of an entity that a row of `tenant` may refer to: where both have tenants, those of its own. */
function kin(schema: Schema, made: readonly RowSpec[], name: string, tenant: Value): readonly RowSpec[] {
  const field = schema.entities.get(name)?.tenant
  return made.filter((other) => other.entity === name && (tenant === null || field === undefined || other.row[field] === tenant))
}

/** A row that may stand beside those made before: its links lead to earlier ones, its unique values are its own. */
export function rowOf(
  entities: readonly EntitySpec[],
  schema: Schema,
  made: readonly RowSpec[],
  choices: Choices,
  own: readonly string[] = keys,
): RowSpec | undefined {
  const spec = choices.pick(entities)
  const entity = schema.entities.get(spec.entity) as Entity
  const siblings = made.filter((other) => other.entity === spec.entity)
  const tenant = entity.tenant === undefined ? null : choices.pick(['t1', 't1', 't2'])
  const row: { [field: string]: Value } = {}
  for (const field of entity.fields.values()) {
    const target = field.foreignKey
    const key = entity.key.includes(field.name)
    const targets = target === undefined ? [] : kin(schema, made, target.entity, tenant).map((other) => other.row[target.field] as Value)
    if (key) row[field.name] = field.type === 'integer' ? (entity.key.length > 1 ? choices.below(4) : siblings.length + 1) : choices.pick(own)
    else if (field.kept === 'version') row[field.name] = 1
    else if (field.kept === 'tenant') row[field.name] = tenant
    else if (field.autoUpdate) row[field.name] = '2026-01-01T00:00:00.000Z'
    else if (target !== undefined) {
      if (!field.nullable && targets.length === 0) return undefined
      row[field.name] = field.nullable && choices.chance(25) ? null : (choices.pick(targets) ?? null)
    } else if (field.name === entity.softDelete) row[field.name] = choices.chance(20) ? '2026-01-01T00:00:00.000Z' : null
    else if (field.name === entity.owner) row[field.name] = choices.pick(['a', 'b', 'x', null])
    else row[field.name] = field.nullable && choices.chance(20) ? null : valueOf(field, choices)
  }
  const taken = (names: readonly string[]) => siblings.some((other) => names.every((name) => row[name] !== null && other.row[name] === row[name]))
  const unique = [entity.key, ...[...entity.fields.values()].filter((f) => f.unique !== false).map((f) => [f.name])]
  return unique.some(taken) ? undefined : { entity: spec.entity, row }
}
