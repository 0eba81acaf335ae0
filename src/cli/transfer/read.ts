/** Reads the rows of entities through ordinary calls, page by page. In charge of what is exported and what is left out; must not know files or options. */
import { DBALError } from '../../errors/error.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import { identity } from '../../session/identity.ts'
import type { Caller } from './identity.ts'
import type { Row } from './lines.ts'
import { groupsOf } from './order.ts'
import type { Lines } from './output.ts'
import type { Progress } from './progress.ts'

export interface Exported {
  /** Number of rows by entity. */
  readonly rows: ReadonlyMap<string, number>
  readonly left: readonly { readonly what: string; readonly why: string }[]
}

interface Reading {
  /** Absent: all. */
  readonly only?: ReadonlySet<string>
  readonly lines: Lines
  readonly progress: Progress
}

interface Page {
  readonly data: readonly Row[]
  readonly nextCursor?: string | null
}

/** Entities in the order of their references, rows in the order of their keys. What was asked for by name and may not be listed is an error. */
export async function exportRows(schema: Schema, caller: Caller, { only, lines, progress }: Reading): Promise<Exported> {
  const rows = new Map<string, number>()
  const left: { what: string; why: string }[] = []
  for (const entity of groupsOf(schema).flatMap((group) => group.entities)) {
    if (only !== undefined && !only.has(entity.name)) continue
    const why = untold(entity)
    if (why !== undefined) {
      left.push({ what: entity.name, why })
      continue
    }
    try {
      rows.set(entity.name, await exportEntity(entity, caller, lines, progress))
    } catch (error) {
      const closed = error instanceof DBALError && (error.code === 'FORBIDDEN' || error.code === 'UNAUTHORIZED')
      if (!closed || only !== undefined) throw error
      left.push({ what: entity.name, why: 'which this account may not list' })
      continue
    }
    for (const { name, neverExposed } of entity.fields.values())
      if (neverExposed) left.push({ what: `${entity.name}.${name}`, why: 'which no answer may hold' })
  }
  return { rows, left }
}

/** Why rows of the entity are never exported. */
function untold(entity: Entity): string | undefined {
  if (entity.name === identity.session) return 'logins are keys to the accounts'
  const missing = [...entity.fields.values()].find((field) => field.neverExposed && field.required && field.default === undefined && !field.generated)
  return missing === undefined ? undefined : `whose rows are nothing without ${missing.name}, which no answer may hold`
}

async function exportEntity(entity: Entity, caller: Caller, lines: Lines, progress: Progress): Promise<number> {
  const limit = entity.operations.get('list')?.maxLimit ?? 1
  let count = 0
  let after: string | undefined
  do {
    const options = { limit, total: 'none', ...(after === undefined ? {} : { after }) }
    const page = (await caller.call('list', { entity: entity.name, options })) as unknown as Page
    let text = ''
    for (const row of page.data) text += `${JSON.stringify({ entity: entity.name, row })}\n`
    if (text !== '') await lines.write(text)
    count += page.data.length
    progress.add(page.data.length)
    after = page.nextCursor ?? undefined
  } while (after !== undefined)
  return count
}
