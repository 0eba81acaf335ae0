/** What was found out: kept line by line, so that a run that is ended goes on, and told as a score. Must not know how it was found out. */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.ts'
import type { Mutant } from './mutants.ts'
import { cache } from './tree.ts'
import type { Verdict } from './trial.ts'

const kept = join(cache, 'results.jsonl')
const reviewedFile = join(root, 'tools/mutation/reviewed.json')

export interface Result extends Verdict {
  readonly mutant: Mutant
}

/** A mistake that changes nothing anybody could see. Found by the text of its line: an edit of that makes it one to look at again. */
export interface Reviewed {
  readonly file: string
  readonly code: string
  readonly change: string
  /** Which of several alike, from 1. */
  readonly nth?: number
  readonly reason: string
}

const keyOf = ({ file, code, change, nth }: Omit<Reviewed, 'reason'>): string => JSON.stringify([file, code, change, nth ?? 1])

export const reviewedBy = (list: readonly Reviewed[]): ReadonlyMap<string, Reviewed> => new Map(list.map((one) => [keyOf(one), one]))
export const readReviewed = () => reviewedBy(JSON.parse(readFileSync(reviewedFile, 'utf8')) as Reviewed[])

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20)

interface Line extends Verdict {
  readonly id: string
  readonly fingerprint: string
}

/** By what the file holds: an edit of it makes all its mistakes new ones. A survivor of other tests is tried again, one that was found is not. */
export class Journal {
  readonly #known = new Map<string, Line>()
  readonly #fingerprint: string
  readonly #sources: ReadonlyMap<string, string>

  constructor(fingerprint: string, sources: ReadonlyMap<string, string>, anew: boolean) {
    this.#fingerprint = fingerprint
    this.#sources = sources
    mkdirSync(cache, { recursive: true })
    if (anew) rmSync(kept, { force: true })
    if (!existsSync(kept)) return
    for (const text of readFileSync(kept, 'utf8').split('\n')) {
      // The last line of a run that was killed may be half of one.
      if (!text.endsWith('}')) continue
      const line = JSON.parse(text) as Line
      this.#known.set(line.id, line)
    }
  }

  #idOf({ file, start, end, text }: Mutant): string {
    return digest(JSON.stringify([file, digest(this.#sources.get(file) ?? ''), start, end, text]))
  }

  known(mutant: Mutant): Verdict | undefined {
    const line = this.#known.get(this.#idOf(mutant))
    return line === undefined || (!line.killed && line.fingerprint !== this.#fingerprint) ? undefined : line
  }

  keep(mutant: Mutant, verdict: Verdict): void {
    const line: Line = { id: this.#idOf(mutant), fingerprint: this.#fingerprint, ...verdict }
    this.#known.set(line.id, line)
    appendFileSync(kept, `${JSON.stringify(line)}\n`)
  }

  /** The same order in every run, that begins with no file in particular. */
  shuffled(mutants: readonly number[], all: readonly Mutant[], seed: string): number[] {
    const keys = new Map(mutants.map((number) => [number, digest(`${seed} ${this.#idOf(all[number] as Mutant)}`)]))
    return [...mutants].sort((a, b) => ((keys.get(a) as string) < (keys.get(b) as string) ? -1 : 1))
  }
}

export interface Score {
  readonly tried: number
  readonly of: number
  readonly killed: number
  readonly reviewed: number
  readonly unreached: number
  /** Found, of all and of those that are not reviewed: from 0 to 1. */
  readonly raw: number
  readonly score: number
  /** Half the width of the interval that holds the score of all mistakes, 19 times of 20; 0 where all were tried. */
  readonly within: number
  readonly survivors: readonly Result[]
  /** Reviews of lines that are no longer so, or of mistakes that are found by now. Known where all were tried. */
  readonly stale: readonly Reviewed[]
}

export function scoreOf(results: readonly Result[], of: number, reviewed: ReadonlyMap<string, Reviewed>): Score {
  const isReviewed = ({ killed, mutant }: Result): boolean => !killed && reviewed.has(keyOf(mutant))
  const killed = results.filter((one) => one.killed).length
  const counted = results.filter((one) => !isReviewed(one))
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)
  const score = share(killed, counted.length)
  const files = new Set(results.map(({ mutant }) => mutant.file))
  const open = new Set(results.filter((one) => !one.killed).map(({ mutant }) => keyOf(mutant)))
  return {
    tried: results.length,
    of,
    killed,
    reviewed: results.length - counted.length,
    unreached: results.filter(({ by }) => by === 'no test reaches it').length,
    raw: share(killed, results.length),
    score,
    // Of a sample without replacement.
    within: counted.length === 0 ? 0 : 1.96 * Math.sqrt((score * (1 - score) * (1 - results.length / of)) / counted.length),
    survivors: counted.filter((one) => !one.killed),
    stale: results.length < of ? [] : [...reviewed].filter(([key, one]) => files.has(one.file) && !open.has(key)).map(([, one]) => one),
  }
}
