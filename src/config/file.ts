/** A configuration file as a layer: located YAML, known keys, `${NAME}`. Must not know defaults or other layers. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { DBALError, type FieldError } from '../errors/error.ts'
import { Complaints, suggestion } from '../schema/complaint.ts'
import type { Value } from '../schema/entity.ts'
import { type Document, readDocuments } from '../schema/source.ts'
import { expand } from './expand.ts'
import { type Gathering, type Layer, take } from './layer.ts'
import { isOption, type OptionPath, optionPaths } from './options.ts'
import { readAuditLog, spellings } from './spellings.ts'

const known: readonly string[] = [...optionPaths, ...Object.keys(spellings)]

interface Reading extends Gathering {
  readonly document: Document
  readonly layer: Layer
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Complaints go to `complaints`, each at `file:line:column`. VALIDATION_ERROR where there is no such file. */
export function fileLayer(file: string, env: Readonly<Record<string, string | undefined>>, complaints: FieldError[]): Layer {
  const layer: Layer = new Map()
  const found = new Complaints()
  const documents = readDocuments({ path: basename(file), text: readText(file) }, found)
  complaints.push(...found.list())
  if (found.count > 0) return layer
  const [document, second] = documents
  if (document === undefined) return layer
  if (second !== undefined)
    complaints.push({ field: at(second, ''), error: 'A configuration file is one YAML document; put the rest into another file' })
  if (isMap(document.value)) section({ document, layer, env, complaints, folder: dirname(resolve(file)) }, document.value, '')
  else complaints.push({ field: at(document, ''), error: 'Expected sections such as server: and database:' })
  return layer
}

function readText(file: string): string {
  try {
    if (!statSync(file).isFile()) throw Object.assign(new Error(), { code: 'EISDIR' })
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is not a file'
          : code === 'EACCES'
            ? 'permission is denied'
            : error instanceof TypeError
              ? 'it is not UTF-8 text'
              : (code ?? 'unknown reason')
    throw new DBALError('VALIDATION_ERROR', { reason: `The configuration file ${file} cannot be read: ${why}` })
  }
}

function section(reading: Reading, map: { readonly [key: string]: Value }, prefix: string): void {
  for (const [key, value] of Object.entries(map)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (Object.hasOwn(spellings, path) || isOption(path)) leaf(reading, path, value)
    else if (!known.some((other) => other.startsWith(`${path}.`))) unknown(reading, path, key, prefix)
    else if (isMap(value)) section(reading, value, path)
    // A section whose lines are all commented out says nothing.
    else if (value !== null)
      reading.complaints.push({ field: at(reading.document, path), error: `${path}: Expected a section with ${children(path).join(', ')}` })
  }
}

function leaf(reading: Reading, path: string, value: Value): void {
  const from = at(reading.document, path)
  if (value === null) {
    reading.complaints.push({ field: from, error: `${path}: Expected a value; leave the line out to keep the default` })
    return
  }
  const written = expandAll(value, reading.env)
  if ('error' in written) {
    reading.complaints.push({ field: from, error: `${path}: ${written.error}` })
    return
  }
  const spelling = Object.hasOwn(spellings, path) ? spellings[path] : undefined
  const said = spelling === undefined ? ownForm(path as OptionPath, written) : spelling.read(written.expanded ? scalar(written.value) : written.value)
  if (typeof said === 'string') reading.complaints.push({ field: from, error: `${path}: Expected ${said}` })
  else for (const [option, part] of Object.entries(said)) take(reading.layer, reading, option as OptionPath, part, from, written.expanded)
}

function ownForm(path: OptionPath, written: Written): Readonly<Partial<Record<OptionPath, Value>>> {
  return path === 'security.audit_log' && written.value !== 'true' && written.value !== 'false'
    ? readAuditLog(written.value)
    : { [path]: written.value }
}

interface Written {
  readonly value: Value
  /** Some of it came from the environment, where everything is text. */
  readonly expanded: boolean
}

function expandAll(value: Value, env: Readonly<Record<string, string | undefined>>): Written | { readonly error: string } {
  if (typeof value === 'string') {
    const { error, text, expanded } = { error: undefined, text: '', expanded: false, ...expand(value, env) }
    return error === undefined ? { value: text, expanded } : { error }
  }
  if (typeof value !== 'object' || value === null) return { value, expanded: false }
  const parts = Object.entries(value).map(([key, part]) => [key, expandAll(part as Value, env)] as const)
  for (const [, part] of parts) if ('error' in part) return part
  const made = parts.map(([key, part]) => [key, (part as Written).value] as const)
  return { value: Array.isArray(value) ? made.map(([, part]) => part) : Object.fromEntries(made), expanded: false }
}

/** `${SECONDS}` is text where it comes from; spellings that convert want the number. */
function scalar(value: Value): Value {
  return typeof value === 'string' && /^[0-9]{1,15}(?:\.[0-9]+)?$/.test(value) ? Number(value) : value
}

function unknown(reading: Reading, path: string, key: string, prefix: string): void {
  const here = suggestion(key, children(prefix))
  const elsewhere = known.filter((other) => other.endsWith(`.${key}`))
  const meant = here.includes('did you mean') || elsewhere.length === 0 ? here : `; it stands at ${elsewhere.slice(0, 3).join(' or ')}`
  reading.complaints.push({ field: keyAt(reading.document, path), error: `Unknown key "${path}"${meant}` })
}

/** Names that may stand directly in a section. */
function children(prefix: string): string[] {
  const below = prefix === '' ? known : known.filter((path) => path.startsWith(`${prefix}.`)).map((path) => path.slice(prefix.length + 1))
  return [...new Set(below.map((path) => path.split('.', 1)[0] as string))]
}

function at(document: Document, path: string): string {
  const { file, line, column } = document.place(path)
  return `${file}:${line}:${column}`
}

function keyAt(document: Document, path: string): string {
  const { file, line, column } = document.keyPlace(path)
  return `${file}:${line}:${column}`
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
