/** Text of an expression to tokens. In charge of spelling only; must not know grammar, schema or meaning. */
import { Fault, shown } from './fault.ts'

export interface Token {
  /** `name`: a word or a dotted path; `session`: the same behind `$`; `sign`: an operator, bracket or comma. */
  readonly kind: 'name' | 'session' | 'string' | 'number' | 'sign' | 'end'
  /** As written; of a string what stands between the quotes, unescaped; of a session reference without `$`. */
  readonly text: string
  readonly offset: number
}

const blank = /[ \t\r\n]*/y
const path = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y
const digits = /-?[0-9]+(?:\.[0-9]+)?/y
/** The look-ahead keeps a doubled quote at the end from being taken for a closing one. */
const quoted = /'(?:[^']|'')*'(?!')/y
const sign = /<=|>=|!=|[=<>(),]/y
const numberForm = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/

/** What people write who come from other languages, and what is meant. */
const foreign: readonly (readonly [string, string])[] = [
  ['==', 'write "="'],
  ['<>', 'write "!="'],
  ['&&', 'write AND'],
  ['||', 'write OR'],
  ['!', 'write NOT, or "!="'],
  ['"', "texts stand in single quotes: 'it''s'"],
  ['`', 'names stand without quotes'],
  ['--', 'comments are not part of an expression'],
  [';', 'one expression only'],
  ['+', 'there is no arithmetic'],
  ['-', 'there is no arithmetic'],
  ['*', 'there is no arithmetic'],
]

function match(form: RegExp, text: string, offset: number): string | undefined {
  form.lastIndex = offset
  return form.exec(text)?.[0]
}

/** All tokens, the last one of kind `end`. Throws Fault. Linear in the length of `text`. */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  for (let offset = 0; ; ) {
    offset += match(blank, text, offset)?.length ?? 0
    if (offset >= text.length) {
      found.push({ kind: 'end', text: '', offset })
      return found
    }
    const { token, length } = next(text, offset)
    found.push(token)
    offset += length
  }
}

function next(text: string, offset: number): { readonly token: Token; readonly length: number } {
  const c = text[offset] as string
  if (c === "'") return stringAt(text, offset)
  if (c === '$') return sessionAt(text, offset)
  const number = match(digits, text, offset)
  if (number !== undefined) return numberAt(text, offset, number)
  const name = match(path, text, offset)
  if (name !== undefined) {
    ended(text, offset, name)
    return { token: { kind: 'name', text: name, offset }, length: name.length }
  }
  const operator = text.startsWith('==', offset) || text.startsWith('<>', offset) ? undefined : match(sign, text, offset)
  if (operator !== undefined) return { token: { kind: 'sign', text: operator, offset }, length: operator.length }
  throw unexpected(text, offset)
}

function stringAt(text: string, offset: number): { readonly token: Token; readonly length: number } {
  const whole = match(quoted, text, offset)
  if (whole === undefined) throw new Fault(offset, `The text that begins here has no closing quote: ${shown(text.slice(offset))}`)
  return { token: { kind: 'string', text: whole.slice(1, -1).replaceAll("''", "'"), offset }, length: whole.length }
}

function sessionAt(text: string, offset: number): { readonly token: Token; readonly length: number } {
  const name = match(path, text, offset + 1)
  if (name === undefined) throw new Fault(offset, 'After "$" comes user or context, for example $user.id')
  ended(text, offset + 1, name)
  return { token: { kind: 'session', text: name, offset }, length: name.length + 1 }
}

function numberAt(text: string, offset: number, number: string): { readonly token: Token; readonly length: number } {
  const behind = /[A-Za-z0-9_.]+/y
  const rest = match(behind, text, offset + number.length)
  if (rest !== undefined) throw new Fault(offset, `"${shown(number + rest)}" is not a number; write digits with at most one point, without exponent`)
  if (!numberForm.test(number)) throw new Fault(offset, `"${shown(number)}" begins with a zero too many`)
  return { token: { kind: 'number', text: number, offset }, length: number.length }
}

/** A path that breaks off (`page.`, `page..level`) would otherwise be read as a shorter one. */
function ended(text: string, offset: number, name: string): void {
  if (text[offset + name.length] === '.') throw new Fault(offset, `"${shown(name)}." breaks off: a name has to follow the point`)
}

function unexpected(text: string, offset: number): Fault {
  const point = text.codePointAt(offset) as number
  const c = String.fromCodePoint(point)
  const hint = foreign.find(([wrong]) => text.startsWith(wrong, offset))
  if (hint !== undefined) return new Fault(offset, `"${hint[0]}" is not known here; ${hint[1]}`)
  const name = point < 0x20 || point > 0x7e ? `U+${point.toString(16).toUpperCase().padStart(4, '0')}` : `"${c}"`
  return new Fault(offset, `The character ${name} cannot stand here; texts stand in single quotes`)
}
