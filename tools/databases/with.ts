/** `npm run with -- <servers> <command>`: runs a command beside throw-away servers. In charge of the command; servers.ts knows the servers. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { Server } from './private-server.ts'
import { kinds, type ServerName, serverNames, startServer, variablesOf } from './servers.ts'

const help = `npm run with -- <servers> <command…>

Starts private servers on free ports, runs the command, stops and removes them, and
ends as the command did. <servers>: postgres, mariadb (or mysql), mongodb, redis,
several with commas, or all.

The command finds them in DBAL_TEST_POSTGRES_URL, DBAL_TEST_MYSQL_URL,
DBAL_TEST_MONGODB_URL, DBAL_TEST_REDIS_URL, and the authorities behind their
certificates in the files DBAL_TEST_POSTGRES_CA and DBAL_TEST_MYSQL_CA.

  npm run with -- postgres node --test src/adapters/postgres/pool.test.ts
  npm run with -- postgres,mariadb npm test -- --unit src/adapters
  npm run with -- mariadb sh -c 'echo $DBAL_TEST_MYSQL_URL; read line'
  npm run with -- postgres sh -c 'psql "$DBAL_TEST_POSTGRES_URL"'
  npm run with -- all npx dbal conformance

Ends with 2 where a word is unknown, 3 where a server cannot be had ('all' goes on
without it and says so), otherwise with the command's code.
`

/** Undefined for a word that names no server. */
function chosen(words: string): ServerName[] | undefined {
  const names = words.split(',').map((word) => serverNames.find((name) => kinds[name].words.includes(word)))
  if (words === 'all') return [...serverNames]
  return names.every((name) => name !== undefined) ? [...new Set(names)] : undefined
}

async function main(args: readonly string[]): Promise<number> {
  const [words = '--help', ...command] = args
  if (words === '--help' || words === '-h') {
    console.log(help)
    return 0
  }
  const names = chosen(words)
  if (names === undefined || command.length === 0) {
    const known = serverNames.flatMap((name) => kinds[name].words).join(', ')
    console.error(names === undefined ? `There is no server '${words}'; known are ${known}, all` : 'No command was given')
    console.error('npm run with -- --help shows examples')
    return 2
  }
  const started = await Promise.all(names.map(async (name) => [name, await startServer(name)] as const))
  const running: Server[] = []
  const env: NodeJS.ProcessEnv = { ...process.env }
  let lacking = false
  for (const [name, server] of started) {
    if ('missing' in server) {
      lacking = true
      console.error(`skip  ${kinds[name].title}: ${server.missing}`)
    } else {
      running.push(server)
      Object.assign(env, variablesOf(name, server))
      console.error(`ok    ${server.title} ${server.version} on port ${server.port}`)
    }
  }
  try {
    return lacking && words !== 'all' ? 3 : await runCommand(command, env)
  } finally {
    await Promise.all(running.map((server) => server.stop()))
  }
}

/** Resolves with the code that a shell would give: 128 and the signal's number for a command that a signal ended. */
async function runCommand([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(file, args, { env, stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; the command decides what it means, and its servers stay until it has ended.
  process.on('SIGINT', () => undefined)
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      console.error(error.code === 'ENOENT' ? `There is no command '${file}'` : `'${file}' did not start: ${error.message}`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2))
