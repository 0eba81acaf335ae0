/**
 * Looks at the tokens before anything recurses over them: how many, how deep; and takes out what the parser would misread.
 * Must not know what names mean.
 */
import type { Fault } from '../finding.ts'
import { spotOf } from './source.ts'
import type { Lexer, Parser, Token } from './syntax.ts'

/** A script of 64 KiB as people write them has 12,000 to 18,000; reading this many takes less than a tenth of a second. */
const maxTokens = 20_000
/** Lua itself stops at 200 (LUAI_MAXCCALLS). */
const maxDepth = 200

const opening: ReadonlySet<unknown> = new Set(['(', '{', '[', 'function', 'do', 'if', 'repeat'])
const closing: ReadonlySet<unknown> = new Set([')', '}', ']', 'end', 'until'])
const unary: ReadonlySet<unknown> = new Set(['not', '-', '~', '#'])
/** Operators that bind to the right: each one is a level of its own. */
const rightward: ReadonlySet<unknown> = new Set(['..', '^'])
/** Words that stand inside an expression; any other one ends it. */
const inner: ReadonlySet<unknown> = new Set(['and', 'or', 'not'])
const attributes: ReadonlySet<unknown> = new Set(['const', 'close'])

/**
 * The parser asks some tokens for their text and not for their kind, so that a literal "end" would close a block. What such a literal says
 * is nothing that anybody looks for: others of its length stand in for it.
 */
const misread =
  /^(?:[^A-Za-z0-9_]{1,3}|and|break|do|else|elseif|end|false|for|function|goto|if|in|local|nil|not|or|repeat|return|then|true|until|while|<eof>)$/

type Kind = 'word' | 'sign' | 'name' | 'other'

/** Levels that a parser will be in, at most. */
class Depth {
  /** By open bracket or block: levels that operators have added inside it. */
  readonly #chains: number[] = [0]
  #added = 0

  get levels(): number {
    return this.#chains.length - 1 + this.#added
  }

  take(kind: Kind, value: unknown): void {
    if (kind === 'word' || kind === 'sign') {
      if (closing.has(value)) this.#close()
      const ends = value === ',' || value === ';' || value === '=' || (kind === 'word' && !inner.has(value) && value !== 'function')
      if (ends) this.#set(0)
      if (unary.has(value) || rightward.has(value)) this.#set((this.#chains.at(-1) as number) + 1)
      if (opening.has(value)) this.#chains.push(0)
    }
  }

  #set(levels: number): void {
    const top = this.#chains.length - 1
    this.#added += levels - (this.#chains[top] as number)
    this.#chains[top] = levels
  }

  /** What is closed too often is a mistake that the parser finds. */
  #close(): void {
    if (this.#chains.length === 1) return
    this.#set(0)
    this.#chains.pop()
  }
}

/** `local name <const>, name <close> =`: where the attributes stand. */
class Attributes {
  #expects: 'nothing' | 'name' | 'open' | 'word' | 'close' = 'nothing'
  #from = 0
  readonly ranges: (readonly [number, number])[] = []
  unknown: Token | undefined

  take(kind: Kind, token: Token): void {
    const { value, range } = token
    if (kind === 'word' && value === 'local') this.#expects = 'name'
    else if (this.#expects === 'name') this.#expects = kind === 'name' ? 'open' : 'nothing'
    else if (this.#expects === 'open') {
      this.#from = range[0]
      this.#expects = kind === 'sign' && value === '<' ? 'word' : kind === 'sign' && value === ',' ? 'name' : 'nothing'
    } else if (this.#expects === 'word') {
      if (!attributes.has(value)) this.unknown ??= token
      this.#expects = 'close'
    } else if (this.#expects === 'close') {
      if (value === '>') this.ranges.push([this.#from, range[1]])
      // A list of names goes on behind an attribute as it does behind a name.
      this.#expects = value === '>' ? 'open' : 'nothing'
    }
  }
}

/** The source for the parser, no longer and no shorter; or what is wrong. Throws what the lexer throws. */
export function scan(parser: Parser, source: string, options: object): { readonly source: string } | { readonly fault: Fault } {
  const lexer: Lexer = parser.parse({ ...options, wait: true })
  lexer.write(source)
  const { EOF, Keyword, Punctuator, Identifier, StringLiteral } = parser.tokenTypes
  const depth = new Depth()
  const marks = new Attributes()
  const fault = (token: Token, error: string) => ({ fault: { ...spotOf(source, token.range[0]), error } })
  const literals: (readonly [number, number])[] = []
  for (let count = 0; ; count++) {
    const token = lexer.lex()
    if (token.type === EOF) break
    if (count >= maxTokens) return fault(token, `The script has more than ${maxTokens} words and signs`)
    const kind = token.type === Keyword ? 'word' : token.type === Punctuator ? 'sign' : token.type === Identifier ? 'name' : 'other'
    depth.take(kind, token.value)
    if (depth.levels > maxDepth) return fault(token, `The script is nested more than ${maxDepth} levels deep`)
    marks.take(kind, token)
    if (token.type === StringLiteral && misread.test(String(token.value))) literals.push(token.range)
    if (marks.unknown !== undefined) return fault(marks.unknown, 'A local variable can be <const> or <close>')
  }
  const blank = marks.ranges.map(([from, to]) => ({ from, to, text: ' '.repeat(to - from) }))
  const stand = literals.map(([from, to]) => ({ from, to, text: `"${'x'.repeat(to - from - 2)}"` }))
  return { source: replaced(source, [...blank, ...stand]) }
}

interface Replacement {
  readonly from: number
  readonly to: number
  readonly text: string
}

function replaced(source: string, replacements: readonly Replacement[]): string {
  const pieces: string[] = []
  let at = 0
  for (const { from, to, text } of [...replacements].sort((a, b) => a.from - b.from)) {
    pieces.push(source.slice(at, from), text)
    at = to
  }
  return pieces.join('') + source.slice(at)
}
