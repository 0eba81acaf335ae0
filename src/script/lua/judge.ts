/** What a script does that it may not: names that no script has, libraries changed or given away. Must not know rows or what they allow. */
import type { Fault, Incident, Reading, Spot, UsedGlobal } from '../finding.ts'
import { type Known, knowledge, memberOf } from './known.ts'
import { builtin, forbidden, forbiddenKeys, forbiddenOfText } from './names.ts'
import { ownGlobals } from './own.ts'
import { type Resolved, resolve } from './resolve.ts'
import type { Any } from './syntax.ts'

/** Findings of a kind: a script that is wrong everywhere is told so in a readable answer. */
const mostFindings = 20

class Judge {
  readonly #faults = new Map<string, Fault>()
  readonly #incidents = new Map<string, Incident>()
  readonly #globals = new Map<string, UsedGlobal>()
  readonly #tree: Resolved
  readonly #known: ReadonlyMap<Any, Known>
  readonly #own: ReadonlyMap<string, number>
  readonly #spot: (offset: number) => Spot
  /** Expressions whose value may be a library: what a member is taken of, and the one value of a local. */
  readonly #followed = new Set<Any>()

  constructor(chunk: Any, spot: (offset: number) => Spot) {
    this.#tree = resolve(chunk)
    this.#known = knowledge(this.#tree)
    this.#own = ownGlobals(chunk, this.#tree)
    this.#spot = spot
  }

  read(): Reading {
    for (const { name, node } of this.#tree.declared) if (name === '_ENV') this.#incident('_ENV', node)
    for (const node of this.#tree.nodes) this.#follow(node)
    for (const node of this.#tree.nodes) this.#look(node)
    const list = <T>(found: ReadonlyMap<string, T>): readonly T[] => [...found.values()].slice(0, mostFindings)
    return { faults: list(this.#faults), incidents: list(this.#incidents), globals: list(this.#globals) }
  }

  #incident(construct: string, { range }: Any): void {
    if (!this.#incidents.has(construct)) this.#incidents.set(construct, { construct, ...this.#spot(range[0]) })
  }

  #fault(error: string, { range }: Any): void {
    if (!this.#faults.has(error)) this.#faults.set(error, { error, ...this.#spot(range[0]) })
  }

  #follow(node: Any): void {
    if (node.type === 'MemberExpression' || node.type === 'IndexExpression') this.#followed.add(node.base)
    if (node.type !== 'LocalStatement') return
    node.variables.forEach((variable, i) => {
      const given = node.init[i]
      if (given !== undefined && this.#tree.variables.get(variable)?.assigned === false) this.#followed.add(given)
    })
  }

  #look(node: Any): void {
    switch (node.type) {
      case 'Identifier':
        return this.#name(node)
      case 'MemberExpression':
      case 'IndexExpression':
        return this.#member(node)
      case 'TableKeyString':
        return this.#key(node.key.name, node)
      case 'TableKey':
        return this.#key(this.#known.get(node.key)?.text, node)
      case 'CallExpression':
        return this.#call(node)
    }
  }

  #name(node: Any): void {
    const { name } = node
    if (this.#tree.variables.get(node) === null) this.#global(name, node)
    const known = this.#known.get(node)
    if (known?.is === 'library' && !this.#followed.has(node) && !this.#tree.targets.has(node))
      this.#fault(`The library '${known.text}' can be used by its members only, and not handed on`, node)
  }

  #global(name: string, node: Any): void {
    if (forbidden.has(name)) return this.#incident(name, node)
    const written = this.#tree.targets.has(node)
    if (builtin.has(name))
      return written ? this.#fault(`'${name}' belongs to the language and cannot be replaced; write 'local ${name}'`, node) : undefined
    const from = this.#own.get(name)
    if (from !== undefined && (written || node.range[0] >= from)) return
    if (!this.#globals.has(name)) this.#globals.set(name, { name, ...this.#spot(node.range[0]) })
  }

  #member(node: Any): void {
    const of = this.#known.get(node.base)
    const name = memberOf(node, this.#known)
    const written = this.#tree.targets.has(node)
    if (written) this.#key(name, node)
    if (of === undefined || of.is === 'number') return
    if ((of.is === 'text' || of.text === 'string') && name !== undefined && forbiddenOfText.has(name)) return this.#incident(`string.${name}`, node)
    if (of.is !== 'library') return
    if (written) this.#fault(`The library '${of.text}' cannot be changed`, node)
    else if (name === undefined) this.#fault(`Members of the library '${of.text}' have to be written out`, node)
  }

  #key(name: string | undefined, node: Any): void {
    if (name !== undefined && forbiddenKeys.has(name)) this.#incident(name, node)
  }

  #call({ base, ...node }: Any): void {
    if (base.type !== 'Identifier' || this.#tree.variables.get(base) !== null || base.name !== 'setmetatable') return
    const [of] = node.arguments as readonly Any[]
    if (of !== undefined && this.#known.get(of)?.is === 'text') this.#incident('setmetatable of a text', base)
  }
}

export function judge(chunk: Any, spot: (offset: number) => Spot): Reading {
  return new Judge(chunk, spot).read()
}
