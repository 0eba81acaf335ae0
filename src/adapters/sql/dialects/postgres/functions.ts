/**
 * Functions that statements call and that a database must have: folding, and all digits of a double.
 * In charge of their text, made from the product's own definitions; must not know connections.
 */
import { fold } from '../../../../schema/fold.ts'

/** Counts up when a definition changes, so that programs of two versions can share a database. */
export const foldName = 'dbal_fold_1'
export const exactName = 'dbal_exact_1'

/** No character from here on has another case (Unicode 17 ends with the scripts below U+1F000); a test looks at all of them. */
export const caseless = 0x20000
/** First and last characters of scripts that most texts with capitals beyond ASCII are written in. */
const scripts = [
  [0x80, 0x17f],
  [0x370, 0x3ff],
  [0x400, 0x52f],
] as const

interface Mapping {
  readonly from: string
  readonly to: string
  /** Characters that become several. */
  readonly longer: readonly (readonly [string, string])[]
  /** All of them, as a regular expression has them between brackets. */
  readonly any: string
}

function mappingOf(first: number, last: number): Mapping {
  let from = ''
  let to = ''
  const longer: [string, string][] = []
  for (let point = first; point <= last; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const folded = fold(character)
    if (folded === character) continue
    if ([...folded].length > 1) longer.push([character, folded])
    else {
      from += character
      to += folded
    }
  }
  return { from, to, longer, any: from + longer.map(([character]) => character).join('') }
}

/** Longer ones first become what they fold to: nothing that they become changes again, because folding twice is folding once. */
function expression({ from, to, longer }: Mapping): string {
  const expanded = longer.reduce((sql, [character, folded]) => `replace(${sql}, '${character}', '${folded}')`, 'x')
  const any = longer.map(([character]) => character).join('')
  const text = any === '' ? 'x' : `CASE WHEN x COLLATE "C" ~ '[${any}]' THEN ${expanded} ELSE x END`
  return `translate(lower((${text}) COLLATE "C"), '${from}', '${to}')`
}

/**
 * `lower` in the C collation folds ASCII and nothing else, which is all that there is to do in most texts: a text of ASCII alone has
 * as many bytes as characters, and most others have no capital beyond it. `translate` compares each character with its whole list, so
 * that the list of one script is tried before the one of all (measured: 1 µs for 40 characters of ASCII, 150 with a list of 400).
 */
function foldText(): string {
  const all = mappingOf(0x80, caseless - 1)
  const outside = (first: number, last: number): string => [...all.any].filter((c) => !inside(c, first, last)).join('')
  const lists = scripts.map(([first, last]) => ` WHEN x COLLATE "C" !~ '[${outside(first, last)}]' THEN ${expression(mappingOf(first, last))}`)
  return (
    `CASE WHEN octet_length(x) = char_length(x) OR x COLLATE "C" !~ '[${all.any}]' THEN lower(x COLLATE "C")` +
    `${lists.join('')} ELSE ${expression(all)} END`
  )
}

function inside(character: string, first: number, last: number): boolean {
  const point = character.codePointAt(0) as number
  return point >= first && point <= last
}

/**
 * A double is a whole number times a power of two. Powers of two below one have finitely many decimal digits, which `numeric` keeps:
 * the least double has 1074 of them. Whole numbers of at most fifteen digits are cast exactly.
 */
const exactText =
  "CASE WHEN abs(x) < 1e15 AND x = trunc(x) THEN x::numeric ELSE (SELECT CASE WHEN b < 0 THEN -1 ELSE 1 END * m * CASE WHEN e < 0 THEN 5::numeric ^ -e * ('1e' || e)::numeric ELSE 2::numeric ^ e END" +
  ' FROM (SELECT b, (b & 4503599627370495) + CASE WHEN (b >> 52) & 2047 = 0 THEN 0 ELSE 4503599627370496 END AS m,' +
  ' (greatest((b >> 52) & 2047, 1) - 1075)::int4 AS e' +
  " FROM (SELECT ('x' || encode(float8send(x), 'hex'))::bit(64)::int8 AS b) AS bits) AS parts) END"

export interface HelperFunction {
  readonly name: string
  /** Creates it, or puts it in the place of one with the same name and parameters. Not STRICT: that would keep it out of the plans of others. */
  readonly text: string
}

export function helperFunctions(): readonly HelperFunction[] {
  const make = (name: string, takes: string, gives: string, body: string): HelperFunction => ({
    name,
    text: `CREATE OR REPLACE FUNCTION ${name}(x ${takes}) RETURNS ${gives} LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $dbal$ SELECT ${body} $dbal$`,
  })
  return [make(foldName, 'text', 'text', foldText()), make(exactName, 'float8', 'numeric', exactText)]
}
