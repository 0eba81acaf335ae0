/** How texts compare on every backend: order by code point and the one case folding. Must not know fields or collations of a database. */

/**
 * The form that `insensitive` comparisons and uniqueness use. Lower, upper, lower makes characters meet that differ only by
 * case in some script (ß and ẞ and SS, the Kelvin sign and k); both lower-case sigmas become one. Idempotent.
 */
export function fold(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** Negative, zero or positive as `a` stands before, with or behind `b` by code point. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return x < 0xd800 || y < 0xd800 ? x - y : rank(x) - rank(y)
  }
  return a.length - b.length
}

/** UTF-16 puts surrogates (code points from U+10000) before U+E000..U+FFFF; by code point they come behind. */
function rank(unit: number): number {
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
