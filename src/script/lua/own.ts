/** Which globals a script makes itself, and from where on a use of them can mean nothing else. Must not judge them. */
import type { Resolved } from './resolve.ts'
import type { Any } from './syntax.ts'

/**
 * By name the offset from which on the global is the script's. Only statements of the chunk itself count: what stands in a branch or a
 * function may not have run. Functions that follow one another without another statement may call each other: nothing runs between them.
 */
export function ownGlobals(chunk: Any, { variables }: Resolved): ReadonlyMap<string, number> {
  const own = new Map<string, number>()
  let run: number | undefined
  for (const statement of chunk.body) {
    const made = madeBy(statement).filter((node) => node.type === 'Identifier' && variables.get(node) === null)
    if (statement.type !== 'FunctionDeclaration') run = undefined
    else run ??= statement.range[0]
    const from = run ?? statement.range[1]
    for (const { name } of made) if (!own.has(name)) own.set(name, from)
  }
  return own
}

function madeBy(statement: Any): readonly Any[] {
  if (statement.type === 'AssignmentStatement') return statement.variables
  return statement.type === 'FunctionDeclaration' && !statement.isLocal && statement.identifier !== null ? [statement.identifier] : []
}
