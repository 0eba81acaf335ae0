/** Statements in what a client of PostgreSQL sends: simple queries, and executions of what it parsed. Must not know what they mean. */
import type { Reader } from './proxy.ts'

export function postgresReader(): Reader {
  let rest: Buffer = Buffer.alloc(0)
  let started = false
  const parsed = new Map<string, string>()
  let bound = ''
  const message = (type: string, body: Buffer): string | undefined => {
    const end = body.indexOf(0)
    const first = body.toString('utf8', 0, end)
    const second = () => body.toString('utf8', end + 1, body.indexOf(0, end + 1))
    if (type === 'Q') return first
    if (type === 'P') parsed.set(first, second())
    else if (type === 'B') bound = parsed.get(second()) ?? `unknown statement ${second()}`
    else if (type === 'E') return bound
    return undefined
  }
  return {
    fromClient(bytes) {
      rest = Buffer.concat([rest, bytes])
      const found: string[] = []
      for (;;) {
        // The first message has a length, but no type.
        const head = started ? 1 : 0
        if (rest.length < head + 4) return found
        const size = head + rest.readUInt32BE(head)
        if (rest.length < size) return found
        const text = started ? message(String.fromCharCode(rest[0] as number), rest.subarray(5, size)) : undefined
        if (text !== undefined) found.push(text)
        started = true
        rest = rest.subarray(size)
      }
    },
  }
}
