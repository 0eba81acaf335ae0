/** Regular expressions (flag `u`) as trees of character sets, sequences, choices and repeats. Must not know what they are used for. */

/** Sorted, disjoint ranges of code points, both ends included. */
export type CharSet = readonly (readonly [number, number])[]

export type Tree =
  | { readonly is: 'chars'; readonly set: CharSet }
  /** Anchors and word boundaries: they match no character. `start` is `^`. */
  | { readonly is: 'empty'; readonly start?: true }
  | { readonly is: 'sequence'; readonly of: readonly Tree[] }
  | { readonly is: 'choice'; readonly of: readonly Tree[] }
  | { readonly is: 'repeat'; readonly of: Tree; readonly min: number; readonly max: number }

/** Something that RegExp accepts but whose running time cannot be bounded here. The message ends "… is not accepted". */
export class Unbounded extends Error {}

const last = 0x10ffff
const everything: CharSet = [[0, last]]
const digits: CharSet = [[0x30, 0x39]]
const word: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const space: CharSet = [
  [9, 13],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const lineEnds: CharSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]
const classes: Readonly<Record<string, CharSet>> = { d: digits, w: word, s: space }
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

function union(sets: readonly CharSet[]): CharSet {
  const joined: [number, number][] = []
  for (const [from, to] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const before = joined.at(-1)
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to)
    else joined.push([from, to])
  }
  return joined
}

function complement(set: CharSet): CharSet {
  const rest: [number, number][] = []
  let from = 0
  for (const [start, end] of set) {
    if (start > from) rest.push([from, start - 1])
    from = end + 1
  }
  if (from <= last) rest.push([from, last])
  return rest
}

export function overlap(a: CharSet, b: CharSet): boolean {
  return a.some(([from, to]) => b.some(([start, end]) => from <= end && start <= to))
}

/** `source` has to be one that `new RegExp(source, 'u')` accepts: only its structure is read, not checked. */
export function parsePattern(source: string): Tree {
  return new PatternReader(source).choice(0)
}

/** Recursive descent; each method consumes what it names. */
class PatternReader {
  readonly chars: readonly string[]
  at = 0

  constructor(source: string) {
    this.chars = [...source]
  }

  choice(depth: number): Tree {
    if (depth > 30) throw new Unbounded('Nesting deeper than 30 groups')
    const branches = [this.sequence(depth)]
    while (this.chars[this.at] === '|') {
      this.at += 1
      branches.push(this.sequence(depth))
    }
    return branches.length === 1 ? branches[0]! : { is: 'choice', of: branches }
  }

  sequence(depth: number): Tree {
    const parts: Tree[] = []
    while (this.at < this.chars.length && this.chars[this.at] !== '|' && this.chars[this.at] !== ')') parts.push(this.repeated(this.atom(depth)))
    return parts.length === 1 ? parts[0]! : { is: 'sequence', of: parts }
  }

  repeated(of: Tree): Tree {
    const [min, max] = this.quantifier() ?? [1, 1]
    if (min === 1 && max === 1) return of
    if (this.chars[this.at] === '?') this.at += 1
    return { is: 'repeat', of, min, max }
  }

  quantifier(): [number, number] | undefined {
    const c = this.chars[this.at]
    if (c === '*' || c === '+' || c === '?') {
      this.at += 1
      return [c === '+' ? 1 : 0, c === '?' ? 1 : Number.POSITIVE_INFINITY]
    }
    if (c !== '{') return undefined
    const end = this.chars.indexOf('}', this.at)
    const [low, high] = this.chars
      .slice(this.at + 1, end)
      .join('')
      .split(',')
    this.at = end + 1
    return [Number(low), high === undefined ? Number(low) : high === '' ? Number.POSITIVE_INFINITY : Number(high)]
  }

