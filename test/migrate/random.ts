/** Random pairs of schemas for migrations: one, and what it may become. In charge of drawing them and rows for them; must not know databases. */
import type { Entity, Schema, Value } from '../../src/schema/entity.ts'
import { normaliseField } from '../../src/schema/field-type.ts'
import { type EntityGiven, type FieldGiven, makeEntity, makeSchema } from '../support/make-schema.ts'

type Draw = (below: number) => number

/** A small generator (mulberry32): the same numbers from the same seed. */
export function drawing(seed: number): Draw {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

type Fields = Record<string, FieldGiven>
interface Drawn {
  name: string
  fields: Fields
  indexes: { name: string; fields: string[]; unique: boolean }[]
  renamedFrom?: string
}

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)] as T
const chance = (draw: Draw, percent: number): boolean => draw(100) < percent

function field(draw: Draw): FieldGiven {
  const type = pick(draw, [
    'string',
    'text',
    'email',
    'integer',
    'bigint',
    'decimal',
    'float',
    'boolean',
    'datetime',
    'date',
    'enum',
    'uuid',
    'json',
    'bytes',
  ] as const)
  const given: FieldGiven = { type, required: chance(draw, 40) }
  if (type === 'decimal') return { ...given, precision: 10, scale: 2, ...(chance(draw, 30) ? { default: '1.50' } : {}) }
  if (type === 'enum') return { ...given, values: ['a', "it's", 'c'], ...(chance(draw, 30) ? { default: 'a' } : {}) }
  if (type === 'string' || type === 'email') {
    const unique = chance(draw, 20) ? (chance(draw, 50) ? 'exact' : 'insensitive') : false
    return {
      ...given,
      unique,
      ...(type === 'email' || chance(draw, 70) ? { maxLength: 40 } : {}),
      ...(chance(draw, 20) && unique === false ? { default: 'x\\y' } : {}),
    }
  }
  if (type === 'integer')
    return { ...given, index: chance(draw, 30), ...(chance(draw, 40) ? { default: 7 } : {}), ...(chance(draw, 30) ? { min: -1000 } : {}) }
  if (type === 'boolean') return { ...given, ...(chance(draw, 40) ? { default: true } : {}) }
  return given
}

function entity(draw: Draw, name: string): Drawn {
  const fields: Fields = { id: { type: pick(draw, ['integer', 'uuid']), primary: true } }
  for (let i = 0, n = 1 + draw(5); i < n; i++) fields[`f${i}`] = field(draw)
  const plain = Object.keys(fields).filter((key) => ['integer', 'boolean', 'date'].includes((fields[key] as FieldGiven).type))
  const indexes = plain.length > 1 && chance(draw, 40) ? [{ name: 'pair', fields: plain.slice(0, 2), unique: false }] : []
  return { name, fields, indexes }
}

function refer(draw: Draw, all: Drawn[]): void {
  for (const one of all) {
    if (!chance(draw, 60)) continue
    const target = pick(draw, all)
    const { type } = target.fields['id'] as FieldGiven
    one.fields[`to${draw(2)}`] = { type, foreignKey: { entity: target.name, field: 'id', onDelete: pick(draw, ['cascade', 'set_null', 'restrict']) } }
  }
}

const wider: Readonly<Record<string, FieldGiven>> = {
  integer: { type: 'bigint' },
  email: { type: 'string' },
  uuid: { type: 'string', maxLength: 60 },
  date: { type: 'datetime' },
  decimal: { type: 'decimal', precision: 14, scale: 4 },
}

/** One change of an entity; `counter` makes new names. */
function change(draw: Draw, one: Drawn, all: Drawn[], counter: () => number): void {
  const names = Object.keys(one.fields).filter((name) => name !== 'id')
  const name = names.length === 0 ? undefined : pick(draw, names)
  const found = name === undefined ? undefined : (one.fields[name] as FieldGiven)
  switch (draw(9)) {
    case 0: {
      const added = field(draw)
      one.fields[`n${counter()}`] = added.default === undefined ? { ...added, required: false } : added
      return
    }
    case 1:
      if (name !== undefined) drop(one, name)
      return
    case 2:
      if (name === undefined || found === undefined || found.renamedFrom !== undefined) return
      rename(one, name, `r${counter()}`)
      return
    case 3:
      if (name === undefined || found === undefined || found.foreignKey !== undefined) return
      one.fields[name] = { ...found, required: found.required !== true && found.type !== 'json' }
      return
    case 4: {
      const to = found === undefined || found.foreignKey !== undefined ? undefined : wider[found.type]
      if (name === undefined || found === undefined || to === undefined) return
      const { default: _d, min: _m, maxLength: _l, ...rest } = found
      one.fields[name] = { ...rest, ...to }
      return
    }
    case 5:
      if (name !== undefined && found?.type === 'string' && found.default === undefined)
        one.fields[name] = { ...found, unique: pick(draw, [false, 'exact', 'insensitive']) }
      else if (name !== undefined && found?.type === 'enum') one.fields[name] = { ...found, values: ['a', "it's", 'c', 'more of them'] }
      return
    case 6: {
      const target = pick(draw, all)
      one.fields[`to${counter()}`] = {
        type: (target.fields['id'] as FieldGiven).type,
        foreignKey: { entity: target.name, field: 'id', onDelete: pick(draw, ['cascade', 'set_null', 'restrict']) },
      }
      return
    }
    case 7:
      if (name !== undefined && found?.foreignKey !== undefined)
        one.fields[name] = { ...found, foreignKey: { ...found.foreignKey, onDelete: pick(draw, ['cascade', 'set_null', 'restrict']) } }
      else if (name !== undefined && found?.type === 'integer') one.fields[name] = { ...found, index: found.index !== true }
      return
    default:
      one.indexes =
        one.indexes.length > 0
          ? []
          : names
              .filter((key) => ['integer', 'date'].includes((one.fields[key] as FieldGiven).type))
              .slice(0, 1)
              .map((key) => ({ name: 'one', fields: [key, 'id'], unique: false }))
  }
}

