/** A plan that tells its statement instead of running it. In charge of how the text is come by and asked about; must not know a database. */
import type { Described } from '../../../adapter/adapter.ts'
import type { Answer, Args } from '../../../query/ast.ts'
import type { Physical } from '../dialect.ts'
import type { Channel, Plan, Text } from './channel.ts'

/** How a database is asked what it would do: the words in front of a statement, and what of a row of its answer is worth telling. */
export interface Asking {
  readonly words: string
  line(row: readonly Physical[]): string
}

/** Answers rows of one text: the statement, then the lines of the database's own plan. */
export class Telling implements Plan {
  readonly writes = false
  readonly #plan: Plan
  readonly #asking: Asking

  constructor(plan: Plan, asking: Asking) {
    this.#plan = plan
    this.#asking = asking
  }

  steps(): number {
    return 1
  }

  async run(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    const first = await statementOf(this.#plan, args)
    if (first === undefined) return { rows: [] }
    const { words, line } = this.#asking
    try {
      const raw = await channel.run({ text: `${words} ${first.text.text}`, rows: true }, first.values, deadline)
      return { rows: [[first.text.text], ...(raw as Physical[][]).map((row) => [line(row)])] }
    } catch {
      // Some statements cannot be asked about (a MariaDB of old does not plan writes); their text is still worth telling.
      return { rows: [[first.text.text]] }
    }
  }
}

class Stopped extends Error {}

async function statementOf(plan: Plan, args: Args): Promise<{ readonly text: Text; readonly values: readonly Physical[] } | undefined> {
  let first: { readonly text: Text; readonly values: readonly Physical[] } | undefined
  const channel: Channel = {
    within: true,
    run(text, values) {
      first ??= { text, values }
      throw new Stopped()
    },
  }
  try {
    await plan.run(channel, args, undefined)
  } catch {
    // The channel stops every plan at its first statement.
  }
  return first
}

export function described({ rows }: Answer): Described | undefined {
  const [text, ...plan] = rows.map((row) => String(row[0]))
  return text === undefined ? undefined : { text, plan }
}
