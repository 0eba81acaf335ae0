/** `dbal introspect`: entity YAML for a database that is there already. In charge of asking, writing and telling; introspect/ makes the entities. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { readShipped } from '../../config/schema-files.ts'
import { entitiesOf, type Introspected, type Neighbour } from '../../introspect/entities.ts'
import { sentenceOf } from '../../introspect/finding.ts'
import { fileName, filesOf } from '../../introspect/write.ts'
import { loadPolicy } from '../../policy/rules.ts'
import { parseSchema, type SourceFile } from '../../schema/parse.ts'
import { readLive } from '../live.ts'
import { say, sayJson, UsageError, visible } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerIntrospect(program: Command): void {
  program
    .command('introspect')
    .description('write entities for the tables of an existing database')
    .requiredOption('--url <url>', 'the database: postgres://…, mysql://… or file:…')
    .option('--out <folder>', 'schema folder to write to (default: ./dbal)')
    .option('--tables <names>', 'these tables only, with commas between them')
    .option('--force', 'write over files that say something else')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  dbal introspect --url file:shop.db\n  dbal introspect --url "postgres://reader@db.example.com/shop?schema=sales&sslmode=verify-full" --tables orders,customers',
    )
    .action(introspect)
}

async function introspect(options: Options): Promise<void> {
  const url = String(options['url'])
  const only = typeof options['tables'] === 'string' ? new Set(options['tables'].split(',').map((name) => name.trim())) : undefined
  const { catalog, seen } = await readLive(url)
  const missing = [...(only ?? [])].filter((name) => !catalog.tables.some((table) => table.name === name))
  if (missing.length > 0) throw new UsageError(`The database has no table ${missing.map((name) => JSON.stringify(name)).join(', ')}`)
  const { shipped, internal } = readShipped()
  const found = entitiesOf(catalog, { neighbours: neighboursOf(shipped, internal), seen, ...(only === undefined ? {} : { only }) })
  if (found.drafts.length === 0)
    throw new UsageError(`No table of the database can be an entity\n${found.findings.map((each) => visible(`  ${sentenceOf(each)}`)).join('\n')}`)
  const files = filesOf(found, shipped)
  // What is written has to load: a complaint here is a defect of introspect, and nothing is written then.
  loadPolicy(parseSchema(files, { shipped, internal }))
  const written = writeAll(resolve(typeof options['out'] === 'string' ? options['out'] : 'dbal'), files, options['force'] === true)
  report(catalog, found, written, options)
}

/** Entities that every schema gets, as far as they could meet tables. */
function neighboursOf(shipped: readonly SourceFile[], internal: readonly SourceFile[]): Neighbour[] {
  return [...parseSchema(shipped, { internal }).entities.values()].map(({ name, plural, table, fields }) => ({
    name,
    plural,
    table,
    columns: [...fields.values()].map(({ column }) => column),
  }))
}

/** All files or none. A file with another text may be somebody's work. */
function writeAll(folder: string, files: readonly SourceFile[], force: boolean): string[] {
  const here = process.cwd()
  const changed = files.filter(({ path, text }) => !existsSync(join(folder, path)) || readFileSync(join(folder, path), 'utf8') !== text)
  const taken = changed.filter(({ path }) => existsSync(join(folder, path)))
  if (taken.length > 0 && !force) {
    throw new UsageError(
      `These files say something else; nothing was written. --force writes over them, --out chooses another folder:\n${taken.map(({ path }) => `  ${relative(here, join(folder, path))}`).join('\n')}`,
    )
  }
  return changed.map(({ path, text }) => {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return relative(here, file)
  })
}

function report(
  catalog: { readonly system: string; readonly version: string },
  { drafts, findings }: Introspected,
  written: readonly string[],
  options: Options,
): void {
  const { system, version } = catalog
  if (options['json'] === true) {
    const entities = drafts.map((draft) => ({
      entity: draft.names.name,
      table: draft.table.name,
      fields: draft.fields.size,
      file: `entities/${fileName(draft)}.yaml`,
    }))
    sayJson({ database: { system, version }, entities, findings, written })
    return
  }
  say(`Read ${drafts.length} ${drafts.length === 1 ? 'entity' : 'entities'} from ${visible(`${system} ${version}`)}`)
  say(written.length === 0 ? 'All files were up to date' : `Wrote:\n${written.map((path) => `  ${path}`).join('\n')}`)
  for (const [kind, head] of [
    ['left out', 'Left out, as a schema cannot say it:'],
    ['differs', 'In the schema, but the database differs:'],
  ] as const) {
    const some = findings.filter((finding) => finding.kind === kind)
    if (some.length > 0)
      say(`${head}\n${some.map(({ table, about, why }) => visible(`  ${table}${about === undefined ? '' : `, ${about}`}: ${why}`)).join('\n')}`)
  }
  say('Nobody may do anything yet: write rules under acl, then check them with dbal daemon --check')
}
