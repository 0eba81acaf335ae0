/**
 * What test files get as `node:test` in a mutation run: their tests are gathered as they load and run one after the other when asked for.
 * As much of node:test as the tests of this repository use; what it does not know it throws. Must not know of mistakes.
 */

type Body = (t: Context) => unknown
interface Options {
  readonly skip?: boolean | string | undefined
  readonly todo?: boolean | string | undefined
}

interface Group {
  readonly name: string
  readonly skipped: boolean
  readonly body: Body | undefined
  readonly tests: Group[]
  readonly before: Body[]
  readonly after: Body[]
  readonly beforeEach: Body[]
  readonly afterEach: Body[]
}

const made = (name: string, skipped: boolean, body?: Body): Group => ({
  name,
  skipped,
  body,
  tests: [],
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
})

let at = made('', false)

type Given = readonly [string | Options | Body | undefined, (Options | Body)?, Body?]

function read(given: Given): { readonly name: string; readonly options: Options; readonly body: Body | undefined } {
  const name = given.find((one) => typeof one === 'string')
  const options = given.find((one) => typeof one === 'object')
  const body = given.find((one) => typeof one === 'function')
  return { name: String(name ?? ''), options: (options as Options | undefined) ?? {}, body: body as Body | undefined }
}

function add(given: Given): void {
  const { name, options, body } = read(given)
  const skipped = [options.skip, options.todo].some((one) => one !== undefined && one !== false) || body === undefined
  at.tests.push(made(name, skipped, body))
}

function group(given: Given): void {
  const { name, options, body } = read(given)
  const outer = at
  at = made(name, options.skip !== undefined && options.skip !== false)
  outer.tests.push(at)
  try {
    const ran = body?.(undefined as unknown as Context)
    if (ran instanceof Promise) throw new Error(`The group ${name} is not ready at once`)
  } finally {
    at = outer
  }
}

const hook =
  (kind: 'before' | 'after' | 'beforeEach' | 'afterEach') =>
  (body: Body): void => {
    at[kind].push(body)
  }

export const [before, after, beforeEach, afterEach] = [hook('before'), hook('after'), hook('beforeEach'), hook('afterEach')]
const nothing = (): void => undefined
export const test = Object.assign((...given: Given): void => add(given), { before, after, beforeEach, afterEach, skip: nothing, todo: nothing })
export const describe = Object.assign((...given: Given): void => group(given), { skip: nothing, todo: nothing })
export { describe as suite, test as it }
export const { mock } = process.getBuiltinModule('node:test')
export default Object.assign(test, { test, describe, it: test, mock })

class Context {
  readonly name: string
  readonly #ended = new AbortController()
  readonly #after: Body[] = []
  readonly #outer: readonly Group[]

  constructor(name: string, outer: readonly Group[]) {
    this.name = name
    this.#outer = outer
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  readonly after = (body: Body): void => void this.#after.push(body)
  readonly diagnostic = nothing
  readonly skip = nothing

  readonly test = async (...given: Given): Promise<void> => {
    const { name, options, body } = read(given)
    if (body !== undefined && (options.skip === undefined || options.skip === false)) await inContext(name, body, this.#outer)
  }

  async end(): Promise<void> {
    for (const body of this.#after.toReversed()) await body(this)
    this.#ended.abort()
  }
}

async function inContext(name: string, body: Body, outer: readonly Group[]): Promise<void> {
  const t = new Context(name, outer)
  try {
    for (const each of outer.flatMap((one) => one.beforeEach)) await each(t)
    await body(t)
  } finally {
    await t.end()
    for (const each of outer.toReversed().flatMap((one) => one.afterEach)) await each(t)
  }
}

async function all(one: Group, outer: readonly Group[]): Promise<void> {
  if (one.skipped) return
  if (one.body !== undefined) return inContext(one.name, one.body, outer)
  const inside = [...outer, one]
  const t = new Context(one.name, inside)
  try {
    for (const body of one.before) await body(t)
    for (const test of one.tests) await all(test, inside)
  } finally {
    for (const body of one.after) await body(t)
  }
}

/** The tests that a file gave as it was loaded: `run` runs those of its outermost ones that are `wanted`, by place and in order, up to the first that fails. */
export interface Gathered {
  /** Undefined: skipped. */
  readonly names: readonly (string | undefined)[]
  run(wanted: (index: number) => boolean, around: (index: number, body: () => Promise<void>) => Promise<void>): Promise<void>
}

export async function gather(load: () => Promise<unknown>): Promise<Gathered> {
  const own = made('', false)
  at = own
  await load()
  return {
    names: own.tests.map(({ name, skipped }) => (skipped ? undefined : name)),
    run: async (wanted, around) => {
      const t = new Context('', [own])
      try {
        for (const body of own.before) await body(t)
        for (const [i, one] of own.tests.entries()) if (!one.skipped && wanted(i)) await around(i, () => all(one, [own]))
      } finally {
        for (const body of own.after) await body(t)
      }
    },
  }
}
