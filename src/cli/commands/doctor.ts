/** `dbal doctor`: looks at everything that a daemon needs, one check after the other, and says what to do. Must not change anything. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../../config/load.ts'
import { shippedSchemaFolder } from '../../config/schema-files.ts'
import type { Schema } from '../../schema/entity.ts'
import { loadContract, openAdapter, setupOf } from '../compose.ts'
import { configOf, configurable, flaggedOptions } from '../settings.ts'
import { describe, paint, say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** What to do about it. */
  readonly hint?: string
}

export function registerDoctor(program: Command): void {
  configurable(program.command('doctor').description('check that a daemon would start here, and say what to do where not'), flaggedOptions)
    .option('--json', 'print one JSON list')
    .addHelpText('after', '\nExample:\n  dbal doctor --config dbal.yaml')
    .action(async (options: Options) => {
      const findings = await examine(options)
      if (options['json'] === true) sayJson(findings)
      else for (const finding of findings) say(line(finding))
      if (findings.some(({ status }) => status === 'fail')) process.exitCode = 1
    })
}

const marks = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const

function line({ check, status, text, hint }: Finding): string {
  const [colour, mark] = marks[status]
  return `${paint(colour, mark)}  ${check.padEnd(14)} ${text.replaceAll('\n', '\n                     ')}${hint === undefined ? '' : `\n      → ${hint}`}`
}

/** Everything that can be found out; a check whose ground is missing is left out. */
export async function examine(options: Options): Promise<Finding[]> {
  const findings: Finding[] = [{ check: 'Node', status: 'ok', text: process.versions.node }]
  const config = attempt(findings, 'configuration', 'mend the places named above; dbal daemon --check tells the same', () => {
    const found = configOf(options)
    return [found, found.file === undefined ? 'none: defaults' : found.file]
  })
  if (config === undefined) return findings
  for (const notice of config.notices) findings.push({ check: 'configuration', status: 'warn', text: notice })
  const setup = setupOf(config, 'command')
  const schema = attempt(findings, 'schema', 'mend the files named above', () => {
    const found = loadContract(setup.schema, setup.rulesFile)
    return [
      found.schema,
      `${setup.schema ?? shippedSchemaFolder()}: ${[...found.schema.entities.values()].filter((entity) => !entity.internal).length} entities, ${found.policy.rules.length} rules`,
    ]
  })
  if (schema !== undefined) findings.push(await database(config, schema))
  findings.push(...permissions(config), auditLog(config), await port(config))
  return findings
}

function attempt<T>(findings: Finding[], check: string, hint: string, work: () => readonly [T, string]): T | undefined {
  try {
    const [found, text] = work()
    findings.push({ check, status: 'ok', text })
    return found
  } catch (error) {
    findings.push({ check, status: 'fail', text: describe(error), hint })
    return undefined
  }
}

async function database(config: Config, schema: Schema): Promise<Finding> {
  const setup = setupOf(config, 'command')
  const check = 'database'
  if (setup.adapter === 'memory')
    return { check, status: 'warn', text: 'in memory: it is empty at every start', hint: 'set database.url to keep what is written' }
  const file = setup.adapter === 'sqlite' ? fileOf(setup.url) : undefined
  // Opening would create it.
  if (file !== undefined && !existsSync(file)) return missing(check, 'database.url', file, 'is not there yet; the daemon creates it')
  let adapter: Awaited<ReturnType<typeof openAdapter>> | undefined
  try {
    adapter = await openAdapter(setup)
    const version = await adapter.probe()
    await adapter.prepare(schema, 'check')
    return { check, status: 'ok', text: `${version}, up to date` }
  } catch (error) {
    const text = describe(error)
    if (setup.migrate && text.includes('is behind the schema'))
      return { check, status: 'ok', text: 'behind the schema; the daemon brings it up to date at start' }
    return { check, status: 'fail', text, hint: remedy(text, setup.adapter) }
  } finally {
    await adapter?.close()
  }
}

const page = 'docs/how-to/database-tls.md'

