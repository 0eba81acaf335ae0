/** Tokens to a syntax tree by recursive descent (contract 6.2). In charge of form; must not know schema or types. */
import { nearest } from '../../schema/complaint.ts'
import { Fault, shown } from './fault.ts'
import { type Token, tokens } from './lexer.ts'

export type Term =
  | { readonly kind: 'name'; readonly path: readonly string[]; readonly offset: number }
  | { readonly kind: 'session'; readonly path: readonly string[]; readonly offset: number }
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null'; readonly text: string; readonly offset: number }
  | { readonly kind: 'level'; readonly of: Term; readonly offset: number }

export type Sign = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Syntax =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'not'; readonly of: Syntax }
  | { readonly kind: 'compare'; readonly sign: Sign; readonly left: Term; readonly right: Term; readonly offset: number }
  | { readonly kind: 'in'; readonly left: Term; readonly items: readonly Term[] }
  | { readonly kind: 'inSelect'; readonly left: Term; readonly field: Token; readonly entity: Token; readonly where: Syntax | undefined }
  | { readonly kind: 'isNull'; readonly of: Term }
  /** A boolean field or a bare true or false. */
  | { readonly kind: 'term'; readonly term: Term }

const mostCharacters = 10_000
const mostDepth = 50
const signs: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>='])
const reserved: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'null', 'true', 'false'])

/** The whole text as one condition. Throws Fault: for text over 10 000 characters, nesting over 50 levels, or a wrong form. */
export function parseSyntax(text: string): Syntax {
  if (text.length > mostCharacters) throw new Fault(0, `The expression has ${text.length} characters; at most ${mostCharacters} are accepted`)
  const parser = new Parser(tokens(text))
  if (parser.at('end')) throw new Fault(0, 'The expression is empty')
  const syntax = parser.either()
  parser.expectEnd()
  return syntax
}

