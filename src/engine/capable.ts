/** What a call needs of the database behind: refused here, with a way around it, before anything runs. Must not know which adapters there are. */
import type { Capabilities, Capability } from '../adapter/capabilities.ts'
import { DBALError } from '../errors/error.ts'
import { parseExpression } from '../policy/expression.ts'
import type { Policy } from '../policy/policy.ts'
import type { Operand, Predicate } from '../query/ast.ts'
import type { Include, Request, Selection } from '../query/request.ts'
import { visitOperand, visitPredicate } from '../query/walk.ts'
import type { Entity, Place, Schema } from '../schema/entity.ts'

/** Those that a call can need. Without the others something is slower or done by hand, and the answers are the same. */
const ways = {
  transactions: ['Several calls as one', 'Make the calls one by one, or use bulk calls, which are atomic by themselves'],
  jsonQueries: ['A condition on a place in a json field', 'Give what is looked for a field of its own'],
  aggregations: ['aggregate', 'Use count, or list the rows and add them up'],
  relations: ['Following a relation', 'Ask for the related rows by their own entity and key'],
} as const satisfies Partial<Record<Capability, readonly [what: string, instead: string]>>

export type Needed = keyof typeof ways

/** CAPABILITY_NOT_SUPPORTED with what to do instead. */
export function assertCapable(capabilities: Capabilities, needs: Iterable<Needed>): void {
  for (const need of needs) {
    if (capabilities[need]) continue
    const [what, instead] = ways[need]
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', {
      reason: `${what} is not supported by the database behind this service`,
      capability: need,
      hint: instead,
    })
  }
}

/** What the caller's own part of a request needs. What rules need was asked when they were put in force. */
export function needsOf(request: Request): Set<Needed> {
  const needs = new Set<Needed>()
  const { entity } = request
  if (request.kind === 'aggregate') needs.add('aggregations')
  if ('where' in request) fromPredicate(request.where, entity, needs)
  if ('order' in request && request.kind === 'list') for (const { by } of request.order) fromOperand(by, entity, needs)
  for (const selection of selectionsOf(request)) fromSelection(selection, needs)
  return needs
}

/**
 * Refuses rules and validations that the database cannot ask: when they are put in force, not when a call first meets them. The first
 * one is named with its place, for the operator.
 */
export function assertRulesCapable(capabilities: Capabilities, { rules }: Policy, schema: Schema): void {
  const lacking = (node: Predicate, entity: Entity): Needed | undefined => {
    const needs = new Set<Needed>()
    fromPredicate(node, entity, needs)
    return [...needs].find((need) => !capabilities[need])
  }
  const refuse = (need: Needed, what: string, { file, line, column }: Place): never => {
    const [asked, instead] = ways[need]
    const reason = `${asked} is not supported by this database, and ${what} at ${file}:${line}:${column} needs it`
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { reason, capability: need, hint: instead })
  }
  for (const rule of rules) {
    const entity = schema.entities.get(rule.entity) as Entity
    const need = lacking(rule.rows, entity) ?? lacking(rule.check, entity)
    if (need !== undefined) refuse(need, `the rule '${rule.id}'`, rule.place)
  }
  for (const entity of schema.entities.values()) {
    for (const { name, expression, place } of entity.validations) {
      const need = lacking(parseExpression(expression, entity, schema, place), entity)
      if (need !== undefined) refuse(need, `the validation '${name}'`, place)
    }
  }
}

function selectionsOf(request: Request): readonly Selection[] {
  if ('selection' in request) return [request.selection]
  return 'returning' in request && request.returning !== undefined ? [request.returning] : []
}

function fromSelection({ include }: Selection, needs: Set<Needed>): void {
  for (const one of include) fromInclude(one, needs)
}

function fromInclude({ target, where, selection }: Include, needs: Set<Needed>): void {
  needs.add('relations')
  fromPredicate(where, target, needs)
  fromSelection(selection, needs)
}

const note = (needs: Set<Needed>) => ({
  predicate: ({ kind }: Predicate) => void ((kind === 'exists' || kind === 'inSelect') && needs.add('relations')),
  operand: ({ kind }: Operand) => void (kind === 'json' ? needs.add('jsonQueries') : kind === 'path' && needs.add('relations')),
})

const fromPredicate = (node: Predicate, entity: Entity, needs: Set<Needed>): void => visitPredicate(node, entity, note(needs))
const fromOperand = (node: Operand, entity: Entity, needs: Set<Needed>): void => visitOperand(node, entity, note(needs))
