/**
 * Laws of rules and reads that need no second evaluator: a deny never shows more, a permit never less, order and repetition do not matter;
 * a list is its reads, a count its length, pages are the whole, a batch is its single calls. On random schemas, rules, rows and callers.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Value } from '../../src/schema/entity.ts'
import { Choices, tape } from './program/choices.ts'
import { expression } from './program/expressions.ts'
import { type Lab, openLab } from './program/lab.ts'
import { type Spoil, spoilGrants, spoilRules } from './program/leaks.ts'
import { programs, resolve } from './program/program.ts'
import { runs } from './program/regression.ts'
import { type EntitySpec, type Program, principals, type RuleSpec } from './program/spec.ts'
import { seed } from './seed.ts'

type Row = { readonly [field: string]: Value }
interface Page {
  readonly data: readonly Row[]
  readonly total: number
  readonly nextCursor: string | null
}

/** What one caller gets of one entity; undefined where it is not allowed to ask. */
type Sight = { readonly list: readonly Row[]; readonly total: number } | undefined
type Sights = ReadonlyMap<string, Sight>

const callers = principals.map((_, i) => i)
const everyone = (program: Program): readonly [who: number, entity: string][] =>
  callers.flatMap((who) => program.entities.map((e) => [who, e.entity] as [number, string]))

async function ask<T>(lab: Lab, who: number, method: string, ...params: Value[]): Promise<T | undefined> {
  const reply = await lab.send(method, params, principals[who] as (typeof principals)[number])
  return reply.ok ? (reply.result as T) : undefined
}

const all: Value = { limit: 100 }

async function sightsOf(program: Program, spoil?: Spoil): Promise<Sights> {
  const lab = await openLab(program, 'memory', spoil)
  try {
    const sights = new Map<string, Sight>()
    for (const [who, entity] of everyone(program)) {
      const page = await ask<Page>(lab, who, 'list', entity, all)
      sights.set(`${who} ${entity}`, page === undefined ? undefined : { list: page.data, total: page.total })
    }
    return sights
  } finally {
    await lab.close()
  }
}

const withRules = (program: Program, change: (entity: EntitySpec) => readonly RuleSpec[]): Program => ({
  ...program,
  entities: program.entities.map((e) => ({ ...e, acl: { rules: change(e) } })),
})

/** One rule more for roles and operations that have rules already, so that no operation is governed otherwise than before. */
function oneMore(program: Program, effect: 'permit' | 'deny', choices: Choices): Program {
  const around = { entities: program.entities, far: true, usable: () => true }
  return withRules(program, (e) => {
    const like = choices.pick(e.acl.rules)
    const { entity, role, operations } = like
    const rule: RuleSpec = { entity, role, operations, row_level_filter: expression(e, around, choices), ...(effect === 'deny' ? { effect } : {}) }
    const named = e.acl.rules.some((r) => r.effect !== 'deny' && r.role.join() === role.join() && r.operations.join() === operations.join())
    return named ? [...e.acl.rules, rule] : e.acl.rules
  })
}

