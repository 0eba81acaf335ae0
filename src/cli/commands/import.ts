/** `dbal import`: rows of a file into the database, by ordinary calls. In charge of options, files and what is said; transfer/ does the work. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { DBALError } from '../../errors/error.ts'
import { suggestion } from '../../schema/complaint.ts'
import type { Schema } from '../../schema/entity.ts'
import { configurable, databaseOptions } from '../settings.ts'
import { say, sayJson, UsageError, visible } from '../terminal.ts'
import { asWhom, Caller, whoOf, withCopying } from '../transfer/identity.ts'
import { Shaping } from '../transfer/keys.ts'
import { RowFile } from '../transfer/lines.ts'
import { planOf } from '../transfer/plan.ts'
import { progressOn } from '../transfer/progress.ts'
import { type Written, writeRows } from '../transfer/write.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

const notes = `
Examples:
  dbal import rows.ndjson
  dbal import rows.ndjson --user ada --new-keys --dry-run
  dbal export --config old.yaml | dbal import - --config new.yaml --atomic

Each line is {"entity": "Note", "row": {"title": "Hello"}}, in any order: rows are written behind those that they refer to. Without --user
no access rule is asked and rows keep keys, times and versions; the audit log, where one is configured, says so. Some hundreds of rows
are one transaction each; what was written before a refused row stays, unless --atomic is given.`

export function registerImport(program: Command): void {
  configurable(program.command('import <file>').description('write rows of a file (NDJSON, - for standard input) into the database'), databaseOptions)
    .option('--user <name>', 'write as this account, with its rights; without it as the engine itself')
    .option('--atomic', 'all rows in one transaction, or none')
    .option('--dry-run', 'do everything, then take it back')
    .option('--skip-existing', 'leave rows alone whose key exists already')
    .option('--new-keys', 'leave out what the engine makes (generated keys, times, versions); references in the file follow the new keys')
    .option('--omit <fields>', 'leave these fields out: title, or Note.title, with commas between them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', notes)
    .action(importRows)
}

async function importRows(path: string, options: Options): Promise<void> {
  const user = typeof options['user'] === 'string' ? options['user'] : undefined
  await withFile(path, (file) =>
    withCopying(options, async (engine) => {
      const { schema } = engine.world()
      const omit = omitted(options['omit'], schema)
      const planned = await planOf(file, schema)
      const caller = new Caller(engine, await whoOf(engine, user, 'dbal import'))
      const shaping = new Shaping(schema, omit, options['newKeys'] === true, user === undefined)
      const written: Written = new Map()
      const whole = options['atomic'] === true || options['dryRun'] === true
      const progress = progressOn(process.stderr, options['dryRun'] === true ? 'Trying' : 'Writing', planned.rows)
      try {
        if (whole) await caller.begin()
        await writeRows(planned.inOrder(), caller, schema, { skipExisting: options['skipExisting'] === true, shaping, progress }, written)
        if (options['dryRun'] === true) await caller.rollback()
        else if (whole) await caller.commit()
      } catch (error) {
        if (whole) await caller.rollback()
        progress.end()
        throw told(error, whole ? 0 : sum(written, 'written'))
      }
      progress.end()
      report(written, user, options)
    }),
  )
}

/** Standard input is kept in a file meanwhile: rows are read twice, since one may refer to another that comes later. */
async function withFile(path: string, work: (file: RowFile) => Promise<void>): Promise<void> {
  if (path === '-' && process.stdin.isTTY === true) throw new UsageError('Standard input is a terminal: give a file, or pipe rows into the command')
  const folder = path === '-' ? await mkdtemp(join(tmpdir(), 'dbal-import-')) : undefined
  try {
    const from = folder === undefined ? path : join(folder, 'rows.ndjson')
    if (folder !== undefined) await pipeline(process.stdin, createWriteStream(from, { mode: 0o600 }))
    const file = await RowFile.open(from)
    try {
      await work(file)
    } finally {
      await file.close()
    }
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** Fields by entity. A name alone is that field of every entity that has it. */
function omitted(text: string | boolean | undefined, schema: Schema): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const entities = [...schema.entities.values()].filter((entity) => !entity.internal)
  for (const name of typeof text === 'string' ? text.split(',').map((each) => each.trim()) : []) {
    const [field = '', of] = name.split('.').reverse()
    const having = entities.filter((entity) => (of === undefined || entity.name === of) && entity.fields.has(field))
    if (having.length === 0) {
      const known = entities.flatMap((entity) => [...entity.fields.keys()].map((each) => (of === undefined ? each : `${entity.name}.${each}`)))
      throw new UsageError(`There is no field ${JSON.stringify(name)} to omit${suggestion(name, new Set(known))}`)
    }
    for (const entity of having) found.set(entity.name, (found.get(entity.name) ?? new Set()).add(field))
  }
  return found
}

const sum = (written: Written, what: 'written' | 'skipped'): number => [...written.values()].reduce((all, counts) => all + counts[what], 0)

/** The refusal, with what it leaves behind. */
function told(error: unknown, written: number): unknown {
  if (!(error instanceof DBALError)) return error
  const { hint, reason = error.message } = error.details
  if (error.details.outcome === 'unknown') return error
  const left =
    written === 0 ? 'Nothing was written' : `${written} rows before it were written; mend the file and import it again with --skip-existing`
  return new DBALError(error.code, { ...error.details, reason, hint: hint === undefined ? left : `${hint}. ${left}` }, { cause: error })
}

function report(written: Written, user: string | undefined, options: Options): void {
  const dryRun = options['dryRun'] === true
  const rows = sum(written, 'written')
  const skipped = sum(written, 'skipped')
  if (options['json'] === true) {
    sayJson({ as: user ?? 'system', dryRun, written: rows, skipped, entities: Object.fromEntries(written) })
    return
  }
  const parts = [...written].map(([entity, counts]) => `${visible(entity)} ${counts.written}`).join(', ')
  const there = skipped === 0 ? '' : `; ${skipped} were there already`
  say(`${dryRun ? 'Would write' : 'Wrote'} ${rows} ${rows === 1 ? 'row' : 'rows'}${parts === '' ? '' : ` (${parts})`}, ${asWhom(user)}${there}`)
}
