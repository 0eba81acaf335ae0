/** `dbal init`: a folder with a configuration, a small schema with rules, and a script that uses both. Overwrites nothing. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { DBALError } from '../../errors/error.ts'
import { exampleFiles } from '../example.ts'
import { say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerInit(program: Command): void {
  program
    .command('init [folder]')
    .description('make a project: configuration, schema with rules, example client')
    .option('--json', 'print the files as JSON')
    .addHelpText('after', '\nExample:\n  dbal init notes && cd notes && dbal daemon')
    .action(init)
}

function init(folder: string | undefined, options: Options): void {
  const root = resolve(folder ?? '.')
  const files = Object.entries(exampleFiles(basename(root)))
  const taken = files.filter(([path]) => existsSync(join(root, path)))
  // Nothing is written where anything would be overwritten: half a project is worse than none.
  if (taken.length > 0) {
    const fields = taken.map(([path]) => ({ field: path, error: 'exists already' }))
    throw new DBALError('CONFLICT', { reason: `Nothing was written to ${root}: move these away, or name another folder`, fields })
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { flag: 'wx' })
  }
  if (options['json'] === true) {
    sayJson({ folder: root, files: files.map(([path]) => path) })
    return
  }
  const here = relative(process.cwd(), root)
  say(`Made ${files.length} files in ${here === '' ? 'this folder' : here}:\n${files.map(([path]) => `  ${path}`).join('\n')}\n`)
  say(
    `Next:\n${here === '' ? '' : `  cd ${here}\n`}  dbal user add ada --role admin --email ada@example.com\n  dbal daemon\n  node example.mjs ada PASSWORD   (in another terminal)`,
  )
}
