/** One law on many random programs. In charge of stopping at the first that breaks it, and of faults that laws must find; must not know tests. */
import fc from 'fast-check'
import type { Work } from '../apart/apart.ts'
import { everything } from '../program/calls.ts'
import { Choices, tape } from '../program/choices.ts'
import type { Backend } from '../program/lab.ts'
import { type Spoil, spoilGrants, spoilRules, uncheckedOf, unfiltered } from '../program/leaks.ts'
import { programs } from '../program/program.ts'
import type { Program } from '../program/spec.ts'
import { type Law, laws, refilled } from './laws.ts'

export interface Job {
  readonly law: string
  readonly backend: Backend
  readonly seed: number
  readonly programs: number
  /** With the fault of that law planted. */
  readonly broken?: true
}

export interface Done {
  readonly programs: number
  readonly wrong?: { readonly program: Program; readonly what: readonly unknown[] }
}

const everyRow = { kind: 'and', all: [] } as const

/** Every third time a plan of a list is made, it forgets the rule. */
const sometimes = (): Spoil => {
  let n = 0
  return spoilGrants((grant, _, operation) => (operation === 'list' && n++ % 3 === 1 ? { ...grant, rows: everyRow } : grant))
}

/** Broken on purpose: what each law must find. */
export const faults: Readonly<Record<string, () => Spoil>> = {
  'a deny never shows more': () => spoilRules((rules) => rules.map((rule) => ({ ...rule, effect: 'permit' }))),
  'a permit never shows less': () => spoilRules((rules) => rules.slice(1)),
  'order and repetition of rules do not matter': () => spoilRules((rules) => rules.slice(0, 1)),
  'a count is the length of the list': () => spoilGrants((grant, _, operation) => (operation === 'count' ? { ...grant, rows: everyRow } : grant)),
  'pages are the whole': sometimes,
  'a list is its reads': () => spoilGrants((grant, _, operation) => (operation === 'list' ? { ...grant, rows: everyRow } : grant)),
  'a plan that is remembered answers as a new one': sometimes,
  'a transaction is its steps by themselves': () => unfiltered('read'),
  'many creations are single ones': () => uncheckedOf('createMany'),
}

export const work: Work<Job, Done> = async ({ law, backend, seed, programs: wanted, broken }) => {
  const holds = laws[law] as Law
  const flavour = law === 'many creations are single ones' ? { ...everything, methods: ['createMany'] as const } : everything
  const size = { rows: 20, calls: law === 'a plan that is remembered answers as a new one' || refilled.has(law) ? 18 : 0 }
  const cases = fc.tuple(programs(size, flavour, { twoWorlds: refilled.has(law) }), tape(80))
  let wrong: Done['wrong']
  const details = await fc.check(
    fc.asyncProperty(cases, async ([program, tapeOf]) => {
      const what = await holds(program, new Choices(tapeOf), backend, broken === true ? faults[law]?.() : undefined)
      if (what.length > 0) wrong = { program, what }
      return what.length === 0
    }),
    { seed, numRuns: wanted, endOnFailure: true },
  )
  if (details.failed && wrong === undefined) throw details.errorInstance
  return { programs: details.numRuns, ...(wrong === undefined ? {} : { wrong }) }
}
