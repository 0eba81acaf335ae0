/**
 * A plan as text for people, whole: every member of it stands there, whatever its kind, so that a new member cannot be forgotten.
 * In charge of form only; must not know how a plan is made or run.
 */
import type { Having, Operand, Predicate, Query } from '../../../src/query/ast.ts'
import { printOperand, printPredicate } from '../../../src/query/print.ts'
import type { Entity } from '../../../src/schema/entity.ts'

type Node = { readonly [name: string]: unknown }

const predicates = new Set(['and', 'or', 'not', 'isTrue', 'compare', 'in', 'isNull', 'keyIn', 'exists', 'inSelect', 'when'])
const operands = new Set(['field', 'param', 'const', 'session', 'level', 'path', 'json'])
const queries = new Set(['read', 'aggregate', 'insert', 'update', 'delete', 'tree'])

/** Lines of a plan; params are told of with their types behind it. */
export function planText(plan: object): readonly string[] {
  const types = new Map<number, string>()
  typesIn(plan, types, new Set())
  const { entity: _entity, operation: _operation, kind, ...rest } = plan as Node
  const params = [...types].sort(([a], [b]) => a - b).map(([index, type]) => `?${index} ${type}`)
  return [`${String(kind)}${params.length === 0 ? '' : `  ${params.join(', ')}`}`, ...members(rest).map(indented)]
}

const indented = (line: string): string => `  ${line}`

function members(node: Node): string[] {
  return Object.entries(node).flatMap(([name, value]) => (isEmpty(value) ? [] : labelled(name, value)))
}

/** What has nothing in it is not told. What is there and undefined is: it should not be there. */
const isEmpty = (value: unknown): boolean =>
  value === false || (Array.isArray(value) && value.length === 0) || ((value instanceof Map || value instanceof Set) && value.size === 0)

function labelled(name: string, value: unknown): string[] {
  const lines = linesOf(value)
  const [only] = lines
  return lines.length === 1 ? [`${name}: ${only}`] : [`${name}:`, ...lines.map(indented)]
}

function linesOf(value: unknown): string[] {
  if (value instanceof Map) return [`{${[...value].map(([name, of]) => `${String(name)}: ${linesOf(of).join('; ')}`).join(', ')}}`]
  if (value instanceof Set) return [`{${[...value].join(', ')}}`]
  if (Array.isArray(value)) return listOf(value)
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value) ?? 'undefined']
  const node = value as Node
  const { kind } = node
  if (typeof kind === 'string' && predicates.has(kind)) return [printPredicate(value as Predicate)]
  if (typeof kind === 'string' && operands.has(kind)) return [printOperand(value as Operand)]
  if (typeof kind === 'string' && queries.has(kind) && node['entity'] !== undefined) return queryLines(value as Query)
  if (typeof node['column'] === 'number' && typeof node['name'] === 'string') return [shownText(node)]
  if (node['fields'] instanceof Map && node['operations'] instanceof Map) return [(value as Entity).name]
  if (typeof node['type'] === 'string' && typeof node['nullable'] === 'boolean') return [node['type']]
  if (typeof node['line'] === 'number' && typeof node['file'] === 'string') return [`line ${node['line']}`]
  const lines = members(node)
  const text = lines.join(', ')
  return text.length < 140 && lines.every((line) => !line.startsWith(' ')) ? [`{${text}}`] : lines
}

function listOf(values: readonly unknown[]): string[] {
  const each = values.map(linesOf)
  const text = each.map((lines) => lines.join('; ')).join(', ')
  if (each.every((lines) => lines.length === 1) && (text.length < 140 || text.includes('@'))) return [`[${text}]`]
  return each.flatMap(([first, ...others]) => [`- ${first}`, ...others.map(indented)])
}

function queryLines(query: Query): string[] {
  const { kind, entity, reach, ...rest } = query as unknown as Node & { readonly entity: Entity }
  const told = Object.entries(rest).flatMap(([name, value]) => {
    if (isEmpty(value)) return []
    if (value === undefined) return labelled(name, value)
    if (name === 'having') return [`having: ${havingText(value as Having)}`]
    if (name === 'columns' || name === 'groupBy') return [`${name}: ${(value as { field: string }[]).map(columnText).join(', ')}`]
    if (name === 'fields') return [`fields: ${(value as string[]).join(', ')}`]
    if (name === 'set') return [`set: ${(value as Node[]).map((s) => `${String(s['field'])} = ${settingText(s['value'])}`).join(', ')}`]
    if (name === 'order' && kind === 'read')
      return [`order: ${(value as Node[]).map((o) => `${linesOf(o['by']).join()} ${o['direction']}`).join(', ')}`]
    return labelled(name, value)
  })
  const head = `${String(kind)} ${reach === undefined ? '' : `${String(reach)} `}${entity.name}`
  const line = [head, ...told].join(' | ')
  return line.length < 160 && told.every((part) => !part.startsWith(' ')) ? [line] : [head, ...told.map(indented)]
}

/** A member of an answer: its column, and the probe that has to be true. */
const shownText = ({ name, column, guard, ...rest }: Node): string =>
  `${String(name)}@${String(column)}${guard === undefined ? '' : ` if ${String(guard)}`}${Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`}`

const columnText = (column: { readonly field: string; readonly guard?: Predicate }): string => printOperand({ kind: 'field', ...column })

function settingText(value: unknown): string {
  const { kind, list } = value as { kind: string; list?: Operand }
  if (kind === 'increment') return '+1'
  return kind === 'position' ? `position in ${printOperand(list as Operand)}` : printOperand(value as Operand)
}

function havingText(node: Having): string {
  const cell = (of: { readonly kind: string; readonly index: number }) => `${of.kind} ${of.index}`
  switch (node.kind) {
    case 'and':
      return `(${node.all.map(havingText).join(' and ')})`
    case 'or':
      return `(${node.any.map(havingText).join(' or ')})`
    case 'not':
      return `not ${havingText(node.of)}`
    case 'compare':
      return `${cell(node.left)} ${node.op} ${printOperand(node.right)}`
    case 'in':
      return `${cell(node.left)} in ${printOperand(node.list)}`
    case 'isNull':
      return `${cell(node.of)} is null`
  }
}

/** What each param is bound as, wherever in the plan it stands. */
function typesIn(value: unknown, types: Map<number, string>, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  const node = value as Node
  if (node['fields'] instanceof Map && node['operations'] instanceof Map) return
  if (node['kind'] === 'param') types.set(node['index'] as number, (node['type'] as { type: string }).type)
  for (const part of value instanceof Map ? value.values() : Object.values(value)) typesIn(part, types, seen)
}
