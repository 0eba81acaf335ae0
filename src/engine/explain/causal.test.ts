/** What explain names is what decides: random rules, rows and calls; each named change is made in the rules, and the real call has to be answered differently. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Lab, openLab, signedIn, system } from '../../../test/support/lab.ts'
import type { Policy, Rule } from '../../policy/policy.ts'
import { withRules } from '../../policy/rules.ts'
import { always, never, type Predicate } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'

const seed = Number(process.env['SEED'] ?? 20261121)
const rounds = Number(process.env['ROUNDS'] ?? 25)

let state = seed
/** A number below `n` (mulberry32). */
function below(n: number): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n) | 0
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
const some = <T>(list: readonly T[]): T[] => list.filter(() => below(2) === 0)

const leaves = [
  'ownerId = $user.id',
  "state = 'open'",
  "state IN ('open', 'held')",
  'level > 1',
  'level <= $user.level',
  'level IS NULL',
  'team.open = true',
  'team.leadId = $user.id',
  'teamId IN (SELECT id FROM Team WHERE open = true)',
  "title != 'b'",
  "$user.username = 'ada'",
]

function condition(depth: number): string {
  if (depth === 0 || below(3) === 0) return pick(leaves)
  const parts = Array.from({ length: 2 }, () => condition(depth - 1))
  const joined = `(${parts.join(pick([' AND ', ' OR ']))})`
  return below(5) === 0 ? `NOT ${joined}` : joined
}

const fields = ['title', 'level', 'state', 'ownerId', 'teamId']

function ruleText(id: string): string {
  const deny = below(4) === 0
  const operations = pick([
    '[read]',
    '[read, update]',
    '[update]',
    '[create]',
    '[create, update]',
    '[delete, read]',
    '[read, create, update, delete]',
  ])
  const parts = [`id: ${id}`, 'entity: Note', 'role: [user]', `operations: ${operations}`, `row_level_filter: "${condition(2)}"`]
  if (deny) parts.push('effect: deny')
  else {
    if (below(3) === 0) parts.push(`check: "${condition(2)}"`)
    if (below(3) === 0) parts.push(`readable_fields: [id, ${pick(fields)}]`)
    if (/create|update/.test(operations) && below(3) === 0)
      parts.push(
        `writable_fields: [id, ${['title', ...some(fields.slice(1))].join(', ')}]`.replace('[id, ', operations.includes('create') ? '[id, ' : '['),
      )
    if (/create|update/.test(operations) && below(6) === 0) parts.push('presets: { ownerId: $user.id }')
  }
  return `    - { ${parts.join(', ')} }`
}

const schemaText = (rules: string): string => `
entity: Team
fields:
  id: { type: string, primary: true }
  open: { type: boolean, required: true }
  leadId: { type: string, required: true }
acl:
  read: { public: true }
---
entity: Note
fields:
  id: { type: string, primary: true }
  title: { type: string, required: true }
  ownerId: { type: string, optional: true, default: u0 }
  level: { type: integer, nullable: true }
  state: { type: enum, values: [open, held, shut], required: true }
  teamId: { type: string, nullable: true, foreign_key: { entity: Team, field: id } }
acl:
  rules:
${rules}
`

const god = signedIn('g', 'god')

/** The rules with one clause made a constant, or one field put into a list or taken out of it. */
function changed(rules: readonly Rule[], flip: Flip): Rule[] {
  return rules.map((rule): Rule => {
    if (rule.id !== flip.rule) return rule
    const list = (names: ReadonlySet<string> | undefined) => {
      const name = flip.clause.split(' ').at(-1) as string
      return flip.to ? new Set([...(names ?? []), name]) : new Set([...(names ?? [])].filter((other) => other !== name))
    }
    switch (flip.kind) {
      case 'condition': {
        const by = flip.to ? always : never
        if (flip.part === 'check') return { ...rule, check: replaced(rule.check, flip.path, by) }
        const rows = replaced(rule.rows, flip.path, by)
        return { ...rule, rows, check: rule.check === rule.rows ? rows : rule.check }
      }
      case 'readable':
        return { ...rule, readable: list(rule.readable) }
      case 'writable':
        return { ...rule, writable: list(rule.writable) }
      case 'preset': {
        const name = flip.clause.split(' ').at(-1)
        return { ...rule, presets: new Map([...rule.presets].filter(([other]) => other !== name)) }
      }
      default:
        throw new Error(`No rule has ${flip.kind}`)
    }
  })
}

function replaced(node: Predicate, [step, ...rest]: readonly number[], by: Predicate): Predicate {
  if (step === undefined) return by
  switch (node.kind) {
    case 'and':
      return { kind: 'and', all: node.all.map((part, i) => (i === step ? replaced(part, rest, by) : part)) }
    case 'or':
      return { kind: 'or', any: node.any.map((part, i) => (i === step ? replaced(part, rest, by) : part)) }
    case 'not':
      return { kind: 'not', of: replaced(node.of, rest, by) }
    default:
      throw new Error('The path leads nowhere')
  }
}

