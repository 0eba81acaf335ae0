/** Tokens of SQL expressions as catalogues write them: literals, names, signs. In charge of the three spellings; must not know what an expression means. */

export type Token =
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'number'; readonly value: string }
  | { readonly is: 'name'; readonly value: string; readonly quoted: boolean }
  | { readonly is: 'sign'; readonly value: string }

/** MySQL writes the character set before a text, and escapes its quotes in a check: `_utf8mb4\'x\'`. */
const form =
  /(?:_[a-z0-9]+)?\\?'((?:[^'\\]|''|\\(?!').)*)\\?'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([\p{L}_][^\]]*)\]|(\d+(?:\.\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|(::|<>|<=|>=|!=|\S)/gsu

export function scan(text: string): Token[] {
  return [...text.matchAll(form)].map(([, literal, double, back, bracket, number, word, sign]): Token => {
    if (literal !== undefined) return { is: 'text', value: literal.replaceAll("''", "'") }
    if (number !== undefined) return { is: 'number', value: number }
    if (word !== undefined) return { is: 'name', value: word, quoted: false }
    const name = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bracket
    return name === undefined ? { is: 'sign', value: sign ?? '' } : { is: 'name', value: name, quoted: true }
  })
}

/** Reads tokens in order; every `take…` moves on only where it fits. */
export class Scanner {
  readonly #tokens: readonly Token[]
  at = 0

  constructor(text: string) {
    this.#tokens = scan(text)
  }

  get done(): boolean {
    return this.at >= this.#tokens.length
  }

  next(ahead = 0): Token | undefined {
    return this.#tokens[this.at + ahead]
  }

  takeSign(...signs: readonly string[]): string | undefined {
    const token = this.next()
    if (token?.is !== 'sign' || !signs.includes(token.value)) return undefined
    this.at++
    return token.value
  }

  takeWord(...words: readonly string[]): string | undefined {
    const token = this.next()
    if (token?.is !== 'name' || token.quoted || !words.includes(token.value.toUpperCase())) return undefined
    this.at++
    return token.value.toUpperCase()
  }

  /** A column. */
  takeName(): string | undefined {
    const token = this.next()
    if (token?.is !== 'name') return undefined
    this.at++
    return token.value
  }

  /** `::character varying(20)[]` behind a value says nothing that its column does not. */
  skipCasts(): void {
    while (this.takeSign('::') !== undefined) {
      // A type of another schema is told with it.
      while ((this.next()?.is === 'name' && !this.#operatorWord()) || this.takeSign('.') !== undefined) if (this.next()?.is === 'name') this.at++
      if (this.takeSign('(') !== undefined) while (!this.done && this.takeSign(')') === undefined) this.at++
      while (this.#takePair('[', ']'));
    }
  }

  /** An empty pair; the second sign alone may belong to something else. */
  #takePair(open: string, close: string): boolean {
    const [first, second] = [this.next(), this.next(1)]
    const fits = first?.is === 'sign' && first.value === open && second?.is === 'sign' && second.value === close
    if (fits) this.at += 2
    return fits
  }

  #operatorWord(): boolean {
    const token = this.next()
    return token?.is === 'name' && !token.quoted && /^(?:AND|OR|NOT|IN|BETWEEN|IS|LIKE)$/i.test(token.value)
  }

  /** Text, or digits with their sign; also in parentheses or with a cast. */
  takeLiteral(): { readonly text: string; readonly quoted: boolean } | undefined {
    const start = this.at
    const inside = this.takeSign('(') !== undefined
    const found = inside ? this.takeLiteral() : this.#bareLiteral()
    if (found === undefined || (inside && this.takeSign(')') === undefined)) {
      this.at = start
      return undefined
    }
    this.skipCasts()
    return found
  }

  #bareLiteral(): { readonly text: string; readonly quoted: boolean } | undefined {
    const minus = this.takeSign('-', '+')
    const token = this.next()
    if (token?.is !== 'number' && (token?.is !== 'text' || minus !== undefined)) {
      if (minus !== undefined) this.at--
      return undefined
    }
    this.at++
    return { text: minus === '-' ? `-${token.value}` : token.value, quoted: token.is === 'text' }
  }
}