/** The whole text as one term: a name, a value or a session reference. Throws Fault. */
export function parseTerm(text: string): Term {
  if (text.length > mostCharacters) throw new Fault(0, `The text has ${text.length} characters; at most ${mostCharacters} are accepted`)
  const parser = new Parser(tokens(text))
  const term = parser.term()
  if (!parser.at('end')) throw parser.fail('the end')
  return term
}

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  at(kind: Token['kind'], text?: string): boolean {
    return this.#token.kind === kind && (text === undefined || this.#token.text === text)
  }

  #atWord(word: string): boolean {
    return this.#token.kind === 'name' && this.#token.text.toLowerCase() === word
  }

  #take(): Token {
    const token = this.#token
    if (token.kind !== 'end') this.#next++
    return token
  }

  #skipWord(word: string): boolean {
    const there = this.#atWord(word)
    if (there) this.#next++
    return there
  }

  fail(wanted: string): Fault {
    const { kind, text, offset } = this.#token
    const found =
      kind === 'end'
        ? 'the expression ends'
        : kind === 'string'
          ? `there is '${shown(text)}'`
          : `there is "${kind === 'session' ? '$' : ''}${shown(text)}"`
    return new Fault(offset, `Here ${found}, but ${wanted} is expected`)
  }

  #expectSign(text: string): void {
    if (!this.at('sign', text)) throw this.fail(`"${text}"`)
    this.#next++
  }

  expectEnd(): void {
    if (this.at('end')) return
    if (this.at('sign') && signs.has(this.#token.text)) throw this.fail('AND, OR or the end (a condition cannot be compared)')
    const near = this.at('name') ? nearest(this.#token.text, ['and', 'or', 'in', 'is', 'not']) : undefined
    throw this.fail(near === undefined ? 'AND, OR or the end' : `AND, OR or the end (did you mean ${near.toUpperCase()}?)`)
  }

  #deeper<T>(work: () => T): T {
    this.#depth++
    if (this.#depth > mostDepth) throw new Fault(this.#token.offset, `Nested deeper than ${mostDepth} levels`)
    const result = work()
    this.#depth--
    return result
  }

  either(): Syntax {
    const parts = [this.#both()]
    while (this.#skipWord('or')) parts.push(this.#both())
    return parts.length === 1 ? (parts[0] as Syntax) : { kind: 'or', parts }
  }

  #both(): Syntax {
    const parts = [this.#negated()]
    while (this.#skipWord('and')) parts.push(this.#negated())
    return parts.length === 1 ? (parts[0] as Syntax) : { kind: 'and', parts }
  }

  #negated(): Syntax {
    if (this.#skipWord('not')) return { kind: 'not', of: this.#deeper(() => this.#negated()) }
    if (this.at('sign', '(')) {
      this.#next++
      const inner = this.#deeper(() => this.either())
      this.#expectSign(')')
      return inner
    }
    return this.#condition()
  }

  #condition(): Syntax {
    const left = this.term()
    if (this.at('sign') && signs.has(this.#token.text)) {
      const { text, offset } = this.#take()
      return { kind: 'compare', sign: text as Sign, left, right: this.term(), offset }
    }
    if (this.#skipWord('is')) {
      const negated = this.#skipWord('not')
      if (!this.#skipWord('null')) throw this.fail(negated ? 'NULL' : 'NULL or NOT NULL')
      return negated ? { kind: 'not', of: { kind: 'isNull', of: left } } : { kind: 'isNull', of: left }
    }
    if (this.#skipWord('not')) {
      if (!this.#skipWord('in')) throw this.fail('IN')
      return { kind: 'not', of: this.#membership(left) }
    }
    if (this.#skipWord('in')) return this.#membership(left)
    for (const word of ['like', 'ilike', 'between', 'exists']) {
      if (this.#atWord(word))
        throw new Fault(this.#token.offset, `${word.toUpperCase()} is not part of the language; comparisons, IN and IS NULL are`)
    }
    return { kind: 'term', term: left }
  }

  #membership(left: Term): Syntax {
    if (this.at('session')) throw new Fault(this.#token.offset, `"$${shown(this.#token.text)}" is not a list; IN takes ( … )`)
    this.#expectSign('(')
    if (this.#atWord('select')) {
      this.#next++
      const select = this.#deeper(() => this.#select(left))
      this.#expectSign(')')
      return select
    }
    if (this.at('sign', ')')) throw this.fail('at least one value')
    const items = [this.term()]
    while (this.at('sign', ',')) {
      this.#next++
      items.push(this.term())
    }
    this.#expectSign(')')
    return { kind: 'in', left, items }
  }

  #select(left: Term): Syntax {
    const field = this.#plainName('a field')
    if (!this.#skipWord('from')) throw this.fail('FROM')
    const entity = this.#plainName('an entity')
    const where = this.#skipWord('where') ? this.either() : undefined
    return { kind: 'inSelect', left, field, entity, where }
  }

  #plainName(what: string): Token {
    if (!this.at('name') || this.#token.text.includes('.') || reserved.has(this.#token.text.toLowerCase())) throw this.fail(`the name of ${what}`)
    return this.#take()
  }

  term(): Term {
    const { kind, text, offset } = this.#token
    switch (kind) {
      case 'string':
      case 'number':
        this.#next++
        return { kind, text, offset }
      case 'session':
        this.#next++
        return { kind, path: text.split('.'), offset }
      case 'name':
        return this.#word(text, offset)
      default:
        throw this.fail('a field, a value or "("')
    }
  }

  #word(text: string, offset: number): Term {
    const lower = text.toLowerCase()
    if (lower === 'true' || lower === 'false' || lower === 'null') {
      this.#next++
      return { kind: lower === 'null' ? 'null' : 'boolean', text: lower, offset }
    }
    if (reserved.has(lower)) throw this.fail('a field, a value or "("')
    this.#next++
    if (!this.at('sign', '(')) return { kind: 'name', path: text.split('.'), offset }
    if (lower !== 'level') throw new Fault(offset, `There is no function "${shown(text)}"; the only one is level(role)`)
    this.#next++
    const of = this.#deeper(() => this.term())
    this.#expectSign(')')
    return { kind: 'level', of, offset }
  }
}
