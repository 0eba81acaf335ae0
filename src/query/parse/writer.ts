/** Writes the shape of a call as JSON text and sets its values aside. Must not know methods or the schema. */
import { type DBALError, type FieldError, invalid } from '../../errors/error.ts'
import { bounds } from './bounds.ts'

/** More complaints than this about one call help nobody. */
const mostComplaints = 50
const plainName = /^[A-Za-z_][A-Za-z0-9_.]*$/

export class Writer {
  /** JSON text: names as strings, values as their slot numbers. */
  text = ''
  /** The caller's values, by slot number. */
  readonly values: unknown[]
  #nodes = 0
  #includes = 0
  #complaints: FieldError[] | undefined

  constructor(values: unknown[] = []) {
    this.values = values
  }

  /** Sets a value aside; answers the text of its slot. */
  slot(value: unknown): string {
    return String(this.values.push(value) - 1)
  }

  /** Quotes a name from outside. Names end up in the key of the plan cache, so their length is limited. */
  name(name: string, path: string): string {
    if (name.length > bounds.name) {
      this.complain(path, 'Unknown name')
      return '""'
    }
    return plainName.test(name) ? `"${name}"` : JSON.stringify(name)
  }

  /** Counts one node of a filter; refuses at once over the maximum. */
  node(): void {
    if (++this.#nodes > bounds.filterNodes) throw invalid({ field: 'filter', error: `Must have at most ${bounds.filterNodes} conditions in all` })
  }

  /** Counts one included relation; refuses at once over the maximum. */
  include(): void {
    if (++this.#includes > bounds.includes) throw invalid({ field: 'include', error: `Must include at most ${bounds.includes} relations in all` })
  }

  complain(field: string, error: string): void {
    this.#complaints ??= []
    this.#complaints.push({ field: field.length > 256 ? `${field.slice(0, 253)}...` : field, error })
    if (this.#complaints.length >= mostComplaints) throw this.refusal()
  }

  get complaints(): readonly FieldError[] {
    return this.#complaints ?? []
  }

  get refused(): boolean {
    return this.#complaints !== undefined
  }

  refusal(): DBALError {
    return invalid(...this.complaints)
  }
}
