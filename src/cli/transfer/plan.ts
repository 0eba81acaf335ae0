/**
 * In which order the lines of a file are written, so that every row finds the rows that it refers to. In charge of that order and of names that
 * the schema does not know; must not know databases. Keeps a few numbers a run of lines, and of entities that refer to themselves a little a row.
 */
import { DBALError, type FieldError } from '../../errors/error.ts'
import { meant } from '../../schema/complaint.ts'
import type { Schema } from '../../schema/entity.ts'
import { BadLine, type RowFile, type RowLine, type Stretch } from './lines.ts'
import { groupsOf } from './order.ts'
import { type Levelled, linksOf, sortTied, type TiedRow } from './tied.ts'

/** A row in its turn. Rows of one level do not refer to each other. */
export interface Turn extends RowLine {
  readonly level: number
}

export interface Planned {
  readonly rows: number
  /** Every row of the file, those referred to first. */
  inOrder(): AsyncGenerator<Turn>
}

const mostComplaints = 20

/** Reads the file once. VALIDATION_ERROR with the lines that are no rows of the schema, or that refer to each other in a ring. */
export async function planOf(file: RowFile, schema: Schema): Promise<Planned> {
  const groups = groupsOf(schema)
  const tied = new Set(groups.filter((group) => group.tied).flatMap((group) => group.entities.map((entity) => entity.name)))
  const plain = new Map<string, Stretch[]>()
  const knotted = new Map<string, TiedRow[]>()
  let before: string | undefined
  const complaints: FieldError[] = []
  let rows = 0
  try {
    for await (const { row, entity: name, ...line } of file.rows()) {
      const entity = schema.entities.get(name)
      if (entity === undefined || entity.internal) {
        complaints.push({
          field: `line ${line.number}`,
          error: `There is no entity ${JSON.stringify(name.slice(0, 60))}${meant(name, namesOf(schema))}`,
        })
        if (complaints.length === mostComplaints) break
        continue
      }
      rows++
      if (tied.has(name)) push(knotted, name, { ...line, ...linksOf(entity, row, tied) })
      else if (before === name) lengthen(plain.get(name) as Stretch[], line)
      else push(plain, name, line)
      before = name
    }
  } catch (error) {
    if (!(error instanceof BadLine)) throw error
    complaints.push({ field: `line ${error.number}`, error: error.message })
  }
  if (complaints.length > 0)
    throw new DBALError('VALIDATION_ERROR', { fields: complaints, reason: 'The file holds lines that are no rows of this schema' })
  const sorted = groups.flatMap((group): readonly Levelled[] =>
    group.tied
      ? sortTied(group.entities.map((entity) => knotted.get(entity.name) ?? []))
      : (plain.get(group.entities[0]?.name ?? '') ?? []).map((stretch) => ({ ...stretch, level: 0 })),
  )
  return { rows, inOrder: () => inOrder(file, sorted) }
}

async function* inOrder(file: RowFile, stretches: readonly Levelled[]): AsyncGenerator<Turn> {
  for (const { level, ...stretch } of stretches) for await (const line of file.rows(stretch)) yield { ...line, level }
}

const namesOf = (schema: Schema): string[] => [...schema.entities.values()].flatMap((entity) => (entity.internal ? [] : [entity.name]))

function push<T>(map: Map<string, T[]>, name: string, value: T): void {
  const known = map.get(name)
  if (known === undefined) map.set(name, [value])
  else known.push(value)
}

/** The last stretch, to the end of `line`. */
function lengthen(stretches: Stretch[], line: Stretch): void {
  const last = stretches.at(-1) as Stretch
  stretches[stretches.length - 1] = { ...last, length: line.offset + line.length - last.offset }
}
