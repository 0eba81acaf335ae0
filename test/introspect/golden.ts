/** Texts that are reviewed like code: what a fixture becomes. `DBAL_GOLDEN=write` writes them anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function sameAsGolden(name: string, text: string): void {
  const file = join(import.meta.dirname, 'golden', name)
  if (process.env['DBAL_GOLDEN'] === 'write') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'), `${name} is not what it was; if it should be so, DBAL_GOLDEN=write writes it`)
}
