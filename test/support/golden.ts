/** Texts that are kept in conformance/golden and read like code when they change. DBAL_UPDATE_GOLDEN=1 writes them anew. Knows no text. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

/** `name`: path below conformance/golden. Tells the first line that differs: whole texts may have half a megabyte. */
export function compareGolden(name: string, made: string): void {
  const file = new URL(`../../conformance/golden/${name}`, import.meta.url)
  if (process.env['DBAL_UPDATE_GOLDEN'] === '1') {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, made)
  }
  const [now, kept] = [made.split('\n'), readFileSync(file, 'utf8').split('\n')]
  const at = Array.from({ length: Math.max(now.length, kept.length) }).findIndex((_, i) => now[i] !== kept[i])
  assert.ok(at === -1, `${name}:${at + 1}: DBAL_UPDATE_GOLDEN=1 writes it anew\n now: ${now[at]}\nkept: ${kept[at]}`)
}
