/**
 * TypeScript of the pages: all of it through the compiler, and the blocks of a page that are one program (`ts query`) run in one. In charge of
 * putting programs together; must not know shells.
 *
 * A line `await x // → value` of such a program is a claim: the answer has to hold at least the members of the value, `'…'` standing for anything.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { repository } from '../project.ts'
import type { Block } from './markdown.ts'

/** What comes before the first line of a program: a client of an empty database in memory, as the highest role. */
const opening = [
  "import { DBALClient, DBALError, DBALErrorCode } from '@metabuilder/dbal'",
  "const client = new DBALClient({ mode: 'development', adapter: 'memory', auth: { user: { id: '01980000-0000-7000-8000-000000000001', role: 'supergod' } } })",
].join('; ')

const claim = /^(\s*)await (.+?)\s*\/\/ → (.+)$/gm
const checker =
  "; function claimed(line, actual, expected) { const fits = (e, a) => e === '…' || (Array.isArray(e) ? Array.isArray(a) && e.length === a.length && e.every((x, i) => fits(x, a[i])) : e !== null && typeof e === 'object' ? a !== null && typeof a === 'object' && Object.keys(e).every((k) => fits(e[k], a[k])) : Object.is(e, a)); if (!fits(expected, actual)) throw new Error(`line ${line}: ${JSON.stringify(actual)}`) }"

/** One program of the `ts query` blocks of a page, each at its line of the page. */
export function programOf(blocks: readonly Block[], withClaims: boolean): string {
  let text = `${opening}${withClaims ? checker : ''}`
  for (const block of blocks) {
    text += '\n'.repeat(Math.max(1, block.line - text.split('\n').length))
    text += block.text
  }
  const lines = `${text}\nawait client.close()\n`
  if (!withClaims) return `${lines}void DBALError\nvoid DBALErrorCode\n`
  return lines
    .split('\n')
    .map((line, i) => line.replace(claim, `$1claimed(${i + 1}, await $2, ($3))`))
    .join('\n')
}

/** Complaints of the compiler about files below `folder`, which sees the package as installed. */
export function typeErrors(folder: string, files: ReadonlyMap<string, string>): string[] {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const program = ts.createProgram(
    [...files.keys()].map((path) => join(folder, path)),
    {
      target: ts.ScriptTarget.ES2024,
      lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(repository, 'node_modules/@types')],
      allowImportingTsExtensions: true,
    },
  )
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const at = found.file === undefined || found.start === undefined ? undefined : found.file.getLineAndCharacterOfPosition(found.start)
    const where = found.file === undefined ? '' : `${found.file.fileName.replace(`${folder}/`, '')}:${(at?.line ?? 0) + 1} `
    return `${where}${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`
  })
}
