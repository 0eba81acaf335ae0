/** Denials whose cause is known by hand, over the wire: a developer is told exactly that cause, and whoever was denied is answered as the explanation says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import type { Posted } from '../daemon/process.ts'
import { type FreshDatabase, freshDatabase, serverOf } from '../support/databases.ts'
import { planted, type World } from './planted/world.ts'

interface Denial {
  readonly by: string
  readonly call: readonly [string, ...unknown[]]
  readonly row?: unknown
  /** Of the answer; absent where the call is answered and the row or field is just not in it. */
  readonly code?: string
  readonly asks?: string
  readonly field?: string
  readonly turn?: readonly string[]
  readonly because?: readonly string[]
  readonly unknown?: readonly string[]
  readonly compared?: Readonly<Record<string, unknown>>
  readonly reason?: string
  readonly filter?: boolean
  readonly absent?: boolean
  readonly allowed?: boolean
  readonly closest?: readonly string[]
}

/** The same people as objects, with what rules compare of them. */
const principals = new Map<string, object>([
  ['ana', { role: 'user', tenantId: 't1', attributes: { clearance: 3 } }],
  ['ben', { role: 'user', tenantId: 't1', attributes: { clearance: 1 } }],
  ['adm', { role: 'admin', tenantId: 't1' }],
])

const denials = parse(readFileSync(join(import.meta.dirname, 'planted/denials.yaml'), 'utf8')) as Readonly<Record<string, readonly Denial[]>>

/** What p-team asks of a paper's team, which is long. */
const member = 'teamId in (select teamId from Membership where active = true and userId = $user.id)'

/** `rule: clause`, without the digest of rules that have no id of their own. */
const named = ({ rule, part, kind, clause }: Posted): string =>
  rule === undefined
    ? kind === 'schema'
      ? clause
      : kind
    : `${String(rule).replace(/#.*$/, '')}${part === 'check' ? ' check' : ''}: ${clause === member ? '$member' : clause}`
const turned = (way: readonly Posted[]): string =>
  way
    .map((clause) => `${clause.to === false ? 'not ' : ''}${named(clause)}`)
    .sort()
    .join(' + ')

/** What the failing question of the explanation says, in the words of denials.yaml. */
function question({ row }: Posted, { asks, field }: Denial): Posted {
  return field === undefined ? row.questions.find((q: Posted) => q.asks === asks) : row.fields.find((f: Posted) => f.field === field)
}

function compare(told: Posted, denial: Denial, nameOf: (value: unknown) => unknown): void {
  const asked = question(told, denial)
  assert.ok(asked !== undefined, 'no such question')
  assert.equal(asked.holds, false, 'holds')
  const { turn = [], because, unknown, compared = {} } = denial
  const wanted = turn.map((way) => way.split(' + ').sort().join(' + '))
  assert.deepEqual(asked.changes.map(turned).sort(), wanted.sort(), 'changes')
  // Clauses that would turn it are the ones that hold it where it is.
  const reasons: string[] = asked.because.map(named)
  assert.ok(reasons.length > 0, 'no reason')
  if (because !== undefined) assert.deepEqual(reasons, because)
  else
    for (const reason of reasons)
      assert.ok(
        turn.some((way) => way.includes(reason)),
        `${reason} has nothing to do with it`,
      )
  const clauses: Posted[] = [...asked.because, ...asked.changes.flat()]
  const nulls = clauses.filter((clause) => clause.value === null || clause.value?.after === null).map(named)
  assert.deepEqual([...new Set(nulls)].sort(), [...(unknown ?? [])].sort(), 'unknown')
  const values: Posted = Object.assign({}, ...clauses.flatMap(({ values: v }) => (v === undefined ? [] : v.after === undefined ? [v] : [spread(v)])))
  for (const [name, value] of Object.entries(compared)) assert.deepEqual(nameOf(values[name]), value, `value of ${name}`)
}

/** `{before: {a: 1}, after: {a: 2}}` as `{a: {before: 1, after: 2}}`. */
const spread = (values: Posted): Posted =>
  Object.fromEntries(
    Object.keys(values.after).map((name) => [
      name,
      values.before[name] === values.after[name] ? values.after[name] : { before: values.before[name], after: values.after[name] },
    ]),
  )

