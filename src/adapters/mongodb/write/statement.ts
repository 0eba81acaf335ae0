/** Insert, update and delete: which rows, and what they become. In charge of that alone; must not know transactions or references. */
import { ObjectId } from 'mongodb'
import type { Answer, Args, Delete, Insert, SetValue, Update } from '../../../query/ast.ts'
import type { Entity, Field, Value, ValueType } from '../../../schema/entity.ts'
import { scopeOf } from '../compile/match.ts'
import { isSource, listValues, operandExpression, sourceValue } from '../compile/operand.ts'
import { predicateExpression } from '../compile/predicate.ts'
import { type Found, type Made, make, plainCondition, whereStages } from '../compile/read.ts'
import { fieldOf, type Scope } from '../compile/scope.ts'
import type { Baked, Template } from '../compile/template.ts'
import type { Shape } from '../model/shape.ts'
import type { Channel } from '../run/channel.ts'
import { decode } from '../values/form.ts'
import { settle } from './integrity.ts'
import type { Ledger } from './ledger.ts'
import { type Change, type Document, type Row, rowFrom, rowOf, valueIn } from './rows.ts'

export interface CompiledWrite {
  readonly entity: Entity
  /** The rows as they are and as they are to be. Nothing is written. */
  changes(channel: Channel, args: Args): Promise<readonly Change[]>
  /** What must still be true of each row when it is written, as far as it can be said of the row alone. */
  readonly condition?: Baked | undefined
}

export async function runWrite(write: CompiledWrite, ledger: Ledger, shape: Shape, args: Args): Promise<Answer> {
  const { entity } = write
  const changes = await write.changes(ledger.channel, args)
  await ledger.apply(entity, shape.uniques(entity), changes, write.condition?.(args) as Document | undefined)
  await settle(ledger, shape, entity, changes)
  return { rows: [], affected: changes.length }
}

export function compileWrite(query: Insert | Update | Delete): CompiledWrite {
  switch (query.kind) {
    case 'insert':
      return { entity: query.entity, changes: async (_channel, args) => insertChanges(query, args) }
    case 'update':
      return compileUpdate(query)
    case 'delete': {
      const { entity } = query
      const rows = make(whereStages(scopeOf(entity), query.where))
      return {
        entity,
        condition: plainCondition(entity, query.where),
        changes: async (channel, args) =>
          (await channel.find(entity.table, rows(args))).map((found) => ({ id: found['_id'], before: rowFrom(entity, found) })),
      }
    }
  }
}

/** ConstraintError `other` where a row does not fit the schema. */
export function insertChanges({ entity, fields }: Insert, args: Args): readonly Change[] {
  const own = [...entity.fields.values()].find((field) => field.column === '_id')
  return (args.rows ?? []).map((values) => {
    const after = rowOf(entity, new Map(fields.map((name, i) => [fieldOf(entity, name).name, values[i] ?? null])))
    return { id: own === undefined ? new ObjectId() : valueIn(after, own.name), after }
  })
}

/** What a field gets, from the row as it was. */
type NewValue = (row: Row, found: Found, args: Args) => Value

/** Every new value is computed from the rows as they were; values that only the database can tell are asked with the rows. */
function compileUpdate(query: Update): CompiledWrite {
  const { entity } = query
  const scope = scopeOf(entity)
  const where = whereStages(scope, query.where)
  const asked: Record<string, Template> = {}
  const sets = query.set.map(({ field, value }) => [fieldOf(entity, field).name, newValue(scope, fieldOf(entity, field), value, asked)] as const)
  const extra = Object.keys(asked).length === 0 ? [] : [...scope.take(), { $set: asked }]
  const rows: Made = make([...where, ...extra])
  const after = (before: Row, found: Found, args: Args): Row =>
    rowOf(entity, new Map([...before, ...sets.map(([name, value]) => [name, value(before, found, args)] as const)]))
  return {
    entity,
    condition: plainCondition(entity, query.where),
    changes: async (channel, args) =>
      (await channel.find(entity.table, rows(args))).map((found) => {
        const before = rowFrom(entity, found)
        return { id: found['_id'], before, after: after(before, found, args) }
      }),
  }
}

function newValue(scope: Scope, field: Field, value: SetValue, asked: Record<string, Template>): NewValue {
  const { entity } = scope
  switch (value.kind) {
    case 'increment':
      return incremented(field)
    case 'position': {
      const key = fieldOf(entity, entity.key[0] ?? '').name
      return (row, _found, args) => {
        const position = listValues(value.list, args)?.indexOf(valueIn(row, key)) ?? -1
        return position < 0 ? null : position
      }
    }
    default: {
      if (isSource(value)) return (_row, _found, args) => sourceValue(value, args)
      if (value.kind === 'field' && value.guard === undefined) return (row) => valueIn(row, fieldOf(entity, value.field).name)
      const name = scope.fresh()
      asked[name] = operandExpression(scope, value, predicateExpression)
      const type = typeOf(entity, value)
      return (_row, found) => decode(type, found[name])
    }
  }
}

const jsonTypes = { string: { type: 'text' }, number: { type: 'float' }, boolean: { type: 'boolean' } } as const

function typeOf(entity: Entity, node: Exclude<SetValue, { kind: 'increment' | 'position' }>): ValueType {
  switch (node.kind) {
    case 'field':
      return fieldOf(entity, node.field)
    case 'path':
      return fieldOf(node.hops.at(-1)?.entity ?? entity, node.field)
    case 'level':
      return { type: 'integer' }
    case 'json':
      return jsonTypes[node.as]
    default:
      return node.type
  }
}

/** The old value plus one; null stays null. */
function incremented(field: Field): NewValue {
  return (row) => {
    const old = valueIn(row, field.name)
    return typeof old === 'number' ? old + 1 : typeof old === 'string' ? String(BigInt(old) + 1n) : null
  }
}
