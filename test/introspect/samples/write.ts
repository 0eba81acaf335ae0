/** Writes into each column of a database of others, and looks at what else changed: nothing may. Must not know which database. */
import assert from 'node:assert/strict'
import type { Entity, Field } from '../../../src/schema/entity.ts'
import { keyOf, type Row, rowsOf, type Taken } from './walk.ts'

/** A value that the field may hold and that nobody would put there by mistake. */
function valueFor(field: Field, seed: number): unknown {
  const { type, values = [], maxLength, min, max, precision = 38, scale = 0 } = field
  const least = Number(min ?? -Infinity)
  switch (type) {
    case 'enum':
      return values[seed % values.length]
    case 'boolean':
      return seed % 2 === 0
    case 'integer':
      return Math.min(Math.max(1000 + seed, least), Number(max ?? Infinity))
    case 'bigint':
      return String(max ?? 9223372036854775000n + BigInt(seed))
    case 'float':
      return 0.1 + seed
    case 'decimal':
      return largestDecimal(precision, scale, max, seed)
    case 'date':
      return `2024-02-${10 + (seed % 10)}`
    case 'datetime':
      // Some columns have whole seconds only.
      return `2031-12-31T23:59:${10 + (seed % 50)}.000Z`
    case 'uuid':
      return `01980000-0000-7000-8000-00000000${String(1000 + seed)}`
    case 'bytes':
      return Buffer.alloc(field.minLength ?? 2, 255 - (seed % 9)).toString('base64')
    case 'json':
      return { seed, deep: [1.5, 'ü', null] }
    default:
      return `ß${seed}'"%${String.fromCodePoint(0x1f600 + seed)}`.slice(0, Math.min(maxLength ?? 99, 99))
  }
}

function largestDecimal(precision: number, scale: number, max: unknown, seed: number): string {
  const whole = max === undefined ? '9'.repeat(precision - scale) || '0' : String(max).split('.')[0]
  return scale === 0 ? String(whole) : `${whole}.${String(seed % 10).repeat(scale)}`
}

const isWritable = (entity: Entity, field: Field): boolean =>
  !field.generated && !field.autoUpdate && !field.immutable && !entity.key.includes(field.name) && field.foreignKey === undefined

/** Every column of the first row, one after the other; then all of them in one call; then as they were. */
async function changeRow(taken: Taken, entity: Entity, narrow: ReadonlySet<string>): Promise<void> {
  const before = await rowsOf(taken, entity)
  const first = before[0] as Row
  const key = keyOf(entity, first)
  const own = new Set([...entity.fields.values()].filter(({ autoUpdate }) => autoUpdate).map(({ name }) => name))
  const settled = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !own.has(name) && !touchedByTrigger.has(name)))
  const all: Record<string, unknown> = {}
  let seed = 1
  for (const field of entity.fields.values()) {
    if (!isWritable(entity, field)) continue
    const value = valueFor(field, ++seed)
    if (narrow.has(`${entity.name}.${field.name}`)) {
      await assert.rejects(taken.ask('update', entity.name, key, { [field.name]: value }), { code: 'VALIDATION_ERROR' })
      continue
    }
    all[field.name] = value
    const after = await taken.ask<Row>('update', entity.name, key, { [field.name]: value })
    assert.deepEqual(settled(after), settled({ ...first, [field.name]: value }), `${entity.name}.${field.name}`)
    if (field.nullable) assert.equal((await taken.ask<Row>('update', entity.name, key, { [field.name]: null }))[field.name], null)
    await taken.ask('update', entity.name, key, { [field.name]: first[field.name] })
  }
  if (Object.keys(all).length === 0) return
  const changed = await taken.ask<Row>('update', entity.name, key, all)
  assert.deepEqual(settled(changed), settled({ ...first, ...all }), entity.name)
  const back = Object.fromEntries(Object.keys(all).map((name) => [name, first[name]]))
  await taken.ask('update', entity.name, key, back)
  assert.deepEqual((await rowsOf(taken, entity)).map(settled), before.map(settled), entity.name)
}

/** Columns that triggers of the samples write. */
const touchedByTrigger: ReadonlySet<string> = new Set(['lastUpdate'])

/** New rows like the first one but for what has to be unique; they go again. */
async function makeRows(taken: Taken, entity: Entity): Promise<void> {
  const before = await rowsOf(taken, entity)
  const rows = [11, 12, 13].map((seed) => newRow(entity, before[0] as Row, seed))
  const one = await taken.ask<Row>('create', entity.name, rows[0])
  assert.deepEqual(Object.fromEntries(Object.keys(rows[0] as Row).map((name) => [name, one[name]])), rows[0], entity.name)
  assert.equal(await taken.ask('delete', entity.name, keyOf(entity, one)), true)
  const many = await taken.ask<{ readonly ids: readonly unknown[] }>('createMany', entity.name, rows)
  assert.equal((await rowsOf(taken, entity)).length, before.length + rows.length, JSON.stringify(many))
  const known = new Set(before.map((row) => JSON.stringify(keyOf(entity, row))))
  for (const row of await rowsOf(taken, entity))
    if (!known.has(JSON.stringify(keyOf(entity, row)))) await taken.ask('delete', entity.name, keyOf(entity, row))
  assert.deepEqual(await rowsOf(taken, entity), before, entity.name)
}

function newRow(entity: Entity, like: Row, seed: number): Row {
  const isUnique = (field: Field): boolean => field.unique !== false || entity.key.includes(field.name) || inUnique(entity, field)
  const pairs = [...entity.fields.values()].flatMap((field): (readonly [string, unknown])[] => {
    if (field.generated || field.autoUpdate) return []
    const free = isUnique(field) && field.foreignKey === undefined
    return [[field.name, free ? valueFor(field, seed) : like[field.name]]]
  })
  return Object.fromEntries(pairs)
}

const inUnique = (entity: Entity, field: Field): boolean => entity.indexes.some(({ unique, fields }) => unique && fields.includes(field.name))

/**
 * `closed`: entities of which the database lets nobody create rows. `narrow`: fields, after their entity, whose columns hold less than Unicode.
 * Both refuse clearly, and alter nothing.
 */
export async function writeEverything(taken: Taken, closed: ReadonlySet<string>, narrow: ReadonlySet<string>): Promise<void> {
  for (const entity of taken.theirs) {
    await changeRow(taken, entity, narrow)
    if (entity.key.every((name) => entity.fields.get(name)?.foreignKey !== undefined)) continue
    if (!closed.has(entity.name)) await makeRows(taken, entity)
    else await assert.rejects(makeRows(taken, entity), { code: 'VALIDATION_ERROR' })
  }
}
