/** The shape of a call as `check` reads it: everything but the values. Made by parse, never by hand; must not know the schema. */
import type { FieldError } from '../../errors/error.ts'

/** A slot number, or a literal that decides the structure. */
export type FilterNode = number | string | boolean | null | FilterShape | readonly FilterShape[]
export interface FilterShape {
  readonly [name: string]: FilterNode
}

export type Direction = 'asc' | 'desc'
export type SortShape = readonly (readonly [name: string, direction: Direction])[]

export interface IncludeShape {
  readonly select?: readonly string[]
  readonly filter?: FilterShape
  readonly sort?: SortShape
  readonly limit?: number
  readonly include?: IncludesShape
}
export type IncludesShape = { readonly [relation: string]: IncludeShape }

/** Options of a page of rows. */
export interface ListOptions {
  readonly filter?: FilterShape
  readonly sort?: SortShape
  readonly select?: readonly string[]
  readonly include?: IncludesShape
  readonly limit?: number
  readonly page?: number
  readonly after?: number
  readonly total?: false
  /** Slots of the terms. */
  readonly search?: readonly number[]
}

/** By field name the slot of its value. */
export type SlotsByName = { readonly [field: string]: number }

export interface AggregateOptions {
  readonly groupBy?: readonly string[]
  readonly hideCount?: true
  readonly sum?: readonly string[]
  readonly avg?: readonly string[]
  readonly min?: readonly string[]
  readonly max?: readonly string[]
  readonly having?: FilterShape
  readonly order?: readonly (readonly [path: readonly string[], direction: Direction])[]
}

export interface Shape extends ListOptions, AggregateOptions {
  readonly method: string
  readonly entity: string
  readonly operation?: string
  /** One slot, or a slot for each field of a composite key. */
  readonly id?: number | SlotsByName
  /** Slot of a whole row or list of rows. */
  readonly data?: number
  readonly changes?: SlotsByName
  readonly expectedVersion?: number
  readonly returning?: true
  readonly all?: true
  readonly where?: SlotsByName
  /** Of `call`: slots by position, or by name. */
  readonly input?: readonly number[] | SlotsByName
  /** Of `call`: input members that are named like list options, read as such. */
  readonly options?: ListOptions
  /** Of `call`: why those members cannot be read as list options. */
  readonly faults?: readonly FieldError[]
}

export function readShape(text: string): Shape {
  return JSON.parse(text)
}
