/** A plan in the making: its steps, and what the database will be after them. In charge of keeping the two in line; must not know which steps are needed. */
import type { Dialect } from '../../dialect.ts'
import { columnOf, type Model, tableOf } from '../model.ts'
import { after, type Operation } from '../operation.ts'
import type { Refusal, Step } from '../step.ts'
import { type Judgement, judge } from './judge.ts'

export class Plan {
  readonly dialect: Dialect
  /** Indexes and conditions of tables that have rows are made beside writers. */
  readonly online: boolean
  readonly steps: Step[] = []
  readonly refused: Refusal[] = []
  readonly #fresh = new Set<string>()
  now: Model

  constructor(start: Model, dialect: Dialect, online: boolean) {
    this.now = start
    this.dialect = dialect
    this.online = online && dialect.tables.online
  }

  /** True where the table was made by this plan: nobody can be waiting for it. */
  fresh(table: string): boolean {
    return this.#fresh.has(table)
  }

  /** Should a change of that table leave writers alone? */
  beside(table: string): boolean {
    return this.online && !this.fresh(table)
  }

  add(operation: Operation, given?: Judgement & { readonly fields?: readonly string[] }): void {
    const table = tableNameOf(operation)
    if (operation.op === 'createTable') this.#fresh.add(table)
    const judged = given ?? judge(operation, this.fresh(table), this.dialect)
    const before = tableOf(this.now, table)
    this.now = after(this.now, operation, this.dialect.quote)
    if (isWaived(operation)) return
    this.steps.push({
      operation,
      mark: judged.mark,
      why: judged.why,
      entity: entityOf(operation) ?? before?.entity ?? table,
      fields: given?.fields ?? fieldsOf(operation, this.now),
      breaks: judged.breaks === true,
      additive: judged.additive === true,
      alone: isAlone(operation),
      ...(judged.advice === undefined ? {} : { advice: judged.advice }),
    })
  }

  refuse(entity: string, field: string | undefined, why: string, advice: string): void {
    this.refused.push({ entity, ...(field === undefined ? {} : { field }), why, advice })
  }
}

/** What the database never had cannot be dropped from it. */
function isWaived(operation: Operation): boolean {
  if (operation.op === 'dropCheck') return operation.check.waived === true
  if (operation.op === 'dropReference') return operation.reference.waived === true
  return operation.op === 'dropIndex' && operation.index.waived === true
}

function isAlone(operation: Operation): boolean {
  if (operation.op === 'createIndex' || operation.op === 'dropIndex') return operation.online
  return operation.op === 'validateCheck' || operation.op === 'validateReference'
}

export function tableNameOf(operation: Operation): string {
  switch (operation.op) {
    case 'createTable':
    case 'dropTable':
      return operation.table.name
    case 'renameTable':
    case 'rebuild':
      return typeof operation.from === 'string' ? operation.from : operation.from.name
    case 'createIndex':
    case 'dropIndex':
      return operation.index.table
    case 'replaceIndex':
    case 'renameIndex':
      return operation.to.table
    default:
      return operation.table
  }
}

function entityOf(operation: Operation): string | undefined {
  if (operation.op === 'createTable') return operation.table.entity
  return operation.op === 'rebuild' ? operation.to.entity : undefined
}

function fieldsOf(operation: Operation, now: Model): readonly string[] {
  switch (operation.op) {
    case 'addColumn':
    case 'dropColumn':
    case 'fill':
      return [operation.column.field]
    case 'alterColumn':
      return [operation.to.field]
    case 'renameColumn':
      return [operation.field]
    case 'addCheck':
    case 'dropCheck':
    case 'renameCheck':
    case 'validateCheck': {
      const table = tableOf(now, operation.table)
      const field = table === undefined ? undefined : columnOf(table, operation.column)?.field
      return field === undefined ? [] : [field]
    }
    case 'addReference':
    case 'dropReference':
    case 'validateReference':
      return [operation.reference.field]
    case 'renameReference':
      return [operation.to.field]
    case 'createIndex':
    case 'dropIndex':
      return operation.index.fields
    case 'replaceIndex':
    case 'renameIndex':
      return operation.to.fields
    default:
      return []
  }
}
