/** `policy diff` against the contract read literally: random schemas, two random choices of their rules, random rows, every caller. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Adapter } from '../../src/adapter/adapter.ts'
import { createMemoryAdapter } from '../../src/adapters/memory/memory.ts'
import { createSqliteAdapter } from '../../src/adapters/sqlite/adapter.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import { authorizeGiven } from '../../src/policy/authorize.ts'
import type { Principal } from '../../src/policy/principal.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { diffPolicies } from '../../src/policy-test/diff.ts'
import { madeUp } from '../../src/policy-test/made-up.ts'
import type { Entity, Schema, Value } from '../../src/schema/entity.ts'
import { programs, resolve } from '../oracle/program/program.ts'
import { type EntitySpec, principals, type RowSpec, type RuleSpec } from '../oracle/program/spec.ts'
import { now } from '../oracle/program/values.ts'
import type { Row, Tables } from '../oracle/reference/logic.ts'
import { Ground, Sight } from '../oracle/reference/sight.ts'
import { seed } from '../oracle/seed.ts'

/** The rules of the entities whose number is in `kept`, counted over all of them. */
function chosen(entities: readonly EntitySpec[], kept: (index: number) => boolean): EntitySpec[] {
  let index = 0
  return entities.map((entity) => ({ ...entity, acl: { rules: entity.acl.rules.filter(() => kept(index++)) } }))
}

const rulesOf = (entities: readonly EntitySpec[]): RuleSpec[] => entities.flatMap((entity) => entity.acl.rules)

/** Rows as they can stand in a table: those that do not fit are left out. */
async function filled(schema: Schema, rows: readonly RowSpec[], on: 'memory' | 'sqlite') {
  const adapter = on === 'memory' ? createMemoryAdapter() : createSqliteAdapter({ path: ':memory:', mode: 'inline' })
  await adapter.prepare(schema)
  const tables = new Map<string, Row[]>()
  for (const [i, { entity: name, row }] of rows.entries()) {
    const entity = schema.entities.get(name) as Entity
    const fields = [...entity.fields.values()]
    const whole = fields.map((field): Value => {
      if (field.kept === 'version') return 1
      return row[field.name] ?? (field.generated || field.autoUpdate ? (madeUp(field, name, `r${i}`, i + 1, now) ?? null) : null)
    })
    try {
      await adapter.run(
        authorizeGiven(
          entity,
          fields.map((field) => field.name),
        ),
        { params: [], session: { get: () => undefined }, rows: [whole] },
      )
    } catch {
      continue
    }
    tables.set(name, [...(tables.get(name) ?? []), Object.fromEntries(fields.map((field, at) => [field.name, whole[at] as Value]))])
  }
  return { adapter, tables }
}

const lives = (entity: Entity, row: Row): boolean =>
  (entity.softDelete === undefined || row[entity.softDelete] === null) &&
  (entity.ttl === undefined || row[entity.ttl.field] === null || String(row[entity.ttl.field]) > now)

const reading = ['read', 'list', 'count', 'search', 'aggregate']
const creating = ['create', 'createMany']
const removing = ['delete', 'deleteMany']

