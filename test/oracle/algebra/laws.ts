/** Laws that need no second evaluator. In charge of what has to hold; must not know how many cases are tried. */
import type { Value } from '../../../src/schema/entity.ts'
import type { Choices } from '../program/choices.ts'
import type { Backend, Lab } from '../program/lab.ts'
import type { Spoil } from '../program/leaks.ts'
import { type CallSpec, type Program, principals } from '../program/spec.ts'
import { answered } from '../program/transcript.ts'
import { all, ask, everyone, oneMore, type Page, plain, type Row, refusal, type Sights, shuffled, sightsOf, told, withLab, withRules } from './ask.ts'

/** What is wrong, in any form that tells; empty where the law holds. `spoil` makes one side of it leak on purpose. */
type Wrong = readonly unknown[]
export type Law = (program: Program, choices: Choices, backend: Backend, spoil?: Spoil) => Promise<Wrong>

/** Rows with a key in `less` that are not in `more`, or hold a field there that they have not in `more`. */
function beyond(less: Sights, more: Sights): Wrong {
  return [...less].flatMap(([id, sight]) => {
    if (sight === undefined) return []
    const other = more.get(id)
    if (other === undefined || sight.total > other.total) return [`${id}: ${sight.total} rows, ${other?.total ?? 'none'} with more rights`]
    return sight.list
      .filter((row) => row['id'] !== undefined)
      .filter((row) => !other.list.some((one) => Object.entries(row).every(([name, value]) => JSON.stringify(one[name]) === JSON.stringify(value))))
      .map((row) => `${id}: ${JSON.stringify(row)}`)
  })
}

async function pagesOf(lab: Lab, who: number, entity: string, sort: Value): Promise<readonly Row[]> {
  const rows: Row[] = []
  let after: string | null | undefined
  do {
    const page: Page | undefined = await ask<Page>(lab, who, 'list', entity, { limit: 2, sort, ...(typeof after === 'string' ? { after } : {}) })
    rows.push(...(page?.data ?? []))
    after = page?.nextCursor
  } while (typeof after === 'string')
  return rows
}

/** A law of reads of one database, for each caller and entity that it may list. */
const ofLists =
  (law: (lab: Lab, who: number, entity: string, list: Page, choices: Choices) => Promise<Wrong>): Law =>
  (program, choices, backend, spoil) =>
    withLab(plain(program), backend, spoil, async (lab) => {
      for (const [who, entity] of everyone(program)) {
        const list = await ask<Page>(lab, who, 'list', entity, all)
        const wrong = list === undefined ? [] : await law(lab, who, entity, list, choices)
        if (wrong.length > 0) return [who, entity, ...wrong]
      }
      return []
    })

const keyed = (list: Page): readonly Value[] => list.data.flatMap((row) => (row['id'] === undefined ? [] : [row['id']]))

/** One caller's calls, a few at a time, in two databases that begin alike. For programs whose rows can be filled in anew. */
async function twice(
  program: Program,
  backend: Backend,
  spoil: Spoil | undefined,
  batches: readonly (readonly CallSpec[])[],
  compare: (alone: Lab, together: Lab, calls: readonly CallSpec[]) => Promise<Wrong>,
): Promise<Wrong> {
  return withLab(program, backend, undefined, (alone) =>
    withLab(program, backend, spoil, async (together) => {
      for (const [n, calls] of batches.entries()) {
        if (n > 0) for (const lab of [alone, together]) await lab.refill(program.rows)
        const wrong = await compare(alone, together, calls)
        if (wrong.length > 0) return [calls, ...wrong]
      }
      return []
    }),
  )
}

const text = async (lab: Lab): Promise<string> =>
  JSON.stringify([...(await lab.dump())].map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).toSorted()]))

