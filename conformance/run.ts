/** Runs every case in every cell (adapter × door) and gathers what came of it. In charge of order and accounts of results; must not know how calls travel. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DBALError, invalid } from '../src/errors/error.ts'
import { type AdapterName, type Arena, adapterNames, isPrismaOnServer, missing, openArena } from './arena.ts'
import { type Case, type CaseFile, parseCases, type Step } from './case.ts'
import { type DoorName, doorNames } from './doors.ts'
import { type Endpoint, openEndpoint } from './endpoint.ts'
import { differences, errorDifferences, publicPart } from './expect.ts'
import { type Limits, TookTooLong, usualLimits, within } from './limits.ts'
import { type Names, resolve } from './reference.ts'
import { roleCases } from './roles.ts'

export interface ConformanceOptions {
  /** Default: all that are in the package. */
  readonly adapters?: readonly string[]
  readonly doors?: readonly string[]
  /** Part of `file: case`, in any case of letters. */
  readonly filter?: string
  /** Folder of schema folders that cases name (default: `fixtures` here). */
  readonly schemaDir?: string
  /** Folder of case files (default: `cases` and `attacks` here, and the generated role matrix). */
  readonly casesDir?: string
  /** A running daemon instead of adapters and doors of this process. */
  readonly endpoint?: Endpoint
  readonly limits?: Partial<Limits>
  readonly onProgress?: (result: Result) => void
}

/** A column of the matrix. `backend` is what the adapter says of its server. */
export interface Cell {
  readonly adapter: string
  readonly door: string
  readonly backend: string
}

export interface Result {
  readonly cell: Cell
  readonly file: string
  readonly name: string
  readonly line: number
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Steps that ran. */
  readonly steps: number
  /** Why it was skipped. */
  readonly reason?: string
  /** `file:line: what is different`, one for each difference of the step that failed. */
  readonly failures: readonly string[]
}