/** `deed key` of every row in reach and `deed key field` of every field, by plain loops. */
function reach(sight: Sight, operation: string, rows: readonly Row[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const add = (deed: string, row: Row, names: readonly string[]) => {
    const key = `${deed} ${JSON.stringify(sight.entity.key.map((name) => row[name]))}`
    found.set(key, new Set([...(found.get(key) ?? []), ...names]))
  }
  const all = [...sight.entity.fields.keys()]
  for (const row of rows) {
    if (reading.includes(operation)) {
      if (sight.sees(row))
        add(
          operation,
          row,
          all.filter((name) => sight.shows(row, name)),
        )
      continue
    }
    for (const permit of sight.permits) {
      const names = all.filter((name) => sight.writes(permit, name, creating.includes(operation) ? 'create' : 'update'))
      if (creating.includes(operation)) {
        if (sight.after(permit, row)) add(operation, row, names)
        continue
      }
      if (sight.before(permit, row)) add(operation, row, removing.includes(operation) ? [] : names)
      if (!removing.includes(operation) && sight.after(permit, row)) add(`${operation}, the row after`, row, names)
    }
  }
  return found
}

function expected(schema: Schema, old: readonly RuleSpec[], young: readonly RuleSpec[], tables: Tables): string[] {
  const lines: string[] = []
  for (const entity of schema.entities.values()) {
    if (entity.internal) continue
    const rows = (tables.get(entity.name) ?? []).filter((row) => lives(entity, row))
    const operations = new Set([
      'create',
      'read',
      'update',
      'delete',
      ...[...old, ...young].filter((rule) => rule.entity === entity.name).flatMap((rule) => rule.operations),
    ])
    for (const [i, who] of principals.entries())
      for (const operation of operations) {
        const [was, is] = [old, young].map((rules) =>
          reach(new Sight(new Ground(schema, rules, tables, now), who, entity, operation), operation, rows),
        ) as [Map<string, Set<string>>, Map<string, Set<string>>]
        for (const [sign, part, whole] of [
          ['+', was, is],
          ['-', is, was],
        ] as const)
          for (const [row, names] of whole) {
            const known = part.get(row)
            if (known === undefined) lines.push(`${i} ${entity.name} ${sign} ${row}`)
            else for (const name of names) if (!known.has(name)) lines.push(`${i} ${entity.name} ${sign} ${row} ${name}`)
          }
      }
  }
  return lines.sort()
}

/** The same of reading alone, by making each call: every caller reads every row before and after, through the whole pipeline. */
async function readBy(sides: readonly [Schema, Schema], adapter: Adapter, tables: Tables): Promise<string[]> {
  const clock = { now: () => Date.parse(now), monotonic: () => performance.now() }
  const [before, after] = sides.map((schema) => createEngine({ schema, policy: loadPolicy(schema), adapter, clock })) as [Engine, Engine]
  const shown = async (engine: Engine, who: Principal, entity: string, id: Value): Promise<readonly string[] | undefined> => {
    const reply = await engine.execute({ method: 'read', params: [entity, id], requestId: 'r' }, who)
    return reply.ok ? Object.keys(reply.result as object) : undefined
  }
  const lines: string[] = []
  for (const [name, rows] of tables) {
    const { key } = sides[0].entities.get(name) as Entity
    for (const row of rows)
      for (const [i, who] of principals.entries()) {
        const id = key.length === 1 ? (row[key[0] as string] as Value) : Object.fromEntries(key.map((field) => [field, row[field] as Value]))
        const [was, is] = [await shown(before, who, name, id), await shown(after, who, name, id)]
        for (const [sign, part, whole] of [
          ['+', was, is],
          ['-', is, was],
        ] as const) {
          const line = `${i} ${name} ${sign} read ${JSON.stringify(key.map((field) => row[field]))}`
          if (whole !== undefined && part === undefined) lines.push(line)
          else for (const field of whole ?? []) if (part?.includes(field) === false) lines.push(`${line} ${field}`)
        }
      }
  }
  return lines.sort()
}

const cases = fc.record({
  program: programs({ rows: 12, calls: 0 }),
  old: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
  young: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
})

for (const [on, runs] of [
  ['memory', Number(process.env['DBAL_ORACLE_RUNS'] ?? 60)],
  ['sqlite', 20],
] as const) {
  test(`what a comparison says is what a look at every row says, on ${on}`, async () => {
    let told = 0
    let called = 0
    const property = fc.asyncProperty(cases, async ({ program, old, young }) => {
      const before = chosen(program.entities, (i) => old[i % 40] === true)
      const after = chosen(program.entities, (i) => young[i % 40] === true)
      const [left, right] = [resolve({ entities: before }), resolve({ entities: after })]
      const { adapter, tables } = await filled(left, program.rows, on)
      try {
        const side = (schema: Schema) => ({ schema, policy: loadPolicy(schema), session: adapter, now: Date.parse(now) })
        const people = principals.map((who, i) => ({ name: String(i), before: who, after: who }))
        const { changes } = await diffPolicies(side(left), side(right), people)
        const lines = changes.flatMap(({ who, entity, deed, gained, rows, fields }) => {
          const head = `${who} ${entity} ${gained ? '+' : '-'} ${deed}`
          return [
            ...rows.map((row) => `${head} ${row}`),
            ...fields.flatMap((group) => group.rows.flatMap((row) => group.fields.map((name) => `${head} ${row} ${name}`))),
          ]
        })
        told += lines.length
        assert.deepEqual(lines.sort(), expected(left, rulesOf(before), rulesOf(after), tables))
        const read = lines.filter((line) => / [+-] read /.test(line))
        assert.deepEqual(read, await readBy([left, right], adapter, tables))
        called += read.length
      } finally {
        await adapter.close()
      }
    })
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: false })
    assert.ok(told > 10 * runs && called > runs, `Only ${told} differences were seen, ${called} of them by reading`)
  })
}
