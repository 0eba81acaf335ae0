/**
 * The grammar of schema documents as data, and the one check that holds a document against it.
 * Parser and JSON Schemas read the same tables. Must not know any particular document.
 */
import { type Complaints, quote, suggestion } from '../complaint.ts'
import type { Value } from '../entity.ts'
import type { Document } from '../source.ts'

export interface Member {
  readonly shape: Shape
  readonly required?: true
  /** One sentence for editors. */
  readonly doc: string
}

export type Shape =
  | { readonly is: 'text'; readonly name?: NameRule /** An unquoted number stands for its digits. */; readonly digits?: true }
  | { readonly is: 'boolean' }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'any' }
  | { readonly is: 'word'; readonly of: readonly string[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'map'; readonly of: Shape; readonly names: NameRule }
  | { readonly is: 'record'; readonly members: Readonly<Record<string, Member>> /** Members beside the known ones. */; readonly rest?: Shape }
  | { readonly is: 'either'; readonly of: readonly Shape[]; readonly says: string }

export interface NameRule {
  readonly pattern: RegExp
  /** Ends the sentence "… is no …". */
  readonly says: string
}

/** 63 is PostgreSQL's longest identifier, the shortest limit of the backends. */
export const entityName: NameRule = { pattern: /^[A-Z][A-Za-z0-9]{0,62}$/, says: 'entity name (PascalCase letters and digits, at most 63)' }
export const memberName: NameRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
  says: 'name (letters, digits and _, not starting with a digit, at most 63)',
}
export const wordName: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]{0,62}$/,
  says: 'name (letters, digits, _ and -, starting with a letter, at most 63)',
}

export const text: Shape = { is: 'text' }
export const flag: Shape = { is: 'boolean' }
export const name: Shape = { is: 'text', name: memberName }
export const names: Shape = { is: 'list', of: name }

export interface Read {
  readonly document: Document
  readonly complaints: Complaints
}

/**
 * The value at `path` with everything that does not fit left out, each with its complaint.
 * Undefined where the value as a whole does not fit.
 */
export function fit(read: Read, shape: Shape, value: Value, path: string): Value | undefined {
  const misfit = (expected: string): undefined => {
    const place = value === null && path !== '' ? read.document.keyPlace(path) : read.document.place(path)
    read.complaints.add(place, `Expected ${expected}, found ${value === null ? 'nothing' : quote(value)}`)
    return undefined
  }
  switch (shape.is) {
    case 'any':
      return value
    case 'boolean':
      if (typeof value === 'boolean') return value
      return misfit(
        typeof value === 'string' && /^(?:yes|no|on|off|y|n|true|false)$/i.test(value)
          ? 'true or false (YAML 1.2 knows no other spelling)'
          : 'true or false',
      )
    case 'text':
      return fitText(read, shape, value, path, misfit)
    case 'integer':
      if (typeof value === 'number' && Number.isInteger(value) && value >= shape.min && value <= shape.max) return value
      return misfit(`a whole number from ${shape.min} to ${shape.max}`)
    case 'word':
      if (typeof value === 'string' && shape.of.includes(value)) return value
      if (typeof value !== 'string') return misfit(`one of ${shape.of.join(', ')}`)
      read.complaints.add(read.document.place(path), `Unknown word ${quote(value)}${suggestion(value, shape.of)}`)
      return undefined
    case 'list':
      if (!isList(value)) return misfit('a list')
      return value.flatMap((item, i) => {
        const found = fit(read, shape.of, item, `${path}.${i}`)
        // In a list of its own: an item that is a list stays one.
        return found === undefined ? [] : [found]
      })
    case 'map':
      return isRecord(value) ? fitMap(read, shape, value, path) : misfit('a map of names')
    case 'record':
      return isRecord(value) ? fitRecord(read, shape, value, path) : misfit(`a map with ${Object.keys(shape.members).slice(0, 8).join(', ')}`)
    case 'either': {
      const alternative = shape.of.find((option) => sameKind(option, value))
      return alternative === undefined ? misfit(shape.says) : fit(read, alternative, value, path)
    }
  }
}

function fitText(
  read: Read,
  shape: Extract<Shape, { is: 'text' }>,
  value: Value,
  path: string,
  misfit: (expected: string) => undefined,
): Value | undefined {
  const found = shape.digits === true && typeof value === 'number' ? (read.document.written(path) ?? String(value)) : value
  if (typeof found !== 'string') return misfit(value === null || typeof value === 'object' ? 'text' : 'text (put it in quotes)')
  if (shape.name === undefined || shape.name.pattern.test(found)) return found
  read.complaints.add(read.document.place(path), `${quote(found)} is no ${shape.name.says}`)
  return undefined
}

function fitMap(read: Read, shape: Extract<Shape, { is: 'map' }>, value: { readonly [key: string]: Value }, path: string): Value {
  const kept: Record<string, Value> = {}
  for (const [key, member] of Object.entries(value)) {
    const at = join(path, key)
    if (!shape.names.pattern.test(key)) read.complaints.add(read.document.keyPlace(at), `${quote(key)} is no ${shape.names.says}`)
    else {
      const found = fit(read, shape.of, member, at)
      if (found !== undefined) kept[key] = found
    }
  }
  return kept
}

function fitRecord(read: Read, shape: Extract<Shape, { is: 'record' }>, value: { readonly [key: string]: Value }, path: string): Value {
  const kept: Record<string, Value> = {}
  for (const [key, member] of Object.entries(value)) {
    const at = join(path, key)
    const known = Object.hasOwn(shape.members, key) ? shape.members[key]!.shape : shape.rest
    if (known === undefined)
      read.complaints.add(read.document.keyPlace(at), `Unknown keyword ${quote(key)}${suggestion(key, Object.keys(shape.members))}`)
    else {
      const found = fit(read, known, member, at)
      if (found !== undefined) kept[key] = found
    }
  }
  for (const [key, member] of Object.entries(shape.members)) {
    if (member.required === true && !Object.hasOwn(value, key)) {
      const place = path === '' ? read.document.place('') : read.document.keyPlace(path)
      read.complaints.add(place, `${quote(key)} is missing${path === '' ? '' : ` in ${quote(path)}`}: ${member.doc}`)
    }
  }
  return kept
}

/** Does `value` look like what the shape is about, so that its complaints are the ones to give? */
function sameKind(shape: Shape, value: Value): boolean {
  if (shape.is === 'any') return true
  if (shape.is === 'boolean') return typeof value === 'boolean'
  if (shape.is === 'integer') return typeof value === 'number'
  if (shape.is === 'text') return typeof value === 'string'
  if (shape.is === 'word') return typeof value === 'string' || shape.of.some((word) => word === String(value))
  if (shape.is === 'list') return isList(value)
  return isRecord(value)
}

export function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
