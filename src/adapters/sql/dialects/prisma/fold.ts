/** Case folding in SQLite's own words, made from schema/fold.ts, for connections that no function can be added to. Must not know queries. */
import { fold } from '../../../../schema/fold.ts'

/** No text with upper and lower case stands behind (Unicode 17). */
const lastCased = 0x1ffff
/** Characters of a text that are looked at before the next piece is cut off: reaching a character takes time by its place. */
const piece = 1024
/** Fills shorter results up, so that each stands at its place; no result has it. */
const filler = '\u0001'

interface Mapping {
  readonly from: string
  readonly to: string
}

/** Characters that become one other (`longest` 1), or up to three, in strings that are searched and read by place. */
function mapping(longest: 1 | 3): Mapping {
  let from = ''
  let to = ''
  for (let point = 0x80; point <= lastCased; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const folded = fold(character)
    const length = [...folded].length
    if (folded === character || (longest === 1 ? length > 1 : length === 1)) continue
    from += character
    to += folded + filler.repeat(longest - length)
  }
  return { from, to }
}

/** Nothing below U+0080 is mapped here, so that no quote stands in these. */
const single = mapping(1)
const several = mapping(3)

const one = `CASE WHEN unicode(c) < 128 THEN lower(c)
 WHEN instr('${single.from}', c) > 0 THEN substr('${single.to}', instr('${single.from}', c), 1)
 WHEN instr('${several.from}', c) > 0 THEN replace(substr('${several.to}', instr('${several.from}', c) * 3 - 2, 3), '${filler}', '')
 ELSE c END`

/** The expression folded. Plain ASCII, which most texts are, needs no look at its characters: lower() maps nothing else. */
export function foldSql(sql: string): string {
  const pieces = `p(o, s) AS (SELECT 1, substr(f.x, 1, ${piece}) UNION ALL SELECT o + ${piece}, substr(f.x, o + ${piece}, ${piece}) FROM p WHERE length(s) = ${piece})`
  const places = `n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < min(${piece}, length(f.x)))`
  const characters = 'SELECT p.o AS o, n.a AS a, substr(p.s, n.a, 1) AS c FROM p JOIN n ON n.a <= length(p.s)'
  const walk = `WITH RECURSIVE ${pieces}, ${places} SELECT group_concat(${one}, '' ORDER BY o, a) FROM (${characters})`
  return `(SELECT CASE WHEN octet_length(f.x) = length(f.x) THEN lower(f.x) ELSE (${walk}) END FROM (SELECT ${sql} AS x) AS f)`
}
