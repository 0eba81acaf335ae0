/**
 * ZenStack's schema, made from the one that `dbal generate` writes for Prisma, so that both speak of the same tables; with the rules that
 * the shipped schema has. In charge of those rules in ZenStack's words. A program of its own: `zenstack-schema.ts postgresql`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { loadDocument } from '@zenstackhq/language'
import { TsSchemaGenerator } from '@zenstackhq/sdk'

const root = join(import.meta.dirname, '../..')

const head = `plugin policy {
  provider = '@zenstackhq/plugin-policy'
}

type Principal {
  id    String
  role  String
  level Int
  @@auth
}
`

/** api/schema/entities/content, in ZenStack's words. What is not named here is denied, as it is in DBAL. */
const rules: Readonly<Record<string, string>> = {
  PageView: `
  @@allow('read', level <= auth().level)
  @@allow('create,update,delete', (auth().role == 'god' || auth().role == 'supergod') && level <= auth().level)`,
  ComponentHierarchy: `
  @@allow('all', auth().role == 'god' || auth().role == 'supergod')`,
}
/** What DBAL validates in the fields that are written. */
const limits: readonly (readonly [field: RegExp, attributes: string])[] = [
  [/^( {2}slug .*)$/m, "@length(1, 255) @regex('^[a-z0-9-/]+$')"],
  [/^( {2}title .*)$/m, '@length(1, 255)'],
  [/^( {2}level .*)$/m, '@gte(1) @lte(5)'],
]

function zmodel(kind: string): string {
  const text = readFileSync(join(root, `api/generated/prisma/${kind}.prisma`), 'utf8')
  const models = text
    .replace(/^generator [^{]*\{[^}]*\}\n/m, '')
    .replace(/(^datasource [^{]*\{[^}]*)\}/m, "$1  url = 'none'\n}")
    .replace(/^ *\/\/.*\n/gm, '')
  return `${head}\n${models.replace(/^model (\w+) \{[^}]*(?:\{\}[^}]*)*\}$/gm, (model: string, name: string) => withRules(model, name))}`
}

function withRules(model: string, name: string): string {
  const limited =
    name === 'PageView' ? limits.reduce((each, [field, attributes]) => each.replace(field, (line) => `${line} ${attributes}`), model) : model
  return limited.replace(/\n\}$/, () => `${rules[name] ?? ''}\n}`)
}

const kind = process.argv[2] ?? ''
const folder = join(import.meta.dirname, 'generated', kind)
mkdirSync(folder, { recursive: true })
const file = join(folder, 'schema.zmodel')
writeFileSync(file, zmodel(kind))
const loaded = await loadDocument(file, [join(import.meta.dirname, 'node_modules/@zenstackhq/plugin-policy/plugin.zmodel')])
if (!loaded.success) throw new Error(`ZenStack does not take the schema:\n${loaded.errors.join('\n')}`)
await new TsSchemaGenerator().generate(loaded.model, { outDir: folder, generateModelTypes: false, generateInputTypes: false })
// As JavaScript: sources of this repository keep laws that generated ones do not know.
const made = join(folder, 'schema.ts')
writeFileSync(join(folder, 'schema.mjs'), stripTypeScriptTypes(readFileSync(made, 'utf8')))
rmSync(made)