export const laws: Readonly<Record<string, Law>> = {
  'a deny never shows more': async (program, choices, _, spoil) =>
    beyond(await sightsOf(oneMore(program, 'deny', choices), spoil), await sightsOf(program)),

  'a permit never shows less': async (program, choices, _, spoil) =>
    beyond(await sightsOf(program), await sightsOf(oneMore(program, 'permit', choices), spoil)),

  'order and repetition of rules do not matter': async (program, choices, _, spoil) => {
    const again = withRules(program, (e) => shuffled([...e.acl.rules, ...e.acl.rules.filter(() => choices.chance(40))], choices))
    const [here, there] = [await sightsOf(program), await sightsOf(again, spoil)]
    return [...here].filter(([id, sight]) => JSON.stringify(sight) !== JSON.stringify(there.get(id)))
  },

  'a count is the length of the list': ofLists(async (lab, who, entity, list) => {
    const count = await ask<number>(lab, who, 'count', entity)
    return list.total === list.data.length && count === list.data.length ? [] : [list.total, list.data.length, count]
  }),

  'pages are the whole': ofLists(async (lab, who, entity, list, choices) => {
    const fields = Object.keys(list.data[0] ?? {})
    const sort: Value = fields.length === 0 ? [] : [{ [choices.pick(fields)]: choices.pick(['asc', 'desc']) }]
    const whole = (await ask<Page>(lab, who, 'list', entity, { limit: 100, sort }))?.data ?? []
    const pages = await pagesOf(lab, who, entity, sort)
    return JSON.stringify(pages) === JSON.stringify(whole) ? [] : [sort, pages, whole]
  }),

  'a list is its reads': ofLists(async (lab, who, entity, list) => {
    const wrong: unknown[] = []
    for (const row of list.data.filter((one) => one['id'] !== undefined)) {
      const read = await ask<Row>(lab, who, 'read', entity, row['id'] as Value)
      if (JSON.stringify(read) !== JSON.stringify(row)) wrong.push(row, read)
    }
    return wrong
  }),

  'reads that come together are single ones': ofLists(async (lab, who, entity, list) => {
    const ids = [...keyed(list), 'nosuch']
    const together = await Promise.all(ids.map((id) => told(lab, who, 'read', [entity, id])))
    const singles = []
    for (const id of ids) singles.push(await told(lab, who, 'read', [entity, id]))
    return JSON.stringify(together) === JSON.stringify(singles) ? [] : [together, singles]
  }),

  // What is remembered between calls are plans, by role and shape: there is no cache of answers yet.
  'a plan that is remembered answers as a new one': async (program, choices, backend, spoil) => {
    const calls = shuffled(program.calls, choices).filter(({ method }) => ['list', 'read', 'count', 'search', 'aggregate'].includes(method))
    const asOthers = calls.map((call) => ({ ...call, who: (call.who + 1) % principals.length }))
    const answers = (order: readonly CallSpec[], leak?: Spoil) =>
      withLab(program, backend, leak, async (lab) => {
        const by = new Map<CallSpec, string[]>()
        for (const call of order) by.set(call, [...(by.get(call) ?? []), JSON.stringify(await answered(call, lab.send))])
        return by
      })
    const fresh = await answers(calls.toReversed())
    const warm = await answers([...calls, ...asOthers, ...calls], spoil)
    return calls.filter((call) => warm.get(call)?.some((one) => one !== fresh.get(call)?.[0]))
  },

  'a transaction is its steps by themselves': (program, choices, backend, spoil) => {
    const own = program.calls.filter(({ method, pages }) => method !== 'transaction' && pages === undefined)
    const who = choices.below(principals.length)
    const batches = Array.from({ length: Math.ceil(own.length / 3) }, (_, n) => own.slice(3 * n, 3 * n + 3).map((call) => ({ ...call, who })))
    return twice(program, backend, spoil, batches, async (alone, together, calls) => {
      const before = await text(alone)
      const answers = []
      for (const call of calls) {
        answers.push(await answered(call, alone.send))
        if ('error' in (answers.at(-1) as object)) break
      }
      const steps = calls.map(({ method, params }): Value => ({ method, params }))
      const whole = await answered({ who, method: 'transaction', params: [steps] }, together.send)
      const failed = answers.map(refusal).find((name) => name !== undefined)
      const expected = failed === undefined ? [answers.map((one) => ('result' in one ? one.result : null)), await text(alone)] : [failed, before]
      const actual = ['result' in whole ? whole.result : whole.error.name, await text(together)]
      return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [actual, expected]
    })
  },

  'many creations are single ones': (given, choices, backend, spoil) => {
    const program = plain(given)
    const batches = program.calls
      .filter(({ method }) => method === 'createMany')
      .map(
        (call): CallSpec => ({
          ...call,
          who: choices.below(principals.length),
          params: [call.params[0] as Value, call.params[1] as Value, { returning: true }],
        }),
      )
      .filter(({ params }) => areApart(params[1] as readonly Row[]))
    return twice(
      program,
      backend,
      spoil,
      batches.map((call) => [call]),
      async (alone, together, [call]) => {
        const { who, params } = call as CallSpec
        const singles = []
        for (const item of params[1] as readonly Value[])
          singles.push(await answered({ who, method: 'create', params: [params[0] as Value, item] }, alone.send))
        const whole = await answered(call as CallSpec, together.send)
        const failed = singles.map(refusal).filter((name) => name !== undefined)
        if (failed.length > 0) return 'error' in whole && failed.includes(whole.error.name) ? [] : [whole, singles]
        const made = { result: singles.map((one) => ('result' in one ? one.result : null)) }
        return JSON.stringify(whole) === JSON.stringify(made) ? [] : [whole, made]
      },
    )
  },
}

/** A row may refer to one that the same call makes, which no single call can; of one key twice it is told whichever is found first. */
function areApart(items: readonly Row[]): boolean {
  const keys = new Set(items.map((item) => item['id']))
  return (
    keys.size === items.length &&
    !items.some((item) => Object.entries(item).some(([name, value]) => name.endsWith('Id') && name !== 'ownerId' && keys.has(value)))
  )
}

/** Those whose databases are filled anew: rows without `restrict`. */
export const refilled: ReadonlySet<string> = new Set(['a transaction is its steps by themselves', 'many creations are single ones'])
/** Those that look at rules alone, which is the same on every backend. */
export const ofRules: ReadonlySet<string> = new Set([
  'a deny never shows more',
  'a permit never shows less',
  'order and repetition of rules do not matter',
])
