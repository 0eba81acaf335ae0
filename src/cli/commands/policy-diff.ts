/** `dbal policy diff`: two schema folders, rows of a file or of a live database, and who gains or loses what. In charge of where rows and callers come from. */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Adapter } from '../../adapter/adapter.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Policy } from '../../policy/policy.ts'
import { nobody, type Principal } from '../../policy/principal.ts'
import { type Change, diffPolicies, type PolicyDiff, type Somebody } from '../../policy-test/diff.ts'
import type { TestFile } from '../../policy-test/document.ts'
import { uuidOf } from '../../policy-test/made-up.ts'
import { readTests } from '../../policy-test/read.ts'
import { openGiven } from '../../policy-test/run.ts'
import { mostRows, type Side } from '../../policy-test/survey.ts'
import { accountEntity } from '../../schema/account.ts'
import type { Schema, Value } from '../../schema/entity.ts'
import { loadContract, openAdapter } from '../compose.ts'
import { paint, say, sayJson, UsageError, visible } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export function registerPolicyDiff(policy: Command): void {
  policy
    .command('diff <old> <new>')
    .description('say who gains and who loses which rows and fields between two schema folders')
    .option('--data <file>', 'rows and principals of a YAML file, as policy tests have them')
    .option('--database <url>', 'rows of a live database, which is only read')
    .option(
      '--as <caller...>',
      'callers: a name of the data or an account, ROLE, ROLE:ID or ROLE:ID:TENANT (default: those of the data, and every role)',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  dbal policy diff main/dbal dbal --data dbal/entities/note.policy.test.yaml\n  dbal policy diff main/dbal dbal --database file:./.dbal/notes.db --as ana admin user:0193…\n\nExit codes: 0 nobody gains anything, 1 somebody does, 2 wrong use.',
    )
    .action(diff)
}

interface Contract {
  readonly schema: Schema
  readonly policy: Policy
}

/** Both sides with what names their rows and callers. */
interface Ground {
  readonly before: Side
  readonly after: Side
  readonly people: readonly Somebody[]
  nameOf(entity: string, key: string): string
  close(): Promise<void>
}

async function diff(before: string, after: string, options: Options): Promise<void> {
  const old: Contract = loadContract(before)
  const young: Contract = loadContract(after)
  const { data, database } = options
  if ((data === undefined) === (database === undefined)) throw new UsageError('Say which rows to look at: either --data FILE or --database URL')
  const ground = typeof data === 'string' ? await fromFile(data, old, young, options) : await fromDatabase(String(database), old, young, options)
  try {
    report(await diffPolicies(ground.before, ground.after, ground.people), ground, options)
  } finally {
    await ground.close()
  }
}

