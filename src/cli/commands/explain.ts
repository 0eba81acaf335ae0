/** `dbal explain`: why a call is answered as it is, in words. In charge of asking and telling; the engine explains. */
import type { Command } from 'commander'
import type { Value } from '../../schema/entity.ts'
import { asSystem } from '../accounts.ts'
import { configurable, databaseOptions } from '../settings.ts'
import { paint, say, sayJson, UsageError, visible } from '../terminal.ts'
import { tenantOf, withEngine } from './user.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

const examples = `
Example:
  dbal explain read Note 0197c5a2-… --as ada
  dbal explain update Note 0197c5a2-… '{"title":"new"}' --as user
  dbal explain list Note '{"filter":{"done":false}}' --as '{"role":"user","id":"…"}' --row 0197c5a2-…
  dbal explain call Page getBySlug '{"slug":"/"}' --as public --sql

Methods are those of the protocol: create, read, update, delete, list, count, search, aggregate, createMany, updateMany, deleteMany, upsert, and call
for operations of an entity's own. Nothing is written: a write is made and taken back.

Exit codes: 0 explained, whatever the answer is; 1 there is no such entity, method or caller; 2 wrong use.`

export function registerExplain(program: Command): void {
  configurable(
    program
      .command('explain <method> <entity> [params...]')
      .description('why a call is answered as it is: rule, clause, values, statement; params are texts or JSON'),
    databaseOptions,
  )
    .requiredOption(
      '--as <whom>',
      'a role, the id or name of a user, or a principal as JSON: \'{"role": …, "id": …, "tenantId": …, "attributes": …}\'',
    )
    .option('--row <key>', 'explain this row of a call about many; of createMany the number of the item')
    .option('--tenant <tenant>', 'tenant of a role that is asked as')
    .option('--sql', 'tell the statements and what the database would do with them')
    .option('--json', 'print the whole explanation as one JSON object')
    .addHelpText('after', examples)
    .action(explain)
}

async function explain(method: string, entity: string, params: readonly string[], options: Options): Promise<void> {
  const { tenant } = tenantOf(options)
  await withEngine(options, async (engine) => {
    const given = { method, params: [entity, ...params.map(valueOfText)], as: valueOfText(String(options['as'])) }
    const row = options['row'] === undefined ? {} : { row: valueOfText(String(options['row'])) }
    const told = await asSystem(engine, 'explain', { ...given, ...row }, 'dbal explain', tenant)
    if (options['json'] === true) sayJson(told)
    else for (const line of linesOf(told as unknown as Explanation, options['sql'] === true)) say(line)
  })
}

