/**
 * Statements made once, with holes that each call fills. In charge of putting values in; must not know what statements mean.
 * A hole makes a whole node, such as `{$literal: value}` or a condition: the text of a caller never becomes a name or an operator.
 */
import type { Args } from '../../../query/ast.ts'
import type { Value } from '../../../schema/entity.ts'

/** A plain tree of objects, arrays and scalars in which holes may stand. */
export type Template = unknown

export class Hole {
  readonly make: (args: Args) => unknown

  constructor(make: (args: Args) => unknown) {
    this.make = make
  }
}

export type Baked = (args: Args) => unknown

/** Arguments of a statement that is shown and not run: whatever they fill is `?`. */
export class Masked implements Args {
  readonly params: readonly Value[]
  readonly session: Args['session']

  constructor({ params, session }: Args) {
    this.params = params
    this.session = session
  }
}

/** All that a hole makes, without what came from outside: names and operators stay, scalars do not. */
function masked(made: unknown): unknown {
  if (Array.isArray(made)) return made.length > 0 && made.every((member) => !isPlain(member) && !Array.isArray(member)) ? '?' : made.map(masked)
  return isPlain(made) ? Object.fromEntries(Object.entries(made).map(([name, member]) => [name, masked(member)])) : '?'
}

/** Parts without holes are made once and shared by all calls. */
export function bake(template: Template): Baked {
  const made = baked(template)
  return made ?? (() => template)
}

/** Undefined where there is no hole. */
function baked(template: Template): Baked | undefined {
  if (template instanceof Hole) {
    const { make } = template
    return (args) => (args instanceof Masked ? masked(make(args)) : make(args))
  }
  if (Array.isArray(template)) {
    const parts = template.map(baked)
    if (parts.every((part) => part === undefined)) return undefined
    return (args) =>
      template.map((member, i) => {
        const part = parts[i]
        return part === undefined ? member : part(args)
      })
  }
  if (!isPlain(template)) return undefined
  const parts = Object.entries(template).map(([name, member]) => [name, member, baked(member)] as const)
  if (parts.every(([, , part]) => part === undefined)) return undefined
  return (args) => {
    const out: Record<string, unknown> = {}
    for (const [name, member, part] of parts) out[name] = part === undefined ? member : part(args)
    return out
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
