/** Commands in what a client of MongoDB sends, as skeletons: names and operators stay, values do not. Must not know what they mean. */
import { BSON } from 'mongodb'
import type { Reader } from './proxy.ts'

const opMessage = 2013
/** What a driver says for itself. */
const ownTalk: ReadonlySet<string> = new Set([
  'hello',
  'ismaster',
  'isMaster',
  'ping',
  'endSessions',
  'saslStart',
  'saslContinue',
  'killCursors',
  'buildInfo',
])
const envelope: ReadonlySet<string> = new Set([
  'lsid',
  '$db',
  '$clusterTime',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'readConcern',
  'writeConcern',
  '$readPreference',
  'maxTimeMS',
])

type Plain = { readonly [name: string]: unknown }

/** `{a: {$eq: '…'}}` becomes `{a:{$eq:?}}`. */
function skeleton(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(skeleton))].join(',')}]`
  if (typeof value !== 'object' || value === null || '_bsontype' in value || value instanceof Date || value instanceof Uint8Array) return '?'
  const members = Object.entries(value as Plain)
  if (members.length === 1 && members[0]?.[0] === '$literal') return '?'
  return `{${members.map(([name, inner]) => `${name}:${skeleton(inner)}`).join(',')}}`
}

function told(body: Plain, sections: readonly string[]): string | undefined {
  const [name = ''] = Object.keys(body)
  if (ownTalk.has(name)) return undefined
  const rest = Object.entries(body).filter(([key]) => key !== name && !envelope.has(key))
  return `${name} ${typeof body[name] === 'string' ? body[name] : ''} ${rest.map(([key, value]) => `${key}:${skeleton(value)}`).join(' ')}${sections.join('')}`.trim()
}

function message(bytes: Buffer): string | undefined {
  if (bytes.readInt32LE(12) !== opMessage) return undefined
  let body: Plain | undefined
  const sections: string[] = []
  const end = (bytes.readUInt32LE(16) & 1) === 1 ? bytes.length - 4 : bytes.length
  for (let at = 20; at < end; ) {
    const kind = bytes[at]
    const size = bytes.readInt32LE(at + 1)
    if (kind === 0) body = BSON.deserialize(bytes.subarray(at + 1, at + 1 + size)) as Plain
    else {
      const name = bytes.toString('utf8', at + 5, bytes.indexOf(0, at + 5))
      // What is stored has no shape of its own; what changes or removes has.
      sections.push(name === 'documents' ? ' documents' : ` ${name}:${skeletons(bytes.subarray(at + 6 + Buffer.byteLength(name), at + 1 + size))}`)
    }
    at += 1 + size
  }
  return body === undefined ? undefined : told(body, sections)
}

function skeletons(bytes: Buffer): string {
  const found = new Set<string>()
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at))
    found.add(skeleton(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)))))
  return [...found].join(',')
}

export function mongoReader(): Reader {
  let rest: Buffer = Buffer.alloc(0)
  return {
    fromClient(bytes) {
      rest = Buffer.concat([rest, bytes])
      const found: string[] = []
      while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
        const size = rest.readInt32LE(0)
        const text = message(rest.subarray(0, size))
        if (text !== undefined) found.push(text)
        rest = rest.subarray(size)
      }
      return found
    },
  }
}
