/** A mistake in the text of an expression. Knows offsets only; `expression.ts` turns them into places in a file. */
export class Fault extends Error {
  /** Offset of the offending text, from 0. */
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** Offending text as complaints show it: on one line, cut at 60 characters. */
export function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}…` : line
}
