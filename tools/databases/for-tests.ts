/** The servers of one run of the tests: those that variables name, private ones otherwise. In charge of lines and counts about them. */
import type { Server } from './private-server.ts'
import { answers, kinds, type ServerName, serverNames, type startServer, variablesOf } from './servers.ts'

export interface ServersForTests {
  /** Variables for test files and cases. */
  readonly env: Readonly<Record<string, string>>
  readonly failed: number
  readonly skipped: number
  stop(): Promise<void>
}

/** Without these a run in CI proves too little to pass. */
const required: readonly ServerName[] = ['postgresql', 'mysql']

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly start: typeof startServer
  readonly say: (line: string) => void
}

/** Starts all that are not given, at once. One that cannot be had is a line and a count, never an exception. */
export async function serversForTests({ env, start, say }: Surroundings): Promise<ServersForTests> {
  const inCI = !['', '0', 'false', undefined].includes(env['CI'])
  const running: Server[] = []
  const added: Record<string, string> = {}
  const counts = { failed: 0, skipped: 0 }
  const one = async (name: ServerName): Promise<void> => {
    const { title, url } = kinds[name]
    const given = env[url] ?? ''
    if (given !== '') {
      if (await answers(given)) return say(`ok    ${title}, given by ${url}`)
      // Whoever names a server wants it used: to leave it out would hide the mistake.
      counts.failed += 1
      return say(`FAIL  ${title}: nothing takes connections where ${url} points`)
    }
    const server = await start(name)
    if (!('missing' in server)) {
      running.push(server)
      Object.assign(added, variablesOf(name, server))
      return say(`ok    ${server.title} ${server.version}`)
    }
    const fails = inCI && required.includes(name)
    counts[fails ? 'failed' : 'skipped'] += 1
    say(`${fails ? 'FAIL' : 'skip'}  ${title}: ${server.missing}`)
  }
  await Promise.all(serverNames.map(one))
  if (!(await hasSqlite())) {
    counts[inCI ? 'failed' : 'skipped'] += 1
    say(`${inCI ? 'FAIL' : 'skip'}  SQLite: this Node has no node:sqlite`)
  }
  return {
    env: added,
    ...counts,
    stop: async () => {
      await Promise.all(running.map((server) => server.stop()))
    },
  }
}

async function hasSqlite(): Promise<boolean> {
  try {
    await import('node:sqlite')
    return true
  } catch {
    return false
  }
}

/** Whether the source at `file` imports one that ends in `target`, directly or through others. */
export function reaches(file: string, target: string, read: (file: string) => string, resolve: (from: string, to: string) => string): boolean {
  const seen = new Set<string>()
  const waiting = [file]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.endsWith(target)) return true
    if (seen.has(next)) continue
    seen.add(next)
    for (const [, to = ''] of read(next).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)) waiting.push(resolve(next, to))
  }
  return false
}
