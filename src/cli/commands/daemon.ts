/** `dbal daemon`: starts a daemon, tells how to use it, and ends it in order. In charge of what is printed and of signals. */
import { relative } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../../config/load.ts'
import { loadContract, setupOf } from '../compose.ts'
import { type Demo, demoUsers } from '../demo.ts'
import { readTls, type Serving, serve } from '../serve.ts'
import { configOf, configurable, flaggedOptions } from '../settings.ts'
import { paint, say, sayJson, warn } from '../terminal.ts'
import { packageVersion } from '../version.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

/** Contract: the process is gone within 25 s of SIGTERM, whatever hangs. */
const lastMs = 24_000

export function registerDaemon(program: Command): void {
  configurable(program.command('daemon').description('serve the database to clients: WebSocket and POST /rpc'), flaggedOptions)
    .option('--check', 'check configuration, schema and rules, and exit')
    .option('--json', 'lines for machines, the same as --log-format json')
    .addHelpText(
      'after',
      '\nExample:\n  dbal daemon\n  dbal daemon --config /etc/dbal/dbal.yaml --check\n  dbal daemon --database file:./shop.db --schema ./dbal --port 0',
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const config = configOf(options['json'] === true ? { ...options, logFormat: 'json' } : options)
  const json = config.settings['logging.format'] === 'json'
  if (options['check'] === true) return check(config, json)
  const signalled = signal()
  const serving = await serve(config, packageVersion())
  process.on('uncaughtException', (error) => serving.observe({ kind: 'fault', where: 'process', error }))
  const demo = wantsDemo(config) ? await demoUsers(serving.engine) : undefined
  if (json) announceJson(serving, demo)
  else announce(config, serving, demo)
  for (const notice of config.notices) if (!json) warn(`Note: ${notice}`)
  await signalled
  await stop(serving, json)
}

function check(config: Config, json: boolean): void {
  const setup = setupOf(config, 'daemon')
  const { schema, policy } = loadContract(setup.schema, setup.rulesFile)
  readTls(config.settings)
  const entities = [...schema.entities.values()].filter((entity) => !entity.internal).length
  if (json) sayJson({ ok: true, entities, rules: policy.rules.length, notices: config.notices })
  else {
    say(`Configuration, schema (${entities} entities) and rules (${policy.rules.length}) are in order`)
    for (const notice of config.notices) say(`Note: ${notice}`)
  }
}

/** Accounts nobody asked for belong only where somebody tries things out: no file, on loopback. */
function wantsDemo({ file, settings }: Config): boolean {
  return file === undefined && settings.mode === 'development'
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => resolve())
  })
}

async function stop(serving: Serving, json: boolean): Promise<void> {
  if (!json) say('\nStopping: calls in flight may end first')
  const last = setTimeout(() => {
    if (!json) warn('dbal: calls did not end in time and were cut off')
    process.exit(1)
  }, lastMs)
  await serving.stop()
  clearTimeout(last)
  if (json) sayJson({ event: 'stopped' })
}

function announceJson({ daemon }: Serving, demo: Demo | undefined): void {
  if (demo !== undefined && 'made' in demo && demo.made.length > 0) sayJson({ event: 'demo_users', users: demo.made })
  sayJson({ event: 'ready', url: daemon.url, address: daemon.address, port: daemon.port, version: packageVersion() })
}

function announce(config: Config, { daemon, engine }: Serving, demo: Demo | undefined): void {
  const { settings } = config
  const http = daemon.url.replace(/^ws/, 'http')
  const { schema } = engine.world()
  const entities = [...schema.entities.values()].filter((entity) => !entity.internal)
  say(`${paint('bold', `DBAL ${packageVersion()}`)} listens on ${paint('green', daemon.url)}`)
  say(`  database   ${databaseOf(config)}`)
  say(
    `  schema     ${settings.schema === undefined ? 'shipped with DBAL' : nearby(settings.schema)}: ${entities
      .map(({ name }) => name)
      .slice(0, 8)
      .join(', ')}${entities.length > 8 ? ` and ${entities.length - 8} more` : ''}`,
  )
  say(`  audit log  ${settings['security.audit_log'] ? nearby(settings['security.audit_log_path']) : 'none'}`)
  const login = tellDemo(demo)
  say('\nNext, in another terminal:')
  say(`  curl -s ${http}/health`)
  say(
    `  curl -s ${http}/rpc -H 'content-type: application/json' -d '${JSON.stringify({ id: 1, method: 'login', params: [login.username, login.password] })}'`,
  )
  say('\nor in a program:')
  say("  import { DBALClient } from '@metabuilder/dbal/client'")
  say(`  const client = new DBALClient({ mode: 'production', endpoint: '${daemon.url}' })`)
  say(`  await client.login('${login.username}', '${login.password}')`)
  say(`\nStop it with Ctrl+C.`)
}

function tellDemo(demo: Demo | undefined): { readonly username: string; readonly password: string } {
  const placeholder = { username: 'NAME', password: 'PASSWORD' }
  if (demo === undefined) {
    say('\nAccounts: dbal user list shows them, dbal user add makes one.')
    return placeholder
  }
  if ('made' in demo) {
    if (demo.made.length === 0) return placeholder
    say(`\n${paint('bold', 'Demo users')}, made just now, one for each role. Their passwords are shown this once:`)
    for (const { username, password } of demo.made) say(`  ${username.padEnd(10)} ${password}`)
    return demo.made.find(({ username }) => username === 'admin') ?? (demo.made[0] as { username: string; password: string })
  }
  if (demo.present.length === 0) return tellDemo(undefined)
  say(`\nDemo users: ${demo.present.join(', ')}. Their passwords were shown at the first start; dbal user passwd NAME sets a new one.`)
  return { username: demo.present.find((name) => name === 'admin') ?? (demo.present[0] as string), password: 'PASSWORD' }
}

function databaseOf({ settings }: Config): string {
  const url = settings['database.url']
  if (settings['database.adapter'] === 'memory') return 'in memory, gone when the daemon stops'
  // Another database's url may hold its password.
  return url?.startsWith('file:') === true ? `${nearby(url.slice('file:'.length))} (SQLite)` : String(settings['database.adapter'])
}

function nearby(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : `./${short}`
}
