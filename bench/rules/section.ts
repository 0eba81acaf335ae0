/**
 * What a rule costs: the call of somebody whom the rule binds, beside the hand-written statement with the same condition; and both beside
 * the same without rule and condition. In charge of equal answers before anything is timed.
 */
import assert from 'node:assert/strict'
import { DBALClient } from '../../src/exports/index.ts'
import { fixed, inTurn, type Pace, type Placed } from '../harness.ts'
import { caller, type Opening, visibleIds } from './fixture.ts'
import type { Hand, Hands } from './hand.ts'
import { type Kind, kindsOfRules } from './schema.ts'

interface Line {
  readonly kind: Kind
  readonly operation: string
  readonly callers: number
  /** By hand with the condition, by hand without, DBAL with the rule, DBAL without. */
  readonly placed: readonly Placed[]
}

type Work = (i: number) => Promise<unknown>

const idOf = (i: number): number => visibleIds[(i * 37) % visibleIds.length] as number

function byHand(hand: Hand): { readonly read: Work; readonly list: Work } {
  return { read: (i) => hand.read(idOf(i)), list: () => hand.list() }
}

function byClient(client: DBALClient, { entity }: Kind): { readonly read: Work; readonly list: Work } {
  const items = client.entity(entity)
  return { read: (i) => items.read(idOf(i) as never), list: () => items.list({ limit: 20, sort: { id: 'asc' } }) }
}

/** The section as Markdown. */
export async function measureRules(
  title: string,
  hands: Hands,
  opening: Opening,
  callers: readonly number[],
  pace: Pace,
  say: (text: string) => void,
): Promise<string> {
  const some = new DBALClient({ mode: 'development', ...opening, auth: { user: caller } })
  const all = new DBALClient({ mode: 'development', ...opening, auth: { user: { id: 'g', role: 'god' } } })
  const lines: Line[] = []
  try {
    for (const kind of kindsOfRules) {
      const asked = [byHand(hands.of(kind, true)), byHand(hands.of(kind, false)), byClient(some, kind), byClient(all, kind)] as const
      for (const operation of ['read', 'list'] as const) {
        const works = asked.map((each) => each[operation])
        await agree(works)
        for (const count of callers) {
          say(`${title}: ${operation} behind ${kind.title}, ${count} at once …`)
          lines.push({ kind, operation, callers: count, placed: await inTurn(works, { callers: count, pace }) })
        }
      }
    }
  } finally {
    await some.close()
    await all.close()
    await hands.close()
  }
  return sectionOf(title, hands.name, lines)
}

/** SQLite's driver gives a flag as a number, and `pg` as a flag; DBAL tells a page more than its rows. */
const plainly = (value: unknown): unknown => {
  const answer = value as { data?: readonly Record<string, unknown>[]; total?: number }
  const row = (each: Record<string, unknown>) => ({ ...each, done: Boolean(each['done']) })
  return answer.data === undefined ? row(value as Record<string, unknown>) : { data: answer.data.map(row), total: answer.total }
}

async function agree(works: readonly Work[]): Promise<void> {
  const [handSome, handAll, some, all] = (await Promise.all(works.map((work) => work(1)))).map(plainly)
  assert.deepEqual(some, handSome)
  assert.deepEqual(all, handAll)
}

/** The rule's factor on DBAL's call, to the condition's on the statement. By shares of one round each, which the machine's other work meets alike. */
function costOf({ placed }: Line): number {
  const [handSome, handAll, some, all] = placed.map(({ share }) => 1 / share) as [number, number, number, number]
  return some / all / (handSome / handAll)
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

function sectionOf(title: string, raw: string, lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const { kind, operation, callers, placed } = line
    const [handSome, handAll, some, all] = placed.map(({ micros }) => micros) as [number, number, number, number]
    const times = 1 / (placed[2] as Placed).share
    const cells = [handAll, handSome, all, some].map(fixed)
    return `| ${kind.title} | ${operation === 'list' ? 'list of 20 with total' : 'point read'} | ${callers} | ${cells.join(' | ')} | ${times.toFixed(2)} | ${costOf(line).toFixed(2)} |`
  })
  return [
    `## Rules, ${title}`,
    '',
    `Microseconds an operation. "By hand" is ${raw} with prepared statements; the condition is the rule's.`,
    '',
    '| rule | operation | callers | by hand, all rows | by hand, condition | DBAL, all rows | DBAL, rule | rule ÷ condition by hand | what the rule costs ÷ what the condition costs |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `The last two columns: DBAL's call behind the rule to the hand-written statement with the condition, in the same rounds; and how much longer the rule makes DBAL's call, to how much longer the condition makes the statement (bar: 1.1). Median of the last: ${median(lines.map(costOf)).toFixed(2)}.`,
  ].join('\n')
}
