/** The version of this package. Knows where package.json lies. */
import { readFileSync } from 'node:fs'

/** package.json lies two folders up both in src/ and in dist/. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version
}
