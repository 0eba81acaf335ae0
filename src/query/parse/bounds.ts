/** How large untrusted input may be, and the scan that finds out without recursion. Must not know what the input means. */

export const bounds = {
  /** Conditions inside conditions of a filter. */
  filterDepth: 16,
  /** Conditions, operators and groups of a filter. */
  filterNodes: 500,
  /** Values of one `in`. */
  list: 1000,
  sortKeys: 20,
  includeDepth: 5,
  /** Relations included in all. */
  includes: 50,
  /** Fields of a `select` or `groupBy`, or changes of an update. */
  names: 1000,
  /** Values, members and elements of write data. */
  dataNodes: 20_000,
  /** Levels of write data: a row with a json field at its own limit of 32. */
  dataDepth: 33,
  /** Characters of a name. */
  name: 128,
  searchText: 1000,
  searchTerms: 8,
} as const

/** A plain object: made by a literal, by JSON or without prototype. Class instances are not data. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Why `value` is too deep (more than `depth` containers in each other) or too large (more than `nodes` values), or undefined.
 * Uses a stack of its own, so that neither depth nor a cycle can exhaust the call stack; a cycle ends at the number of nodes.
 */
export function scan(value: unknown, depth: number, nodes: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const stack: object[] = [value]
  const levels: number[] = [1]
  let left = nodes
  for (let container = stack.pop(); container !== undefined; container = stack.pop()) {
    const level = levels.pop() as number
    if (level > depth) return `Must have at most ${depth} levels`
    const parts: unknown[] = Array.isArray(container) ? container : isPlain(container) ? Object.values(container) : []
    left -= parts.length
    if (left < 0) return `Must have at most ${nodes} values in all`
    for (const part of parts) {
      if (typeof part !== 'object' || part === null) continue
      stack.push(part)
      levels.push(level + 1)
    }
  }
  return undefined
}