/** The rows in two databases of their own, one for each schema. */
async function fromFile(path: string, old: Contract, young: Contract, options: Options): Promise<Ground> {
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}`)
  const file = { path: basename(path), text: readFileSync(path, 'utf8') }
  const read = ({ schema }: Contract): TestFile => readTests([file], schema)[0] ?? failing(path)
  const [was, is] = [read(old), read(young)]
  const open = () => openAdapter({ adapter: 'memory', threads: 'inline' })
  const left = await openGiven(was, { ...old, open })
  const right = await openGiven(is, { ...young, open })
  const declared = [...is.principals].map(([name, who]) => ({ name, before: was.principals.get(name) ?? who, after: who }))
  return {
    before: { ...old, session: left, now: was.now },
    after: { ...young, session: right, now: is.now },
    people: chosen(options, old, young, declared),
    nameOf: (entity, key) => {
      const fields = (young.schema.entities.get(entity) ?? old.schema.entities.get(entity))?.key ?? []
      const row = Object.fromEntries(fields.map((name, i) => [name, (JSON.parse(key) as Value[])[i] as Value]))
      return is.given.labelOf(entity, row) ?? was.given.labelOf(entity, row) ?? key.slice(1, -1)
    },
    close: async () => {
      await left.close()
      await right.close()
    },
  }
}

function failing(path: string): never {
  throw new UsageError(`${path} holds no rows`)
}

/** How many accounts of a live database are taken as callers, where none is named. */
const mostAccounts = 20

/** One read transaction each: nothing that is asked here could write. */
async function fromDatabase(url: string, old: Contract, young: Contract, options: Options): Promise<Ground> {
  if (url.startsWith('file:') && !existsSync(url.slice('file:'.length)))
    throw new UsageError(`There is no database file ${url.slice('file:'.length)}`)
  const adapter = await openAdapter({ adapter: adapterOf(url), url, threads: 'inline' })
  try {
    await adapter.prepare(old.schema, 'check')
    await adapter.prepare(young.schema, 'check')
    const now = Date.now()
    const session = { run: (...asked: Parameters<Adapter['run']>) => adapter.transaction('read', async (tx) => tx.run(...asked)) }
    const accounts = await accountsIn(adapter, young, options['as'])
    return {
      before: { ...old, session, now },
      after: { ...young, session, now },
      people: chosen(options, old, young, accounts),
      nameOf: (_entity, key) => key.slice(1, -1),
      close: () => adapter.close(),
    }
  } catch (error) {
    await adapter.close().catch(() => undefined)
    throw error
  }
}

function adapterOf(url: string): 'sqlite' | 'postgresql' | 'mysql' | 'mongodb' {
  const scheme = /^([a-z]+)(?:\+[a-z]+)?:/i.exec(url)?.[1]?.toLowerCase()
  const known = { file: 'sqlite', postgres: 'postgresql', postgresql: 'postgresql', mysql: 'mysql', mariadb: 'mysql', mongodb: 'mongodb' } as const
  if (scheme === undefined || !Object.hasOwn(known, scheme)) throw new UsageError('The url starts with file:, postgres://, mysql:// or mongodb://')
  return known[scheme as keyof typeof known]
}

/** As the session service would know them: those that are named, or the first few. */
async function accountsIn(adapter: Adapter, { schema, policy }: Contract, asked: Options[string]): Promise<Somebody[]> {
  const entity = schema.entities.get(accountEntity)
  const names = Array.isArray(asked) ? (asked as readonly string[]).filter((name) => !schema.roles.has(name)) : undefined
  if (entity === undefined || names?.length === 0 || (names !== undefined && !entity.fields.has('username'))) return []
  const filter = names === undefined ? {} : { filter: { username: { in: names } } }
  // The engine is not closed: the adapter is the caller's.
  const page = await createEngine({ schema, policy, adapter }).system(
    'list',
    [entity.name, { ...filter, limit: mostAccounts, total: 'none' }],
    'policy diff',
  )
  return (page as { readonly data: readonly Readonly<Record<string, Value>>[] }).data.flatMap((row) => {
    const id = row[entity.key[0] as string]
    const role = row['role']
    if (typeof id !== 'string' || typeof role !== 'string') return []
    const attributes = Object.fromEntries(Object.entries(row).filter(([name]) => entity.fields.get(name)?.sensitive === false))
    const tenantId = row[entity.tenant ?? 'tenantId']
    const who: Principal = { kind: 'user', id, role, attributes, ...(typeof tenantId === 'string' ? { tenantId } : {}) }
    return [{ name: typeof row['username'] === 'string' ? row['username'] : id, before: who, after: who }]
  })
}

/** Those that are named, or those of the data and one of each role. */
function chosen(options: Options, old: Contract, young: Contract, known: readonly Somebody[]): Somebody[] {
  const roles = [...new Set([...young.schema.roles.keys(), ...old.schema.roles.keys()])]
  const bare = (role: string, id?: string, tenantId?: string): Principal =>
    role === 'public'
      ? nobody
      : { kind: 'user', id: id ?? uuidOf(`role ${role}`), role, attributes: {}, ...(tenantId === undefined ? {} : { tenantId }) }
  const asked = options['as']
  if (!Array.isArray(asked)) return [...roles.map((role) => ({ name: role, before: bare(role), after: bare(role) })), ...known]
  return (asked as readonly string[]).map((text) => {
    const named = known.find(({ name }) => name === text)
    if (named !== undefined) return named
    const [role = '', id, tenant] = text.split(':')
    if (!roles.includes(role))
      throw new UsageError(
        `--as ${text}: there is no role, principal or account ${JSON.stringify(role)}; known are ${[...known.map(({ name }) => name), ...roles].join(', ')}`,
      )
    const who = bare(role, id === '' ? undefined : id, tenant)
    return { name: text, before: who, after: who }
  })
}

function report({ changes, cut }: PolicyDiff, { nameOf }: Ground, options: Options): void {
  const gains = changes.filter((change) => change.gained).length
  if (gains > 0) process.exitCode = 1
  const named = (entity: string, rows: readonly string[]) => rows.map((row) => nameOf(entity, row))
  if (options['json'] === true) {
    const shown = changes.map((change) => ({
      ...change,
      rows: named(change.entity, change.rows),
      fields: change.fields.map(({ fields, rows }) => ({ fields, rows: named(change.entity, rows) })),
    }))
    sayJson({ gains, losses: changes.length - gains, changes: shown, cut })
    return
  }
  for (const [who, own] of Map.groupBy(changes, (change) => (change.who === change.role ? change.who : `${change.who} (${change.role})`))) {
    say(visible(who))
    for (const change of own) for (const line of linesOf(change, named)) say(paint(change.gained ? 'green' : 'red', visible(line)))
  }
  for (const name of cut) say(`Of ${name} only the first ${mostRows} rows were looked at`)
  say(changes.length === 0 ? 'Nobody gains or loses anything' : `${gains} gained, ${changes.length - gains} lost`)
}

/** Names shown on one line. */
const mostNames = 12

function linesOf({ entity, deed, gained, rows, fields }: Change, named: (entity: string, rows: readonly string[]) => readonly string[]): string[] {
  const list = (keys: readonly string[]): string =>
    `${named(entity, keys.slice(0, mostNames)).join(', ')}${keys.length > mostNames ? ` and ${keys.length - mostNames} more` : ''}`
  const sign = gained ? '+' : '-'
  const head = `  ${sign} ${entity} ${deed}:`
  return [
    ...(rows.length === 0 ? [] : [`${head} ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}: ${list(rows)}`]),
    ...fields.map((group) => `${head} ${group.fields.join(', ')} of ${list(group.rows)}`),
  ]
}
