/**
 * Gets programs out of Debian's packages: installed by root without starting a service, or unpacked into a cache folder by anybody else.
 * In charge of apt and dpkg; must not know what the programs are for.
 */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram, unpacked } from './programs.ts'

const run = promisify(execFile)
/** A package of this name could be an option to apt; Debian's own rule for names. */
const validName = /^[a-z0-9][a-z0-9+.-]*$/
/** Asked by every service that a package brings; 101 means that it may not be started. */
const policy = '/usr/sbin/policy-rc.d'
/** Another apt may be at work: its lock is waited for. */
const wait = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2']
const limits = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }, timeout: 300_000, maxBuffer: 64 << 20 }

export const isRoot = (): boolean => process.getuid?.() === 0

/** Why packages cannot be had on this machine; undefined where they can. */
export function noPackages(): string | undefined {
  return findProgram('apt-get') === undefined || findProgram('dpkg') === undefined ? 'this machine has no apt-get' : undefined
}

/** Rejects with what apt said last. Lists of packages that are absent or out of date are renewed, once. */
export async function getPackages(names: readonly string[]): Promise<void> {
  for (const name of names) if (!validName.test(name)) throw new Error(`'${name}' is no name of a package`)
  const get = isRoot() ? install : unpack
  try {
    await get(names)
  } catch (first) {
    if (!isRoot()) throw new Error(lastLines(first))
    try {
      await run('apt-get', [...wait, '-q', 'update'], limits)
      await get(names)
    } catch (error) {
      throw new Error(lastLines(error))
    }
  }
}

async function install(names: readonly string[]): Promise<void> {
  const own = !existsSync(policy)
  if (own) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n')
    chmodSync(policy, 0o755)
  }
  try {
    await run('apt-get', [...wait, '-q', 'install', '-y', '--no-install-recommends', ...names], limits)
  } finally {
    if (own) rmSync(policy, { force: true })
  }
}

/** Whatever the packages need beyond what the machine has is unpacked beside them. */
async function unpack(names: readonly string[]): Promise<void> {
  const { stdout } = await run('apt-get', ['-q', 'install', '--simulate', '--no-install-recommends', ...names], limits)
  const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name).filter((name) => validName.test(name))
  // A package that is installed while its program lies elsewhere than expected would never be fetched.
  const wanted = [...new Set([...missing, ...names])]
  const folder = mkdtempSync(join(tmpdir(), 'dbal-packages-'))
  try {
    await run('apt-get', [...wait.slice(2), '-q', 'download', ...wanted], { ...limits, cwd: folder })
    mkdirSync(unpacked, { recursive: true })
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) await run('dpkg', ['-x', join(folder, file), unpacked], limits)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lastLines(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string }
  return (
    (stderr ?? '')
      .split('\n')
      .filter((line) => /^[EW]:/.test(line))
      .slice(0, 3)
      .join(' ') ||
    (message.split('\n')[0] ?? '')
  )
}