/** Rows with a key in `less` that are not in `more`, or hold a field there that they have not in `more`. */
function beyond(less: Sights, more: Sights): readonly string[] {
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

const shuffled = <T>(list: readonly T[], choices: Choices): T[] => {
  const rest = [...list]
  return list.map(() => rest.splice(choices.below(rest.length), 1)[0] as T)
}

/** Laws that change the rules. Each answers what is wrong. */
const ruleLaws: Readonly<Record<string, (program: Program, choices: Choices, spoil?: Spoil) => Promise<unknown>>> = {
  'a deny never shows more': async (program, choices, spoil) =>
    beyond(await sightsOf(oneMore(program, 'deny', choices), spoil), await sightsOf(program)),
  'a permit never shows less': async (program, choices, spoil) =>
    beyond(await sightsOf(program), await sightsOf(oneMore(program, 'permit', choices), spoil)),
  'order and repetition of rules do not matter': async (program, choices, spoil) => {
    const twice = withRules(program, (e) => shuffled([...e.acl.rules, ...e.acl.rules.filter(() => choices.chance(40))], choices))
    const [here, there] = [await sightsOf(program), await sightsOf(twice, spoil)]
    return [...here].filter(([id, sight]) => JSON.stringify(sight) !== JSON.stringify(there.get(id)))
  },
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

/** Laws of reads of one database: what is wrong for a caller and an entity whose list is `list`. */
const readLaws: Readonly<Record<string, (lab: Lab, who: number, entity: string, list: Page, choices: Choices) => Promise<unknown>>> = {
  'a count is the length of the list': async (lab, who, entity, list) => {
    const count = await ask<number>(lab, who, 'count', entity)
    return list.total === list.data.length && count === list.data.length ? [] : [list.total, list.data.length, count]
  },
  'pages are the whole': async (lab, who, entity, list, choices) => {
    const fields = Object.keys(list.data[0] ?? {})
    const sort: Value = fields.length === 0 ? [] : [{ [choices.pick(fields)]: choices.pick(['asc', 'desc']) }]
    const whole = (await ask<Page>(lab, who, 'list', entity, { limit: 100, sort }))?.data ?? []
    const pages = await pagesOf(lab, who, entity, sort)
    return JSON.stringify(pages) === JSON.stringify(whole) ? [] : [sort, pages, whole]
  },
  'a list is its reads': async (lab, who, entity, list) => {
    const wrong: unknown[] = []
    for (const row of list.data.filter((one) => one['id'] !== undefined)) {
      const read = await ask<Row>(lab, who, 'read', entity, row['id'] as Value)
      if (JSON.stringify(read) !== JSON.stringify(row)) wrong.push(row, read)
    }
    return wrong
  },
  'a batch is its single calls': async (lab, who, entity, list) => {
    const steps = list.data.filter((one) => one['id'] !== undefined).map((row): Value => ({ method: 'read', params: [entity, row['id'] as Value] }))
    if (steps.length === 0) return []
    const batch = await ask<Value>(lab, who, 'transaction', steps)
    const singles = []
    for (const row of list.data.filter((one) => one['id'] !== undefined)) singles.push(await ask<Value>(lab, who, 'read', entity, row['id'] as Value))
    return JSON.stringify(batch) === JSON.stringify(singles) ? [] : [batch, singles]
  },
}

/** Rules that say otherwise of list, count and read are no contradiction: they are asked where read alone governs. */
const plain = (program: Program): Program =>
  withRules(program, (e) =>
    e.acl.rules
      .map((rule) => ({ ...rule, operations: rule.operations.filter((name) => !['list', 'count', 'search', 'aggregate'].includes(name)) }))
      .filter((rule) => rule.operations.length > 0),
  )

const cases = fc.tuple(programs({ rows: 20, calls: 0 }), tape(80))
const wanted = runs(40)

async function broken(law: (program: Program, choices: Choices) => Promise<unknown>, numRuns: number): Promise<string | undefined> {
  let told: string | undefined
  await fc.check(
    fc.asyncProperty(cases, async ([program, choices]) => {
      resolve(program)
      const wrong = (await law(program, new Choices(choices))) as readonly unknown[]
      if (wrong.length > 0) told = `${JSON.stringify(wrong)}\n${JSON.stringify(program)}`
      return wrong.length === 0
    }),
    { seed, numRuns, endOnFailure: true },
  )
  return told
}

for (const [name, law] of Object.entries(ruleLaws)) {
  test(`${wanted} programs, seed ${seed}: ${name}`, async () => assert.equal(await broken(law, wanted), undefined))
}

const reads =
  (law: (typeof readLaws)[string], backend: 'memory' | 'sqlite', spoil?: Spoil) =>
  async (program: Program, choices: Choices): Promise<unknown> => {
    const asked = plain(program)
    const lab = await openLab(asked, backend, spoil)
    try {
      for (const [who, entity] of everyone(asked)) {
        const list = await ask<Page>(lab, who, 'list', entity, all)
        const wrong = list === undefined ? [] : ((await law(lab, who, entity, list, choices)) as readonly unknown[])
        if (wrong.length > 0) return [who, entity, ...wrong]
      }
      return []
    } finally {
      await lab.close()
    }
  }

for (const [name, law] of Object.entries(readLaws)) {
  for (const backend of ['memory', 'sqlite'] as const)
    test(`${backend}: ${wanted} programs, seed ${seed}: ${name}`, async () => assert.equal(await broken(reads(law, backend), wanted), undefined))
}

/** Broken on purpose: each law finds what is wrong. */
const faults: Readonly<Record<string, Spoil>> = {
  'a deny never shows more': spoilRules((rules) => rules.map((rule) => ({ ...rule, effect: 'permit' }))),
  'a permit never shows less': spoilRules((rules) => rules.slice(1)),
  'order and repetition of rules do not matter': spoilRules((rules) => rules.slice(0, 1)),
  'a count is the length of the list': spoilGrants((grant, _, operation) =>
    operation === 'count' ? { ...grant, rows: { kind: 'and', all: [] } } : grant,
  ),
  'a list is its reads': spoilGrants((grant, _, operation) => (operation === 'list' ? { ...grant, rows: { kind: 'and', all: [] } } : grant)),
}
for (const [name, spoil] of Object.entries(faults)) {
  test(`the law finds a fault: ${name}`, async () => {
    const [ruleLaw, readLaw] = [ruleLaws[name], readLaws[name]]
    const law =
      ruleLaw === undefined
        ? reads(readLaw as (typeof readLaws)[string], 'memory', spoil)
        : (program: Program, choices: Choices) => ruleLaw(program, choices, spoil)
    assert.notEqual(await broken(law, 100), undefined)
  })
}
