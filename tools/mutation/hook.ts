/** Loaded before a test (`--import`): gives one source file with one mistake in it, and leaves the file on disk alone. Must not know which tests run. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutants.ts'

const given = process.env['DBAL_MUTANT']
if (given !== undefined) {
  const { file, start, end, text } = JSON.parse(given) as Mutant
  const url = pathToFileURL(file).href
  registerHooks({
    load(asked, context, next) {
      const loaded = next(asked, context)
      if (asked !== url || loaded.source === undefined || loaded.source === null) return loaded
      const source = String(typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array))
      return { ...loaded, source: source.slice(0, start) + text + source.slice(end) }
    },
  })
}
