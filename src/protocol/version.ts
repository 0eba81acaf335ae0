/** The version and the bounds of the wire protocol. In charge of the numbers that both ends must agree on; must not know sockets. */

/** Goes up with every change that an older peer would misread; version.test.ts holds the fingerprint that belongs to it. */
export const protocolVersion = 1

/** Contract 7; depth is what one message may nest, the envelope itself being level 1. */
export const protocolLimits = {
  /** Bytes of one message (UTF-8), in either direction of a request. */
  message: 1024 * 1024,
  /** Objects and lists within each other. */
  depth: 64,
  /** Characters of a request's id. */
  id: 128,
  /** Characters of a method's name. */
  method: 128,
  /** Characters of an idempotency key. */
  idempotencyKey: 128,
  /** Characters of the id of an open transaction. */
  transaction: 128,
  /** Characters of a token: a JWT with many claims still fits. */
  token: 8192,
  /** Characters of a user id in `auth`. */
  userId: 256,
  /** Unanswered requests of one socket. */
  inFlight: 32,
} as const

export type ProtocolLimits = { readonly [K in keyof typeof protocolLimits]: number }

/** Bytes that `text` takes as UTF-8. A lone surrogate counts 3, as the replacement character that it becomes. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A pair is four bytes in all: two units count already, so its second half adds none.
    if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++
  }
  return bytes
}

export function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && utf8Length(text) > bytes)
}
