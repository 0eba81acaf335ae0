/** Makes a failing regression small: leaves out whatever the failure does not need. Works on its plain form; must not know adapters. */
import { parseRegression, type Regression } from './regression.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Trials at most: a failure that is still large then is large enough to be read. */
const mostTrials = 2000

/** The smallest text found whose regression still fails. */
export async function smallest(text: string, fails: (regression: Regression) => Promise<boolean>): Promise<string> {
  let best = JSON.parse(text) as Json
  let trials = 0
  for (let again = true; again; ) {
    again = false
    for (const candidate of smaller(best)) {
      if (++trials > mostTrials) return JSON.stringify(best)
      if (!(await stillFails(JSON.stringify(candidate), fails))) continue
      best = candidate
      again = true
      break
    }
  }
  return JSON.stringify(best)
}

async function stillFails(text: string, fails: (regression: Regression) => Promise<boolean>): Promise<boolean> {
  try {
    return await fails(parseRegression(text))
  } catch {
    return false
  }
}

/** Each with one part left out or replaced by a part of itself; large steps first. */
function* smaller(root: Json): Iterable<Json> {
  for (const path of paths(root, [])) {
    const value = at(root, path)
    if (Array.isArray(value) && isDroppable(path)) for (let i = 0; i < value.length; i++) yield replaced(root, path, value.toSpliced(i, 1))
    if (!isNode(value)) continue
    if (isPredicate(value)) for (const part of Object.values(value)) if (isPredicate(part)) yield replaced(root, path, part)
    for (const list of [value.all, value.any]) if (Array.isArray(list)) for (const part of list) yield replaced(root, path, part)
    for (const name of ['guard', 'seek', 'having', 'limit', 'offset', 'partition'])
      if (name in value) yield replaced(root, path, without(value, name))
    if ('where' in value && JSON.stringify(value.where) !== always) yield replaced(root, [...path, 'where'], JSON.parse(always) as Json)
  }
  const entities = at(root, ['world', 'entities']) as { [name: string]: Json }
  for (const name of Object.keys(entities)) yield replaced(root, ['world'], dropEntity(root, name))
}

const always = '{"kind":"and","all":[]}'
/** Lists whose members stand for themselves. Params are numbered and values belong together, so they stay. */
const droppable: ReadonlySet<string> = new Set(['all', 'any', 'probes', 'columns', 'order', 'groupBy'])

function isDroppable(path: readonly string[]): boolean {
  return droppable.has(path.at(-1) ?? '') || (path[1] === 'rows' && path.length === 3)
}

function isNode(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value.kind === 'string'
}

const predicates: ReadonlySet<string> = new Set(['and', 'or', 'not', 'compare', 'in', 'isNull', 'keyIn', 'exists', 'inSelect', 'when', 'isTrue'])

function isPredicate(value: Json | undefined): value is { [key: string]: Json } {
  return isNode(value) && predicates.has(value.kind as string)
}

function dropEntity(root: Json, name: string): Json {
  const world = at(root, ['world']) as { [key: string]: { [name: string]: Json } }
  return { entities: without(world.entities as { [name: string]: Json }, name), rows: without(world.rows as { [name: string]: Json }, name) }
}

function without(value: { [key: string]: Json }, name: string): Json {
  const { [name]: _, ...rest } = value
  return rest
}

function* paths(value: Json, path: readonly string[]): Iterable<readonly string[]> {
  yield path
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) yield* paths(part, [...path, name])
}

function at(value: Json, path: readonly string[]): Json {
  return path.reduce<Json>((part, name) => (part as { [key: string]: Json })[name] as Json, value)
}

function replaced(value: Json, path: readonly string[], part: Json): Json {
  const [name, ...rest] = path
  if (name === undefined) return part
  if (Array.isArray(value)) return value.with(Number(name), replaced(value[Number(name)] as Json, rest, part))
  const object = value as { [key: string]: Json }
  return { ...object, [name]: replaced(object[name] as Json, rest, part) }
}
