/** `dbal export`: rows of the database as lines of JSON, by ordinary calls. In charge of options, files and what is said; transfer/ reads. */
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { suggestion } from '../../schema/complaint.ts'
import type { Schema } from '../../schema/entity.ts'
import { configurable, databaseOptions } from '../settings.ts'
import { say, sayJson, UsageError, visible, warn } from '../terminal.ts'
import { asWhom, Caller, whoOf, withCopying } from '../transfer/identity.ts'
import { Lines } from '../transfer/output.ts'
import { progressOn } from '../transfer/progress.ts'
import { type Exported, exportRows } from '../transfer/read.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

const notes = `
Examples:
  dbal export --out rows.ndjson
  dbal export --user ada --entities Note,Comment
  dbal export --snapshot | gzip >rows.ndjson.gz

Each line is {"entity": "Note", "row": {…}}; rows come in the order of their keys, entities behind those that they refer to. Without --user
no access rule is asked, and deleted rows come along; the audit log, where one is configured, says so. Never exported: fields that no
answer may hold (security.never_expose), entities that cannot do without one, and logins.`

export function registerExport(program: Command): void {
  configurable(program.command('export').description('write rows of the database as lines of JSON (NDJSON)'), databaseOptions)
    .option('--user <name>', 'what this account may see; without it everything')
    .option('--entities <names>', 'these entities only, with commas between them')
    .option('--out <file>', 'write to this file instead of standard output')
    .option('--force', 'write over a file that is there')
    .option('--snapshot', 'all rows as they are at one moment; writers may have to wait meanwhile')
    .option('--json', 'tell what was exported as one JSON object (on standard error, where the rows go to standard output)')
    .addHelpText('after', notes)
    .action(run)
}

async function run(options: Options): Promise<void> {
  const out = typeof options['out'] === 'string' ? options['out'] : undefined
  const user = typeof options['user'] === 'string' ? options['user'] : undefined
  if (out !== undefined && options['force'] !== true && existsSync(out)) throw new UsageError(`${out} is there already; --force writes over it`)
  await withCopying(options, async (engine) => {
    const { schema } = engine.world()
    const only = chosen(options['entities'], schema)
    const caller = new Caller(engine, await whoOf(engine, user, 'dbal export'))
    const part = out === undefined ? undefined : `${out}.part`
    const lines = new Lines(part === undefined ? process.stdout : createWriteStream(part, { mode: 0o600 }))
    const progress = progressOn(process.stderr, 'Exported')
    let exported: Exported
    try {
      if (options['snapshot'] === true) await caller.begin()
      exported = await exportRows(schema, caller, { ...(only === undefined ? {} : { only }), lines, progress })
      if (options['snapshot'] === true) await caller.rollback()
      await lines.end()
      // Under its own name a file is whole.
      if (part !== undefined && out !== undefined) await rename(part, out)
    } catch (error) {
      if (part !== undefined) await rm(part, { force: true })
      // Whoever reads has had enough, as `head` does.
      if (lines.closed) return
      throw error
    } finally {
      progress.end()
    }
    report(exported, user, out, options)
  })
}

function chosen(text: string | boolean | undefined, schema: Schema): ReadonlySet<string> | undefined {
  if (typeof text !== 'string') return undefined
  const known = [...schema.entities.values()].filter((entity) => !entity.internal).map((entity) => entity.name)
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) if (!known.includes(name)) throw new UsageError(`There is no entity ${JSON.stringify(name)}${suggestion(name, known)}`)
  return new Set(names)
}

function report({ rows, left }: Exported, user: string | undefined, out: string | undefined, options: Options): void {
  const total = [...rows.values()].reduce((all, count) => all + count, 0)
  if (options['json'] === true) {
    const value = { as: user ?? 'system', rows: total, entities: Object.fromEntries(rows), left: left.map(({ what, why }) => ({ what, why })) }
    if (out === undefined) warn(JSON.stringify(value))
    else sayJson(value)
    return
  }
  const tell = out === undefined ? warn : say
  for (const { what, why } of left) tell(visible(`Left out: ${what}, ${why}`))
  const where = out === undefined ? '' : ` to ${out}`
  tell(`Exported ${total} ${total === 1 ? 'row' : 'rows'} of ${rows.size} ${rows.size === 1 ? 'entity' : 'entities'}${where}, ${asWhom(user)}`)
}
