/** What the command says and asks: text, tables, JSON, errors, passwords. In charge of the form; must not know commands. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { DBALError } from '../errors/error.ts'

type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'red'
const codes: Readonly<Record<Paint, readonly [number, number]>> = { bold: [1, 22], dim: [2, 22], green: [32, 39], yellow: [33, 39], red: [31, 39] }

/** Colour on a terminal only, and never where NO_COLOR is set (no-color.org) or the terminal is dumb. */
function coloured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'
}

export function inColour(): boolean {
  return coloured(process.stdout)
}

export function paint(style: Paint, text: string): string {
  const [on, off] = codes[style]
  return coloured(process.stdout) ? `\u001b[${on}m${text}\u001b[${off}m` : text
}

/** Stored text on a terminal: control characters, which could move its cursor or colour it, are shown as escapes. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) => `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`)
}

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function warn(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** The machine's form: one JSON value on a line. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [head, ...rows.map((row) => row.map(visible))]
  const widths = head.map((_, i) => Math.max(...shown.map((row) => (row[i] ?? '').length)))
  return shown
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Wrong use of the command; ends with 2, everything else that fails with 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What went wrong, where, and what to do, as lines for people. Never a stack. */
export function describe(error: unknown): string {
  if (error instanceof UsageError) return error.message
  if (!(error instanceof DBALError)) return systemSentence(error)
  const { fields = [], reason, hint } = error.details
  const head = reason ?? (hint === undefined || fields.length > 0 ? error.message : `${error.message}: ${hint}`)
  const lines = fields.map(({ field, error: text }) => `  ${visible(field)}  ${visible(text)}`)
  return [visible(head), ...lines, ...(hint !== undefined && reason !== undefined ? [`  → ${visible(hint)}`] : [])].join('\n')
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
}

function systemSentence(error: unknown): string {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException
  if (typeof code === 'string' && typeof path === 'string') return `${path}: ${systemReasons[code] ?? code}`
  const text = error instanceof Error ? error.message : String(error)
  return `Something went wrong inside DBAL: ${visible(text.split('\n', 1)[0] as string)}. Set DBAL_DEBUG=1 to see where, and please report it.`
}

/** Prints a failure and gives the exit code that belongs to it. */
export function fail(error: unknown, json: boolean): number {
  if (json) process.stderr.write(`${JSON.stringify({ error: error instanceof DBALError ? error.toPublic() : { message: describe(error) } })}\n`)
  else warn(`${coloured(process.stderr) ? '\u001b[31mdbal:\u001b[39m' : 'dbal:'} ${describe(error)}`)
  if (process.env['DBAL_DEBUG'] === '1')
    process.stderr.write(`${error instanceof Error ? `${error.stack}\n${String(error.cause ?? '')}` : String(error)}\n`)
  return error instanceof UsageError ? 2 : 1
}

/** The first line of standard input. */
export async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  throw new UsageError('Standard input is empty; expected the password on its first line')
}

/** Asks on the terminal without showing what is typed. */
export async function askHidden(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.question('', resolve)
      reader.on('SIGINT', () => reject(new UsageError('Cancelled')))
      reader.on('close', () => reject(new UsageError('Cancelled')))
    })
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
