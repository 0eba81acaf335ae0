/**
 * One pass over JSON text before anything is built from it: depth, duplicate members, names that would reach a prototype.
 * In charge of what JSON.parse does not tell; whether the text is JSON at all stays JSON.parse's judgement.
 */

export interface Fault {
  /** Path of the place, such as `params[1].role`; empty for the whole. */
  readonly place: string
  readonly error: string
}

export interface Scanned {
  readonly fault?: Fault
  /** Offsets of the values of the top-level members `id` and `jsonrpc`, -1 where they were not met: they let even a refusal be answered. */
  readonly idAt: number
  readonly jsonrpcAt: number
  /** The text ended at a fault that made going on pointless; what comes behind it was not looked at. */
  readonly stopped: boolean
}

/** Members of one object: few are kept in a list, many in a set, so that no object costs more than linear time. */
type Seen = string[] | Set<string>
const fewMembers = 16
const longestPlace = 160

/** `depth`: containers allowed within each other. Costs time in proportion to the text and stops at the first level too deep. */
export function scan(text: string, depth: number): Scanned {
  const seen: (Seen | undefined)[] = [undefined]
  const at: (string | number)[] = ['']
  let level = 0
  let expectName = false
  let fault: Fault | undefined
  let idAt = -1
  let jsonrpcAt = -1
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x22) {
      const end = endOfString(text, i + 1)
      if (end === -1) break
      if (expectName) {
        expectName = false
        const name = nameOf(text, i, end)
        if (name === undefined) break
        at[level] = name
        const complaint = complaintAbout(seen, level, name)
        if (complaint !== undefined) fault ??= { place: placeOf(seen, at, level), error: complaint }
        if (level === 1 && name === 'id' && idAt === -1) idAt = end + 1
        else if (level === 1 && name === 'jsonrpc' && jsonrpcAt === -1) jsonrpcAt = end + 1
      }
      i = end
    } else if (unit === 0x7b || unit === 0x5b) {
      if (level >= depth) {
        fault ??= { place: placeOf(seen, at, level), error: `Must have at most ${depth} levels` }
        return { fault, idAt, jsonrpcAt, stopped: true }
      }
      level++
      expectName = unit === 0x7b
      seen[level] = expectName ? [] : undefined
      at[level] = 0
    } else if (unit === 0x7d || unit === 0x5d) {
      expectName = false
      if (--level < 0) break
    } else if (unit === 0x2c) {
      if (seen[level] !== undefined) expectName = true
      else at[level] = (at[level] as number) + 1
    }
  }
  return fault === undefined ? { idAt, jsonrpcAt, stopped: false } : { fault, idAt, jsonrpcAt, stopped: false }
}

/** Offset of the closing quote, -1 where there is none. A quote behind an odd run of backslashes is part of the string. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from)
  while (end !== -1) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if ((backslashes & 1) === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

/** The name without its escapes, so that two spellings of one name are one; undefined where it is no JSON string. */
function nameOf(text: string, quote: number, end: number): string | undefined {
  const raw = text.slice(quote + 1, end)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(text.slice(quote, end + 1)) as string
  } catch {
    return undefined
  }
}

function complaintAbout(seen: (Seen | undefined)[], level: number, name: string): string | undefined {
  const own = seen[level] as Seen
  if (Array.isArray(own)) {
    if (own.includes(name)) return 'Stands twice'
    if (own.length < fewMembers) own.push(name)
    else seen[level] = new Set(own).add(name)
  } else {
    if (own.has(name)) return 'Stands twice'
    own.add(name)
  }
  return name === '__proto__' ? 'Is no allowed name' : undefined
}

function placeOf(seen: readonly (Seen | undefined)[], at: readonly (string | number)[], level: number): string {
  let place = ''
  for (let i = 1; i <= level && place.length < longestPlace; i++) {
    if (seen[i] === undefined) place += `[${at[i]}]`
    else if (at[i] !== 0) place += `${place === '' ? '' : '.'}${at[i]}`
  }
  return place.slice(0, longestPlace)
}
