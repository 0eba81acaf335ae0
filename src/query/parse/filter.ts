/** Filters (and `having`) from untrusted input to shape. Knows the form of conditions; must not know which names exist. */
import { bounds, isPlain } from './bounds.ts'
import type { Writer } from './writer.ts'

/**
 * Writes `{name: node, …}`. A node is a slot number, `null`, `true`/`false` (only behind `isNull`), `"insensitive"` (only behind `mode`),
 * an object of nodes, or behind `and`, `or`, `not` a list of objects. Below a dotted name (a path into JSON) the type of a value
 * belongs to the shape: slots there are texts such as `"n3"`.
 */
export function writeFilter(w: Writer, filter: unknown, path: string, depth = 1): void {
  if (!isPlain(filter)) {
    w.complain(path, 'Must be an object of conditions')
    w.text += '{}'
    return
  }
  writeMembers(w, filter, path, depth, false)
}

function writeMembers(w: Writer, object: Record<string, unknown>, path: string, depth: number, typed: boolean): void {
  if (depth > bounds.filterDepth) {
    w.complain(path, `Must have at most ${bounds.filterDepth} levels`)
    w.text += '{}'
    return
  }
  let mark = '{'
  for (const name in object) {
    if (!Object.hasOwn(object, name)) continue
    w.node()
    w.text += `${mark}${w.name(name, path)}:`
    mark = ','
    const value = object[name]
    if (!typed && (name === 'and' || name === 'or' || name === 'not')) writeGroup(w, value, `${path}.${name}`, depth)
    else writeNode(w, name, value, path, depth, typed || name.includes('.'))
  }
  w.text += mark === '{' ? '{}' : '}'
}

function writeGroup(w: Writer, value: unknown, path: string, depth: number): void {
  if (!Array.isArray(value)) return writeFilter(w, value, path, depth + 1)
  w.text += '['
  for (let i = 0; i < value.length; i++) {
    if (i > 0) w.text += ','
    w.node()
    writeFilter(w, value[i], `${path}[${i}]`, depth + 1)
  }
  w.text += ']'
}

function writeNode(w: Writer, name: string, value: unknown, path: string, depth: number, typed: boolean): void {
  if (value === null) {
    w.text += 'null'
  } else if (typeof value !== 'object' || value instanceof Date) {
    w.text += writeScalar(w, name, value, path, typed)
  } else if (Array.isArray(value)) {
    if (value.length > bounds.list) w.complain(`${path}.${name}`, `Must have at most ${bounds.list} values`)
    w.text += typed ? `"${letterOf(value[0])}${w.slot(value)}"` : w.slot(value)
  } else if (isPlain(value)) {
    writeMembers(w, value, `${path}.${name}`, depth + 1, typed)
  } else {
    w.complain(`${path}.${name}`, notData)
    w.text += 'null'
  }
}

const notData = 'Must be plain data'

function writeScalar(w: Writer, name: string, value: unknown, path: string, typed: boolean): string {
  if (name === 'isNull' && typeof value === 'boolean') return value ? 'true' : 'false'
  if (name === 'mode' && value === 'insensitive') return '"insensitive"'
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
    w.complain(`${path}.${name}`, value === undefined ? 'Must not be undefined' : notData)
    return 'null'
  }
  return typed ? `"${letterOf(value)}${w.slot(value)}"` : w.slot(value)
}

/** JSON type of a value that is compared with a place in JSON: string, number or boolean. */
function letterOf(value: unknown): string {
  return typeof value === 'number' ? 'n' : typeof value === 'boolean' ? 'b' : 's'
}
