/**
 * One text form in which doubles and exact numbers meet, whose order is the order of the numbers.
 * In charge of that form in SQL and in JavaScript; must not know queries.
 *
 * The whole part rounded down and shifted so that it is never negative (62 digits), the digits behind the point, and a mark:
 * 0, 1 or 2 where the number is below, equal to or above those digits. Only doubles have more digits than are kept.
 */

/** 10^61: above every exact number and sum. */
const shift = 10n ** 61n
const width = 62
/** Doubles from here on are whole and have more digits than a DECIMAL keeps beside a fraction. */
const manyDigits = '1e22'

/** Plain digits, without an exponent. */
function plain(text: string): { readonly negative: boolean; readonly whole: string; readonly fraction: string } {
  const [, sign = '', first = '', rest = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? []
  const point = first.length + Number(power)
  const digits = first + rest
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
  const fraction = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)
  return { negative: sign === '-', whole, fraction }
}

/** `text`: a number in JavaScript's shortest form, or exact digits. */
export function toWide(text: string, scale: number): string {
  const { negative, whole, fraction } = plain(text)
  if (whole.length >= 62) return negative ? '0' : '9'.repeat(width + scale)
  const unit = 10n ** BigInt(scale)
  const kept = BigInt(whole) * unit + BigInt(fraction.slice(0, scale).padEnd(scale, '0'))
  const more = /[1-9]/.test(fraction.slice(scale))
  const scaled = (negative ? -kept : kept) + shift * unit
  const digits = String(scaled).padStart(width + scale, '0')
  return `${digits}${more ? (negative ? '0' : '2') : '1'}`
}

const shifted = `CAST('${shift}' AS DECIMAL(62,0))`

function parts(sql: string, scale: number): string {
  return `LPAD(CAST(${shifted} + FLOOR(${sql}) AS CHAR), ${width}, '0'), RPAD(SUBSTRING(CAST(${sql} - FLOOR(${sql}) AS CHAR), 3), ${scale}, '0')`
}

export function exactWide(sql: string, scale: number): string {
  return `CONCAT(${parts(sql, scale)}, '1')`
}

/** The server writes a double with the fewest digits that tell it from others, as JavaScript does. */
export function floatWide(sql: string, scale: number): string {
  const text = `CAST(${sql} AS CHAR)`
  const near = `CAST(${text} AS DECIMAL(65,${scale}))`
  return (
    `CASE WHEN ${sql} >= 1e61 THEN REPEAT('9', ${width + scale}) WHEN ${sql} <= -1e61 THEN '0'` +
    ` WHEN ABS(${sql}) >= ${manyDigits} THEN ${exactWide(`CAST(${text} AS DECIMAL(65,0))`, scale)}` +
    ` ELSE CONCAT(${parts(near, scale)}, 1 + SIGN(${sql} - (${near} + 0e0))) END`
  )
}
