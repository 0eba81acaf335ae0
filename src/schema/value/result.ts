/** What making a logical value out of untrusted input answers. Must not know types. */
import type { Value } from '../entity.ts'

/** `error` is a short public sentence without the value. */
export type Normalised = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: string }

export function accept(value: Value): Normalised {
  return { ok: true, value }
}

export function refuse(error: string): Normalised {
  return { ok: false, error }
}
