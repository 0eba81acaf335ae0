/** Walks a syntax tree, without recursion, and says which variable each name means. Must not judge what it finds. */
import type { Any } from './syntax.ts'

/** A local variable. */
export interface Binding {
  readonly name: string
  /** Its one value, where the declaration gives it; looked at only while `assigned` is false. */
  readonly init: Any | undefined
  /** Written to after its declaration, so that its value is not known. */
  assigned: boolean
}

export interface Resolved {
  /** Every node, children before parents and in the order of the source otherwise. */
  readonly nodes: readonly Any[]
  /** Names that are variables: their binding, or null for a global. Names of members and keys are not in it. */
  readonly variables: ReadonlyMap<Any, Binding | null>
  /** Locals where they are declared. */
  readonly declared: readonly { readonly name: string; readonly node: Any }[]
  /** Expressions that something is assigned to. */
  readonly targets: ReadonlySet<Any>
}

type Task = { readonly visit: Any } | { readonly leave: Any } | { readonly run: () => void }

const visit = (node: Any): Task => ({ visit: node })

class Walk implements Resolved {
  readonly nodes: Any[] = []
  readonly variables = new Map<Any, Binding | null>()
  readonly declared: { readonly name: string; readonly node: Any }[] = []
  readonly targets = new Set<Any>()
  /** By name the bindings in force, innermost last. */
  readonly #scopes: string[][] = [[]]
  readonly #inForce = new Map<string, Binding[]>()
  readonly #tasks: Task[] = []

  walk(root: Any): void {
    this.#tasks.push(visit(root))
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      if ('run' in task) task.run()
      else if ('leave' in task) this.nodes.push(task.leave)
      else this.#push([...this.#parts(task.visit), { leave: task.visit }])
    }
  }

  /** Tasks in their order. */
  #push(tasks: readonly Task[]): void {
    for (let i = tasks.length - 1; i >= 0; i--) this.#tasks.push(tasks[i] as Task)
  }

  #open = (): void => {
    this.#scopes.push([])
  }

  #close = (): void => {
    for (const name of this.#scopes.pop() ?? []) this.#inForce.get(name)?.pop()
  }

  #declare(node: Any, init?: Any): Task {
    return {
      run: () => {
        // `...` stands among parameters and is no variable.
        if (node.type !== 'Identifier') return
        const binding: Binding = { name: node.name, init, assigned: false }
        const known = this.#inForce.get(node.name)
        if (known === undefined) this.#inForce.set(node.name, [binding])
        else known.push(binding)
        ;(this.#scopes.at(-1) as string[]).push(node.name)
        this.variables.set(node, binding)
        this.declared.push({ name: node.name, node })
      },
    }
  }

  #block(body: readonly Any[], before: readonly Task[] = [], after: readonly Task[] = []): readonly Task[] {
    return [{ run: this.#open }, ...before, ...body.map(visit), ...after, { run: this.#close }]
  }

  /** A name that is read or written. */
  #use(node: Any, written: boolean): void {
    const binding = this.#inForce.get(node.name)?.at(-1) ?? null
    this.variables.set(node, binding)
    if (written && binding !== null) binding.assigned = true
  }

  #target(node: Any): Task {
    this.targets.add(node)
    return visit(node)
  }

  #parts(node: Any): readonly Task[] {
    switch (node.type) {
      case 'Identifier':
        this.#use(node, this.targets.has(node))
        return []
      case 'LocalStatement':
        return [...node.init.map(visit), ...node.variables.map((variable, i) => this.#declare(variable, node.init[i]))]
      case 'AssignmentStatement':
        return [...node.variables.map((variable) => this.#target(variable)), ...node.init.map(visit)]
      case 'FunctionDeclaration':
        return this.#function(node)
      case 'ForNumericStatement':
        return [
          ...[node.start, node.end, ...(node.step === null ? [] : [node.step])].map(visit),
          ...this.#block(node.body, [this.#declare(node.variable)]),
        ]
      case 'ForGenericStatement':
        return [
          ...node.iterators.map(visit),
          ...this.#block(
            node.body,
            node.variables.map((variable) => this.#declare(variable)),
          ),
        ]
      case 'RepeatStatement':
        // The condition sees the locals of the block.
        return this.#block(node.body, [], [visit(node.condition)])
      case 'MemberExpression':
        return [visit(node.base)]
      case 'TableKeyString':
        return [visit(node.value as Any)]
      default:
        return this.#plain(node)
    }
  }

  #function(node: Any): readonly Task[] {
    const { identifier } = node
    const named: Task[] = []
    if (identifier !== null) named.push(node.isLocal ? this.#declare(identifier) : this.#target(identifier))
    const method = identifier?.type === 'MemberExpression' && identifier.indexer === ':'
    const self = method ? [this.#declare({ ...identifier.base, type: 'Identifier', name: 'self' })] : []
    return [...named, ...this.#block(node.body, [...self, ...node.parameters.map((parameter) => this.#declare(parameter))])]
  }

  /** Nodes without variables of their own. */
  #plain(node: Any): readonly Task[] {
    switch (node.type) {
      case 'Chunk':
      case 'DoStatement':
      case 'ElseClause':
        return this.#block(node.body)
      case 'WhileStatement':
      case 'IfClause':
      case 'ElseifClause':
        return [visit(node.condition), ...this.#block(node.body)]
      case 'IfStatement':
        return node.clauses.map(visit)
      case 'ReturnStatement':
        return (node.arguments as readonly Any[]).map(visit)
      case 'CallStatement':
        return [visit(node.expression)]
      case 'TableConstructorExpression':
        return node.fields.map(visit)
      case 'TableKey':
        return [visit(node.key), visit(node.value as Any)]
      case 'TableValue':
        return [visit(node.value as Any)]
      case 'BinaryExpression':
      case 'LogicalExpression':
        return [visit(node.left), visit(node.right)]
      case 'UnaryExpression':
        return [visit(node.argument)]
      case 'IndexExpression':
        return [visit(node.base), visit(node.index)]
      case 'CallExpression':
        return [visit(node.base), ...(node.arguments as readonly Any[]).map(visit)]
      case 'TableCallExpression':
      case 'StringCallExpression':
        return [visit(node.base), visit((node.argument ?? node.arguments) as Any)]
      case 'BreakStatement':
      case 'GotoStatement':
      case 'LabelStatement':
      case 'StringLiteral':
      case 'NumericLiteral':
      case 'BooleanLiteral':
      case 'NilLiteral':
      case 'VarargLiteral':
        return []
      default:
        // A kind of node that nobody looked into could hide anything.
        throw new Error(`Lua syntax of the kind ${node.type} is not known`)
    }
  }
}

export function resolve(root: Any): Resolved {
  const walk = new Walk()
  walk.walk(root)
  return walk
}