/** JSON where it looks like it, else text: keys need no quotes. */
function valueOfText(text: string): Value {
  if (!/^\s*[[{"]|^-?\d+(\.\d+)?$|^(true|false|null)$/.test(text)) return text
  try {
    return JSON.parse(text) as Value
  } catch {
    throw new UsageError(`${JSON.stringify(text)} begins like JSON and is none: names and texts stand in double quotes, as in '{"title":"new"}'`)
  }
}

interface RuleTold {
  readonly id: string
  readonly place: string
  readonly effect: string
  readonly roles: readonly string[]
  readonly rows: string
  readonly check?: string
  readonly reason?: string
}
interface ClauseTold {
  readonly rule?: string
  readonly place?: string
  readonly kind: string
  readonly clause: string
  readonly value: Value
  readonly values?: Value
  readonly to?: boolean
}
interface Answer {
  readonly asks?: string
  readonly field?: string
  readonly holds: boolean
  readonly because: readonly ClauseTold[]
  readonly changes: readonly (readonly ClauseTold[])[]
  readonly more?: boolean
}
interface Explanation {
  readonly role: string
  readonly user?: string
  readonly username?: string
  readonly tenantId?: string
  readonly entity: string
  readonly operation: string
  readonly allowed: boolean
  readonly rules: readonly RuleTold[]
  readonly closest?: readonly RuleTold[]
  readonly predicate: string
  readonly outcome: {
    readonly ok: boolean
    readonly rows?: number
    readonly total?: number
    readonly count?: number
    readonly error?: { readonly name: string; readonly details?: Readonly<Record<string, Value>> }
  }
  readonly adapter: string
  readonly row?: {
    readonly exists: boolean
    readonly id?: Value
    readonly questions?: readonly Answer[]
    readonly fields?: readonly Answer[]
    readonly filter?: { readonly clause: string; readonly value: Value; readonly values: Value }
    readonly impossible?: readonly {
      readonly code: string
      readonly reason?: string
      readonly fields?: readonly { readonly field: string; readonly error: string }[]
    }[]
  }
  readonly statements: readonly { readonly part: string; readonly where?: string; readonly text?: string; readonly plan?: readonly string[] }[]
}

function linesOf(told: Explanation, sql: boolean): string[] {
  const lines = [`${visible(`${told.operation} ${told.entity} as ${whoText(told)}`)}: ${outcomeText(told.outcome)}`, '']
  if (!told.allowed) lines.push(`No rule lets ${told.role} ${told.operation} ${told.entity} at all.`)
  lines.push(...rulesText('Rules', told.rules), ...rulesText('Would permit it, if they named the role', told.closest ?? []))
  if (told.allowed) lines.push(`Rows that they reach: ${visible(told.predicate)}`)
  if (told.row !== undefined) lines.push('', ...rowText(told.row))
  else if (told.outcome.rows !== undefined) lines.push('', 'Name a row with --row KEY to be told why it is there or not.')
  if (sql) lines.push('', ...told.statements.flatMap(statementText))
  if (sql && told.statements.length > 0 && told.statements.every(({ text }) => text === undefined))
    lines.push(`The adapter ${told.adapter} has no statements.`)
  return lines
}

/** `ben (user, 0197…)`; a role alone has no more to it. */
function whoText({ role, user, username, tenantId }: Explanation): string {
  const more = [user, tenantId === undefined ? undefined : `tenant ${tenantId}`].filter((part) => part !== undefined)
  if (username === undefined) return [role, ...more].join(', ')
  return `${username} (${[role, ...more].join(', ')})`
}

function outcomeText({ ok, error, rows, total, count }: Explanation['outcome']): string {
  if (ok || error === undefined) return `${paint('green', 'answered')}${amountText(rows ?? count, rows === undefined ? undefined : total)}`
  const { reason, fields } = error.details ?? {}
  const complaints = Array.isArray(fields) ? (fields as unknown as { field: string; error: string }[]).map((one) => `${one.field}: ${one.error}`) : []
  const why = [...(typeof reason === 'string' ? [reason] : []), ...complaints].join('; ')
  return `${paint('red', error.name)}${why === '' ? '' : visible(` (${why})`)}`
}

const amountText = (count: number | undefined, of: number | undefined): string =>
  count === undefined ? '' : ` with ${count}${of === undefined ? '' : ` of ${of} rows`}`

function rulesText(head: string, rules: readonly RuleTold[]): string[] {
  if (rules.length === 0) return []
  const texts = rules.map(({ id, place, effect, roles, rows, check, reason }) => {
    const parts = [`${effect} ${id} (${place}) for ${roles.join(', ')}: ${rows}`]
    if (check !== undefined) parts.push(`afterwards ${check}`)
    if (reason !== undefined) parts.push(`"${reason}"`)
    return visible(`  ${parts.join('; ')}`)
  })
  return [`${head}:`, ...texts]
}

function rowText(row: NonNullable<Explanation['row']>): string[] {
  const { id, exists, questions = [], fields = [], filter, impossible = [] } = row
  const name =
    id === undefined
      ? exists
        ? 'The row'
        : questions.length > 0
          ? 'The new row'
          : 'There is no such row'
      : `Row ${typeof id === 'string' ? id : JSON.stringify(id)}`
  const lines = [visible(name)]
  for (const question of questions) lines.push(...answerText(question.asks ?? '', question))
  if (filter !== undefined)
    lines.push(
      visible(`  ${mark(filter.value === true)} the call's own filter is ${word(filter.value)}: ${filter.clause}, with ${valuesText(filter.values)}`),
    )
  const hidden = fields.filter((field) => !field.holds)
  for (const field of hidden) lines.push(...answerText(`field ${field.field ?? ''}`, field))
  for (const { code, reason, fields: complaints = [] } of impossible)
    lines.push(
      visible(
        `  The row cannot be written, whatever rules say: ${[code, reason, ...complaints.map((one) => `${one.field}: ${one.error}`)].filter(Boolean).join(', ')}`,
      ),
    )
  return lines
}

const mark = (holds: boolean): string => (holds ? paint('green', 'yes') : paint('red', 'no '))
const word = (value: Value): string => (value === null ? 'unknown' : String(value))

function answerText(asks: string, { holds, because, changes, more }: Answer): string[] {
  const lines = [visible(`  ${mark(holds)} ${asks}, because`), ...because.map((clause) => `      ${clauseText(clause)}`)]
  if (because.length === 0) lines[0] = `  ${mark(holds)} ${visible(asks)}`
  if (changes.length === 0) return lines
  lines.push(`    It would be ${holds ? 'no' : 'yes'} if`)
  changes.forEach((way, i) => {
    lines.push(`      ${i === 0 ? '' : 'or '}${way.map((clause) => `${clauseName(clause)} were ${clause.to}`).join(' and ')}`)
  })
  if (more === true) lines.push('      or otherwise: there are more ways')
  return lines
}

const clauseName = ({ clause, rule }: ClauseTold): string => visible(`${clause}${rule === undefined ? '' : ` of ${rule}`}`)

function clauseText(clause: ClauseTold): string {
  const { value, values, place } = clause
  const truth =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([when, is]) => `${word(is as Value)} ${when}`)
          .join(', ')
      : word(value)
  const held = values === undefined ? '' : ` with ${valuesText(values)}`
  return visible(`${clauseName(clause)} is ${truth}${held}${place === undefined ? '' : ` (${place})`}`)
}

function valuesText(values: Value): string {
  const { before, after } = values as { readonly before?: Value; readonly after?: Value }
  const moments = typeof before === 'object' && typeof after === 'object' && Object.keys(values as object).length === 2
  const list = (of: Value) =>
    Object.entries(of as object)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(', ')
  return moments ? `${list(before as Value)} before, ${list(after as Value)} after` : list(values)
}

function statementText({ part, where, text, plan = [] }: Explanation['statements'][number]): string[] {
  return [
    `${paint('bold', part)}${where === undefined ? '' : visible(`: ${where}`)}`,
    ...(text === undefined ? [] : [visible(`  ${text}`)]),
    ...plan.map((line) => paint('dim', visible(`    ${line}`))),
  ]
}