export interface Report {
  readonly cells: readonly Cell[]
  /** In the order of the rows. */
  readonly files: readonly string[]
  readonly results: readonly Result[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly steps: number
  readonly durationMs: number
}

const here = import.meta.dirname
/** Columns that run at once. */
const lanes = 4

/** Throws VALIDATION_ERROR for a malformed case file, an unknown adapter or door, and where no case was found: a run of nothing proves nothing. */
export async function runConformance(options: ConformanceOptions = {}): Promise<Report> {
  const started = performance.now()
  const files = readCases(options)
  const limits = { ...usualLimits, ...options.limits }
  const columns = columnsOf(options).map((column) => ({
    column,
    cell: { adapter: column.adapter, door: column.door, backend: '' },
    results: [] as Result[],
  }))
  const waiting = [...columns]
  // Each column has a database of its own, and most of a server's time is spent waiting for it.
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { column, cell, results } = next
      const note = (result: Result): void => {
        results.push(result)
        options.onProgress?.(result)
      }
      const end = performance.now() + limits.column
      for (const file of files) await runFile(file, column, cell, { note, limits, end })
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const cells: readonly Cell[] = columns.map(({ cell }) => cell)
  const results = columns.flatMap((column) => column.results)
  const count = (status: Result['status']): number => results.filter((result) => result.status === status).length
  return {
    cells,
    files: files.map(({ path }) => path),
    results,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    steps: results.reduce((sum, { steps }) => sum + steps, 0),
    durationMs: performance.now() - started,
  }
}

interface Column {
  readonly adapter: string
  readonly door: string
  readonly open: (schema: string | undefined) => Promise<Arena>
  /** Why a file or case cannot run here; undefined where it can. */
  readonly refuses: (file: CaseFile, one: Case) => string | undefined
}

function columnsOf({ adapters, doors, schemaDir = join(here, 'fixtures'), endpoint }: ConformanceOptions): Column[] {
  if (endpoint !== undefined)
    return [{ adapter: 'remote', door: 'daemon', open: () => openEndpoint(endpoint), refuses: (file, one) => refusedByEndpoint(endpoint, file, one) }]
  const chosen = <Name extends string>(field: string, names: readonly string[] | undefined, known: readonly Name[]): readonly Name[] => {
    const stranger = names?.find((name) => !known.includes(name as Name))
    if (stranger !== undefined) throw invalid({ field, error: `There is no '${stranger}'; known are ${known.join(', ')}` })
    return known.filter((name) => names === undefined || names.includes(name))
  }
  return chosen<AdapterName>('adapters', adapters, adapterNames).flatMap((adapter) => {
    // Without a server every case of the cell is left out, and says so.
    const reason = missing(adapter)
    const all = chosen<DoorName>('doors', doors, doorNames)
    // Behind one door is enough unless they are asked for: doors know nothing of databases, and the other adapters are behind both.
    return (adapters === undefined && isPrismaOnServer(adapter) ? all.slice(0, 1) : all).map((door) => ({
      adapter,
      door,
      refuses: () => reason,
      open: (schema: string | undefined) => openArena({ adapter, door, ...(schema === undefined ? {} : { schema: join(schemaDir, schema) }) }),
    }))
  })
}

/** Only what tokens were given for can be asked, and rows of others are left alone. */
function refusedByEndpoint(endpoint: Endpoint, file: CaseFile, one: Case): string | undefined {
  if (file.schema !== undefined) return `needs the schema ${file.schema}`
  if (file.clean || one.fresh) return 'needs a database of its own'
  if (Object.keys(one.actors).length > 0) return 'makes accounts'
  const lacking = one.steps.find(({ as }) => as !== 'public' && endpoint.tokens[as] === undefined)?.as
  return lacking === undefined ? undefined : `needs a token for ${lacking}`
}

export function readCases({ casesDir, filter }: Pick<ConformanceOptions, 'casesDir' | 'filter'>): CaseFile[] {
  const folders = casesDir === undefined ? ['cases', 'attacks'].map((name) => ({ name, path: join(here, name) })) : [{ name: '', path: casesDir }]
  const read = folders.flatMap(({ name, path }) =>
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => parseCases(join(name, file), readFileSync(join(path, file), 'utf8'))),
  )
  const all = casesDir === undefined ? [...read, roleCases()] : read
  const wanted = filter?.toLowerCase()
  const files = all
    .map((file) => ({
      ...file,
      cases: file.cases.filter(({ name }) => wanted === undefined || `${file.path}: ${name}`.toLowerCase().includes(wanted)),
    }))
    .filter(({ cases }) => cases.length > 0)
  if (files.length === 0) throw invalid({ field: filter === undefined ? 'casesDir' : 'filter', error: 'No case was found' })
  return files
}

interface Running {
  readonly note: (result: Result) => void
  readonly limits: Limits
  /** When the column's time is over, on `performance.now()`. */
  readonly end: number
}

async function runFile(file: CaseFile, column: Column, cell: { backend: string }, { note, limits, end }: Running): Promise<void> {
  let arena: Arena | undefined
  const close = async (): Promise<void> => {
    const closing = arena
    arena = undefined
    if (closing !== undefined) await within(limits.database, 'closing the database', closing.close())
  }
  try {
    for (const one of file.cases) {
      const reason = column.refuses(file, one) ?? one.skips.find((skip) => covers(skip, column))?.reason
      const result = { cell: cell as Cell, file: file.path, name: one.name, line: one.line, failures: [], steps: 0 }
      if (reason !== undefined) {
        note({ ...result, status: 'skipped', reason })
        continue
      }
      if (performance.now() > end) {
        const late = `${file.path}:${one.line}: not begun: the cases before it took all ${limits.column / 1000} s of the column`
        note({ ...result, status: 'failed', failures: [late] })
        continue
      }
      try {
        if (one.fresh) await close()
        else if (file.clean && arena !== undefined) await within(limits.database, 'cleaning the database', arena.clean())
        arena ??= await within(limits.database, 'opening the database', column.open(file.schema))
      } catch (error) {
        note({ ...result, status: 'failed', failures: [`${file.path}:${one.line}: the database could not be opened: ${inWords(error)}`] })
        arena = undefined
        continue
      }
      cell.backend = arena.backend
      const { failures, steps, hangs } = await runCase(file, one, arena, limits)
      note({ ...result, status: failures.length === 0 ? 'passed' : 'failed', failures, steps })
      // What still goes on in it would be in the way of the next case; it may never close.
      if (hangs) {
        arena.close().catch(() => undefined)
        arena = undefined
      } else if (one.fresh) await close()
    }
  } finally {
    await close()
  }
}

