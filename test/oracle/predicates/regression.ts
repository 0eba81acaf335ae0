/** Failures kept as data: a world and what was asked of it, written to and read from JSON. Must not know adapters. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Query } from '../../../src/query/ast.ts'
import type { Schema } from '../../../src/schema/entity.ts'
import type { Case } from './random-query.ts'
import { schemaOf, type World } from './random-world.ts'

export interface Regression {
  /** What went wrong when it was found. */
  readonly note: string
  readonly world: World
  readonly cases: readonly Case<Query>[]
}

/** Entities of the schema become their names, maps lists of pairs. */
export function printRegression(regression: Regression): string {
  return JSON.stringify(regression, (name, value: unknown) => {
    if (name === 'entity' && typeof value === 'object' && value !== null) return (value as { name: string }).name
    return value instanceof Map ? { $map: [...value] } : value
  })
}

export function parseRegression(text: string): Regression {
  const plain = JSON.parse(text) as Regression
  const schema = schemaOf(plain.world)
  return { ...plain, cases: plain.cases.map((one) => ({ ...one, query: revived(one.query, schema) as Query })) }
}

function revived(value: unknown, schema: Schema, name = ''): unknown {
  if (name === 'entity' && typeof value === 'string') return schema.entities.get(value)
  if (Array.isArray(value)) return value.map((part) => revived(part, schema))
  if (typeof value !== 'object' || value === null) return value
  if ('$map' in value) return new Map(value.$map as [string, number][])
  // Values of callers are data, whatever their members are called.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === 'value' ? part : revived(part, schema, key)]))
}

/** Regressions for this kind of oracle: files whose name starts with `kind`. */
export function regressions(folder: URL, kind: string): readonly { readonly file: string; readonly regression: Regression }[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${kind}-`) && file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, regression: parseRegression(readFileSync(new URL(file, folder), 'utf8')) }))
}
