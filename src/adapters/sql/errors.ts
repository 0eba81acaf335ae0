/** What databases complain of, in the words of the seam. In charge of names of tables and columns in a database's complaint, back to fields; must not know drivers or their codes. */
import { DBALError } from '../../errors/error.ts'
import type { Entity } from '../../schema/entity.ts'
import { shadowColumn } from './scope.ts'

/** Field names of the columns that belong to the entity, in their order and once each; a shadow column stands for its field. */
export function fieldsOfColumns(entity: Entity, columns: readonly string[]): readonly string[] {
  const names = new Set<string>()
  for (const column of columns) {
    for (const field of entity.fields.values()) {
      if (field.column === column || shadowColumn(field) === column) names.add(field.name)
    }
  }
  return [...names]
}

export function timedOut(): DBALError {
  return new DBALError('TIMEOUT')
}
