/** One audit event as one line of JSON. In charge of members, caps and escapes; must not know files or the chain. */
import { hash } from 'node:crypto'
import type { AuditEvent, AuditOutcome } from './sink.ts'

/** Characters kept of a text; a longer one is cut and says its length and digest, so that two of them can still be told apart. */
const caps = { name: 256, sentence: 1024 } as const

/** C0, DEL and C1, separators, marks of direction and other invisible signs: they could forge lines or hide text in a terminal. */
const unsafe = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff]/g
/** The fast path. */
const plain = /^[\x20-\x7e]*$/

function capped(text: string, most: number): string {
  if (text.length <= most) return text
  // Not between the halves of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[most - 1] as string) ? most - 1 : most
  return `${text.slice(0, end)}… (${text.length} characters, sha256 ${hash('sha256', text).slice(0, 16)})`
}

function quoted(text: string, most: number): string {
  const json = JSON.stringify(capped(text, most))
  return plain.test(json) ? json : json.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A member where there is a value. */
const text = (name: string, value: string | undefined, most: number = caps.name): string =>
  value === undefined ? '' : `,"${name}":${quoted(value, most)}`

function milliseconds(value: number): string {
  return Number.isFinite(value) && value >= 0 ? String(value) : '0'
}

function who(event: AuditEvent): string {
  return (
    text('user', event.user) +
    text('userId', event.userId) +
    text('role', event.role) +
    text('tenantId', event.tenantId) +
    text('ip', event.ip) +
    text('entity', event.entity) +
    text('entityId', event.entityId) +
    text('operation', event.operation) +
    text('transaction', event.transaction)
  )
}

/** The members of a line behind `seq` and before `prevHash`, without braces. `phase` stands only on an intent. */
export function intentBody(event: AuditEvent): string {
  const head = `"timestamp":"${new Date(event.time).toISOString()}"${text('requestId', event.requestId)},"phase":"intent"`
  return `${head}${who(event)}${text('policyVersion', event.policyVersion)}${text('reason', event.reason, caps.sentence)}`
}

export function outcomeBody(event: AuditOutcome): string {
  const head = `"timestamp":"${new Date(event.time).toISOString()}"${text('requestId', event.requestId)}${who(event)},"success":${event.success}`
  const rows = event.rows === undefined ? '' : `,"rows":${milliseconds(event.rows)}`
  const end = `${rows},"durationMs":${milliseconds(event.durationMs)}${text('policyVersion', event.policyVersion)}${text('reason', event.reason, caps.sentence)}`
  return `${head}${text('code', event.code)}${text('message', event.message, caps.sentence)}${end}`
}
