/** `dbal user`: accounts from the command line. In charge of asking and telling; what happens goes through the engine's one pipeline. */
import type { Command } from 'commander'
import type { Engine } from '../../engine/engine.ts'
import { DBALError } from '../../errors/error.ts'
import { identity } from '../../session/identity.ts'
import { addUser, asSystem, roleOf, usersOf } from '../accounts.ts'
import { openEngine, setupOf } from '../compose.ts'
import { configOf, configurable, databaseOptions } from '../settings.ts'
import { askHidden, readLine, say, sayJson, table, UsageError } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerUser(program: Command): void {
  const user = program.command('user').description('make and list accounts')
  configurable(user.command('add <name>').description('make an account'), databaseOptions)
    .requiredOption('--role <role>', 'role of the account')
    .requiredOption('--email <address>', 'e-mail address')
    .option('--tenant <tenant>', 'tenant that the account belongs to')
    .option('--password-stdin', 'read the password from the first line of standard input instead of asking')
    .option('--json', 'print the account as JSON')
    .addHelpText('after', '\nExample:\n  echo "$PASSWORD" | dbal user add ada --role admin --email ada@example.com --password-stdin')
    .action(add)
  configurable(user.command('passwd <name>').description('set the password of an account; its logins end'), databaseOptions)
    .option('--password-stdin', 'read the password from the first line of standard input instead of asking')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  dbal user passwd ada')
    .action(passwd)
  configurable(user.command('list').description('list accounts'), databaseOptions)
    .option('--json', 'print one JSON list')
    .addHelpText('after', '\nExample:\n  dbal user list --json')
    .action(list)
}

async function add(name: string, options: Options): Promise<void> {
  const password = await passwordOf(options)
  await withEngine(options, async (engine) => {
    const { schema } = engine.world()
    const row = await addUser(
      engine,
      { username: name, role: roleOf(schema, String(options['role'])), email: String(options['email']), ...tenantOf(options) },
      password,
      'dbal user add',
    )
    if (options['json'] === true) sayJson(row)
    else say(`Added ${name} (${String(row['role'])}), id ${String(row['id'])}`)
  })
}

async function passwd(name: string, options: Options): Promise<void> {
  const password = await passwordOf(options)
  await withEngine(options, async (engine) => {
    const [row] = await usersOf(engine, { username: name })
    if (row === undefined) throw new DBALError('NOT_FOUND', { reason: `There is no account ${JSON.stringify(name)}; dbal user list shows them` })
    await asSystem(engine, 'call', [identity.credential, identity.setPassword, { username: name, password }], 'dbal user passwd')
    await asSystem(engine, 'deleteMany', { entity: identity.session, filter: { userId: row['id'] } }, 'dbal user passwd')
    if (options['json'] === true) sayJson({ username: name, changed: true })
    else say(`The password of ${name} is set; its logins have ended`)
  })
}

async function list(options: Options): Promise<void> {
  await withEngine(options, async (engine) => {
    const rows = await usersOf(engine, {})
    if (options['json'] === true) sayJson(rows)
    else if (rows.length === 0) say('There are no accounts yet; dbal user add makes one')
    else {
      const shown = ['username', 'role', 'email', 'id'].filter((field) => field in (rows[0] as object))
      say(
        table(
          shown,
          rows.map((row) => shown.map((field) => String(row[field] ?? ''))),
        ),
      )
    }
  })
}

export function tenantOf(options: Options): { readonly tenant?: string } {
  return typeof options['tenant'] === 'string' ? { tenant: options['tenant'] } : {}
}

/** Opens the database of the configuration for one piece of work. */
export async function withEngine(options: Options, work: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await openEngine(setupOf(configOf(options), 'command'))
  try {
    await work(engine)
  } finally {
    await engine.close()
  }
}

async function passwordOf(options: Options): Promise<string> {
  if (options['passwordStdin'] === true) return readLine()
  if (process.stdin.isTTY !== true) throw new UsageError('There is no terminal to ask for the password on: give it with --password-stdin')
  const password = await askHidden('Password: ')
  if (password !== (await askHidden('Again: '))) throw new UsageError('The two passwords differ')
  return password
}