  atom(depth: number): Tree {
    const c = this.chars[this.at++]!
    if (c === '^') return { is: 'empty', start: true }
    if (c === '$') return { is: 'empty' }
    if (c === '.') return { is: 'chars', set: complement(lineEnds) }
    if (c === '[') return { is: 'chars', set: this.bracket() }
    if (c === '(') return this.group(depth)
    if (c !== '\\') return { is: 'chars', set: [[c.codePointAt(0)!, c.codePointAt(0)!]] }
    if (this.chars[this.at] === 'b' || this.chars[this.at] === 'B') {
      this.at += 1
      return { is: 'empty' }
    }
    if (/[1-9k]/.test(this.chars[this.at] ?? '')) throw new Unbounded(`The reference \\${this.chars[this.at]} to an earlier group`)
    return { is: 'chars', set: this.escape() }
  }

  group(depth: number): Tree {
    if (this.chars[this.at] === '?') {
      if (this.chars[this.at + 1] === ':') this.at += 2
      else if (this.chars[this.at + 1] === '<' && this.chars[this.at + 2] !== '=' && this.chars[this.at + 2] !== '!')
        this.at = this.chars.indexOf('>', this.at) + 1
      else throw new Unbounded(`"(?${this.chars[this.at + 1]}" (looking ahead or behind, or flags)`)
    }
    const inner = this.choice(depth + 1)
    this.at += 1
    return inner
  }

  hex(length: number): CharSet {
    const code = Number.parseInt(this.chars.slice(this.at, this.at + length).join(''), 16)
    this.at += length
    return [[code, code]]
  }

  /** Behind a backslash; consumes the escape. */
  escape(): CharSet {
    const c = this.chars[this.at++]!
    const known = Object.hasOwn(classes, c.toLowerCase()) ? classes[c.toLowerCase()] : undefined
    if (known !== undefined) return c === c.toLowerCase() ? known : complement(known)
    if (c === 'p' || c === 'P') {
      // The tables of Unicode properties are not at hand: taken as any character, which can only make the verdict stricter.
      this.at = this.chars.indexOf('}', this.at) + 1
      return everything
    }
    if (c === 'x') return this.hex(2)
    if (c === 'u') {
      if (this.chars[this.at] !== '{') return this.surrogates(this.hex(4))
      const end = this.chars.indexOf('}', this.at)
      const code = Number.parseInt(this.chars.slice(this.at + 1, end).join(''), 16)
      this.at = end + 1
      return [[code, code]]
    }
    if (c === 'c') return [[this.chars[this.at]!.codePointAt(0)! % 32, this.chars[this.at++]!.codePointAt(0)! % 32]]
    const code = Object.hasOwn(controls, c) ? controls[c]! : c.codePointAt(0)!
    return [[code, code]]
  }

  /** With flag `u` two escaped surrogates in a row are one character. */
  surrogates(lead: CharSet): CharSet {
    const high = lead[0]![0]
    if (high < 0xd800 || high > 0xdbff || this.chars[this.at] !== '\\' || this.chars[this.at + 1] !== 'u' || this.chars[this.at + 2] === '{')
      return lead
    const low = Number.parseInt(this.chars.slice(this.at + 2, this.at + 6).join(''), 16)
    if (low < 0xdc00 || low > 0xdfff) return lead
    this.at += 6
    const code = (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
    return [[code, code]]
  }

  member(): CharSet {
    const c = this.chars[this.at++]!
    if (c !== '\\') return [[c.codePointAt(0)!, c.codePointAt(0)!]]
    if (this.chars[this.at] === 'b') {
      this.at += 1
      return [[8, 8]]
    }
    return this.escape()
  }

  bracket(): CharSet {
    const inverted = this.chars[this.at] === '^'
    if (inverted) this.at += 1
    const sets: CharSet[] = []
    while (this.chars[this.at] !== ']') {
      const from = this.member()
      if (this.chars[this.at] === '-' && this.chars[this.at + 1] !== ']' && from.length === 1 && from[0]![0] === from[0]![1]) {
        this.at += 1
        const to = this.member()
        sets.push([[from[0]![0], to[0]![1]]])
      } else sets.push(from)
    }
    this.at += 1
    return inverted ? complement(union(sets)) : union(sets)
  }
}
