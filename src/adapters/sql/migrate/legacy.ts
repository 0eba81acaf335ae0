/**
 * Databases whose form was kept in `dbal_meta`, before there was a history.
 * In charge of understanding that form where the schema still says the same; must not know how plans are made.
 */
import type { Model, TableModel } from '../model/model.ts'
import { statementsOf } from '../model/statements.ts'
import { stop } from './decide.ts'
import { exists } from './history.ts'
import type { MigrationTarget } from './target.ts'

interface Kept {
  readonly tables: readonly {
    readonly name: string
    readonly columns: readonly { readonly name: string; readonly definition: string }[]
    readonly constraints: readonly string[]
  }[]
  readonly indexes: readonly { readonly name: string; readonly text: string }[]
}

const legacyTable = 'dbal_meta'

/** What the database is, in words of today. Undefined where there is no such note; DATABASE_ERROR where it says something else than the schema. */
export async function legacyModel(target: MigrationTarget, wanted: Model): Promise<Model | undefined> {
  if (target.dialect.name !== 'sqlite' || !(await exists(target, legacyTable))) return undefined
  const [row] = await target.query(`SELECT "value" FROM "${legacyTable}" WHERE "key" = 'model'`)
  if (row === undefined) return undefined
  const kept = JSON.parse(String(row[0])) as Kept
  const tables = kept.tables.map((old) => tableOf(old, wanted, target))
  const indexes = kept.indexes.map((old) => {
    const found = wanted.indexes.find(({ name }) => name === old.name)
    if (found === undefined) throw unknown(`the index ${old.name}`)
    return found
  })
  return { ...wanted, tables, indexes }
}

/** The wanted table without what the old one lacks. The statement that would make it has to be the old one, but for defaults. */
function tableOf(old: Kept['tables'][number], wanted: Model, { dialect }: MigrationTarget): TableModel {
  const found = wanted.tables.find(({ name }) => name === old.name)
  if (found === undefined) throw unknown(`the table ${old.name}`)
  const has = (name: string): boolean => old.columns.some((column) => column.name === name)
  const columns = found.columns.filter(({ name }) => has(name)).map(({ default: _, ...column }) => column)
  const table = { ...found, columns, references: found.references.filter((reference) => reference.columns.every(has)) }
  const [text] = statementsOf({ op: 'createTable', table }, dialect)
  const lines = [...old.columns.map(({ name, definition }) => `${dialect.quote(name)} ${definition}`), ...old.constraints]
  if (text !== `CREATE TABLE ${dialect.quote(old.name)} (\n  ${lines.join(',\n  ')}\n)${dialect.tableOptions}`) throw unknown(`the table ${old.name}`)
  return table
}

function unknown(what: string): Error {
  return stop(
    `The database was made by an earlier version of DBAL for another schema: ${what} differs. Start once with the schema that it was made for, then run \`dbal migrate plan\`.`,
  )
}
