/** Makes a failing program small: takes away whatever it fails without. Knows plain data only. */
type Json = unknown
type Path = readonly (string | number)[]

/** Members of the whole in the order in which they are tried: calls and rows first. */
const parts: readonly Path[] = [['calls'], ['rows'], ['other'], ['touched'], ['entities']]
/** Members that a program cannot lose without meaning something else. Parameters stand by position, so none of them goes. */
const fixed: ReadonlySet<string | number> = new Set(['who', 'method', 'entity', 'plural', 'acl', 'role', 'operations', 'type'])

/**
 * The smallest program found for which `fails` still resolves to true; a program that cannot even be opened has to resolve to false.
 * Tries at most `tries` programs.
 */
export async function minimise<P extends object>(program: P, fails: (program: P) => Promise<boolean>, tries = 3_000): Promise<P> {
  let best: P = program
  for (let left = tries, smaller = true; smaller && left > 0; ) {
    smaller = false
    for (const part of parts) {
      for (const path of paths(at(best, part), part)) {
        if (left-- <= 0) return best
        const shorter = without(best, path) as P | undefined
        if (shorter === undefined || !(await fails(shorter))) continue
        best = shorter
        smaller = true
      }
    }
  }
  return best
}

const at = (value: Json, path: Path): Json => path.reduce<Json>((inner, step) => (inner as Record<string | number, Json> | undefined)?.[step], value)

/** Every removable place, the last of each list first, so that removing one does not move the others. */
function paths(value: Json, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Array.isArray(value) ? value.map((_, i) => i).reverse() : Object.keys(value)
  const here = inner.filter((step) => !fixed.has(step) && path.at(-1) !== 'params').map((step) => [...path, step])
  return [...here, ...inner.flatMap((step) => paths((value as Record<string | number, Json>)[step], [...path, step]))]
}

/** A copy less what stands at `path`; undefined where nothing does any more. */
function without(value: Json, [step, ...rest]: Path): Json | undefined {
  if (typeof value !== 'object' || value === null || step === undefined || !Object.hasOwn(value, step)) return undefined
  if (rest.length === 0)
    return Array.isArray(value) ? value.filter((_, i) => i !== step) : Object.fromEntries(Object.entries(value).filter(([name]) => name !== step))
  const inner = without((value as Record<string | number, Json>)[step], rest)
  if (inner === undefined) return undefined
  return Array.isArray(value) ? value.map((part, i) => (i === step ? inner : part)) : { ...value, [step]: inner }
}
