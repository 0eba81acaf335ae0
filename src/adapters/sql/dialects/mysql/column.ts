/** Columns for texts and bytes: as long as the field says, and short enough for a key where they are part of one. Must not know statements. */
import type { Field } from '../../../../schema/entity.ts'

/** Characters of utf8mb4 in InnoDB's longest key (3072 bytes). */
const longestKey = 768
/** A text without a limit that the database must look up: shorter than the key, so that a second column has room beside it. */
const lookedUp = 255
/** Longer ones would use up the 65,535 bytes that all columns of a row share. */
const inRow = 255

/** Of a field, or of a type alone, which has no limits. `keyed`: the whole value has to be in an index. */
export function columnType(field: Field, keyed = isKey(field)): string {
  switch (field.type) {
    case 'uuid':
      return 'char(36)'
    case 'cuid':
      return 'varchar(32)'
    case 'email':
      return 'varchar(255)'
    case 'enum':
      return `varchar(${Math.max(1, ...(field.values ?? []).map((value) => [...value].length))})`
    case 'bytes':
      return keyed ? `varbinary(${Math.min(field.maxLength ?? lookedUp, longestKey)})` : 'longblob'
    default:
      return textType(field, keyed)
  }
}

function textType(field: Field, keyed: boolean): string {
  const { maxLength } = field
  if (keyed) return maxLength === undefined ? `varchar(${lookedUp})` : maxLength <= longestKey ? `varchar(${maxLength})` : 'longtext'
  return maxLength !== undefined && maxLength <= inRow && maxLength > 0 ? `varchar(${maxLength})` : 'longtext'
}

/** Does the field alone name a row, here or elsewhere? */
function isKey(field: Field): boolean {
  return field.primary === true || (field.unique ?? false) !== false || field.foreignKey !== undefined || field.kept === 'tenant'
}
