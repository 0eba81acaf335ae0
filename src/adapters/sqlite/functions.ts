/**
 * Functions that the dialect's text calls: deadline, folding, JSON scalars, exact sums.
 * In charge of exactness inside SQLite; must not know queries.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { fold } from '../../schema/fold.ts'
import { fromScaled, plainDigits, scaledOfSortable, toWide } from '../sql/dialects/sqlite/decimal.ts'
import { foreignValue, isStranger, momentOf, numberOfUnits, unitsOf } from '../sql/dialects/sqlite/foreign.ts'
import { ExactSum } from './exact-sum.ts'

/** Set before each statement: milliseconds on this thread's monotonic clock. */
export interface Clock {
  deadline: number
}

/** Thrown out of a running statement; SQLite undoes the statement and the connection stays usable. */
export class DeadlinePassed extends Error {}

type Cell = SQLOutputValue

export function registerFunctions(db: DatabaseSync, clock: Clock): void {
  registerDeadline(db, clock)
  db.function('dbal_fold', { deterministic: true }, (text: Cell) => (typeof text === 'string' ? fold(text) : null))
  db.function('dbal_number', { deterministic: true }, (text: Cell) => (text === null ? null : Number(text)))
  db.function('dbal_wide', { deterministic: true, useBigIntArguments: true }, (value: Cell, scale: Cell) =>
    value === null ? null : wideOf(value, Number(scale)),
  )
  registerForeign(db)
  registerJson(db)
  registerSums(db)
}

/** Values of columns that others made. */
function registerForeign(db: DatabaseSync): void {
  const whole = { deterministic: true, useBigIntArguments: true }
  db.function('dbal_moment', { deterministic: true }, (value: Cell) => (value === null ? null : momentOf(value)))
  db.function('dbal_units', whole, (value: Cell, scale: Cell) => (value === null ? null : unitsOf(value, Number(scale))))
  db.function('dbal_number_of', whole, (units: Cell, scale: Cell) => (units === null ? null : numberOfUnits(BigInt(units as bigint), Number(scale))))
}

function registerDeadline(db: DatabaseSync, clock: Clock): void {
  db.function('dbal_deadline', { deterministic: false }, () => {
    if (performance.now() > clock.deadline) throw new DeadlinePassed()
    return 1
  })
}

function wideOf(value: Cell, scale: number): string {
  if (typeof value === 'bigint') return toWide(fromScaled(value, scale))
  if (typeof value === 'number') return toWide(plainDigits(value))
  if (isStranger(value)) throw foreignValue()
  return toWide(fromScaled(scaledOfSortable(String(value)), scale))
}

const paths = new Map<string, readonly string[]>()

function pathOf(text: string): readonly string[] {
  let path = paths.get(text)
  if (path === undefined) {
    if (paths.size >= 1000) paths.clear()
    path = JSON.parse(text) as readonly string[]
    paths.set(text, path)
  }
  return path
}

/** What is at the path, undefined where nothing is. JavaScript reads the document, so that numbers are the doubles that the caller wrote. */
function at(json: Cell, path: Cell): unknown {
  if (json === null) return undefined
  let value: unknown = JSON.parse(String(json))
  for (const step of pathOf(String(path))) {
    if (Array.isArray(value)) value = /^[0-9]+$/.test(step) ? value[Number(step)] : undefined
    else if (typeof value === 'object' && value !== null && !/^[0-9]+$/.test(step) && Object.hasOwn(value, step))
      value = (value as Record<string, unknown>)[step]
    else return undefined
  }
  return value
}

function registerJson(db: DatabaseSync): void {
  const deterministic = { deterministic: true }
  db.function('dbal_json_missing', deterministic, (json: Cell, path: Cell) => ((at(json, path) ?? null) === null ? 1 : 0))
  db.function('dbal_json_string', deterministic, (json: Cell, path: Cell) => {
    const value = at(json, path)
    return typeof value === 'string' ? value : null
  })
  db.function('dbal_json_number', deterministic, (json: Cell, path: Cell) => {
    const value = at(json, path)
    return typeof value === 'number' ? value : null
  })
  db.function('dbal_json_boolean', deterministic, (json: Cell, path: Cell) => {
    const value = at(json, path)
    return typeof value === 'boolean' ? Number(value) : null
  })
}

interface Total {
  sum: bigint
  count: number
  scale: number
}

function addTotal(total: Total, value: Cell, scale: Cell): Total {
  if (value === null) return total
  if (isStranger(value)) throw foreignValue()
  total.sum += typeof value === 'bigint' ? value : scaledOfSortable(String(value))
  total.count++
  total.scale = Number(scale)
  return total
}

function registerSums(db: DatabaseSync): void {
  const start = (): never => ({ sum: 0n, count: 0, scale: 0 }) as never
  const step = addTotal as never
  const total = (state: unknown): Total => state as Total
  db.aggregate('dbal_sum', {
    start,
    step,
    useBigIntArguments: true,
    deterministic: true,
    result: (state: unknown) => (total(state).count === 0 ? null : toWide(fromScaled(total(state).sum, total(state).scale))),
  } as never)
  db.aggregate('dbal_avg', {
    start,
    step,
    useBigIntArguments: true,
    deterministic: true,
    result: (state: unknown) => (total(state).count === 0 ? null : Number(fromScaled(total(state).sum, total(state).scale)) / total(state).count),
  } as never)
  db.aggregate('dbal_sum_float', {
    start: () => new ExactSum(),
    step: (sum: ExactSum, value: Cell) => {
      if (typeof value === 'number') sum.add(value)
      // A missing part would be a wrong sum.
      else if (value !== null) throw foreignValue()
      return sum
    },
    result: (sum: ExactSum) => sum.result(),
    deterministic: true,
  } as never)
}
