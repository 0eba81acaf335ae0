/** A small schema with rules of every kind, and policy tests of it run as the command does. In charge of wiring; must not know what is expected. */
import { createMemoryAdapter } from '../../src/adapters/memory/memory.ts'
import { createSqliteAdapter } from '../../src/adapters/sqlite/adapter.ts'
import { readShipped } from '../../src/config/schema-files.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { coverage, type Ran, type RuleCoverage } from '../../src/policy-test/coverage.ts'
import { readTests } from '../../src/policy-test/read.ts'
import { type Outcome, runTest, type Setting } from '../../src/policy-test/run.ts'
import { parseSchema } from '../../src/schema/parse.ts'

export const tasks = `
entity: Team
fields:
  id: { type: uuid, primary: true, generated: true }
  name: { type: string, required: true, min_length: 3 }
acl: { read: { user: true } }
---
entity: Task
owner: ownerId
versioned: true
fields:
  id: { type: integer, primary: true, generated: true }
  ownerId: { type: uuid, required: true, index: true, foreign_key: { entity: User, on_delete: cascade } }
  teamId: { type: uuid, nullable: true, foreign_key: { entity: Team } }
  title: { type: string, required: true, max_length: 100 }
  cost: { type: decimal, precision: 8, scale: 2, default: "0" }
  state: { type: enum, values: [open, done, archived], default: open }
  note: { type: text, nullable: true }
  createdAt: { type: datetime, generated: true, immutable: true }
acl:
  rules:
    - { id: own, role: [user], operations: [read], row_level_filter: "ownerId = $user.id AND state != 'archived'", except_fields: [note] }
    - { id: all, role: [admin], operations: [read] }
    - { id: make, role: [user], operations: [create], presets: { ownerId: $user.id }, writable_fields: [title, cost], reason: Tasks are made by users }
    - { id: change, role: [user], operations: [update], row_level_filter: "ownerId = $user.id", check: "state != 'archived'", writable_fields: [title, state] }
    - { id: sealed, role: [user, admin], operations: [read], effect: deny, row_level_filter: "title = 'sealed'" }
`

export function settingOf(yaml: string, on: 'memory' | 'sqlite' = 'memory'): Setting {
  const { shipped, internal } = readShipped()
  const schema = parseSchema([{ path: 'entities/all.yaml', text: yaml }], { shipped, internal })
  const open = async () => (on === 'memory' ? createMemoryAdapter() : createSqliteAdapter({ path: ':memory:', mode: 'inline' }))
  return { schema, policy: loadPolicy(schema), open }
}

export interface Played {
  readonly outcomes: readonly Outcome[]
  /** `place: expected / got` of each difference. */
  readonly told: readonly string[]
  cover(): Promise<readonly RuleCoverage[]>
}

export async function play(text: string, setting: Setting): Promise<Played> {
  const files = readTests([{ path: 'a.policy.test.yaml', text }], setting.schema)
  const ran: Ran[] = []
  for (const file of files) for (const test of file.tests) ran.push({ file, outcome: await runTest(test, file, setting) })
  const outcomes = ran.map(({ outcome }) => outcome)
  const told = outcomes.flatMap(({ failure }) =>
    (failure?.differences ?? []).map(({ expected, got }) => `${failure?.step.place.line}: ${expected} / ${got}`),
  )
  return { outcomes, told, cover: () => coverage(ran, setting, (rule) => rule.place.file === 'entities/all.yaml') }
}
