/**
 * What SQLite tells of a table only by the text that made it: checks and collations.
 * In charge of reading that text by its tokens; must not know catalogues.
 */
import type { Check } from './catalog.ts'

export interface TableText {
  readonly checks: readonly Check[]
  /** By the lower-case name of the column. */
  readonly collations: ReadonlyMap<string, string>
}

interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

const token = /--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|\s+|./gsu

/** Tokens without white space and comments. */
function tokensOf(text: string): Token[] {
  const found: Token[] = []
  for (const match of text.matchAll(token)) {
    const [word] = match
    if (!/^(?:\s|--|\/\*)/.test(word)) found.push({ text: word, start: match.index, end: match.index + word.length })
  }
  return found
}

function plainName(word: string): string {
  if (/^["`]/.test(word)) return word.slice(1, -1).replaceAll(word[0]!.repeat(2), word[0]!)
  return word.startsWith('[') ? word.slice(1, -1) : word
}

/** Index of the parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]!.text === '(') depth++
    else if (tokens[i]!.text === ')' && --depth === 0) return i
  }
  return tokens.length - 1
}

/** From the CREATE TABLE statement as `sqlite_schema` keeps it. */
export function definitionsOf(sql: string): TableText {
  const tokens = tokensOf(sql)
  const open = tokens.findIndex(({ text }) => text === '(')
  const checks: Check[] = []
  const collations = new Map<string, string>()
  if (open < 0) return { checks, collations }
  const end = closing(tokens, open)
  let column: string | undefined
  let starts = true
  for (let i = open + 1; i < end; i++) {
    const word = tokens[i]!.text
    const upper = word.toUpperCase()
    if (starts) {
      // A constraint of the table stands where a column would; its keyword is never quoted.
      column = /^(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)$/.test(upper) ? undefined : plainName(word).toLowerCase()
      starts = false
      if (column !== undefined) continue
    }
    if (word === ',') starts = true
    else if (upper === 'COLLATE' && column !== undefined) collations.set(column, plainName(tokens[i + 1]!.text))
    else if (upper === 'CHECK' && tokens[i + 1]?.text === '(') {
      const close = closing(tokens, i + 1)
      const named = tokens[i - 2]?.text.toUpperCase() === 'CONSTRAINT' ? { name: plainName(tokens[i - 1]!.text) } : {}
      checks.push({ ...named, text: sql.slice(tokens[i + 1]!.end, tokens[close]!.start).trim() })
      i = close
    } else if (word === '(') i = closing(tokens, i)
  }
  return { checks, collations }
}
