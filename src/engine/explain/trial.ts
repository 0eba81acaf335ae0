/** What the row would be after a write, once per way in which rules would fill it, found by writing it and taking that back. In charge of trials; must not judge. */
import { type DBALError, invalid } from '../../errors/error.ts'
import type { Rule } from '../../policy/policy.ts'
import { isPlain } from '../../query/parse/bounds.ts'
import type { Entity, Field, Value } from '../../schema/entity.ts'
import { codeFields, loadParser } from '../../script/check.ts'
import { permitted, prepare } from '../prepare.ts'
import { run } from '../run.ts'
import type { Running } from '../running.ts'
import { publicError } from '../scene.ts'
import type { Row } from '../shape.ts'
import { presetValue } from '../write/rows.ts'
import { undone } from './undo.ts'

type Data = Readonly<Record<string, unknown>>

/** Rules that set the same values make the same row: by the text of those values. */
export function variantsOf(rules: readonly Rule[], kind: 'create' | 'update', entity: Entity, caller: Running): Map<string, Data> {
  const variants = new Map<string, Data>()
  for (const rule of rules) variants.set(variantOf(rule, kind, entity, caller), presetsOf(rule, kind, entity, caller))
  return variants
}

export const variantOf = (rule: Rule, kind: 'create' | 'update', entity: Entity, caller: Running): string =>
  `after ${JSON.stringify(presetsOf(rule, kind, entity, caller))}`

function presetsOf(rule: Rule, kind: 'create' | 'update', entity: Entity, caller: Running): Data {
  const bound = [...rule.presets].filter(
    ([name]) => kind === 'create' || (entity.fields.get(name)?.immutable === false && !entity.key.includes(name)),
  )
  return Object.fromEntries(
    bound.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, operand]) => [name, presetValue(operand, entity.fields.get(name) as Field, caller)]),
  )
}

export interface Attempted {
  readonly entity: Entity
  readonly kind: 'create' | 'update'
  /** What the caller gives. */
  readonly data: unknown
  /** Of an update: the row. */
  readonly key?: Row
}

/** `see` is handed the key of the row as it would be; nothing of it stays. The error where there is no such row, whatever rules say. */
export async function tried<T>(
  { entity, kind, data, key }: Attempted,
  presets: Data,
  caller: Running,
  system: Running,
  see: (inside: Running, key: Row) => Promise<T>,
): Promise<T | DBALError> {
  try {
    if (!isPlain(data)) throw invalid({ field: 'data', error: 'Must be an object of fields' })
    if (codeFields(entity).length > 0) await loadParser()
    return await undone(system, async (inside) => {
      const whole = { ...tenantOf(entity, kind, caller), ...presets, ...data }
      if (kind === 'update' && key !== undefined) {
        // What rules set may be all that changes.
        if (Object.keys(whole).length > 0) await write('update', { entity: entity.name, id: idOf(entity, key), data: whole }, inside)
        return see(inside, key)
      }
      const row = (await write('create', { entity: entity.name, data: whole }, inside)) as Data
      return see(
        inside,
        entity.key.map((name) => row[name] as Value),
      )
    })
  } catch (error) {
    return publicError(error, '')
  }
}

export const idOf = (entity: Entity, key: Row): Value =>
  key.length === 1 ? (key[0] as Value) : Object.fromEntries(entity.key.map((name, i) => [name, key[i] as Value]))

/** The engine itself has no tenant to put in. */
function tenantOf(entity: Entity, kind: 'create' | 'update', caller: Running): Data {
  const value = caller.values.get('context.tenantId')
  return entity.tenant === undefined || kind === 'update' || value === undefined || value === null ? {} : { [entity.tenant]: value }
}

function write(method: string, asked: Record<string, unknown>, running: Running): Promise<Value> {
  const { services, world, rights } = running
  const { named } = permitted(world, rights, method, asked)
  const { prepared, params } = prepare(services, world, rights, method, named)
  return run(prepared.plan, params, running, named)
}