function drop(one: Drawn, name: string): void {
  delete one.fields[name]
  one.indexes = one.indexes.filter((index) => !index.fields.includes(name))
}

function rename(one: Drawn, from: string, to: string): void {
  one.fields = Object.fromEntries(
    Object.entries(one.fields).map(([key, found]) => (key === from ? [to, { ...found, renamedFrom: from }] : [key, found])),
  )
  one.indexes = one.indexes.map((index) => ({ ...index, fields: index.fields.map((field) => (field === from ? to : field)) }))
}

function build(all: readonly Drawn[], version: string): Schema {
  const entities = all.map(({ name, fields, indexes, renamedFrom }): Entity => {
    const made = makeEntity(name, { fields, indexes } as EntityGiven)
    return renamedFrom === undefined ? made : { ...made, renamedFrom }
  })
  return makeSchema(entities, version)
}

export interface Pair {
  readonly from: Schema
  readonly to: Schema
}

export function drawPair(seed: number): Pair {
  const draw = drawing(seed)
  const all = Array.from({ length: 1 + draw(4) }, (_, i) => entity(draw, `E${i}`))
  refer(draw, all)
  const from = build(structuredClone(all), `a${seed}`)
  let count = 0
  const counter = (): number => count++
  if (all.length > 2 && chance(draw, 25)) {
    const gone = all.splice(draw(all.length), 1)[0] as Drawn
    for (const one of all) for (const [name, found] of Object.entries(one.fields)) if (found.foreignKey?.entity === gone.name) drop(one, name)
  }
  if (chance(draw, 25)) {
    const one = pick(draw, all)
    const old = one.name
    one.name = `R${old}`
    one.renamedFrom = old
    for (const other of all)
      for (const [name, found] of Object.entries(other.fields))
        if (found.foreignKey?.entity === old) other.fields[name] = { ...found, foreignKey: { ...found.foreignKey, entity: one.name } }
  }
  for (let i = 0, n = 1 + draw(6); i < n; i++) change(draw, pick(draw, all), all, counter)
  if (chance(draw, 30)) {
    const made = entity(draw, 'Made')
    all.push(made)
    if (chance(draw, 50))
      made.fields['up'] = { type: (all[0]!.fields['id'] as FieldGiven).type, foreignKey: { entity: all[0]!.name, field: 'id', onDelete: 'cascade' } }
  }
  return { from, to: build(all, `b${seed}`) }
}

/** A value for row `i` of a field without a reference, different for each row where it has to be. */
export function valueFor(given: Entity['fields'] extends ReadonlyMap<string, infer F> ? F : never, i: number): Value {
  const uuid = `0191d2c0-0000-7000-8000-${String(i).padStart(12, '0')}`
  const values: Record<string, Value> = {
    string: `Straße ${i} Ω`,
    text: `line\nof ${i} it's "quoted"`,
    email: `User${i}@example.org`,
    integer: i * 3 - 4,
    bigint: `${9007199254740993n + BigInt(i)}`,
    decimal: `${i}.25`,
    float: 0.1 + i,
    boolean: i % 2 === 0,
    datetime: `2026-01-0${1 + (i % 9)}T10:30:00.123Z`,
    date: `2026-02-0${1 + (i % 9)}`,
    enum: (given.values ?? ['a'])[i % 2] as string,
    uuid,
    json: { a: [i, null, 'x'], b: { c: true } },
    bytes: Buffer.from([i, 0, 255]).toString('base64'),
  }
  const result = normaliseField(given, values[given.type] as Value)
  if (!result.ok) throw new Error(`${given.name}: ${result.error}`)
  return result.value
}