interface Flip {
  readonly rule: string
  readonly kind: string
  readonly clause: string
  readonly part?: string
  readonly path: readonly number[]
  readonly to: boolean
}
interface Told {
  readonly asks?: string
  readonly field?: string
  readonly holds: boolean
  readonly because: readonly { readonly kind: string }[]
  readonly changes: readonly (readonly Flip[])[]
}
interface Explanation {
  readonly outcome: { readonly ok: boolean; readonly error?: { readonly name: string } }
  readonly row?: { readonly exists: boolean; readonly questions?: readonly Told[]; readonly fields?: readonly Told[]; readonly impossible?: Value }
}

interface Asked {
  readonly method: string
  readonly params: readonly Value[]
  readonly as: { readonly [name: string]: Value }
}

const calls = (): Asked => {
  const as = { id: pick(['u0', 'u1']), role: 'user', ...(below(2) === 0 ? {} : { username: pick(['ada', 'bob']) }) }
  const id = pick(['n0', 'n1', 'n2', 'n3', 'n4'])
  const data = Object.fromEntries(some(Object.entries(values())))
  switch (below(4)) {
    case 0:
      return { method: 'read', params: ['Note', id], as }
    case 1:
      return { method: 'update', params: ['Note', id, { title: 'b', ...data }], as }
    case 2:
      return { method: 'delete', params: ['Note', id], as }
    default:
      return { method: 'create', params: ['Note', { id: 'new', state: 'open', title: 'a', ...data }], as }
  }
}

const values = (): Record<string, Value> => ({
  title: pick(['a', 'b']),
  ownerId: pick(['u0', 'u1']),
  level: pick([null, 1, 2, 9]),
  state: pick(['open', 'held', 'shut']),
  teamId: pick([null, 't0', 't1']),
})

const explanation = async (lab: Lab, { method, params, as }: Asked): Promise<Explanation> =>
  (await lab.call(god, 'explain', method, params, as)) as unknown as Explanation

/** May the call happen under these rules? Asked of the pipeline, never of the explanation. */
async function happens(lab: Lab, policy: Policy, rules: readonly Rule[], call: Asked, field?: string): Promise<boolean> {
  const { schema } = lab.engine.world()
  lab.engine.swap(schema, withRules(policy, rules, schema))
  try {
    if (field !== undefined) {
      const row = (await lab.call(signedIn(String(call.as['id']), 'user', call.as as object), 'read', 'Note', call.params[1])) as Record<
        string,
        Value
      >
      return Object.hasOwn(row, field)
    }
    return (await explanation(lab, call)).outcome.ok
  } finally {
    lab.engine.swap(schema, policy)
  }
}

async function fill(lab: Lab): Promise<void> {
  for (const [i, open] of [true, false].entries()) await lab.call(system, 'create', 'Team', { id: `t${i}`, open, leadId: `u${i}` })
  for (let i = 0; i < 4; i++) await lab.call(system, 'create', 'Note', { id: `n${i}`, ...values() })
}

for (const which of ['memory', 'sqlite'] as const) {
  test(`every named change turns the answer of the real call, and no part of it does (${which})`, async () => {
    state = seed
    let turned = 0
    for (let round = 0; round < rounds; round++) {
      const text = schemaText(Array.from({ length: 2 + below(4) }, (_, i) => ruleText(`r${i}`)).join('\n'))
      const lab = await openLab(text, which).catch((error: unknown) =>
        assert.fail(`${JSON.stringify((error as { details: unknown }).details)}\n${text}`),
      )
      await fill(lab)
      const { policy } = lab.engine.world()
      const before = JSON.stringify(await lab.call(system, 'list', 'Note'))
      for (let n = 0; n < 6; n++) {
        const call = calls()
        const told = await explanation(lab, call)
        const at = `seed ${seed}, round ${round}, ${JSON.stringify(call)}\n${text}\n${JSON.stringify(told, null, 1)}`
        const asked = told.row?.questions?.at(-1)
        if (asked === undefined || told.row?.impossible !== undefined) continue
        // A rule that names nobody's operation at all, and a field that no rule lets anybody write, are refused before any row.
        assert.equal(asked.holds && told.outcome.error?.name !== 'VALIDATION_ERROR', told.outcome.ok, at)
        const about = [
          { told: asked, field: undefined as string | undefined },
          ...(call.method === 'read' ? (told.row?.fields ?? []).map((one) => ({ told: one, field: one.field })) : []),
        ]
        for (const { told: one, field } of about) {
          for (const way of one.changes.slice(0, 4)) {
            const after = (flips: readonly Flip[]) =>
              happens(
                lab,
                policy,
                flips.reduce((rules, flip) => changed(rules, flip), [...policy.rules]),
                call,
                field,
              )
            assert.notEqual(await after(way), one.holds, `${field ?? call.method} after ${JSON.stringify(way)}\n${at}`)
            for (const flip of way)
              assert.equal(
                await after(way.filter((other) => other !== flip)),
                one.holds,
                `without ${JSON.stringify(flip)} of ${JSON.stringify(way)}\n${at}`,
              )
            turned++
          }
        }
      }
      assert.equal(JSON.stringify(await lab.call(system, 'list', 'Note')), before, 'explaining wrote')
      await lab.engine.close()
    }
    assert.ok(turned > rounds * 3, `only ${turned} changes were made`)
  })
}
