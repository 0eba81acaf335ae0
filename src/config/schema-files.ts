/** Reads schema folders from disk as texts. In charge of which files are read and how much of them; must not know what they mean. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalid } from '../errors/error.ts'

export interface TextFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** The parser has the same limit for each file; here it saves reading what would be refused. */
const mostBytes = 1024 * 1024
const mostFiles = 2000
const mostDepth = 10

/** The part of the shipped schema that a schema without users, passwords and logins gets; not the tests of its rules. */
const identity = /^(?:entities|operations)\/identity\/(?!.*\.policy\.test\.yaml$)|^roles\.yaml$/

/**
 * All *.yaml and *.yml files below `dir`, in the order of their paths. Dot folders, node_modules and links that lead out of `dir` are passed over.
 * Throws VALIDATION_ERROR that names what is missing or too large. The engine's own entities are left out of the shipped folder.
 */
export function readSchemaFolder(dir: string): TextFile[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw invalid({ field: 'schema', error: `There is no schema folder at ${dir}; name one with "schema", or make one with dbal init` })
  const root = realpathSync(dir)
  const files: TextFile[] = []
  walk(root, root, 0, files)
  const own = root === shippedRoot() ? files.filter((file) => !file.path.startsWith('internal/')) : files
  return own.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function walk(root: string, folder: string, depth: number, files: TextFile[]): void {
  if (depth > mostDepth) throw invalid({ field: relative(root, folder), error: `Folders nest deeper than ${mostDepth}` })
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.') || name === 'node_modules') continue
    const path = inside(root, join(folder, name))
    if (path === undefined) continue
    const found = lstatSync(path)
    const shown = relative(root, join(folder, name)).split(sep).join('/')
    if (found.isDirectory()) walk(root, join(folder, name), depth + 1, files)
    else if (found.isFile() && /\.ya?ml$/.test(name)) {
      if (found.size > mostBytes) throw invalid({ field: `${shown}:1:1`, error: 'The file is larger than 1 MiB; split it' })
      if (files.length >= mostFiles)
        throw invalid({ field: 'schema', error: `There are more than ${mostFiles} YAML files; is this the right folder?` })
      files.push({ path: shown, text: decode(readFileSync(path), shown) })
    }
  }
}

/** Where `path` really is, if that is inside `root`. A link that dangles is nowhere. */
function inside(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return real === root || real.startsWith(root + sep) ? real : undefined
  } catch {
    return undefined
  }
}

function decode(bytes: Buffer, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid({ field: `${shown}:1:1`, error: 'The file is not UTF-8 text' })
  }
}

/** The folder of the schema that the product ships; beside the package both from src/ and from dist/. */
export function shippedSchemaFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, 'api', 'schema')
    if (existsSync(join(folder, 'errors.yaml'))) return folder
    if (at === dirname(at))
      throw invalid({ field: 'schema', error: 'The shipped schema (api/schema) is missing from this installation; install the package again' })
  }
}

function shippedRoot(): string | undefined {
  try {
    return realpathSync(shippedSchemaFolder())
  } catch {
    return undefined
  }
}

export interface ShippedFiles {
  /** The whole shipped schema, for `parseSchema(files, …)`. */
  readonly files: readonly TextFile[]
  /** Its users, passwords, logins and roles, for `parseSchema(own, {shipped})`. */
  readonly shipped: readonly TextFile[]
  /** The engine's own entities, for `parseSchema(…, {internal})`. */
  readonly internal: readonly TextFile[]
}

export function readShipped(): ShippedFiles {
  const folder = shippedSchemaFolder()
  const files = readSchemaFolder(folder)
  return {
    files,
    shipped: files.filter((file) => identity.test(file.path)),
    internal: readSchemaFolder(join(folder, 'internal')).map((file) => ({ ...file, path: `internal/${file.path}` })),
  }
}
