/**
 * Passwords to argon2id hashes and back. In charge of the algorithm, its cost and how much of it runs at once; must not know accounts.
 *
 * Normalisation: the text is brought to Unicode form NFC once, so that one password typed on two keyboards is one password; nothing else
 * (no trimming, no case folding). After it, 1 to 1024 bytes of UTF-8 count, all of them.
 * Cost: m = 19456 KiB, t = 2, p = 1 (OWASP Password Storage Cheat Sheet, argon2id).
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { DBALError, invalid } from '../errors/error.ts'

export interface Passwords {
  /** PHC string of a new hash. Throws VALIDATION_ERROR for a password out of bounds. */
  hash(password: string): Promise<string>
  /** Same work whether `hash` is given or not; false without one, for a malformed one and for a password out of bounds. */
  verify(password: string, hash: string | undefined): Promise<boolean>
}

export interface PasswordOptions {
  /** Hashes computed at once (default 2: each takes 19 MiB and one of libuv's four threads). */
  readonly atOnce?: number
  /** Hashes that may wait (default 64, some 2 s of work); beyond it RATE_LIMIT_EXCEEDED. */
  readonly waiting?: number
}

interface Cost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

const cost: Cost = { memory: 19456, passes: 2, parallelism: 1 }
const maxBytes = 1024
const saltBytes = 16
const tagBytes = 32
/** Stored hashes of other programs are taken up to this cost, so that a planted row cannot exhaust the machine. */
const highest: Cost = { memory: 262_144, passes: 10, parallelism: 4 }

const derive = promisify(argon2)
const phcForm = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

interface Stored {
  readonly cost: Cost
  readonly salt: Buffer
  readonly tag: Buffer
}

export function createPasswords(options: PasswordOptions = {}): Passwords {
  const enter = createGate(options.atOnce ?? 2, options.waiting ?? 64)
  const tagOf = (bytes: Buffer, salt: Buffer, { memory, passes, parallelism }: Cost, tagLength: number): Promise<Buffer> =>
    enter(() => derive('argon2id', { message: bytes, nonce: salt, memory, passes, parallelism, tagLength }))
  /** What is computed where there is nothing to compare with: same cost, an answer that is thrown away. */
  const dummy: Stored = { cost, salt: randomBytes(saltBytes), tag: Buffer.alloc(tagBytes) }

  return {
    async hash(password) {
      const bytes = normalised(password)
      if (bytes === undefined) throw invalid({ field: 'password', error: `Must be well-formed text of 1 to ${maxBytes} bytes` })
      const salt = randomBytes(saltBytes)
      return phc(salt, await tagOf(bytes, salt, cost, tagBytes))
    },
    async verify(password, hash) {
      const bytes = normalised(password)
      const stored = hash === undefined ? undefined : parse(hash)
      const { cost: price, salt, tag } = stored ?? dummy
      const computed = await tagOf(bytes ?? Buffer.from('x'), salt, price, tag.length)
      return timingSafeEqual(computed, tag) && stored !== undefined && bytes !== undefined
    },
  }
}

/** Undefined for text out of bounds. Lone surrogates would all become one replacement character, so they are refused. */
function normalised(password: string): Buffer | undefined {
  if (typeof password !== 'string' || password.length === 0 || password.length > maxBytes || !password.isWellFormed()) return undefined
  const bytes = Buffer.from(password.normalize('NFC'), 'utf8')
  return bytes.length > maxBytes ? undefined : bytes
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function phc(salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(tag)}`
}

function parse(text: string): Stored | undefined {
  const found = phcForm.exec(text)
  if (found === null) return undefined
  const [, m, t, p, salt, tag] = found as unknown as [string, string, string, string, string, string]
  const price = { memory: Number(m), passes: Number(t), parallelism: Number(p) }
  const cheap = price.memory >= 8 * price.parallelism && price.passes >= 1 && price.parallelism >= 1
  if (!cheap || price.memory > highest.memory || price.passes > highest.passes || price.parallelism > highest.parallelism) return undefined
  return { cost: price, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Runs at most `atOnce` works; others wait in order, at most `waiting` of them. */
function createGate(atOnce: number, waiting: number): Gate {
  const queue: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 1, reason: 'Too many passwords are being checked' })
      // The place is handed over by the one who leaves, so nobody can slip in between.
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
