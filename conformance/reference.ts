/** References and made-up values inside the parts of a step: `$prev.id`, `$steps[0].id`, `$saved.page.id`, `${unique}`, `{$make: …}`. Must not know calls. */

/** What the names stand for when a step is about to run. */
export interface Names {
  readonly prev: unknown
  readonly steps: readonly unknown[]
  readonly saved: Readonly<Record<string, unknown>>
  readonly users: Readonly<Record<string, unknown>>
  readonly me: unknown
  /** Different for each case of a run; letters and digits. */
  readonly unique: string
}

const whole = /^\$(prev|steps|saved|users|me)((?:\.[A-Za-z_$][\w$]*|\[\d+\])*)$/
const inside = /\$\{([a-z]+)((?:\.[A-Za-z_$][\w$]*|\[\d+\])*)\}/g

/** A copy with every reference replaced. `keepSteps`: `$steps[…]` stays, for transactions, where the engine replaces it. Throws on a reference to nothing. */
export function resolve(value: unknown, names: Names, keepSteps = false): unknown {
  if (typeof value === 'string') return resolveText(value, names, keepSteps)
  if (Array.isArray(value)) return value.map((item) => resolve(item, names, keepSteps))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (entries.length === 1 && entries[0]?.[0] === '$make') return make(resolve(entries[0][1], names, keepSteps) as Recipe)
  return Object.fromEntries(entries.map(([name, member]) => [String(resolveText(name, names, true)), resolve(member, names, keepSteps)]))
}

function resolveText(text: string, names: Names, keepSteps: boolean): unknown {
  if (!text.includes('$')) return text
  if (text.startsWith('$$')) return text.slice(1)
  const found = whole.exec(text)
  if (found !== null) {
    const [, root = '', path = ''] = found
    return root === 'steps' && keepSteps ? text : follow(names[root as keyof Names], path, text)
  }
  return text.replace(inside, (all, root: string, path: string) => (root in names ? String(follow(names[root as keyof Names], path, all)) : all))
}

function follow(from: unknown, path: string, text: string): unknown {
  let value = from
  for (const [, name, position] of path.matchAll(/\.([A-Za-z_$][\w$]*)|\[(\d+)\]/g)) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name ?? (position as string)] : undefined
  }
  if (value === undefined) throw new Error(`${text} refers to nothing`)
  return value
}

/** `$each` and `$each.x` replaced by a value of the list; everything else stays. */
export function eachOf(value: unknown, each: unknown): unknown {
  if (value === '$each') return each
  if (typeof value === 'string') {
    const member = /^\$each\.(\w+)$/.exec(value)?.[1]
    if (member !== undefined) return (each as Record<string, unknown> | null)?.[member]
    return value.replace(/\$\{each(?:\.(\w+))?\}/g, (_, name?: string) => String(name === undefined ? each : (each as Record<string, unknown>)[name]))
  }
  if (Array.isArray(value)) return value.map((item) => eachOf(item, each))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => [String(eachOf(name, each)), eachOf(member, each)])
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined))
}

/** Values that would be unreadable if they were written out. */
type Recipe =
  | { readonly repeat: string; readonly times: number }
  | { readonly list: unknown; readonly times: number }
  /** `{nest: 'not', depth: 3, around: {}}` is `{not: {not: {not: {}}}}`; `nest: []` nests lists. */
  | { readonly nest: string | readonly []; readonly depth: number; readonly around: unknown }
  /** A text with one character exchanged for another; `at` counts from 0, negative from the end. */
  | { readonly flip: string; readonly at: number }
  /** `{keys: 'f', times: 3, value: 1}` is `{f0: 1, f1: 1, f2: 1}`. */
  | { readonly keys: string; readonly times: number; readonly value: unknown }
  | { readonly join: readonly string[] }

function make(recipe: Recipe): unknown {
  if ('repeat' in recipe) return recipe.repeat.repeat(recipe.times)
  if ('list' in recipe) return Array.from({ length: recipe.times }, () => recipe.list)
  if ('keys' in recipe) return Object.fromEntries(Array.from({ length: recipe.times }, (_, i) => [`${recipe.keys}${i}`, recipe.value]))
  if ('join' in recipe) return recipe.join.join('')
  if ('flip' in recipe) {
    const at = recipe.at < 0 ? recipe.flip.length + recipe.at : recipe.at
    return `${recipe.flip.slice(0, at)}${recipe.flip[at] === 'A' ? 'B' : 'A'}${recipe.flip.slice(at + 1)}`
  }
  if (!('nest' in recipe)) throw new Error(`Unknown recipe: ${Object.keys(recipe).join(', ')}`)
  let value = recipe.around
  for (let i = 0; i < recipe.depth; i++) value = typeof recipe.nest === 'string' ? { [recipe.nest]: value } : [value]
  return value
}
