/**
 * Runs policy tests: each in a database of its own, call by call through the engine's one pipeline (law 1).
 * In charge of worlds and of which rules a test asked; must not know YAML or how results are told.
 */
import type { Adapter } from '../adapter/adapter.ts'
import { createEngine } from '../engine/engine.ts'
import { DBALError } from '../errors/error.ts'
import { authorizeGiven } from '../policy/authorize.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import type { Schema } from '../schema/entity.ts'
import { type Difference, differences } from './compare.ts'
import type { PolicyTest, Step, TestFile } from './document.ts'

export interface Setting {
  readonly schema: Schema
  readonly policy: Policy
  /** A new, empty database each time. */
  open(): Promise<Adapter>
}

export interface Outcome {
  readonly test: PolicyTest
  /** Of the first step that was not answered as expected. */
  readonly failure?: { readonly step: Step; readonly differences: readonly Difference[]; readonly rules: readonly Rule[] }
  /** Ids of the rules that were asked for. */
  readonly asked: ReadonlySet<string>
}

const noSession = { get: () => undefined }

export async function runTest(test: PolicyTest, file: TestFile, setting: Setting): Promise<Outcome> {
  const asked = new Set<string>()
  const adapter = await openGiven(file, setting)
  try {
    const engine = createEngine({
      schema: setting.schema,
      policy: listening(setting.policy, asked),
      adapter,
      clock: { now: () => file.now, monotonic: () => performance.now() },
    })
    for (const [i, step] of test.steps.entries()) {
      const { method, params, who, expected } = step
      const reply = await engine.execute({ method, params, requestId: `step_${i + 1}` }, who)
      const entity = step.entity === undefined ? undefined : setting.schema.entities.get(step.entity)
      const found = differences(expected, reply, { entity, given: file.given })
      if (found.length > 0) return { test, asked, failure: { step, differences: found, rules: governing(step, setting) } }
    }
    return { test, asked }
  } finally {
    await adapter.close()
  }
}

/** A database of its own with the rows of the file. */
export async function openGiven(file: TestFile, { schema, open }: Setting): Promise<Adapter> {
  const adapter = await open()
  try {
    await adapter.prepare(schema)
    await fill(adapter, file)
    return adapter
  } catch (error) {
    await adapter.close()
    throw error
  }
}

/** Rows stand there before the first call, in one transaction, whatever rules say. */
async function fill(adapter: Adapter, file: TestFile): Promise<void> {
  const tables = file.given.tables.filter(({ rows }) => rows.length > 0)
  if (tables.length === 0) return
  try {
    await adapter.transaction('write', async (tx) => {
      for (const { entity, fields, rows } of tables) await tx.run(authorizeGiven(entity, fields), { params: [], session: noSession, rows })
    })
  } catch (cause) {
    const fields = 'fields' in Object(cause) ? (cause as { fields: readonly string[] }).fields.join(', ') : ''
    const reason = `The rows of ${file.path} do not fit together: a value is given twice that is unique, or refers to no row${fields === '' ? '' : ` (${fields})`}`
    throw new DBALError('VALIDATION_ERROR', { reason }, { cause })
  }
}

function listening(policy: Policy, asked: Set<string>): Policy {
  return {
    ...policy,
    governing: (entity, role, operation, kind) => {
      const rules = policy.governing(entity, role, operation, kind)
      for (const rule of rules) asked.add(rule.id)
      return rules
    },
  }
}

/** The rules that the step's caller meets, for whoever has to find out why the answer is another one. */
function governing({ entity, operation, who }: Step, { schema, policy }: Setting): readonly Rule[] {
  const found = entity === undefined ? undefined : schema.entities.get(entity)
  const of = operation === undefined ? undefined : found?.operations.get(operation)
  if (found === undefined || of === undefined || who.kind === 'system') return []
  const names = of.kind === 'upsert' ? ['create', 'update'] : [of.name]
  return names.flatMap((name) => policy.governing(found.name, who.role, name, found.operations.get(name)?.kind ?? name))
}
