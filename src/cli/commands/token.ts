/** `dbal token`: service tokens, for programs instead of people. In charge of asking and telling; the engine keeps only digests. */
import type { Command } from 'commander'
import { DBALError } from '../../errors/error.ts'
import type { Value } from '../../schema/entity.ts'
import { identity } from '../../session/identity.ts'
import { createToken, digestOf } from '../../session/token.ts'
import { asSystem, roleOf } from '../accounts.ts'
import { configurable, databaseOptions } from '../settings.ts'
import { say, sayJson, table, UsageError, warn } from '../terminal.ts'
import { tenantOf, withEngine } from './user.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerToken(program: Command): void {
  const token = program.command('token').description('make, list and revoke service tokens')
  configurable(token.command('create').description('make a token; it is shown once'), databaseOptions)
    .requiredOption('--role <role>', 'role that the token acts with')
    .requiredOption('--ttl <duration>', 'how long it holds: 90s, 30m, 1h, 7d')
    .option('--name <name>', 'what it is for', 'service')
    .option('--tenant <tenant>', 'tenant that it acts in')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  dbal token create --role admin --ttl 1h --name nightly-report')
    .action(create)
  configurable(token.command('list').description('list tokens; their secrets are not kept'), databaseOptions)
    .option('--json', 'print one JSON list')
    .addHelpText('after', '\nExample:\n  dbal token list')
    .action(list)
  configurable(token.command('revoke <id>').description('end a token at once'), databaseOptions)
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  dbal token revoke 0197c5a2-…')
    .action(revoke)
}

async function create(options: Options): Promise<void> {
  const expiresAt = new Date(Date.now() + durationOf(String(options['ttl']))).toISOString()
  await withEngine(options, async (engine) => {
    const secret = createToken('service')
    const { tenant } = tenantOf(options)
    const data = {
      name: String(options['name']),
      role: roleOf(engine.world().schema, String(options['role'])),
      digest: digestOf(secret),
      expiresAt,
      ...(tenant === undefined ? {} : { tenantId: tenant }),
    }
    const row = (await asSystem(engine, 'create', { entity: identity.serviceToken, data }, 'dbal token create')) as Readonly<Record<string, Value>>
    if (options['json'] === true) sayJson({ id: row['id'] ?? null, token: secret, role: data.role, name: data.name, expiresAt })
    else {
      say(secret)
      warn(`Token ${String(row['id'])} acts as ${data.role} until ${expiresAt}. It is not shown again.`)
    }
  })
}

async function list(options: Options): Promise<void> {
  await withEngine(options, async (engine) => {
    const page = (await asSystem(
      engine,
      'list',
      { entity: identity.serviceToken, options: { sort: { createdAt: 'desc' }, limit: 100 } },
      'dbal token list',
    )) as { readonly data: readonly Readonly<Record<string, Value>>[] }
    const shown = ['id', 'name', 'role', 'tenantId', 'expiresAt'] as const
    const rows = page.data.map((row) => Object.fromEntries(shown.map((field) => [field, row[field] ?? null])))
    if (options['json'] === true) sayJson(rows)
    else if (rows.length === 0) say('There are no service tokens')
    else
      say(
        table(
          shown,
          rows.map((row) => shown.map((field) => String(row[field] ?? ''))),
        ),
      )
  })
}

async function revoke(id: string, options: Options): Promise<void> {
  await withEngine(options, async (engine) => {
    try {
      await asSystem(engine, 'delete', { entity: identity.serviceToken, id }, 'dbal token revoke')
    } catch (error) {
      if (error instanceof DBALError && error.code === 'NOT_FOUND')
        throw new DBALError('NOT_FOUND', { reason: 'There is no such token; dbal token list shows their ids' })
      throw error
    }
    if (options['json'] === true) sayJson({ id, revoked: true })
    else say(`Token ${id} is revoked`)
  })
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestDays = 3650

/** Milliseconds of `90s`, `30m`, `1h`, `7d`. */
export function durationOf(text: string): number {
  const found = /^([1-9][0-9]{0,8})([smhd])$/.exec(text)
  const ms = found === null ? Number.NaN : Number(found[1]) * (units[found[2] as string] as number)
  if (!(ms <= longestDays * 86_400_000))
    throw new UsageError(`${JSON.stringify(text)} is not a duration such as 90s, 30m, 1h or 7d (at most ${longestDays}d)`)
  return ms
}
