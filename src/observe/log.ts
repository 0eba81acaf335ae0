/** Observations as lines for people and for log collectors. In charge of levels, wording and form; must not know who observes. */
import type { Observation, Observe } from './observation.ts'
import { redact } from './redact.ts'

export const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type Level = (typeof levels)[number]

export interface LogOptions {
  /** Least level that is written (default info). */
  readonly level?: Level
  /** `json`: one object a line (default pretty). */
  readonly format?: 'pretty' | 'json'
  /** Requests and statements that take longer are warned of (default 1000 ms). */
  readonly slowMs?: number
  /** Default: stderr. */
  readonly write?: (line: string) => void
  readonly now?: () => number
}

interface Line {
  readonly level: Exclude<Level, 'silent'>
  readonly message: string
  readonly members?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly cause?: unknown
}

type Of<K extends Observation['kind']> = Extract<Observation, { kind: K }>

/** A reader of observations that writes lines. Never throws, never writes a secret: causes pass `redact`, and values of rows never come here. */
export function createLog(options: LogOptions = {}): Observe {
  const { level = 'info', format = 'pretty', slowMs = 1000, now = Date.now } = options
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const least = levels.indexOf(level)
  const render = format === 'json' ? json : pretty
  return (observation) => {
    const line = lineOf(observation, slowMs)
    if (line !== undefined && levels.indexOf(line.level) >= least) write(`${render(line, now())}\n`)
  }
}

function lineOf(o: Observation, slowMs: number): Line | undefined {
  switch (o.kind) {
    case 'request':
      return request(o, slowMs)
    case 'statement':
      return o.durationMs < slowMs
        ? undefined
        : { level: 'warn', message: 'Slow statement', members: { entity: o.entity, durationMs: rounded(o.durationMs) } }
    case 'connection':
      return { level: o.change === 'refused' ? 'warn' : 'debug', message: `Connection ${o.change}`, members: { reason: o.reason } }
    case 'authentication':
      return {
        level: o.ok ? 'debug' : 'warn',
        message: o.ok ? 'Authenticated' : 'Authentication failed',
        members: { reason: o.reason, address: o.address },
      }
    case 'daemon':
      return { level: 'info', message: `Daemon ${o.change}`, members: { address: o.address } }
    case 'fault':
      return { level: 'error', message: `Fault in ${o.where}`, cause: o.error }
    case 'aclCheck':
      return undefined
  }
}

/** Failures of ours are errors with their cause, refusals are everyday; the id ties the line to the caller's answer. */
function request(o: Of<'request'>, slowMs: number): Line | undefined {
  const slow = o.durationMs >= slowMs
  const members = { method: o.method, entity: o.entity, code: o.code, durationMs: rounded(o.durationMs), requestId: o.requestId }
  if (o.code === 'INTERNAL_ERROR' || o.code === 'DATABASE_ERROR') return { level: 'error', message: 'Request failed', members, cause: o.cause }
  if (o.code === 'MALICIOUS_CODE_DETECTED' || o.code === 'SANDBOX_VIOLATION') return { level: 'warn', message: 'Security incident', members }
  if (slow || o.code === 'TIMEOUT')
    return { level: 'warn', message: slow ? 'Slow request' : 'Request stopped at its deadline', members, cause: o.cause }
  return { level: 'debug', message: o.code === 'OK' ? 'Request' : 'Request refused', members, cause: o.cause }
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

/** Name, message and stack of an error and of the causes behind it, at most five. */
function trace(cause: unknown): string {
  const parts: string[] = []
  for (let at = cause, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const error: unknown = at
    parts.push(error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error))
    at = error instanceof Error ? error.cause : undefined
  }
  return redact(parts.join('\ncaused by '))
}

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g
const escaped = (text: string): string => text.replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

function json({ level, message, members, cause }: Line, time: number): string {
  const texts = Object.entries(members ?? {}).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value])
  const all = {
    time: new Date(time).toISOString(),
    level,
    message,
    ...Object.fromEntries(texts),
    ...(cause === undefined ? {} : { cause: trace(cause) }),
  }
  return JSON.stringify(all).replace(control, (char) => escaped(char))
}

function pretty({ level, message, members, cause }: Line, time: number): string {
  const told = Object.entries(members ?? {}).filter(([, value]) => value !== undefined)
  const text = told.map(([name, value]) => `${name}=${typeof value === 'string' ? redact(value) : String(value)}`).join(' ')
  const head = `${new Date(time).toISOString().slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${text === '' ? '' : ` ${text}`}`
  if (cause === undefined) return escaped(head)
  return `${escaped(head)}\n${trace(cause)
    .split('\n')
    .map((line) => `    ${escaped(line)}`)
    .join('\n')}`
}
