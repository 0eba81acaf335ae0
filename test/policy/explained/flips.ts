/** Changes of rules as explanations name them, made in the rules themselves. In charge of that; must not know why they are made. */
import type { Rule } from '../../../src/policy/policy.ts'
import { always, never, type Predicate } from '../../../src/query/ast.ts'

export interface Flip {
  readonly rule?: string
  readonly kind: string
  readonly clause: string
  readonly part?: string
  readonly path?: readonly number[]
  readonly to: boolean
}

/** No rule says it: whose tenant a row is of, and whether it has been deleted. */
export const isImposed = ({ kind }: { readonly kind: string }): boolean => kind === 'tenant' || kind === 'live' || kind === 'schema'

/** The rules with one clause made a constant, or one field put into a list or taken out of it. */
export function changed(rules: readonly Rule[], flip: Flip): Rule[] {
  return rules.map((rule): Rule => {
    if (rule.id !== flip.rule) return rule
    const name = flip.clause.split(' ').at(-1) as string
    const list = (names: ReadonlySet<string> | undefined) =>
      flip.to ? new Set([...(names ?? []), name]) : new Set([...(names ?? [])].filter((other) => other !== name))
    switch (flip.kind) {
      case 'condition': {
        const by = flip.to ? always : never
        const path = flip.path as readonly number[]
        if (flip.part === 'check') return { ...rule, check: replaced(rule.check, path, by) }
        const rows = replaced(rule.rows, path, by)
        return { ...rule, rows, check: rule.check === rule.rows ? rows : rule.check }
      }
      case 'readable':
        return { ...rule, readable: list(rule.readable) }
      case 'writable':
        return { ...rule, writable: list(rule.writable) }
      case 'preset':
        return { ...rule, presets: new Map([...rule.presets].filter(([other]) => other !== name)) }
      default:
        throw new Error(`No rule has ${flip.kind}`)
    }
  })
}

function replaced(node: Predicate, [step, ...rest]: readonly number[], by: Predicate): Predicate {
  if (step === undefined) return by
  switch (node.kind) {
    case 'and':
      return { kind: 'and', all: node.all.map((part, i) => (i === step ? replaced(part, rest, by) : part)) }
    case 'or':
      return { kind: 'or', any: node.any.map((part, i) => (i === step ? replaced(part, rest, by) : part)) }
    case 'not':
      return { kind: 'not', of: replaced(node.of, rest, by) }
    default:
      throw new Error('The path leads nowhere')
  }
}

/** A clause of a row filter at its place, and whether its truth helps the answer to be yes. */
export interface Leaf {
  readonly rule: string
  readonly path: readonly number[]
  readonly helps: boolean
}

export function leavesOf(rule: Rule): Leaf[] {
  const walk = (node: Predicate, path: readonly number[], helps: boolean): Leaf[] => {
    switch (node.kind) {
      case 'and':
        return node.all.flatMap((part, i) => walk(part, [...path, i], helps))
      case 'or':
        return node.any.flatMap((part, i) => walk(part, [...path, i], helps))
      case 'not':
        return walk(node.of, [...path, 0], !helps)
      default:
        return [{ rule: rule.id, path, helps }]
    }
  }
  return walk(rule.rows, [], rule.effect === 'permit')
}

export const made = ({ rule, path }: Leaf, to: boolean): Flip => ({ rule, kind: 'condition', clause: '', part: 'row_level_filter', path, to })
