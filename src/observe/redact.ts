/** Takes secrets out of texts before they are logged. In charge of what looks like a secret; must not know where texts come from. */

const rules: readonly (readonly [RegExp, string])[] = [
  // Service and session tokens, JWTs, hashes.
  [/\bdbal_[a-z]_[A-Za-z0-9_-]{20,}/g, 'dbal_***'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, 'jwt ***'],
  [/\$(?:argon2(?:id|i|d)|2[aby]|scrypt|pbkdf2[a-z0-9-]*)\$[^\s"']+/g, '$***'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  // user:password@ of a URL.
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,200}):[^\s@/]{1,500}@/gi, '$1:***@'],
  // password=…, "token":"…" and the like.
  [/\b(password|passwd|pwd|secret|token|api_?key|passwordHash)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi, '$1$2***'],
]

/** Longer texts are cut: a log line is for reading, and a driver may quote a whole row. */
const maxText = 8192

export function redact(text: string): string {
  let out = text.length > maxText ? `${text.slice(0, maxText)}… (${text.length} characters)` : text
  for (const [pattern, instead] of rules) out = out.replace(pattern, instead)
  return out
}
