/**
 * What one caller may do with each row that there is, under one policy: which rows, and which of their fields, by operation.
 * In charge of asking the database for it; must not know what it is compared with.
 */
import type { Session } from '../adapter/adapter.ts'
import { SessionValues } from '../engine/running.ts'
import { World } from '../engine/world.ts'
import { authorizeSurvey } from '../policy/authorize.ts'
import type { Policy } from '../policy/policy.ts'
import type { Principal } from '../policy/principal.ts'
import { permitsField, type Rights, writableByCallers } from '../policy/rights.ts'
import { canonical } from '../policy/simplify.ts'
import type { Predicate } from '../query/ast.ts'
import { and, isAlways, isNever } from '../query/build.ts'
import type { Entity, Operation, Schema, Value } from '../schema/entity.ts'

/** By the row's key as text: the fields that are within reach. A row that is not here is out of reach. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>

/** Where a question is true, these fields are within reach of the operation. */
interface Question {
  readonly deed: string
  readonly fields: readonly string[]
  readonly when: Predicate
}

/** Rows of an entity that are looked at; a database can have more than anybody compares. */
export const mostRows = 5_000

export interface Side {
  readonly schema: Schema
  readonly policy: Policy
  /** Prepared, with the rows. */
  readonly session: Session
  readonly now: number
}

export interface Surveyed {
  /** By deed: `read`, `update`, … and `update, the row after` for what a row may become. */
  readonly deeds: ReadonlyMap<string, Reach>
  readonly cut: boolean
}

const reads: ReadonlySet<string> = new Set(['read', 'list', 'count', 'search', 'aggregate', 'find_by', 'list_by', 'tree'])
const removes: ReadonlySet<string> = new Set(['delete', 'deleteMany', 'delete_by'])
const creates: ReadonlySet<string> = new Set(['create', 'createMany'])
const unasked: ReadonlySet<string> = new Set(['upsert', 'verify_secret'])

export async function survey(side: Side, entity: Entity, operations: ReadonlySet<string>, who: Principal): Promise<Surveyed> {
  const { schema, policy, session, now } = side
  const rights = new World(schema, policy).rights(who)
  const asked = [...entity.operations.values()].filter(({ name, kind }) => operations.has(name) && !unasked.has(kind))
  const questions = asked.flatMap((operation) => questionsOf(entity, operation, rights))
  const distinct = [...new Map(questions.map(({ when }) => [canonical(when), when])).values()].filter((when) => !isAlways(when) && !isNever(when))
  const place = new Map(distinct.map((when, i) => [canonical(when), entity.key.length + i]))
  const query = authorizeSurvey(entity, distinct, mostRows + 1)
  const values = new SessionValues(who, schema.roles.get(who.role), now)
  const { rows } = await session.run(query, { params: [], session: values })
  const deeds = new Map<string, Map<string, Set<string>>>(questions.map(({ deed }) => [deed, new Map()]))
  for (const row of rows.slice(0, mostRows)) {
    const key = keyText(row.slice(0, entity.key.length))
    for (const { deed, fields, when } of questions) {
      if (!(isAlways(when) || row[place.get(canonical(when)) ?? -1] === true)) continue
      const reach = deeds.get(deed) as Map<string, Set<string>>
      const known = reach.get(key) ?? new Set()
      for (const name of fields) known.add(name)
      reach.set(key, known)
    }
  }
  return { deeds, cut: rows.length > mostRows }
}

export const keyText = (key: readonly Value[]): string => JSON.stringify(key)

function questionsOf(entity: Entity, operation: Operation, rights: Rights): Question[] {
  if (!rights.allows(entity, operation)) return []
  const { name, kind } = operation
  const grant = rights.grant(entity, name)
  const fields = [...entity.fields.values()]
  if (reads.has(kind)) {
    const shown = fields.flatMap((field): Question[] => {
      const guard = grant.guard(field.name)
      return guard === undefined ? [] : [{ deed: name, fields: [field.name], when: and(grant.rows, guard) }]
    })
    return [{ deed: name, fields: [], when: grant.rows }, ...shown]
  }
  const creating = creates.has(kind)
  return grant.permits.flatMap((permit): Question[] => {
    const written = fields.filter((f) => writableByCallers(f, entity, creating ? 'create' : 'update', false) && permitsField(permit, f.name))
    const names = removes.has(kind) || kind === 'set_secret' ? [] : written.map((f) => f.name)
    if (creating) return [{ deed: name, fields: names, when: permit.check }]
    const before: Question = { deed: name, fields: names, when: permit.rows }
    return removes.has(kind) || kind === 'set_secret' ? [before] : [before, { deed: `${name}, the row after`, fields: names, when: permit.check }]
  })
}
