/** Names of entities and fields for tables and columns. In charge of names that a schema accepts and nobody else has; must not know types. */
import { camelCase, pascalCase, plural, singular, snakeCase } from '../schema/names.ts'
import { filterWords } from '../schema/resolve/draft.ts'
import { reservedPlurals, reservedPrefix } from '../schema/resolve.ts'

/** What a schema takes for the name of a table or column: document/shape.ts, and 63 characters as everywhere. */
const usable = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/
/** Members of every object of JavaScript. */
const objectWords: ReadonlySet<string> = new Set(['constructor', 'prototype', 'then', 'toString', 'valueOf', 'toJSON', 'hasOwnProperty'])
const longest = 63

/** A word that YAML of a schema takes for no name of a member. */
export function isReservedWord(name: string): boolean {
  return filterWords.has(name) || objectWords.has(name)
}

/** Why a schema cannot name this table or column, or undefined. */
export function nameFault(name: string): string | undefined {
  if (usable.test(name)) return undefined
  return 'a name in a schema has letters, digits and _, starts with none of the digits and has at most 63 characters; rename it'
}

/** As `nameFault`, for tables: databases keep some for themselves. */
export function tableFault(name: string): string | undefined {
  return /^(?:sqlite|pg)_/i.test(name) ? 'names that start like this belong to the database; rename it' : nameFault(name)
}

/** Words in capitals only have no camel in them. */
function softened(name: string): string {
  return /[a-z]/.test(name) ? name : name.toLowerCase()
}

/** The first of `wanted` and then of `wanted2`, `wanted3`, … that is free. `taken` may refuse some names, never all. */
export function free(wanted: readonly string[], taken: (name: string) => boolean): string {
  const found = wanted.find((name) => !taken(name))
  if (found !== undefined) return found
  const base = (wanted[0] as string).slice(0, longest - 4)
  for (let n = 2; ; n++) if (!taken(`${base}${n}`)) return `${base}${n}`
}

export interface EntityNames {
  readonly name: string
  /** Where the usual one is taken. */
  readonly plural?: string
  /** Where the usual one is another. */
  readonly table?: string
}

/** Gives entities their names; one of these for each schema. */
export class NameGiver {
  readonly #entities: Set<string>
  readonly #plurals: Set<string>

  /** Names and plurals that the schema has already. */
  constructor(entities: Iterable<string>, plurals: Iterable<string>) {
    this.#entities = new Set(entities)
    this.#plurals = new Set(plurals)
  }

  entity(table: string): EntityNames {
    const pascal = pascalCase(pascalCase(softened(table)).replace(/^[^A-Za-z]*|_/g, ''))
    const many = pascal.startsWith(reservedPrefix) ? `The${pascal}` : pascal
    const one = singular(many)
    const plain = [...(one === undefined ? [] : [one]), many === '' ? 'Table' : many].map((each) => pascalCase(each).slice(0, longest))
    const name = free([...plain, ...plain.map((each) => `${each.slice(0, longest - 3)}Row`)], (each) => this.#entities.has(each))
    this.#entities.add(name)
    const usual = plural(camelCase(name))
    const client = free([usual, `${usual.slice(0, longest - 4)}Rows`], (each) => this.#plurals.has(each) || reservedPlurals.has(each))
    this.#plurals.add(client)
    return { name, ...(client === usual ? {} : { plural: client }), ...(snakeCase(client) === table ? {} : { table }) }
  }
}

/** The name of a field for a column, and the column where the field does not say it. */
export function fieldNames(column: string, taken: ReadonlySet<string>): { readonly name: string; readonly column?: string } {
  const pascal = pascalCase(softened(column))
  const wanted = camelCase(pascal) || 'field'
  const name = free(/^\d/.test(wanted) ? [`_${wanted}`] : [wanted, `${wanted}_`], (each) => taken.has(each) || isReservedWord(each))
  return { name, ...(snakeCase(name) === column ? {} : { column }) }
}
