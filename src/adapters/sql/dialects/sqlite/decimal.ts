/** Exact decimal texts as ordered integers and texts that a database can compare. In charge of digits only; must not know SQL. */

/** Digits left and right of the point in the wide form: room for sums of any number of the largest values. One more tells that more followed. */
const wideWhole = 60
const wideFraction = 38

interface Parts {
  readonly negative: boolean
  readonly whole: string
  readonly fraction: string
}

function parts(text: string): Parts {
  const negative = text.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? text.slice(1) : text).split('.')
  return { negative, whole, fraction }
}

/** `12.5` at scale 2 is 1250. Digits behind the scale are an error of the caller and are refused by RangeError. */
export function toScaled(text: string, scale: number): bigint {
  const { negative, whole, fraction } = parts(text)
  if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale))) throw new RangeError('More digits than the scale keeps')
  const digits = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return negative ? -digits : digits
}

/** 1250 at scale 2 is `12.50`. */
export function fromScaled(value: bigint | string, scale: number): string {
  const text = String(value)
  if (scale === 0) return text
  const negative = text.startsWith('-')
  const digits = (negative ? text.slice(1) : text).padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Text of `width` digits behind a sign mark, whose order as text is the order of the numbers (negative ones complemented). */
function ordered(negative: boolean, digits: string): string {
  if (!negative || /^0*$/.test(digits)) return `1${digits}`
  let complement = '0'
  for (const digit of digits) complement += String(9 - Number(digit))
  return complement
}

function unordered(text: string): { negative: boolean; digits: string } {
  if (text.startsWith('1')) return { negative: false, digits: text.slice(1) }
  let digits = ''
  for (const digit of text.slice(1)) digits += String(9 - Number(digit))
  return { negative: true, digits }
}

/** Sortable text of a decimal(precision, scale). */
export function toSortable(text: string, precision: number, scale: number): string {
  const digits = String(toScaled(text, scale))
  const negative = digits.startsWith('-')
  return ordered(negative, (negative ? digits.slice(1) : digits).padStart(precision, '0'))
}

/** The scaled integer behind a sortable text of any precision. */
export function scaledOfSortable(text: string): bigint {
  const { negative, digits } = unordered(text)
  return negative ? -BigInt(digits) : BigInt(digits)
}

export function fromSortable(text: string, scale: number): string {
  return fromScaled(scaledOfSortable(text), scale)
}

/** The form in which decimals of different scales, bigints and sums compare: one order for all of them. */
export function toWide(text: string): string {
  const { negative, whole, fraction } = parts(text)
  // Only doubles go beyond; what they are compared with never does, so that more than any of them is enough.
  if (whole.length > wideWhole) return ordered(negative, '9'.repeat(wideWhole + wideFraction + 1))
  const more = /[1-9]/.test(fraction.slice(wideFraction)) ? '1' : '0'
  return ordered(negative, whole.padStart(wideWhole, '0') + fraction.slice(0, wideFraction).padEnd(wideFraction, '0') + more)
}

/** Back to a decimal text with exactly `scale` digits behind the point. */
export function fromWide(text: string, scale: number): string {
  const { negative, digits } = unordered(text)
  const kept = BigInt(digits.slice(0, wideWhole + scale))
  return fromScaled(negative ? -kept : kept, scale)
}

/** Shortest plain digits of a finite double, without exponent. */
export function plainDigits(value: number): string {
  const text = String(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (parts === null) return text
  const [, sign = '', first = '', rest = '', power = '0'] = parts
  const shift = Number(power)
  const digits = first + rest
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${digits}`
  return `${sign}${digits.padEnd(shift + 1, '0')}`
}
