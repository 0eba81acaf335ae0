/** Secrets at rest: `file:` references and `enc:` texts. In charge of their forms and cipher; no error here ever shows a value. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { DBALError } from '../errors/error.ts'

const prefix = 'enc:v1:'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
/** Larger than any password or PEM key; a path to something else (a log, a device) is a mistake. */
const mostBytes = 64 * 1024

/**
 * AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D), bound to `name`, so that one option's secret cannot be moved to another.
 * Text form: `enc:v1:` and base64url of nonce, tag and cipher text.
 */
export function encryptSecret(name: string, text: string, key: Uint8Array): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return prefix + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

export function isEncrypted(text: string): boolean {
  return text.startsWith('enc:')
}

/** The secret behind `enc:v1:…`. VALIDATION_ERROR, with the reason only, where key, name or text are not those of `encryptSecret`. */
export function decryptSecret(name: string, text: string, key: Uint8Array): string {
  if (!text.startsWith(prefix)) throw refused('The encrypted value is of a form that is not known here; make it anew with `dbal secret encrypt`')
  const body = text.slice(prefix.length)
  const raw = Buffer.from(body, 'base64url')
  // base64url ignores what it does not know: only the canonical spelling is accepted, so that every changed character is seen.
  if (raw.length < nonceBytes + tagBytes || raw.toString('base64url') !== body) throw refused('The encrypted value is cut off or changed')
  try {
    const tag = raw.subarray(nonceBytes, nonceBytes + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(name))
      .setAuthTag(tag)
    return Buffer.concat([decipher.update(raw.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    throw refused(`The value cannot be decrypted: it was changed, was encrypted with another key, or for another option than ${name}`)
  }
}

/** Reads a key of 32 bytes, raw, hex or base64. Refuses a file that others can read. */
export function readKey(file: string): Uint8Array {
  const raw = readSmall(file, 'The key file')
  // Windows has no such bits and reports none of them as missing.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o007) !== 0)
    throw refused(`The key file ${file} can be read by everyone; run: chmod 600 ${file}`)
  if (raw.length === keyBytes) return raw
  const text = raw.toString('latin1').trim()
  const decoded = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
      ? Buffer.from(text, 'base64')
      : undefined
  if (decoded?.length !== keyBytes) throw refused(`The key file ${file} holds no key: expected 32 bytes, or their hex or base64 form`)
  return decoded
}

/** The text of a secret file without its last line break. */
export function readSecretFile(file: string): string {
  const text = readSmall(file, 'The secret file')
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') throw refused(`The secret file ${file} is empty`)
  return text
}

function readSmall(file: string, what: string): Buffer {
  try {
    const stat = statSync(file)
    if (!stat.isFile()) throw refused(`${what} ${file} is not a file`)
    if (stat.size > mostBytes) throw refused(`${what} ${file} is larger than 64 KiB`)
    return readFileSync(file)
  } catch (error) {
    if (error instanceof DBALError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw refused(`${what} ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : (code ?? 'unknown reason')}`)
  }
}

function refused(reason: string): DBALError {
  return new DBALError('VALIDATION_ERROR', { reason })
}
