/** Where server programs lie on this machine. In charge of finding; must not know how they are started or installed. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** Where packages are unpacked for somebody who may not install them. */
export const unpacked = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dbal-servers')

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Folders of programs, best first. `/usr/sbin` is on few users' PATH and holds servers. */
function folders(): string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules'))
  const system = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']
  return [...new Set([...onPath, ...system, join(unpacked, 'usr/bin'), join(unpacked, 'usr/sbin')])]
}

export function findProgram(...names: readonly string[]): string | undefined {
  return names.flatMap((name) => folders().map((folder) => join(folder, name))).find(isProgram)
}

/** The folder of `initdb` and `postgres`, newest major first: Debian keeps them off PATH, one folder a version. */
export function findPostgres(): string | undefined {
  const versions = ['/usr/lib/postgresql', join(unpacked, 'usr/lib/postgresql')].flatMap((folder) => {
    const majors = existsSync(folder) ? readdirSync(folder) : []
    return majors.sort((a, b) => Number(b) - Number(a)).map((major) => join(folder, major, 'bin'))
  })
  const path = findProgram('initdb')
  const all = path === undefined ? versions : [...versions, dirname(path)]
  return all.find((folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')))
}

/** What unpacked programs need to find their libraries; empty for installed ones. */
export function libraryPath(program: string): Record<string, string> {
  if (!program.startsWith(unpacked)) return {}
  const lib = join(unpacked, 'usr/lib')
  const targets = readdirSync(lib).filter((name) => name.includes('-linux-'))
  return { LD_LIBRARY_PATH: [lib, ...targets.map((name) => join(lib, name)), join(unpacked, 'lib')].join(delimiter) }
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Servers refuse to be root, rightly: the first of `names` that this machine has. Undefined for who is not root and stays who they are. */
export function accountOf(names: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of [...names, 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined && uid !== '0') return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('This machine has no account to run a server as, not even nobody')
}
