/** What a change means for stored rows, for those who wait and for programs of the schema before. In charge of marks and reasons; must not know order. */
import type { Dialect } from '../../dialect.ts'
import type { ColumnModel } from '../model.ts'
import type { Operation } from '../operation.ts'
import type { Mark } from '../step.ts'
import { isNarrower } from '../values.ts'

export interface Judgement {
  readonly mark: Mark
  readonly why: string
  readonly breaks?: true
  readonly additive?: true
  readonly advice?: string
}

export const adviceOf = {
  drop: 'In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.',
  rename:
    'In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.',
  retype:
    'In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.',
  fill: 'In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.',
  narrow: 'First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.',
} as const

/** `fresh`: the table was made by the same plan, so that it has no rows. */
export function judge(operation: Operation, fresh: boolean, dialect: Dialect): Judgement {
  switch (operation.op) {
    case 'createTable':
      return { mark: 'safe', why: 'A new table.', additive: true }
    case 'dropTable':
      return { mark: 'destructive', why: 'All rows of the table are lost.', breaks: true, advice: adviceOf.drop }
    case 'renameTable':
      return { mark: 'safe', why: 'Only the name of the table changes.', breaks: true, advice: adviceOf.rename }
    case 'addColumn':
      return { mark: 'safe', why: 'A new column; existing rows are not rewritten.', additive: true }
    case 'dropColumn':
      return { mark: 'destructive', why: 'What the column holds is lost.', breaks: true, advice: adviceOf.drop }
    case 'renameColumn':
      return { mark: 'safe', why: 'Only the name of the column changes.', breaks: true, advice: adviceOf.rename }
    case 'alterColumn':
      return alteration(operation.from, operation.to, dialect)
    case 'fill':
      return { mark: 'locking', why: 'Every row that has no value yet is written.' }
    case 'addCheck':
      if (operation.check.pending === true)
        return { mark: 'safe', why: 'The condition holds for new rows at once; existing ones are looked at later.' }
      return { mark: 'locking', why: 'Every row is held against the condition; it fails where one does not fit.' }
    case 'addReference':
      if (fresh) return { mark: 'safe', why: 'The table is new and has no rows.', additive: true }
      if (operation.reference.pending === true)
        return { mark: 'safe', why: 'The reference holds for new rows at once; existing ones are looked at later.' }
      return { mark: 'locking', why: 'Every row is looked up in the other table; it fails where one refers to nothing.' }
    case 'validateCheck':
    case 'validateReference':
      return { mark: 'safe', why: 'Every row is looked at while others read and write; it fails where one does not fit.' }
    case 'dropCheck':
    case 'dropReference':
    case 'renameCheck':
    case 'renameReference':
    case 'renameIndex':
      return { mark: 'safe', why: operation.op.startsWith('drop') ? 'Something is no longer asked of rows.' : 'Only a name changes.' }
    case 'createIndex':
      return indexing(operation, fresh, dialect)
    case 'dropIndex': {
      if (operation.index.unique) return { mark: 'safe', why: 'Equal values are allowed from now on.' }
      return { mark: 'safe', why: 'Rows stay; queries that used the index may become slower.', additive: true }
    }
    case 'replaceIndex':
      return { mark: 'locking', why: 'The index is made again while writers may wait.' }
    case 'rebuild':
      return { mark: 'locking', why: 'The table is made anew and every row is copied; nobody else writes meanwhile.' }
  }
}

/** What becomes of a column when its declaration changes. */
export function alteration(from: ColumnModel, to: ColumnModel, dialect: Dialect): Judgement {
  if (isNarrower(from.value, to.value)) {
    const why = `Some values that were ${from.value.type} are none of the new ${to.value.type}: it fails where a row has one.`
    return { mark: 'destructive', why, breaks: true, advice: adviceOf.narrow }
  }
  if (from.type !== to.type || from.value.type !== to.value.type || from.value.scale !== to.value.scale)
    return { mark: 'locking', why: 'Every row is rewritten with the new type.', breaks: true, advice: adviceOf.retype }
  if (from.nullable && !to.nullable)
    return { mark: 'locking', why: 'Every row is looked at; it fails where one has no value.', breaks: true, advice: adviceOf.fill }
  if (from.nullable !== to.nullable && dialect.tables.alters !== 'parts')
    return { mark: 'locking', why: 'The table is copied with the new declaration.' }
  return { mark: 'safe', why: from.nullable === to.nullable ? 'Only what new rows get by default changes.' : 'Rows may lack a value from now on.' }
}

function indexing({ index, online }: Extract<Operation, { op: 'createIndex' }>, fresh: boolean, { tables: words }: Dialect): Judgement {
  if (fresh) return { mark: 'safe', why: 'The table is new and has no rows.', additive: true }
  const doubled = index.unique ? ' It fails where rows have equal values.' : ''
  if (online) return { mark: 'safe', why: `The index is made while others read and write.${doubled}`, additive: true }
  const way = words.online ? ' With --online they do not.' : ''
  return { mark: 'locking', why: `Writers wait while the index is made.${way}${doubled}`, additive: true }
}
