/**
 * Checks of tables as limits of fields, where they say no more than a field can: ranges, lengths, lists of values.
 * In charge of understanding all of a check or nothing; must not know types.
 */
import { Scanner } from './scan.ts'

export interface Limit {
  readonly column: string
  readonly of: 'value' | 'length'
  /** Inclusive. */
  readonly min?: string
  readonly max?: string
  /** Exclusive. */
  readonly above?: string
  readonly below?: string
  readonly values?: readonly string[]
  /** The text is JSON. */
  readonly json?: true
}

/** Nothing but 0 and 1: a boolean where a database has none. */
export function isFlag({ of, values, min, max }: Limit): boolean {
  return of === 'value' && ((values?.length === 2 && values.includes('0') && values.includes('1')) || (min === '0' && max === '1'))
}

/** What the condition says, each part of a conjunction for itself. Undefined where any part of it says something else. */
export function limitsOf(text: string): readonly Limit[] | undefined {
  const scanner = new Scanner(text)
  const found = conjunction(scanner)
  return scanner.done ? found : undefined
}

/** Null passes a check, so `x IS NULL OR …` about the same column says nothing more. */
function conjunction(scanner: Scanner): readonly Limit[] | undefined {
  const unknown = nullPart(scanner)
  const limits: Limit[] = []
  do {
    const part = condition(scanner)
    if (part === undefined) return undefined
    limits.push(...part)
  } while (scanner.takeWord('AND') !== undefined)
  return unknown === undefined || limits.every((limit) => limit.column === unknown) ? limits : undefined
}

function nullPart(scanner: Scanner): string | undefined {
  const start = scanner.at
  const inside = scanner.takeSign('(') !== undefined
  const column = scanner.takeName()
  const fits =
    column !== undefined &&
    scanner.takeWord('IS') !== undefined &&
    scanner.takeWord('NULL') !== undefined &&
    (!inside || scanner.takeSign(')') !== undefined) &&
    scanner.takeWord('OR') !== undefined
  if (fits) return column
  scanner.at = start
  return undefined
}

function condition(scanner: Scanner): readonly Limit[] | undefined {
  const start = scanner.at
  const single = comparison(scanner)
  if (single !== undefined) return [single]
  scanner.at = start
  if (scanner.takeSign('(') === undefined) return undefined
  const inside = conjunction(scanner)
  return scanner.takeSign(')') === undefined ? undefined : inside
}

type Operand = Pick<Limit, 'column' | 'of' | 'json'>

/** A column or the length of one. */
function operand(scanner: Scanner): Operand | undefined {
  if (scanner.takeSign('(') !== undefined) {
    const inside = operand(scanner)
    if (inside === undefined || scanner.takeSign(')') === undefined) return undefined
    scanner.skipCasts()
    return inside
  }
  const word = scanner.takeName()
  if (word === undefined) return undefined
  if (scanner.takeSign('(') === undefined) {
    scanner.skipCasts()
    return { column: word, of: 'value' }
  }
  const inside = operand(scanner)
  if (inside?.of !== 'value' || scanner.takeSign(')') === undefined) return undefined
  if (/^(?:char_length|character_length|length)$/i.test(word)) return { column: inside.column, of: 'length' }
  return /^json_valid$/i.test(word) ? { ...inside, json: true } : undefined
}

function comparison(scanner: Scanner): Limit | undefined {
  const left = operand(scanner)
  if (left === undefined) return undefined
  if (left.json === true) return left
  if (scanner.takeWord('BETWEEN') !== undefined) {
    const min = scanner.takeLiteral()?.text
    const max = scanner.takeWord('AND') === undefined ? undefined : scanner.takeLiteral()?.text
    return min === undefined || max === undefined ? undefined : { ...left, min, max }
  }
  if (scanner.takeWord('IN') !== undefined) return listed(left, values(scanner, '(', ')'))
  const sign = scanner.takeSign('=', '>=', '<=', '>', '<')
  if (sign === undefined) return undefined
  if (sign === '=' && scanner.takeWord('ANY') !== undefined) return listed(left, arrayOf(scanner))
  const text = scanner.takeLiteral()?.text
  return text === undefined ? undefined : { ...left, ...bounds(sign, text) }
}

function bounds(sign: string, text: string): Partial<Limit> {
  if (sign === '=') return { min: text, max: text }
  if (sign.endsWith('=')) return sign === '>=' ? { min: text } : { max: text }
  return sign === '>' ? { above: text } : { below: text }
}

function listed(left: Operand, found: readonly string[] | undefined): Limit | undefined {
  return found === undefined || left.of === 'length' ? undefined : { ...left, values: found }
}

/** PostgreSQL writes a list as `ANY (ARRAY['a'::text, 'b'::text])`, or the array in parentheses with a cast. */
function arrayOf(scanner: Scanner): readonly string[] | undefined {
  if (scanner.takeSign('(') !== undefined) {
    const inside = arrayOf(scanner)
    if (inside === undefined || scanner.takeSign(')') === undefined) return undefined
    scanner.skipCasts()
    return inside
  }
  if (scanner.takeWord('ARRAY') === undefined) return undefined
  const found = values(scanner, '[', ']')
  scanner.skipCasts()
  return found
}

function values(scanner: Scanner, open: string, close: string): readonly string[] | undefined {
  if (scanner.takeSign(open) === undefined) return undefined
  const found: string[] = []
  do {
    const literal = scanner.takeLiteral()
    if (literal === undefined) return undefined
    found.push(literal.text)
  } while (scanner.takeSign(',') !== undefined)
  return scanner.takeSign(close) === undefined ? undefined : found
}
