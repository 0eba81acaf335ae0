/**
 * The laws of the tree that no other tool knows: sizes, names, and what must not be written where. In charge of finding offences;
 * who may import whom is the business of imports.ts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'
import { type Boundaries, readBoundaries } from './boundaries.ts'

export interface Offence {
  readonly law: 'file-length' | 'function-length' | 'folder-size' | 'name' | 'opening' | 'entity' | 'mint' | 'sql' | 'browser' | 'empty'
  readonly file: string
  readonly line: number
  readonly text: string
}

const longestFile = 400
const longestFunction = 60
const fullestFolder = 15
/** Words that name no concept: whatever has no home ends up there. */
const vague = /(?:^|[-./])(?:utils?|core|common|helpers?|managers?|base|misc|shared)(?=[-./]|$)/i
/** Who may put SQL into words: the compiler, its adapters, and what reads, prints or moves schemas. */
const speaksSql = /^src\/(?:adapters|catalog|migrate|generate)\//
const sql =
  /^\s*(?:SELECT\s[\s\S]+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|(?:CREATE|DROP|ALTER)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\s|PRAGMA\s|WITH\s+\w+\s+AS\s*\()/
/** The brand is made in one file and given in another; nobody else may claim it. */
const mints = new Set(['src/policy/authorize.ts', 'src/query/authorized.ts'])
/** Identity is bound to entities of these names in one place. */
const bindsIdentity = /^src\/(?:session|generated)\/|^src\/schema\/account\.ts$/

interface Law {
  readonly boundaries: Boundaries
  readonly entities: ReadonlySet<string>
}

interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly isTest: boolean
}

/** All offences below `root`, in the order of files and lines. */
export function offences(root: string): Offence[] {
  const law: Law = { boundaries: readBoundaries(join(root, 'boundaries.json')), entities: entityNames(join(root, 'api/schema/entities')) }
  const paths = ['src', 'conformance', 'test', 'bench', 'tools'].flatMap((folder) => sourcesBelow(root, join(root, folder)))
  const found: Offence[] = folderSizes(paths)
  // A tree without sources keeps every law, which proves nothing.
  if (!paths.some((path) => path.startsWith('src/'))) found.push({ law: 'empty', file: 'src', line: 1, text: 'no source was found' })
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8')
    const source = {
      path,
      text,
      tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
      isTest: path.endsWith('.test.ts') || !path.startsWith('src/'),
    }
    found.push(...ofFile(source), ...ofNodes(source, law))
  }
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

function sourcesBelow(root: string, folder: string): string[] {
  let entries: readonly { readonly name: string; readonly parentPath: string }[]
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  } catch {
    return []
  }
  return entries
    .map(({ name, parentPath }) => relative(root, join(parentPath, name)).split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.split('/').includes('node_modules'))
}

/** Names under `entity:` in the shipped schema. */
function entityNames(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /(?<!\.test)\.ya?ml$/.test(entry.name),
  )
  const names = files.flatMap(({ name, parentPath }) =>
    parseAllDocuments(readFileSync(join(parentPath, name), 'utf8')).map((document) => String(document.get('entity'))),
  )
  return new Set(names)
}

function folderSizes(paths: readonly string[]): Offence[] {
  const sizes = new Map<string, number>()
  for (const path of paths) if (!path.endsWith('.test.ts')) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1)
  return [...sizes]
    .filter(([folder, size]) => size > fullestFolder && folder !== 'src/generated')
    .map(([file, size]) => ({ law: 'folder-size', file, line: 1, text: `${size} source files; at most ${fullestFolder}` }))
}

function ofFile({ path, text, tree, isTest }: Source): Offence[] {
  const found: Offence[] = []
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const generated = path.startsWith('src/generated/')
  if (lines > longestFile && !generated)
    found.push({ law: 'file-length', file: path, line: longestFile, text: `${lines} lines; at most ${longestFile}` })
  if (vague.test(path.slice(path.indexOf('/') + 1)))
    found.push({ law: 'name', file: path, line: 1, text: `${basename(path)} names no concept of the field` })
  if (!isTest && !generated && !/^(?:#!.*\n)?\/\*\*/.test(tree.text))
    found.push({ law: 'opening', file: path, line: 1, text: 'the file does not open with a sentence about what it is in charge of' })
  return found
}

function ofNodes(source: Source, law: Law): Offence[] {
  const found: Offence[] = []
  const browser = Object.entries(law.boundaries).some(([folder, boundary]) => boundary.browser && source.path.startsWith(`src/${folder}/`))
  const add = (node: ts.Node, name: Offence['law'], text: string): void => {
    found.push({ law: name, file: source.path, line: source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1, text })
  }
  const visit = (node: ts.Node): void => {
    if (!source.isTest) {
      tooLong(node, source, add)
      if (browser) nodeImport(node, add)
      if (!speaksSql.test(source.path)) sqlText(node, add)
      if (!bindsIdentity.test(source.path)) entityName(node, law.entities, add)
    }
    if (!source.isTest && !mints.has(source.path)) mint(node, source, add)
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}

type Add = (node: ts.Node, law: Offence['law'], text: string) => void

function tooLong(node: ts.Node, { tree, path }: Source, add: Add): void {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || path.startsWith('src/generated/')) return
  const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line
  const lines = tree.getLineAndCharacterOfPosition(node.end).line - first + 1
  if (lines > longestFunction) add(node, 'function-length', `a function of ${lines} lines; at most ${longestFunction}`)
}

function nodeImport(node: ts.Node, add: Add): void {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : undefined
  if (specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith('node:'))
    add(node, 'browser', `${specifier.text} does not exist in a browser`)
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  // The holes of a template stand for names or placeholders.
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `x${literal.text}`).join('')
  return undefined
}

function sqlText(node: ts.Node, add: Add): void {
  const text = textOf(node)
  if (text !== undefined && sql.test(text)) add(node, 'sql', `SQL outside the adapters: ${text.trim().slice(0, 40)}`)
}

function entityName(node: ts.Node, entities: ReadonlySet<string>, add: Add): void {
  const isMember =
    ts.isIdentifier(node) && (ts.isPropertyAssignment(node.parent) || ts.isPropertyAccessExpression(node.parent)) && node.parent.name === node
  if ((ts.isStringLiteralLike(node) || isMember) && entities.has(node.text))
    add(node, 'entity', `the entity ${node.text} is named; entities are data`)
}

function mint(node: ts.Node, { tree }: Source, add: Add): void {
  const type = ts.isAsExpression(node) || ts.isTypeAssertionExpression(node) ? node.type : undefined
  if (type !== undefined && /\bAuthorized\b/.test(type.getText(tree))) add(node, 'mint', 'only policy/authorize.ts gives out authorised queries')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = offences(join(import.meta.dirname, '..'))
  for (const { law, file, line, text } of found) console.log(`${file}:${line} ${law}: ${text}`)
  process.exitCode = found.length === 0 ? 0 : 1
}
