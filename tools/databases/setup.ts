/** `npm run setup:databases`: says which database servers this machine has for the tests, and gets those that are missing. Starts none. */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { getPackages, isRoot, noPackages } from './packages.ts'
import { findPostgres, findProgram, unpacked } from './programs.ts'
import { kinds, type ServerName, serverNames } from './servers.ts'

const help = `npm run setup:databases [-- options]

Looks for PostgreSQL, MariaDB, Redis and MongoDB, and gets what is missing from
Debian's packages: root installs them (no service is started), anybody else unpacks
them into ${unpacked}.
MongoDB is in no package: a mongod on PATH is used, or DBAL_TEST_MONGODB_URL.

  --check     only look
  --strict    end with 1 where PostgreSQL, MariaDB or Redis is missing in the end
  --json      one JSON object instead of lines
  --help      this text

Then: npm test, or npm run with -- postgres <command>
`

/** Packages without services where Debian has such: the server alone. */
const packages: Readonly<Record<ServerName, readonly string[]>> = {
  postgresql: ['postgresql'],
  mysql: ['mariadb-server-core', 'mariadb-client-core'],
  mongodb: [],
  redis: ['redis-server'],
}

interface Found {
  readonly name: ServerName
  readonly title: string
  readonly status: 'found' | 'installed' | 'missing'
  /** The program, or why there is none. */
  readonly detail: string
}

const look: Readonly<Record<ServerName, () => string | undefined>> = {
  postgresql: findPostgres,
  mysql: () => (findProgram('mariadb-install-db') === undefined ? undefined : findProgram('mariadbd')),
  mongodb: () => findProgram('mongod'),
  redis: () => findProgram('redis-server', 'valkey-server'),
}

async function provide(name: ServerName, mayInstall: boolean, say: (line: string) => void): Promise<Found> {
  const { title, url } = kinds[name]
  const found = (status: Found['status'], detail: string): Found => ({ name, title, status, detail })
  const there = look[name]()
  if (there !== undefined) return found('found', there)
  // Where it lies does not matter to who says where one runs; passwords in the address are not repeated.
  if ((process.env[url] ?? '') !== '') return found('found', `running, given by ${url}`)
  if (packages[name].length === 0) return found('missing', `no package has it: put a mongod on PATH or set ${url}`)
  const reason = noPackages()
  if (reason !== undefined || !mayInstall) return found('missing', `${reason ?? 'not installed'}; or set ${url}`)
  say(`get   ${title.padEnd(11)} ${isRoot() ? 'installing' : 'unpacking'} ${packages[name].join(' ')} …`)
  try {
    await getPackages(packages[name])
  } catch (error) {
    return found('missing', `${error instanceof Error ? error.message : String(error)}; or set ${url}`)
  }
  const now = look[name]()
  return now === undefined ? found('missing', `its packages brought no program that was looked for; or set ${url}`) : found('installed', now)
}

async function main(): Promise<void> {
  const options = {
    check: { type: 'boolean' },
    strict: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = parseArgs({ options, allowPositionals: false })
  if (values.help === true) return console.log(help)
  const say = values.json === true ? () => undefined : (line: string) => console.log(line)
  const all: Found[] = []
  // One after the other: apt works alone.
  for (const name of serverNames) {
    const one = await provide(name, values.check !== true, say)
    all.push(one)
    say(`${one.status === 'missing' ? 'miss' : 'ok  '}  ${one.title.padEnd(11)} ${one.status === 'installed' ? 'installed: ' : ''}${one.detail}`)
  }
  if (values.json === true) console.log(JSON.stringify({ servers: all }, null, 2))
  const lacking = all.filter(({ name, status }) => status === 'missing' && packages[name].length > 0)
  // Tests say themselves what they had to leave out, and fail for it in CI: what cannot be had here is no reason not to run them.
  if (values.strict === true && lacking.length > 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : String(error)}\nnpm run setup:databases -- --help says what there is`)
    process.exitCode = 2
  })
