/**
 * The text form in which whole numbers, decimals and their sums compare (dialects/sqlite/decimal.ts), made by SQLite's own words.
 * In charge of that text; must not know queries.
 */
import { DBALError } from '../../../../errors/error.ts'

/** Digits of the form: left and right of the point, and one that says that more followed. */
const wideWhole = 60
const wideFraction = 38
/** A number is taken as `a` billions and `b` ones, each within 64 bits, so that sums of 64-bit numbers are too. */
const billion = 1_000_000_000
/** Digits of both parts together. */
const most = 27

/** `a` billions plus `b` of any sign as an integer of billions and ones from 0 on. */
function normalised(a: string, b: string): { readonly high: string; readonly low: string } {
  const low = `(((${b}) % ${billion} + ${billion}) % ${billion})`
  return { high: `((${a}) + ((${b}) - ${low}) / ${billion})`, low }
}

/** Nine's complement of a negative number's digits is the number less one, from all nines on. */
function wideParts(a: string, b: string, scale: number): string {
  const plus = normalised(a, b)
  const minus = normalised(a, `(${b}) - 1`)
  const text = (sign: string, pad: string, digits: string): string =>
    `'${sign}${pad.repeat(wideWhole - (most - scale))}' || ${digits} || '${pad.repeat(wideFraction - scale + 1)}'`
  const up = text('1', '0', `printf('%018d%09d', ${plus.high}, ${plus.low})`)
  const down = text('0', '9', `printf('%018d%09d', ${minus.high} + 1000000000000000000, ${minus.low})`)
  return `CASE WHEN (${a}) IS NULL THEN NULL WHEN ${plus.high} < 0 THEN ${down} ELSE ${up} END`
}

/** Of a 64-bit integer whose last `scale` digits stand behind the point. */
export function wideInteger(sql: string, scale: number): string {
  return `(${wideParts(`${sql} / ${billion}`, `${sql} % ${billion}`, scale)})`
}

/** Of the sum of such integers. */
export function wideSum(sql: string, scale: number): string {
  return `(${wideParts(`sum(${sql} / ${billion})`, `sum(${sql} % ${billion})`, scale)})`
}

/** Of a sortable text of `precision` digits. */
export function wideSortable(sql: string, precision: number, scale: number): string {
  const text = (pad: string): string =>
    `'${pad.repeat(wideWhole - (precision - scale))}' || substr(${sql}, 2) || '${pad.repeat(wideFraction - scale + 1)}'`
  return `(substr(${sql}, 1, 1) || CASE substr(${sql}, 1, 1) WHEN '1' THEN ${text('0')} ELSE ${text('9')} END)`
}

const chunk = 9

/** How many chunks a sortable text of `precision` digits has. */
const chunksOf = (precision: number): number => Math.ceil(precision / chunk)

/**
 * What a sum of sortable texts is made of: how many values, how many below zero, and the sums of their digits in chunks, the last ones
 * first. `totalOf` puts it together.
 */
export function sortableParts(sql: string, precision: number): string {
  const sums = Array.from({ length: chunksOf(precision) }, (_, i) => {
    const end = 1 + precision - i * chunk
    const start = Math.max(2, end - chunk + 1)
    return `sum(CAST(substr(${sql}, ${start}, ${end - start + 1}) AS INTEGER))`
  })
  return `(count(${sql}) || ' ' || sum(${sql} < '1') || ' ' || ${sums.join(" || ' ' || ")})`
}

/** Null where nothing was added, because `||` of null is null. */
export function totalOf(text: string, precision: number): { readonly sum: bigint; readonly count: number } {
  const [count = 0n, below = 0n, ...chunks] = text.split(' ').map(BigInt)
  const digits = chunks.reduce((sum, part, i) => sum + part * 10n ** BigInt(i * chunk), 0n)
  return { sum: digits - below * (10n ** BigInt(precision) - 1n), count: Number(count) }
}

/** A double has no exact digits in SQLite's words: compared with them it would be rounded. */
export function noDigits(): never {
  const hint = 'This database cannot compare a float field with a bigint or decimal field exactly: give both one type'
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
}
