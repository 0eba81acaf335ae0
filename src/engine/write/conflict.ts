/** Turns what a database refused into what a caller may know. Must not know statements. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError, invalid } from '../../errors/error.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Running } from '../running.ts'

/** CONFLICT names a field only if the caller may read it; a restricted delete names nothing. */
export function constraintToError(error: ConstraintError, entity: Entity, running: Running, path = 'data'): DBALError {
  if (error.constraint === 'unique') return unique(error, entity, running)
  if (error.constraint === 'restrict') return new DBALError('CONFLICT', {}, { cause: error })
  if (error.constraint === 'reference' && error.fields.length > 0) return missing(error.fields.map((field) => `${path}.${field}`))
  return new DBALError('VALIDATION_ERROR', { reason: 'A value breaks a constraint of the schema' }, { cause: error })
}

function unique(error: ConstraintError, entity: Entity, running: Running): DBALError {
  const readable = running.rights.readable(entity, 'read')
  const named = error.fields.filter((field) => field !== entity.tenant)
  const shown = named.length > 0 && named.every((field) => readable.has(field))
  const fields = named.map((field) => ({ field, error: 'Already taken' }))
  return new DBALError('CONFLICT', shown ? { fields } : {}, { cause: error })
}

/** One answer for a reference to an absent row and to one that the caller may not read. */
export function missing(paths: readonly string[]): DBALError {
  return invalid(...paths.map((field) => ({ field, error: 'Refers to a row that does not exist' })))
}

/** Runs a write and gives its refusals their public form. */
export async function refusing<T>(entity: Entity, running: Running, work: () => Promise<T>, path?: string): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ConstraintError ? constraintToError(error, entity, running, path) : error
  }
}
