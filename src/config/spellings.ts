/** Other spellings that configuration files may use, each as what it says about the options of the table. Must not know files or values' checks. */
import type { Value } from '../schema/entity.ts'
import type { OptionPath } from './options.ts'

export interface Spelling {
  readonly stands: readonly OptionPath[]
  /** One sentence for the reference page. */
  readonly text: string
  /** What the value says, or a sentence that tells what was expected. */
  read(value: Value): Readonly<Partial<Record<OptionPath, Value>>> | string
}

function same(path: OptionPath): Spelling {
  return { stands: [path], text: `The same as \`${path}\`.`, read: (value) => ({ [path]: value }) }
}

/** `host:port`, `[::1]:port`, `:port` or `host`. */
function readBind(value: Value): ReturnType<Spelling['read']> {
  const found = typeof value === 'string' ? /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]]*))(?::([0-9]{1,5}))?$/i.exec(value) : null
  if (found === null || value === '') return 'an address such as "127.0.0.1:50051"'
  const host = found[1] ?? (found[2] === '' ? '0.0.0.0' : found[2])
  return { 'server.host': host as string, ...(found[3] === undefined ? {} : { 'server.port': Number(found[3]) }) }
}

function readSeconds(value: Value): ReturnType<Spelling['read']> {
  return typeof value === 'number' && value > 0 ? { 'performance.query_timeout': Math.round(value * 1000) } : 'a number of seconds above 0'
}

const tls = {
  enabled: 'server.tls.enabled',
  cert_file: 'server.tls.cert_file',
  key_file: 'server.tls.key_file',
  ca_file: 'server.tls.ca_file',
} as const

export const spellings: Readonly<Record<string, Spelling>> = {
  'server.bind': { stands: ['server.host', 'server.port'], text: '`server.host` and `server.port` in one: `127.0.0.1:50051`.', read: readBind },
  'server.tls.cert': same(tls.cert_file),
  'server.tls.key': same(tls.key_file),
  'server.tls.ca': same(tls.ca_file),
  'tls.enabled': same(tls.enabled),
  'tls.cert_file': same(tls.cert_file),
  'tls.key_file': same(tls.key_file),
  'tls.ca_file': same(tls.ca_file),
  'tls.cert': same(tls.cert_file),
  'tls.key': same(tls.key_file),
  'tls.ca': same(tls.ca_file),
  'cors.allowed_origins': same('server.allowed_origins'),
  'database.connection.pool_size': same('database.pool_size'),
  'performance.connection_pool_size': same('database.pool_size'),
  'security.max_query_time': { stands: ['performance.query_timeout'], text: '`performance.query_timeout` in seconds.', read: readSeconds },
}

/** `security.audit_log` is a switch or a path; both are of the contract, so the path form is taken apart here. */
export function readAuditLog(value: Value): Readonly<Partial<Record<OptionPath, Value>>> {
  return typeof value === 'string' ? { 'security.audit_log': true, 'security.audit_log_path': value } : { 'security.audit_log': value }
}
