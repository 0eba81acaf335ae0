/** Random calls over fields of every type, as plain data. In charge of which values meet; must not know engines. */
import fc from 'fast-check'
import type { Entity, Field, Value, ValueType } from '../../../src/schema/entity.ts'
import { poolOf } from '../predicates/random-values.ts'
import { Calls, everything, type Flavour, keys, methods, treeMethods } from '../program/calls.ts'
import { Choices, tape } from '../program/choices.ts'
import type { CallSpec } from '../program/spec.ts'
import { typedSchema } from './schema.ts'

/** Calls to a database that begins empty. */
export interface TypedProgram {
  readonly calls: readonly CallSpec[]
}

/** What no field takes, or only some: every backend has to say so in the same words. */
const misfits: readonly Value[] = [
  '12abc',
  '',
  1.5,
  true,
  2147483648,
  '1e3',
  'x\0y',
  '\ud800',
  [],
  {},
  [1],
  { gt: 1 },
  '2026-02-30',
  '24:00',
  -1,
  null,
]

/** Values that come often, so that rows meet each other. */
const common = 4

function draw(type: ValueType, choices: Choices): Value {
  return choices.chance(1) ? choices.pick(misfits) : fitting(type, choices)
}

function fitting(type: ValueType, choices: Choices): Value {
  const pool = poolOf(type)
  return choices.chance(60) ? choices.pick(pool.slice(0, common)) : choices.pick(pool)
}

const writing = ['create', 'createMany', 'update', 'update', 'updateMany', 'upsert'] as const

const flavour: Flavour = {
  ...everything,
  methods: [...methods, ...treeMethods, ...writing, ...writing, 'delete', 'list', 'list', 'aggregate', 'transaction'],
  filter: 70,
  select: 10,
  draw,
}

/** `god` mostly, and a user who sees some rows only. */
const callers = [4, 4, 4, 4, 4, 4, 4, 1]
const god = 4
const longest = 34

export const typedPrograms: fc.Arbitrary<TypedProgram> = fc
  .noBias(fc.tuple(tape(400), fc.array(tape(90), { minLength: longest, maxLength: longest })))
  .map(([rows, tapes]) => ({ calls: [...fill(new Choices(rows)), ...tapes.map((one) => call(new Choices(one)))] }))

function call(choices: Choices): CallSpec {
  return new Calls(typedSchema, choices, flavour).call(choices.pick(callers))
}

type Row = { [field: string]: Value }

/** Rows for every entity, those that are referred to first; most fit together, and a few do not. */
function fill(choices: Choices): CallSpec[] {
  const made = new Map<string, Row[]>()
  for (const entity of typedSchema.entities.values()) {
    const rows: Row[] = []
    for (let i = 0; i < 5; i++) {
      const row = rowOf(entity, i, made, rows, choices)
      if (row !== undefined) rows.push(row)
    }
    made.set(entity.name, rows)
  }
  return [...made].map(([name, rows]) => ({ who: god, method: 'createMany', params: [name, rows, { returning: true }] }))
}

function rowOf(entity: Entity, index: number, made: ReadonlyMap<string, Row[]>, siblings: readonly Row[], choices: Choices): Row | undefined {
  const row: Row = {}
  for (const field of entity.fields.values()) {
    if (field.kept !== undefined || field.autoUpdate || field.name === entity.softDelete) continue
    const { foreignKey } = field
    const targets = foreignKey === undefined ? [] : foreignKey.entity === entity.name ? siblings : (made.get(foreignKey.entity) ?? [])
    if (foreignKey !== undefined) {
      if (targets.length === 0 && !field.nullable) return undefined
      row[field.name] = targets.length === 0 || (field.nullable && choices.chance(30)) ? null : (choices.pick(targets)[foreignKey.field] as Value)
    } else if (entity.key.length === 1 && field.name === entity.key[0]) row[field.name] = keyOf(field, index)
    else if (field.nullable && choices.chance(20)) row[field.name] = null
    else row[field.name] = fitting(field, choices)
  }
  const uniques = [
    entity.key,
    ...[...entity.fields.values()].filter((f) => f.unique !== false).map((f) => [f.name]),
    ...entity.indexes.map((i) => i.fields),
  ]
  const same = (a: Value | undefined, b: Value | undefined): boolean =>
    a !== null && JSON.stringify(a)?.toLowerCase() === JSON.stringify(b)?.toLowerCase()
  const taken = siblings.some((other) => uniques.some((names) => names.every((name) => same(row[name], other[name]))))
  return taken && !choices.chance(3) ? undefined : row
}

const keyOf = (field: Field, index: number): Value =>
  field.type === 'integer' ? index + 1 : field.type === 'string' ? (keys[index % keys.length] as string) : (poolOf(field)[index] as Value)
