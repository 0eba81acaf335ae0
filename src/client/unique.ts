/** Names that nobody else can guess or repeat: ids of requests, idempotency keys. Must not know what they name. */

/** A function that gives `prefix` + 128 random bits (once) + a count. `crypto.randomUUID` is missing in plain-http browsers, this is not. */
export function namer(prefix: string): () => string {
  let random = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) random += byte.toString(16).padStart(2, '0')
  let count = 0
  return () => `${prefix}${random}_${(++count).toString(36)}`
}
