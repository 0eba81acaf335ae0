/** Values made of characters: text, ids, email, enum, bytes. Must not know lengths or patterns of a field. */
import type { ValueType } from '../entity.ts'
import { accept, type Normalised, refuse } from './result.ts'

const uuidForm = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/
/** What cuid2 makes: a letter first, at most 32 in all. */
const cuidForm = /^[a-z][a-z0-9]{1,31}$/
/** The origin's rule: no exotic local parts, a top-level domain of letters. Length is checked first, so the search is short. */
const emailForm = /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/
const emailLimit = 255
const base64Form = /^[A-Za-z0-9+/]*={0,2}$/

/** Why databases would not give `text` back as it is, or undefined. */
export function textFault(text: string): string | undefined {
  if (!text.isWellFormed()) return 'Must be well-formed Unicode'
  return text.includes('\0') ? 'Must not contain the NUL character' : undefined
}

export function normaliseText(value: unknown): Normalised {
  if (typeof value !== 'string') return refuse('Must be a string')
  const fault = textFault(value)
  return fault === undefined ? accept(value) : refuse(fault)
}

export function normaliseUuid(value: unknown): Normalised {
  if (typeof value !== 'string' || !uuidForm.test(value)) return refuse('Must be a UUID')
  return accept(value.toLowerCase())
}

export function normaliseCuid(value: unknown): Normalised {
  return typeof value === 'string' && cuidForm.test(value) ? accept(value) : refuse('Must be a CUID')
}

export function normaliseEmail(value: unknown): Normalised {
  if (typeof value !== 'string') return refuse('Must be a string')
  if (value.length > emailLimit) return refuse(`Must have at most ${emailLimit} characters`)
  return emailForm.test(value) ? accept(value) : refuse('Must be an e-mail address')
}

export function normaliseEnum(value: unknown, type: ValueType): Normalised {
  const members = type.values ?? []
  return typeof value === 'string' && members.includes(value) ? accept(value) : refuse(`Must be one of: ${members.join(', ')}`)
}

/** Canonical base64 only (padded, unused bits zero), so that equal bytes are equal texts. */
export function normaliseBytes(value: unknown): Normalised {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !base64Form.test(value)) return refuse('Must be base64 text with padding')
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  if (padding === 0) return accept(value)
  const last = value[value.length - 1 - padding] as string
  const canonical = (padding === 2 ? 'AQgw' : 'AEIMQUYcgkosw048').includes(last)
  return canonical ? accept(value) : refuse('Must be canonical base64: the unused bits at the end are not zero')
}

/** How many bytes a canonical base64 text stands for. */
export function bytesLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}