/** What to do, by what the adapters say (their failure.ts and hints.ts). */
const remedies: readonly (readonly [said: RegExp, remedy: string])[] = [
  [
    /refuse[sd] the (?:account|name or password)|does not let this host in/,
    'set user and password in database.url as the server has them; in a url, @ : / ? # % of a password are written as %40 %3A %2F %3F %23 %25',
  ],
  [/no such database/, 'create the database on the server, or set its name at the end of database.url'],
  [/no such schema/, 'create the schema in the database, or set another in database.url (?schema=…)'],
  [/certificate.*another name/, `connect by the name that is in the certificate, or make a certificate for this one: ${page}`],
  [
    /certificate|secure connection to the database server failed/,
    `name the authority that signed it with database.connection.ssl_ca_file, or sslrootcert in the url: ${page}`,
  ],
  [/offers no TLS|not offer secure|secure connections? only|needs a secure connection/, `server and ssl_mode have to agree: ${page}`],
  [/host .*(?:not known|looked up)/, 'check the spelling of the host in database.url, and that this machine can look it up'],
  [/(?:listens|reached|answer)/, 'check host and port in database.url, that the server runs, and that no firewall is between'],
  [/is behind the schema|migrate/, 'run dbal migrate plan, then dbal migrate apply'],
  [/right|privilege|may not/, 'give the account that right, or set another account in database.url'],
]

function remedy(text: string, adapter: string): string {
  const found = remedies.find(([said]) => said.test(text))?.[1]
  return found ?? (adapter === 'sqlite' ? 'check database.url' : 'check database.url and that its server runs')
}

function fileOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:/') === true && !url.startsWith('file://') ? url.slice('file:'.length) : undefined
}

/** A file that is to be made: can it be? */
function missing(check: string, option: string, file: string, text: string): Finding {
  let folder = dirname(file)
  while (!existsSync(folder)) folder = dirname(folder)
  return writable(folder)
    ? { check, status: 'ok', text: `${file} ${text}` }
    : { check, status: 'fail', text: `${file} cannot be made: ${folder} is not writable`, hint: `chown or chmod ${folder}, or set ${option}` }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Files that only the daemon should read. */
function permissions({ settings, file }: Config): Finding[] {
  if (process.platform === 'win32') return []
  const secret = [
    settings['security.key_file'],
    settings['server.tls.key_file'],
    fileOf(settings['database.url']),
    settings['security.audit_log_path'],
  ]
  const open = secret.filter((path): path is string => path !== undefined && existsSync(path) && (statSync(path).mode & 0o004) !== 0)
  const found: Finding[] = open.map((path) => ({
    check: 'permissions',
    status: 'warn',
    text: `${path} can be read by everyone`,
    hint: `chmod 600 ${path}`,
  }))
  if (file !== undefined && (statSync(file).mode & 0o002) !== 0)
    found.push({ check: 'permissions', status: 'fail', text: `${file} can be changed by everyone`, hint: `chmod 644 ${file}` })
  return found.length > 0 ? found : [{ check: 'permissions', status: 'ok', text: 'nothing lies open' }]
}

function auditLog({ settings }: Config): Finding {
  const check = 'audit log'
  const path = settings['security.audit_log_path']
  if (!settings['security.audit_log']) return { check, status: 'warn', text: 'switched off', hint: 'set security.audit_log: true' }
  if (!existsSync(path)) return missing(check, 'security.audit_log_path', path, 'is not there yet; the daemon creates it')
  return writable(path)
    ? { check, status: 'ok', text: path }
    : { check, status: 'fail', text: `${path} is not writable`, hint: 'no operation is carried out that cannot be audited: chown or chmod it' }
}

async function port({ settings }: Config): Promise<Finding> {
  const { 'server.host': host, 'server.port': number } = settings
  const check = 'port'
  const server = createServer()
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port: number, exclusive: true }, () => resolve(undefined))
  })
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (code === undefined) return { check, status: 'ok', text: number === 0 ? 'a free one is picked' : `${host}:${number} is free` }
  if (code === 'EADDRINUSE')
    return { check, status: 'warn', text: `${host}:${number} is taken`, hint: 'by a daemon that runs already? Otherwise set server.port' }
  return {
    check,
    status: 'fail',
    text: `${host}:${number} cannot be listened on (${code})`,
    hint: code === 'EACCES' ? 'ports below 1024 need a privilege; choose a higher one' : 'set server.host to an address of this machine',
  }
}
