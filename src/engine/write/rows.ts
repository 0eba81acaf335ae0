/** Makes whole rows of what a caller gave: presets, generated values, defaults, times, tenant. Must not know statements. */
import { createId } from '@paralleldrive/cuid2'
import { v7 } from 'uuid'
import { DBALError, invalid } from '../../errors/error.ts'
import type { Operand } from '../../query/ast.ts'
import type { Entity, Field, Value } from '../../schema/entity.ts'
import { normalise } from '../../schema/field-type.ts'
import type { Running } from '../running.ts'

/** Next values of generated whole-number keys, per field. */
export type Sequences = Map<string, bigint>

/** The value of a preset: a literal or something of the session, as its field takes it. */
export function presetValue(operand: Operand, field: Field, running: Running): Value {
  const raw = operand.kind === 'const' ? operand.value : operand.kind === 'session' ? (running.values.get(operand.name) ?? null) : null
  if (raw === null) return null
  const result = normalise(field, raw)
  return result.ok ? result.value : null
}

function generate(field: Field, running: Running, sequences: Sequences): Value {
  switch (field.type) {
    case 'uuid':
      return v7()
    case 'datetime':
      return running.values.now
    case 'date':
      return running.values.now.slice(0, 10)
    case 'integer':
    case 'bigint': {
      const next = (sequences.get(field.name) ?? 0n) + 1n
      sequences.set(field.name, next)
      return field.type === 'integer' ? Number(next) : String(next)
    }
    default:
      return createId()
  }
}

function tenant(running: Running): Value {
  const value = running.values.get('context.tenantId') ?? null
  if (value === null) throw new DBALError('FORBIDDEN', { reason: 'Your session belongs to no tenant; rows of this entity need one' })
  return value
}

function automatic(field: Field, running: Running, sequences: Sequences): Value | undefined {
  if (field.kept === 'tenant' && !running.rights.system) return tenant(running)
  if (field.kept === 'version') return 1
  if (field.generated || field.autoUpdate) return generate(field, running, sequences)
  if (field.default === undefined) return field.nullable ? null : undefined
  if (field.default === 'now' && (field.type === 'datetime' || field.type === 'date')) return generate(field, running, sequences)
  return field.default
}

/** All fields of a new row, in the order of the entity. Throws VALIDATION_ERROR for required fields that nothing gives. */
export function wholeRow(
  entity: Entity,
  data: ReadonlyMap<string, Value>,
  presets: ReadonlyMap<string, Operand>,
  path: string,
  running: Running,
  sequences: Sequences,
): Value[] {
  const complaints: string[] = []
  const row = [...entity.fields.values()].map((field): Value => {
    const given = data.get(field.name)
    if (given !== undefined) return given
    const preset = presets.get(field.name)
    const value = preset === undefined ? automatic(field, running, sequences) : presetValue(preset, field, running)
    if (value === undefined || (value === null && !field.nullable)) complaints.push(field.name)
    return value ?? null
  })
  if (complaints.length > 0) throw invalid(...complaints.map((name) => ({ field: `${path}.${name}`, error: 'Required' })))
  return row
}
