/** Insert, update and delete, each all or nothing. In charge of what rows become; must not know transactions or who waits. */
import type { Answer, Delete, Insert, SetValue, Update } from '../../query/ast.ts'
import type { Field, Value } from '../../schema/entity.ts'
import { selected } from './candidates.ts'
import { evaluate } from './evaluate.ts'
import { listValues, operandValue } from './operand.ts'
import { settle } from './rows/integrity.ts'
import type { Store } from './rows/store.ts'
import { fieldOf, rowOf, valueIn } from './rows/table.ts'
import type { At, Scope } from './scope.ts'

/** Throws ConstraintError; the store is then as it was. */
export function runWrite(query: Insert | Update | Delete, scope: Scope, store: Store): Answer {
  return store.atomically(() => {
    switch (query.kind) {
      case 'insert':
        return insert(query, scope, store)
      case 'update':
        return update(query, scope, store)
      case 'delete':
        return remove(query, scope, store)
    }
  })
}

function insert(query: Insert, scope: Scope, store: Store): Answer {
  const { entity } = query
  const given = scope.args.rows ?? []
  const replaced = given.map((values) => {
    scope.visit()
    const after = rowOf(entity, new Map(query.fields.map((name, i) => [fieldOf(entity, name).name, values[i] ?? null])))
    store.add(entity.name, after)
    return { after }
  })
  settle(store, entity.name, replaced)
  return { rows: [], affected: replaced.length }
}

/** Every new value is computed from the rows as they were; constraints are asked once all rows have changed. */
function update(query: Update, scope: Scope, store: Store): Answer {
  const { entity } = query
  const replaced = selected(scope, entity, query.where).map((before) => {
    const at = { scope, entity, row: before }
    const set = query.set.map(({ field, value }) => [fieldOf(entity, field).name, newValue(fieldOf(entity, field), value, at)] as const)
    return { before, after: rowOf(entity, new Map([...before, ...set])) }
  })
  for (const { before } of replaced) store.remove(entity.name, before)
  for (const { after } of replaced) store.add(entity.name, after)
  settle(store, entity.name, replaced)
  return { rows: [], affected: replaced.length }
}

function newValue(field: Field, value: SetValue, at: At): Value {
  switch (value.kind) {
    case 'increment': {
      const old = valueIn(at.row, field.name)
      return typeof old === 'number' ? old + 1 : typeof old === 'string' ? String(BigInt(old) + 1n) : null
    }
    case 'position': {
      const key = valueIn(at.row, fieldOf(at.entity, at.entity.key[0] ?? '').name)
      const position = listValues(value.list, at.scope)?.indexOf(key) ?? -1
      return position < 0 ? null : position
    }
    default:
      return operandValue(value, at, evaluate)
  }
}

/** Rows that follow by cascade are not counted. */
function remove(query: Delete, scope: Scope, store: Store): Answer {
  const { entity } = query
  const replaced = selected(scope, entity, query.where).map((before) => ({ before }))
  for (const { before } of replaced) store.remove(entity.name, before)
  settle(store, entity.name, replaced)
  return { rows: [], affected: replaced.length }
}
