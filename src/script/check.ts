/** Holds the scripts of a row against what its entity and the row itself allow. In charge of which error a finding is; must not know statements. */
import { DBALError, type FieldError } from '../errors/error.ts'
import type { Code, Entity, Field, Value } from '../schema/entity.ts'
import type { Incident, Reading } from './finding.ts'
import { builtin, forbidden } from './lua/names.ts'
import { readLua } from './lua/read.ts'
import { type Piece, scriptsOf } from './workflow.ts'

export { loadParser } from './lua/read.ts'

export interface CodeField extends Field {
  readonly code: Code
}

const byEntity = new WeakMap<Entity, readonly CodeField[]>()

/** The fields of an entity that hold scripts. */
export function codeFields(entity: Entity): readonly CodeField[] {
  let found = byEntity.get(entity)
  if (found === undefined) {
    found = [...entity.fields.values()].filter((field): field is CodeField => field.code !== undefined)
    byEntity.set(entity, found)
  }
  return found
}

/** Fields of which a change asks for the scripts to be read again. */
export function concerns({ name, code }: CodeField): readonly string[] {
  return code.globalsField === undefined ? [name] : [name, code.globalsField]
}

/** Values of a row by field; undefined where they are not known (yet). */
export type ValueOf = (field: string) => Value | undefined

const mostNames = 200
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/**
 * What is wrong with the scripts of one field, and with the names that the row allows them. An unknown list of names allows every name:
 * whoever knows it asks again. Throws MALICIOUS_CODE_DETECTED. Values are normalised.
 */
export function complaintsOf({ name, code }: CodeField, of: ValueOf, path: string): FieldError[] {
  const complaints: FieldError[] = []
  const allowed = code.globalsField === undefined ? [] : of(code.globalsField)
  const names = namesIn(allowed, `${path}.${code.globalsField}`, code, complaints)
  const value = of(name)
  if (value === undefined || value === null) return complaints
  const at = `${path}.${name}`
  if (code.language === 'lua') {
    readPiece({ path: '', source: String(value), expression: false }, names, at, code, complaints)
    return complaints
  }
  const { pieces, misfits } = scriptsOf(value, code.maxTimeout)
  for (const misfit of misfits) complaints.push({ field: at + misfit.path, error: misfit.error })
  for (const piece of pieces) {
    const own = piece.globals === undefined ? [] : namesIn(piece.globals.value, at + piece.globals.path, code, complaints)
    readPiece(piece, names === undefined || own === undefined ? undefined : [...names, ...own], at, code, complaints)
  }
  return complaints
}

/** The names of a list, less those that nobody may allow; undefined for a list that is not known. */
function namesIn(value: Value | undefined, path: string, code: Code, complaints: FieldError[]): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (value === null) return []
  if (!Array.isArray(value) || value.length > mostNames) {
    complaints.push({ field: path, error: `Must be a list of at most ${mostNames} names of globals` })
    return []
  }
  return value.flatMap((name: Value, i): string[] => {
    const error = refusal(name, code)
    if (error === undefined) return [name as string]
    complaints.push({ field: `${path}[${i}]`, error })
    return []
  })
}

function refusal(name: Value, { globals }: Code): string | undefined {
  if (typeof name !== 'string' || !identifier.test(name)) return 'Must be the name of a global'
  if (forbidden.has(name)) return `No script can be allowed '${name}'`
  return globals === undefined || builtin.has(name) || globals.includes(name) ? undefined : `Scripts here cannot be allowed '${name}'`
}

function readPiece(piece: Piece, names: readonly string[] | undefined, at: string, code: Code, complaints: FieldError[]): void {
  const field = at + piece.path
  if (new TextEncoder().encode(piece.source).length > code.maxBytes) {
    complaints.push({ field, error: `A script has at most ${code.maxBytes} bytes` })
    return
  }
  const reading = read(piece)
  const [incident] = reading.incidents
  if (incident !== undefined) throw malicious(field, incident, reading.incidents)
  const where = (spot: { line: number; column: number }) => `line ${spot.line}, column ${spot.column}`
  for (const fault of reading.faults) complaints.push({ field, error: `${fault.error} (${where(fault)})` })
  if (names === undefined) return
  const list = code.globalsField === undefined ? '' : `; '${code.globalsField}' lists those that it may use`
  for (const used of reading.globals)
    if (!names.includes(used.name)) complaints.push({ field, error: `The script may not use the global '${used.name}' (${where(used)})${list}` })
}

/** Of what is neither a script nor an expression, the complaint is the script's. */
function read({ source, expression }: Piece): Reading {
  const script = readLua(source)
  if (!expression || script.faults.length === 0 || script.incidents.length > 0) return script
  const prefix = 'return '
  const wrapped = readLua(prefix + source)
  if (wrapped.faults.length > 0 && wrapped.incidents.length === 0) return script
  const back = <T extends { readonly line: number; readonly column: number }>(spots: readonly T[]): T[] =>
    spots.map((spot) => (spot.line === 1 ? { ...spot, column: Math.max(1, spot.column - prefix.length) } : spot))
  return { faults: back(wrapped.faults), incidents: back(wrapped.incidents), globals: back(wrapped.globals) }
}

const mostConstructs = 10

function malicious(field: string, first: Incident, all: readonly Incident[]): DBALError {
  const { construct, line, column } = first
  return new DBALError('MALICIOUS_CODE_DETECTED', {
    reason: `The script may not use '${construct}' (line ${line}, column ${column})`,
    field,
    construct,
    line,
    column,
    ...(all.length === 1
      ? {}
      : { constructs: all.slice(0, mostConstructs).map((one) => ({ construct: one.construct, line: one.line, column: one.column })) }),
  })
}