const covers = ({ adapters, doors }: { adapters?: readonly string[]; doors?: readonly string[] }, column: Column): boolean =>
  (adapters === undefined || adapters.includes(column.adapter)) && (doors === undefined || doors.includes(column.door))

/** An endpoint keeps the rows of earlier runs. */
const session = randomBytes(4).toString('hex')
let runs = 0

/** Ends at the first step that does not do as expected: later ones build on it. */
async function runCase(file: CaseFile, one: Case, arena: Arena, limits: Limits): Promise<{ failures: string[]; steps: number; hangs: boolean }> {
  const memory: Memory = { answers: [], saved: {}, unique: `${session}c${++runs}` }
  let steps = 0
  const limit = limits.steps + one.steps.length * limits.step
  const end = performance.now() + limit
  const timed = <T>(what: string, work: Promise<T>): Promise<T> => within(Math.max(0, Math.round(end - performance.now())), what, work)
  try {
    for (const [name, row] of Object.entries(one.actors)) await timed('making an account', arena.enlist(name, row))
    for (const step of one.steps) {
      steps++
      const found = await timed('the case', runStep(step, arena, memory))
      if (found.length > 0)
        return {
          steps,
          hangs: false,
          failures: found.map((text) => `${file.path}:${step.line}: step ${steps}, ${step.as} ${String(step.method)}: ${text}`),
        }
    }
  } catch (error) {
    const hangs = error instanceof TookTooLong
    const told = hangs ? `the case did not end within ${limit / 1000} s` : inWords(error)
    return { steps, hangs, failures: [`${file.path}:${one.steps[Math.max(0, steps - 1)]?.line ?? one.line}: ${told}`] }
  }
  return { failures: [], steps, hangs: false }
}

/** For whoever runs the cases: with the cause, which callers never see. */
function inWords(error: unknown): string {
  if (error instanceof DBALError)
    return `${JSON.stringify(error.toPublic())}${error.cause === undefined ? '' : `, behind it: ${String(error.cause)}`}`
  return error instanceof Error ? error.message : String(error)
}

/** What a case knows of its steps so far. */
interface Memory {
  readonly answers: unknown[]
  readonly saved: Record<string, unknown>
  readonly unique: string
}

async function runStep(step: Step, arena: Arena, { answers, saved, unique }: Memory): Promise<string[]> {
  const { users } = arena
  const names: Names = { prev: answers.at(-1), steps: answers, saved, users, me: users[step.as], unique }
  const { method, idempotencyKey, transaction, raw, cancelled, expected } = step
  const params = resolve(step.params, names, method === 'transaction')
  const key = {
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: String(resolve(idempotencyKey, names)) }),
    ...(transaction === undefined ? {} : { transaction: String(resolve(transaction, names)) }),
  }
  const as = step.auth === undefined ? step.as : ({ kind: 'token', ...(resolve(step.auth, names) as { token: string }) } as const)
  try {
    const output = await arena.call(as, { method, params, raw, cancelled, ...key })
    answers.push(output)
    if (step.save !== undefined) saved[step.save] = output
    if (expected.status === 'error') return [`expected an error ${JSON.stringify(expected.error)}, got ${JSON.stringify(output)?.slice(0, 300)}`]
    return expected.output === undefined ? [] : differences(resolve(expected.output, names), output)
  } catch (error) {
    if (!(error instanceof DBALError)) throw error
    const told = error.toPublic()
    answers.push(publicPart(told))
    if (step.save !== undefined) saved[step.save] = publicPart(told)
    const causes = arena.faults().map((cause) => `behind it: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
    if (expected.status === 'success') return [`error ${JSON.stringify(publicPart(told))}`, ...causes]
    const found = errorDifferences(resolve(expected.error, names) as typeof expected.error, told, saved)
    return found.length === 0 ? [] : [...found, ...causes]
  }
}
