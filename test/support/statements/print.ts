/** Statements as texts that people read: what is asked, what is bound, what is refused. In charge of the form; knows no list of queries. */
import { createHash } from 'node:crypto'
import { bindAll, compile, compileInsertion } from '../../../src/adapters/sql/compile.ts'
import type { Codec, Dialect, Physical } from '../../../src/adapters/sql/dialect.ts'
import type { Args, Insert, Query } from '../../../src/query/ast.ts'
import type { Value, ValueType } from '../../../src/schema/entity.ts'

/** The texts of one list of queries, by their names. */
export type Printed = ReadonlyMap<string, string>

/** Tables of characters are thousands long. */
const short = (text: string): string =>
  text.replace(/(?:[^\x00-\x7f]\x01*){40,}/g, (run) => `…${createHash('sha256').update(run).digest('hex').slice(0, 8)}…`).replaceAll('\0', '␀')

export function shown(value: Physical | Value): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}

/** What a dialect cannot say is told to the caller; any other failure is one of the code. */
export function told(make: () => string): string {
  try {
    return short(make())
  } catch (error) {
    const { code, details } = error as { code?: string; details?: { hint?: string; fields?: unknown } }
    if (code === undefined || code.startsWith('ERR_')) throw error
    return `refused: ${code} ${details?.hint ?? JSON.stringify(details)}`
  }
}

const bound = (values: readonly Physical[]): string => (values.length === 0 ? '' : `\n  -- ${values.map(shown).join(', ')}`)

export function statement(query: Exclude<Query, Insert>, dialect: Dialect, args: Args): string {
  return told(() => {
    const { text, binds, decode, page } = compile(query, dialect)
    const cells = decode.some((cell) => cell !== undefined)
      ? `\n  -- decoded: ${decode.map((cell) => (cell === undefined ? '.' : 'x')).join('')}`
      : ''
    const flags =
      page === undefined
        ? ''
        : `\n  -- page:${page.headed ? ' headed' : ''}${page.sought ? ' sought' : ''}${page.limit ? ' limit' : ''}${page.offset ? ' offset' : ''}`
    const ifEmpty = page === undefined || page.ifEmpty.text === text ? '' : `\n  or ${page.ifEmpty.text}${bound(bindAll(page.ifEmpty.binds, args))}`
    return `${text}${bound(bindAll(binds, args))}${cells}${flags}${ifEmpty}`
  })
}

export function insertion(query: Insert, dialect: Dialect, rows: readonly (readonly Value[])[]): string {
  return told(() => {
    const { chunk, arrange, text, values, variant } = compileInsertion(query, dialect)
    const counts = [1, 2, 5].map(variant).join(', ')
    const arranged = arrange === undefined ? 'as they come' : JSON.stringify(arrange(rows))
    const texts = [rows.slice(0, 1), rows].map((some) => `${text(some.length)}${bound(values(some))}`)
    return [`at most ${chunk}; variants ${counts}; ${arranged}`, ...texts].join('\n  ')
  })
}

/** The words of a codec, and what becomes of values. */
export function codecText(codec: Codec, values: readonly Value[]): string {
  const { family, form, takes, column, decode } = codec
  const ways = values.map((value) => {
    const written = told(() => shown(codec.encode(value)))
    const back = decode === undefined ? '' : ` → ${told(() => shown(decode(codec.encode(value))))}`
    return `${shown(value)}: ${written}${back}, in a list ${told(() => codec.element(value))}`
  })
  const words = told(() => `select ${codec.select('x')}; element ${codec.fromElement('x')}; wide ${codec.wide('x')}`)
  return [`${family} ${form}${takes === undefined ? '' : ` takes ${takes}`} ${column}; ${words}`, ...ways].join('\n  ')
}

export const typeText = (dialect: Dialect, type: ValueType, values: readonly Value[]): string => codecText(dialect.codec(type), values)
