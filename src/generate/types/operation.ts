/** The operations of an entity as methods. In charge of their signatures; must not know how they are executed. */
import { crudNames } from '../../schema/crud.ts'
import type { Entity, Operation } from '../../schema/entity.ts'
import { type Naming, typeOf } from './entity.ts'
import { comment, propertyName } from './field.ts'

const basic: ReadonlySet<string> = new Set(crudNames)

/** One signature a method, not overloads: an error then speaks of the one thing that is wrong. */
export function operationsText(naming: Naming): string {
  const { entity, base } = naming
  const row = `Selected extends ${base}Field = ${base}Field`
  const result = `Promise<${base}Pick<Selected>>`
  const page = `Promise<dbal.Page<${base}Pick<Selected>>>`
  const returning = '<Returning extends boolean = false>'
  const counted = `Promise<dbal.Returned<Returning, ${base}>>`
  const signatures: Readonly<Record<string, string>> = {
    create: `<${row}>(data: ${base}Create, options?: ${base}Shape<Selected>): ${result}`,
    read: `<${row}>(id: ${base}Key, options?: ${base}Shape<Selected>): ${result}`,
    update: `<${row}>(id: ${base}Key, data: ${base}Update, options?: ${base}Change<Selected>): ${result}`,
    delete: `(id: ${base}Key, options?: dbal.CallOptions & { expectedVersion?: number }): Promise<true>`,
    list: `<${row}>(options?: ${base}Query<Selected>): ${page}`,
    count: `(options?: dbal.CallOptions & { filter?: ${base}Where }): Promise<number>`,
    search: `<${row}>(text: string, options?: ${base}Query<Selected>): ${page}`,
    aggregate: `(options: ${base}Aggregate): Promise<dbal.Totals[]>`,
    createMany: `${returning}(items: readonly ${base}Create[], options?: dbal.CallOptions & { returning?: Returning }): ${counted}`,
    updateMany: `${returning}(filter: ${base}Where, data: ${base}Update, options?: dbal.CallOptions & { all?: boolean; returning?: Returning }): ${counted}`,
    deleteMany: `(filter: ${base}Where, options?: dbal.CallOptions & { all?: boolean }): Promise<number>`,
    upsert: `<${row}>(options: ${base}Shape<Selected> & { where: ${base}Unique; create: ${base}Create; update: ${base}Update }): ${result}`,
  }
  const lines = Object.entries(signatures).map(
    ([name, signature]) => `${comment('  ', entity.operations.get(name)?.description)}  ${name}${signature}\n`,
  )
  const domain = [...entity.operations.values()].filter((operation) => !basic.has(operation.name)).map((operation) => domainText(naming, operation))
  return `${treeText(naming)}export interface ${base}Operations {\n${lines.join('')}${domain.join('')}}\n\n`
}

/** By position: required inputs, then optional ones. By name: one object. A single input takes either in one signature. */
function domainText(naming: Naming, operation: Operation): string {
  const { required, optional } = operation.input
  const inputs = [...required.map((name) => ({ name, rest: '' })), ...optional.map((name) => ({ name, rest: '?' }))]
  const typed = inputs.map(({ name, rest }) => ({ name, rest, type: inputType(naming, operation, name) }))
  const answer = `Promise<${outputType(naming, operation)}>`
  const note = comment('  ', operation.description)
  const name = propertyName(operation.name)
  if (typed.length === 0) return `${note}  ${name}(): ${answer}\n`
  const [only] = typed
  if (typed.length === 1 && only !== undefined) {
    return `${note}  ${name}(${parameter(only.name)}${only.rest}: ${only.type} | { ${propertyName(only.name)}${only.rest}: ${only.type} }): ${answer}\n`
  }
  const byPosition = typed.map((input) => `${parameter(input.name)}${input.rest}: ${input.type}`).join(', ')
  const byName = typed.map((input) => `${propertyName(input.name)}${input.rest}: ${input.type}`).join('; ')
  return `${note}  ${name}(${byPosition}): ${answer}\n${note}  ${name}(input: { ${byName} }): ${answer}\n`
}

const reservedWords: ReadonlySet<string> = new Set([
  'break',
  'case',
  'catch',
  'class',
  'const',
  'continue',
  'debugger',
  'default',
  'delete',
  'do',
  'else',
  'enum',
  'export',
  'extends',
  'false',
  'finally',
  'for',
  'function',
  'if',
  'import',
  'in',
  'instanceof',
  'new',
  'null',
  'return',
  'super',
  'switch',
  'this',
  'throw',
  'true',
  'try',
  'typeof',
  'var',
  'void',
  'while',
  'with',
  'yield',
  'let',
  'static',
  'implements',
  'interface',
  'package',
  'private',
  'protected',
  'public',
  'await',
  'arguments',
  'eval',
])

function parameter(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_$]/g, '_')
  return reservedWords.has(safe) || /^[0-9]/.test(safe) ? `${safe}_` : safe
}

/** A field's own type, or that of a word of the query language; `order`, `id` and the like are fields first. */
function inputType(naming: Naming, operation: Operation, name: string): string {
  const { entity, base } = naming
  const field = entity.fields.get(name)
  if (name === 'id' && (operation.kind === 'move' || field === undefined)) return `${base}Key`
  if (field !== undefined) return `${typeOf(naming, field).input}${field.nullable ? ' | null' : ''}`
  const words: Readonly<Record<string, string>> = {
    ids: `readonly ${base}Key[]`,
    filter: `${base}Where`,
    sort: `${base}Sort | readonly ${base}Sort[]`,
    page: 'number',
    limit: 'number',
    after: 'string | null',
    select: `readonly ${base}Field[]`,
    include: `${base}Include`,
    search: 'string',
    query: 'string',
    password: 'string',
    total: "'exact' | 'none'",
  }
  return words[name] ?? 'dbal.Json'
}

function outputType(naming: Naming, operation: Operation): string {
  const { entity, base } = naming
  switch (operation.kind) {
    case 'find_by': {
      const field = operation.returns === undefined ? undefined : entity.fields.get(operation.returns)
      return field === undefined ? base : `${typeOf(naming, field).output}${field.nullable ? ' | null' : ''}`
    }
    case 'list_by':
      return `dbal.Page<${base}>`
    case 'tree':
      return `${base}Tree[]`
    case 'move':
      return base
    default:
      return 'boolean'
  }
}

function treeText({ entity, base }: Naming): string {
  return hasTree(entity) ? `export interface ${base}Tree extends ${base} {\n  children: ${base}Tree[]\n}\n\n` : ''
}

function hasTree(entity: Entity): boolean {
  return [...entity.operations.values()].some((operation) => operation.kind === 'tree')
}
