/** Collects complaints about schema files, so that an author sees all of them at once. Must not know what the files mean. */
import { DBALError, type FieldError } from '../errors/error.ts'
import type { Place } from './entity.ts'

/** A broken file of a megabyte could make a complaint a line; nobody reads past this many. */
const mostShown = 500

export class Complaints {
  readonly #all: { readonly place: Place; readonly error: string }[] = []

  add(place: Place, error: string): void {
    this.#all.push({ place, error })
  }

  get count(): number {
    return this.#all.length
  }

  /** In the order of the files: `{field: 'entities/user.yaml:3:5', error}`. */
  list(): FieldError[] {
    const sorted = [...this.#all].sort(
      (a, b) => compareText(a.place.file, b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column,
    )
    const seen = new Set<string>()
    const shown: FieldError[] = []
    for (const { place, error } of sorted) {
      const field = `${place.file}:${place.line}:${place.column}`
      if (seen.has(`${field} ${error}`)) continue
      seen.add(`${field} ${error}`)
      if (shown.length < mostShown) shown.push({ field, error })
    }
    if (seen.size > shown.length) shown.push({ field: 'schema', error: `${seen.size - shown.length} more complaints are not shown` })
    return shown
  }

  /** Throws one VALIDATION_ERROR that carries every complaint, or does nothing. */
  throwIfAny(): void {
    if (this.#all.length === 0) return
    const fields = this.list()
    throw new DBALError('VALIDATION_ERROR', { fields, reason: `The schema has ${fields.length === 1 ? 'a mistake' : `${fields.length} mistakes`}` })
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Offending text as it is shown: quoted, on one line, cut at 60 characters. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…${typeof value === 'string' ? '"' : ''}` : text
}

/** The known word that `word` was most likely meant to be, if one is near enough to be worth naming. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // A word this long is no slip of the pen, and the distance costs its square.
  if (word.length > 64) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = candidate.toLowerCase() === word.toLowerCase() ? 0 : editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** End of a complaint about an unknown word where one that is known looks like it. */
export function meant(word: string, known: Iterable<string>): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

/** End of a complaint about an unknown word: the nearest known one, or the whole list where it is short. */
export function suggestion(word: string, known: Iterable<string>): string {
  const words = [...known]
  const near = meant(word, words)
  if (near !== '') return near
  if (words.length === 0) return ''
  return words.length <= 20 ? `; known here: ${words.join(', ')}` : ''
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
