/**
 * Rows in a file, one a line: `{"entity": …, "row": {…}}`. In charge of the form, of the number of each line, and of reading any line again;
 * must not know what rows mean. Nothing of a file is kept but what is asked for.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { scan } from '../../protocol/scan.ts'
import type { Value } from '../../schema/entity.ts'

export type Row = Readonly<Record<string, Value>>

/** One line of the file or several that follow each other, and where to find them again. */
export interface Stretch {
  /** Of the first line, from 1. */
  readonly number: number
  readonly offset: number
  /** Bytes, without the last line's end. */
  readonly length: number
}

export interface RowLine extends Stretch {
  readonly entity: string
  readonly row: Row
}

/** A line that is no row: its number and why. */
export class BadLine extends Error {
  readonly number: number
  constructor(number: number, error: string) {
    super(error)
    this.number = number
  }
}

/** Bytes of a line. A row is bounded by its fields (json to 1 MiB each); beyond this the file is not one of rows. */
export const longestLine = 64 * 1024 * 1024
/** Levels of a line: a json field at its limit of 32, in a row, in a line. */
const deepest = 34
const chunk = 256 * 1024
const whole: Stretch = { number: 1, offset: 0, length: Number.MAX_SAFE_INTEGER }

export class RowFile {
  readonly #handle: FileHandle

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async open(path: string): Promise<RowFile> {
    return new RowFile(await open(path, 'r'))
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  /** Every line that is not empty, of the whole file or a stretch of it, in order. Throws BadLine at the first that is no row. */
  async *rows(stretch: Stretch = whole): AsyncGenerator<RowLine> {
    for await (const { text, ...line } of this.#lines(stretch)) {
      if (text.trim() === '') continue
      yield { ...line, ...parsed(text, line.number) }
    }
  }

  async *#lines({ number: first, offset: start, length: all }: Stretch): AsyncGenerator<Stretch & { readonly text: string }> {
    const buffer = Buffer.allocUnsafe(Math.min(chunk, all))
    let parts: Buffer[] = []
    let length = 0
    let offset = start
    let number = first
    const line = () => ({ number, offset, length, text: textOf(parts, number) })
    for (let position = start; position < start + all; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(buffer.length, start + all - position), position)
      if (bytesRead === 0) break
      for (let at = 0; at < bytesRead; ) {
        const end = buffer.subarray(0, bytesRead).indexOf(0x0a, at)
        const part = buffer.subarray(at, end === -1 ? bytesRead : end)
        parts.push(Buffer.from(part))
        length += part.length
        if (length > longestLine) throw new BadLine(number, `The line is longer than ${longestLine} bytes`)
        at += part.length
        if (end === -1) continue
        yield line()
        at++
        offset += length + 1
        number++
        parts = []
        length = 0
      }
      position += bytesRead
    }
    if (length > 0) yield line()
  }
}

const strict = new TextDecoder('utf-8', { fatal: true })

function textOf(parts: readonly Buffer[], number: number): string {
  try {
    return strict.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts))
  } catch {
    throw new BadLine(number, 'Is no UTF-8 text')
  }
}

function parsed(text: string, number: number): { readonly entity: string; readonly row: Row } {
  const { fault } = scan(text, deepest)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BadLine(number, 'Is no JSON object')
  }
  if (fault !== undefined) throw new BadLine(number, `${fault.place === '' ? '' : `${fault.place}: `}${fault.error}`)
  const { entity, row, ...rest } = (isObject(value) ? value : {}) as { readonly entity?: unknown; readonly row?: unknown }
  if (typeof entity !== 'string' || !isObject(row) || Object.keys(rest).length > 0)
    throw new BadLine(number, 'Expected {"entity": "…", "row": {…}} and nothing else')
  return { entity, row: row as Row }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