const told = ({ requestId: _, ...error }: Posted): string => JSON.stringify(error)

for (const adapter of ['sqlite', 'postgresql'] as const) {
  const { skip } = adapter === 'sqlite' ? {} : serverOf(adapter)
  test(`planted denials on ${adapter}`, skip === undefined ? {} : { skip }, async (t) => {
    let database: FreshDatabase | undefined
    let world: World
    before(async () => {
      database = adapter === 'sqlite' ? undefined : await freshDatabase(adapter)
      world = await planted(adapter, database?.url)
    })
    after(async () => {
      await world.close()
      await database?.drop()
    })
    await t.test('whoever is no developer is refused in the same words, whatever it asks about', async () => {
      const refusals = new Set<string>()
      const asked = [
        ...Object.values(denials)
          .flat()
          .map(({ call: [method, ...params], by: as }) => ({ method, params, as })),
        { method: 'list' },
        {},
        { nosuch: 1 },
      ]
      for (const params of asked) for (const who of ['ana', 'adm']) refusals.add(told((await world.ask(who, 'explain', params)).error))
      assert.deepEqual(
        [...refusals],
        ['{"code":403,"name":"FORBIDDEN","message":"Access forbidden","details":{"reason":"Explanations are for developer roles"}}'],
      )
      const nobody = new Set<string>()
      for (const params of asked) nobody.add(told((await world.ask(undefined, 'explain', params)).error))
      assert.deepEqual([...nobody], ['{"code":401,"name":"UNAUTHORIZED","message":"Authentication required"}'])
    })
    for (const [group, list] of Object.entries(denials)) {
      for (const [i, denial] of list.entries()) {
        await t.test(`${group} ${i}: ${JSON.stringify(denial.call)} by ${denial.by}`, () => judge(world, denial))
      }
    }
  })
}

async function judge(world: World, denial: Denial): Promise<void> {
  const { ids, ask } = world
  const named = new Map([...ids].map(([name, id]) => [id, name]))
  const filled = (value: unknown): Posted => JSON.parse(JSON.stringify(value), (_, v) => (typeof v === 'string' ? (ids.get(v) ?? v) : v))
  const [method, ...params] = filled(denial.call)
  const as = denial.by === 'public' ? 'public' : denial.by
  const about = { method, params, as, ...(denial.row === undefined ? {} : { row: filled(denial.row) }) }
  const { result: told, error } = await ask('dev', 'explain', about)
  assert.equal(error, undefined, JSON.stringify(error))
  const described = principals.get(denial.by)
  if (described !== undefined) {
    const id = ids.get(denial.by) as string
    const { username: _, statements: __, ...same } = (await ask('dev', 'explain', { ...about, as: { id, ...described } })).result
    const { username: ___, statements: ____, ...first } = told
    assert.deepEqual(same, first, 'a principal in its own words is answered as the account')
  }
  const real = await ask(denial.by === 'public' ? undefined : denial.by, method, params)
  assert.equal(real.error?.name, denial.code, JSON.stringify(real))
  assert.equal(told.outcome.ok, denial.code === undefined)
  if (denial.code !== undefined) {
    // The explanation's answer is the answer, to the letter.
    const { requestId: _, ...answered } = real.error
    assert.deepEqual(told.outcome.error, answered)
    if (denial.reason !== undefined) assert.equal(answered.details.reason, denial.reason)
  }
  if (denial.allowed === false) {
    assert.equal(told.allowed, false)
    const closest = new Set((told.closest ?? []).map(({ id }: Posted) => id.replace(/#.*$/, '')))
    return assert.deepEqual([...closest].sort(), denial.closest)
  }
  assert.equal(told.allowed, true)
  if (denial.filter !== undefined) assert.equal(told.row.filter.value, denial.filter)
  if (denial.absent === true) return assert.deepEqual(told.row, { exists: false })
  if (denial.asks !== undefined || denial.field !== undefined) compare(told, denial, (value) => named.get(String(value)) ?? value)
}
