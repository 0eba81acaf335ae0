/** List options from untrusted input to shape: sort, select, include, paging, search. Must not know which names exist. */
import { meant } from '../../schema/complaint.ts'
import { bounds, isPlain } from './bounds.ts'
import { writeFilter } from './filter.ts'
import type { Writer } from './writer.ts'

export type Options = Record<string, unknown>

export const listOptionNames = ['filter', 'sort', 'select', 'include', 'search', 'limit', 'page', 'after', 'total'] as const
const includeOptionNames: ReadonlySet<string> = new Set(['select', 'filter', 'sort', 'limit', 'include'])

/** Members that stand in `options` and are none of `known`. */
export function refuseUnknown(w: Writer, options: Options, known: ReadonlySet<string>, path: string): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) w.complain(path === '' ? name : `${path}.${name}`, `Unknown option${meant(name, known)}`)
  }
}

export function writeFilterOption(w: Writer, options: Options): void {
  if (options.filter === undefined) return
  w.text += ',"filter":'
  writeFilter(w, options.filter, 'filter')
}

/** `["name", …]` behind `member`. */
export function writeNames(w: Writer, names: unknown, member: string, path = member): void {
  if (names === undefined) return
  if (!Array.isArray(names) || names.length === 0 || names.length > bounds.names) {
    return w.complain(path, `Must be a list of 1 to ${bounds.names} field names`)
  }
  const seen = new Set<unknown>()
  w.text += `,"${member}":[`
  for (let i = 0; i < names.length; i++) {
    const name: unknown = names[i]
    if (typeof name !== 'string') w.complain(`${path}[${i}]`, 'Must be a field name')
    else if (seen.has(name)) w.complain(`${path}[${i}]`, 'Is named twice')
    else w.text += `${seen.size > 0 ? ',' : ''}${w.name(name, `${path}[${i}]`)}`
    seen.add(name)
  }
  w.text += ']'
}

/** Calls `key` for each sort key of an object or a list of objects, in order. */
export function eachSortKey(w: Writer, sort: unknown, path: string, key: (name: string, direction: unknown, path: string) => void): void {
  const parts: readonly unknown[] = Array.isArray(sort) ? sort : [sort]
  let count = 0
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    const place = Array.isArray(sort) ? `${path}[${i}]` : path
    if (!isPlain(part)) {
      w.complain(place, 'Must be an object such as {createdAt: "desc"} or a list of such objects')
      continue
    }
    for (const name of Object.keys(part)) {
      if (++count > bounds.sortKeys) return w.complain(path, `Must have at most ${bounds.sortKeys} keys`)
      key(name, part[name], `${place}.${name}`)
    }
    if (count === 0 && i >= bounds.sortKeys) return w.complain(path, `Must have at most ${bounds.sortKeys} keys`)
  }
}

export function isDirection(w: Writer, direction: unknown, path: string): boolean {
  if (direction === 'asc' || direction === 'desc') return true
  w.complain(path, 'Must be "asc" or "desc"')
  return false
}

export function writeSort(w: Writer, sort: unknown, path: string): void {
  if (sort === undefined) return
  const seen = new Set<string>()
  w.text += ',"sort":['
  eachSortKey(w, sort, path, (name, direction, place) => {
    if (!isDirection(w, direction, place)) return
    if (seen.has(name)) return w.complain(place, 'Is named twice')
    w.text += `${seen.size > 0 ? ',' : ''}[${w.name(name, place)},"${direction}"]`
    seen.add(name)
  })
  w.text += ']'
}

/** `path` is `include`, or `include.author.include` for nested ones. */
export function writeInclude(w: Writer, include: unknown, path: string, depth = 1): void {
  if (include === undefined) return
  if (!isPlain(include)) return w.complain(path, 'Must be an object such as {author: true}')
  if (depth > bounds.includeDepth) return w.complain(path, `Must have at most ${bounds.includeDepth} levels`)
  w.text += ',"include":{'
  let mark = ''
  for (const name of Object.keys(include)) {
    const options = include[name]
    if (options === false || options === undefined) continue
    w.include()
    w.text += `${mark}${w.name(name, path)}:`
    mark = ','
    writeIncluded(w, options, `${path}.${name}`, depth)
  }
  w.text += '}'
}

function writeIncluded(w: Writer, options: unknown, path: string, depth: number): void {
  w.text += '{"of":0'
  if (isPlain(options)) {
    refuseUnknown(w, options, includeOptionNames, path)
    writeNames(w, options.select, 'select', `${path}.select`)
    if (options.filter !== undefined) {
      w.text += ',"filter":'
      writeFilter(w, options.filter, `${path}.filter`)
    }
    writeSort(w, options.sort, `${path}.sort`)
    if (options.limit !== undefined) w.text += `,"limit":${w.slot(options.limit)}`
    writeInclude(w, options.include, `${path}.include`, depth + 1)
  } else if (options !== true) {
    w.complain(path, 'Must be true or an object of options')
  }
  w.text += '}'
}

/** The terms of a text; how many there are belongs to the shape. */
export function writeSearch(w: Writer, text: unknown, path: string): void {
  if (typeof text !== 'string') return w.complain(path, 'Must be a string')
  if (text.length > bounds.searchText) return w.complain(path, `Must have at most ${bounds.searchText} characters`)
  const terms = text.split(/\s+/u).filter((term) => term !== '')
  if (terms.length > bounds.searchTerms) return w.complain(path, `Must have at most ${bounds.searchTerms} terms`)
  w.text += `,"search":[${terms.map((term) => w.slot(term)).join(',')}]`
}

/** Everything that a page of rows takes. Limit and page always have slots: calls with and without them share a shape. */
export function writeList(w: Writer, options: Options, searchable = true): void {
  writeFilterOption(w, options)
  writeSort(w, options.sort, 'sort')
  writeNames(w, options.select, 'select')
  writeInclude(w, options.include, 'include')
  if (searchable && options.search !== undefined) writeSearch(w, options.search, 'search')
  w.text += `,"limit":${w.slot(options.limit)}`
  if (options.after === undefined) w.text += `,"page":${w.slot(options.page)}`
  else w.text += `,"after":${w.slot(options.after)}`
  if (options.after !== undefined && options.page !== undefined) w.complain('page', 'Must not stand beside after')
  if (options.total === 'none') w.text += ',"total":false'
  else if (options.total !== undefined && options.total !== 'exact') w.complain('total', 'Must be "exact" or "none"')
}
