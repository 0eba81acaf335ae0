/**
 * Reads by key that are asked in one turn of the event loop become one statement, each with its own values as data.
 * In charge of that statement's text and of whose rows are whose; must not know connections or what may be asked again.
 */
import { LRUCache } from 'lru-cache'
import type { Physical } from '../sql/dialect.ts'
import { quotedElement } from '../sql/dialects/postgres/codec.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import type { Part } from './wire.ts'

/** Reads of one statement: more gain little, and a statement runs on one processor of the server only. */
const mostTogether = 32
/** Texts whose common form is remembered. */
const textLimit = 1000

interface Asked {
  readonly part: Part
  readonly deadline: number | undefined
  readonly resolve: (raw: Raw | Promise<Raw>) => void
}

type Send = (part: Part, deadline: number | undefined) => Promise<Raw>

export class Gathering {
  readonly #send: Send
  readonly #groups = new Map<Text, Asked[]>()
  readonly #forms = new LRUCache<string, { readonly text: Text | undefined }>({ max: textLimit })

  constructor(send: Send) {
    // What is refused at once is refused to the one who asked.
    this.#send = async (part, deadline) => send(part, deadline)
  }

  /** Sends it with others of its text that are asked in this turn. */
  ask(part: Part, deadline: number | undefined): Promise<Raw> {
    if (this.#formOf(part.text) === undefined) return this.#send(part, deadline)
    return new Promise((resolve) => {
      const asked = { part, deadline, resolve }
      const group = this.#groups.get(part.text)
      if (group !== undefined) {
        group.push(asked)
        return
      }
      if (this.#groups.size === 0) setImmediate(() => this.#flush())
      this.#groups.set(part.text, [asked])
    })
  }

  #formOf({ text }: Text): Text | undefined {
    let form = this.#forms.get(text)
    if (form === undefined) {
      form = { text: together(text) }
      this.#forms.set(text, form)
    }
    return form.text
  }

  #flush(): void {
    const groups = [...this.#groups]
    this.#groups.clear()
    for (const [text, all] of groups) {
      for (let at = 0; at < all.length; at += mostTogether) {
        const some = all.slice(at, at + mostTogether)
        const [first] = some as [Asked]
        if (some.length === 1) first.resolve(this.#send(first.part, first.deadline))
        else void this.#all(this.#formOf(text) as Text, some)
      }
    }
  }

  async #all(text: Text, all: readonly Asked[]): Promise<void> {
    const width = (all[0] as Asked).part.values.length
    const values = Array.from({ length: width }, (_, i) => `{${all.map(({ part }) => element(part.values[i] as Physical)).join(',')}}`)
    const times = all.flatMap(({ deadline }) => (deadline === undefined ? [] : [deadline]))
    try {
      const rows = (await this.#send({ text, values }, times.length === 0 ? undefined : Math.min(...times))) as Physical[][]
      const found = all.map((): Physical[][] => [])
      for (const row of rows) found[Number(row.pop()) - 1]?.push(row)
      all.forEach(({ resolve }, i) => {
        resolve(found[i] as Physical[][])
      })
    } catch {
      // One of them may be to blame, or have had less time: by itself each hears what became of it.
      for (const { part, deadline, resolve } of all) resolve(this.#send(part, deadline))
    }
  }
}

const element = (value: Physical): string => (value === null ? 'null' : quotedElement(String(value)))

/** Binds of one value each; an array or a path has no array of its own, and bytes travel in another form. */
const placeholder = /\$(\d+)::([a-z0-9_]+)(\[\])?/g
const quoted = /"(?:[^"]|"")*"/g
const alone: ReadonlySet<string> = new Set(['jsonpath', 'bytea'])

/** The statement that asks `text` for each of many sets of values, with the number of the set as last cell; undefined where it has none such. */
export function together(text: string): Text | undefined {
  // A name with the sign of a placeholder in it could be taken for one.
  if (text.match(quoted)?.some((name) => name.includes('$')) === true) return undefined
  const casts: string[] = []
  for (const [, n, cast, list] of text.matchAll(placeholder)) {
    if (list !== undefined || alone.has(cast as string)) return undefined
    casts[Number(n) - 1] = cast as string
  }
  if (casts.length === 0 || casts.includes(undefined as unknown as string)) return undefined
  const one = text.replace(placeholder, (_, n: string) => `b.p${n}`)
  const lists = casts.map((cast, i) => `$${i + 1}::${cast}[]`).join(', ')
  const names = casts.map((_, i) => `p${i + 1}`).join(', ')
  // The offset keeps the planner from joining: each question visits the rows that it would visit alone, and no others.
  const each = `SELECT * FROM (${one}) AS o OFFSET 0`
  return {
    text: `SELECT r.*, b.i FROM unnest(${lists}) WITH ORDINALITY AS b(${names}, i) CROSS JOIN LATERAL (${each}) AS r`,
    rows: true,
    quick: true,
  }
}
