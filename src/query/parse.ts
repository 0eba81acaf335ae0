/**
 * Stage parse: a call's untrusted arguments become a shape and a list of values, bounded before anything recurses.
 * In charge of form only; must not know the schema, the caller or the wire.
 */
import { invalid } from '../errors/error.ts'
import { isPlain } from './parse/bounds.ts'
import { forms, optionsOf } from './parse/forms.ts'
import { Writer } from './parse/writer.ts'
import type { Parsed } from './request.ts'

/**
 * Parameters by name. `table` lists the names of a method in order, `?` behind those that may be absent; `params` is a list, an object
 * or nothing. By name, others may stand beside only where `options` is listed (the method's form judges them).
 * Throws VALIDATION_ERROR that names what is missing or too much.
 */
export function nameParams(table: readonly string[], params: unknown): Record<string, unknown> {
  if (Array.isArray(params)) return byPosition(table, params)
  if (params === undefined || params === null) return byPosition(table, [])
  if (!isPlain(params)) throw invalid({ field: 'params', error: 'Must be a list or an object' })
  const open = table.includes('options') || table.includes('options?')
  const complaints = []
  for (const name of table) {
    const optional = name.endsWith('?') || name === 'options'
    if (!optional && !Object.hasOwn(params, name)) complaints.push({ field: name, error: 'Is required' })
  }
  if (!open) {
    for (const name of Object.keys(params)) {
      if (!table.includes(name) && !table.includes(`${name}?`)) complaints.push({ field: name.slice(0, 128), error: 'Unknown parameter' })
    }
  }
  if (complaints.length > 0) throw invalid(...complaints.slice(0, 50))
  return params
}

function byPosition(table: readonly string[], params: readonly unknown[]): Record<string, unknown> {
  if (params.length > table.length) throw invalid({ field: 'params', error: `Must have at most ${table.length} values` })
  const named: Record<string, unknown> = {}
  for (let i = 0; i < table.length; i++) {
    const entry = table[i] as string
    const optional = entry.endsWith('?')
    const value = params[i]
    if (!optional && value === undefined) throw invalid({ field: entry, error: 'Is required' })
    if (optional && (value === undefined || value === null)) continue
    named[optional ? entry.slice(0, -1) : entry] = value
  }
  return named
}

/**
 * Takes a call of a data method (create … upsert, call) apart. `args` are its parameters by name (`nameParams`); options stand in
 * `args.options` or beside. Throws VALIDATION_ERROR with every complaint about the form; about names and types `check` and `bind` complain.
 */
export function parse(method: string, args: Record<string, unknown>): Parsed {
  const form = forms.get(method)
  if (form === undefined) throw invalid({ field: 'method', error: 'Unknown method' })
  const entity = args.entity
  if (typeof entity !== 'string') throw invalid({ field: 'entity', error: 'Must be the name of an entity' })
  const w = new Writer()
  w.text = `{"method":"${method}","entity":${w.name(entity, 'entity')}`
  form.write(w, args, optionsOf(w, args, form))
  if (w.refused) throw w.refusal()
  const { operation } = args
  const called = method === 'call' && typeof operation === 'string' ? { operation } : undefined
  return { method, entity, ...called, shape: `${w.text}}`, values: w.values }
}
