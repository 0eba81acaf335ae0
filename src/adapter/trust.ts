/**
 * How far a server is trusted, as the parameters of a url say it: those of libpq (`sslmode`, `sslrootcert`) and of the MySQL tools
 * (`ssl-mode`, `ssl-ca`). In charge of their words; must not connect.
 */
import { readFileSync } from 'node:fs'
import { DBALError } from '../errors/error.ts'
import type { ServerOptions } from './server.ts'

export type SslMode = NonNullable<ServerOptions['sslMode']>

export interface Trust {
  readonly sslMode?: SslMode
  /** PEM. */
  readonly sslCa?: string
}

export const sslModes: readonly string[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] satisfies readonly SslMode[]

const modeNames = ['sslmode', 'ssl_mode', 'ssl-mode']
const authorityNames = ['sslrootcert', 'ssl-ca', 'ssl_ca']

/** All names that `urlTrust` understands. */
export const trustNames: readonly string[] = [...modeNames, ...authorityNames]

/** The words of the MySQL tools. */
const mysqlModes: Readonly<Record<string, SslMode>> = {
  disabled: 'disable',
  preferred: 'prefer',
  required: 'require',
  verify_ca: 'verify-ca',
  verify_identity: 'verify-full',
}

/**
 * What the url says, with `usual` for what it does not. DATABASE_ERROR with a hint for another word, a file that cannot be read, and an
 * authority that nobody would ask: whoever names one means it.
 */
export function urlTrust(params: URLSearchParams, usual: Trust = {}): Trust {
  const said = single(params, modeNames)?.toLowerCase()
  const mode = said === undefined ? undefined : (mysqlModes[said] ?? said)
  if (mode !== undefined && !sslModes.includes(mode)) throw refused(`sslmode is one of ${sslModes.join(', ')}`)
  const file = single(params, authorityNames)
  const sslMode = (mode as SslMode | undefined) ?? usual.sslMode
  if (file === undefined) return { ...usual, ...(sslMode === undefined ? {} : { sslMode }) }
  if (sslMode === 'disable' || sslMode === 'prefer')
    throw refused('sslrootcert names an authority, and sslmode says not to ask it: write sslmode=verify-full')
  // `require` with an authority asks it, as in libpq; without a word about the mode nothing less than everything is meant.
  const asked = sslMode === 'require' ? 'verify-ca' : (sslMode ?? 'verify-full')
  return { sslMode: asked, ...(file === 'system' ? {} : { sslCa: readAuthority(file) }) }
}

function single(params: URLSearchParams, names: readonly string[]): string | undefined {
  const found = names.flatMap((name) => params.getAll(name))
  if (new Set(found).size > 1) throw refused(`The url of the database says ${names[0]} twice, and not the same`)
  return found[0]
}

function readAuthority(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (cause) {
    throw refused('The file that sslrootcert names cannot be read', cause)
  }
  throw refused('The file that sslrootcert names holds no certificate: it is a PEM file that begins with -----BEGIN CERTIFICATE-----')
}

function refused(hint: string, cause?: unknown): DBALError {
  return new DBALError('DATABASE_ERROR', { hint }, cause === undefined ? {} : { cause })
}
