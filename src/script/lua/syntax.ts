/** The syntax tree and the tokens of Lua, as far as they are looked at. Types only. */

export interface Node {
  readonly type: string
  /** Offsets into the source; the second is behind the end. */
  readonly range: readonly [number, number]
}

/** Anything: members are read by name after `type` was looked at. */
export interface Any extends Node {
  readonly name: string
  readonly value: unknown
  readonly operator: string
  readonly isLocal: boolean
  readonly indexer: '.' | ':'
  readonly identifier: Any | null
  readonly base: Any
  readonly index: Any
  readonly argument: Any
  readonly arguments: readonly Any[] | Any
  readonly left: Any
  readonly right: Any
  readonly key: Any
  readonly variable: Any
  readonly start: Any
  readonly end: Any
  readonly step: Any | null
  readonly condition: Any
  readonly expression: Any
  readonly variables: readonly Any[]
  readonly iterators: readonly Any[]
  readonly init: readonly Any[]
  readonly parameters: readonly Any[]
  readonly fields: readonly Any[]
  readonly clauses: readonly Any[]
  readonly body: readonly Any[]
}

export interface Token {
  readonly type: number
  readonly value: unknown
  readonly range: readonly [number, number]
}

/** What is used of the package `luaparse`. */
export interface Parser {
  parse(source: string, options: object): Any
  parse(options: object): Lexer
  readonly tokenTypes: Readonly<Record<'EOF' | 'Keyword' | 'Identifier' | 'Punctuator' | 'StringLiteral', number>>
}

export interface Lexer {
  write(source: string): unknown
  lex(): Token
}
