/** What every contender of a server's table must do, and the rows it does it with. In charge of equal work; knows no product. */
import { v7 } from 'uuid'

export type ServerKind = 'postgresql' | 'mysql'

/** What callers give for a row; whoever has no engine that adds the rest asks `whole` for it. */
export interface Page {
  readonly slug: string
  readonly title: string
  readonly level: number
  readonly layout: Readonly<Record<string, unknown>>
}

/** What is absent a product cannot do on this server. */
export interface Contender {
  readonly name: string
  read(id: string): Promise<unknown>
  /** 20 rows of `listLevel` by slug, and how many there are. */
  list(): Promise<{ readonly data: readonly unknown[]; readonly total: number }>
  /** The row as it was stored. */
  create?(page: Page): Promise<unknown>
  /** How many rows were stored. */
  createMany?(pages: readonly Page[]): Promise<number>
  /** The row after it. */
  update?(id: string, title: string): Promise<unknown>
  /** 20 components by key, each with its page. */
  include?(): Promise<readonly unknown[]>
  /** The components of a page, those at the top with their `children` below them. */
  tree?(pageId: string): Promise<readonly unknown[]>
  close(): Promise<void>
}

export const listLevel = 3
export const pageSize = 20

export interface StoredPage extends Page {
  readonly id: string
  readonly description: null
  readonly isActive: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

export function whole(page: Page): StoredPage {
  const now = new Date()
  return { id: v7(), ...page, description: null, isActive: true, createdAt: now, updatedAt: now }
}

export interface Node {
  readonly id: string
  readonly parentId: string | null
  children?: Node[]
}

/** Rows of a recursive query as a tree. */
export function nest<Row extends Node>(rows: readonly Row[]): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]))
  const top: Row[] = []
  for (const row of rows) {
    row.children ??= []
    const parent = row.parentId === null ? undefined : known.get(row.parentId)
    if (parent === undefined) top.push(row)
    else if (parent.children === undefined) parent.children = [row]
    else parent.children.push(row)
  }
  return top
}

/** The same text for the same answer, whatever a product gives times, flags and JSON as: classes, numbers, text. */
export function plainly(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (key === 'isActive') return Boolean(member)
    if ((key === 'layout' || key === 'props') && typeof member === 'string') return JSON.parse(member)
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
