/**
 * Golden questions: what an explanation asks of rows and of the values of a write, clause by clause, for each role of the schema of the golden
 * plans; read like code in conformance/golden/plans/questions.txt. DBAL_UPDATE_GOLDEN=1 writes them anew.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readShipped } from '../../config/schema-files.ts'
import { printPredicate } from '../../query/print.ts'
import type { Entity } from '../../schema/entity.ts'
import { parseSchema } from '../../schema/parse.ts'
import { Rights } from '../rights.ts'
import { loadPolicy } from '../rules.ts'
import type { Formula } from './clause.ts'
import { fieldQuestion, rowQuestion, ruledBy, writeQuestion } from './question.ts'
import { rolesFor } from './role.ts'

const golden = join(import.meta.dirname, '..', '..', '..', 'conformance', 'golden', 'plans')
const rightsNamed = ['read', 'create', 'update', 'delete'] as const

/** Lines of a formula; a part that asks nothing has none. */
function lines(node: Formula): readonly string[] {
  if (node.kind === 'site') {
    const { clause, moment, ask } = node
    const known = clause.fixed === undefined ? '' : ` = ${clause.fixed}`
    const as = ask === undefined ? '' : `  asks ${printPredicate(ask)}`
    return [`${clause.firm === true ? '!' : ''}${clause.id}: ${clause.says}${known}${moment === '' ? '' : ` @${moment}`}${as}`]
  }
  const parts = node.kind === 'not' ? [node.of] : node.of
  const told = parts.map(lines)
  if (node.kind === 'all') {
    const asking = told.filter((part) => part.length > 0)
    if (asking.length < 2) return asking[0] ?? []
    return ['all', ...asking.flat().map((line) => `  ${line}`)]
  }
  return [`${node.kind}${parts.length === 0 ? ' of nothing' : ''}`, ...told.flat().map((line) => `  ${line}`)]
}

function questionsOf(entity: Entity, rights: Rights): readonly string[] {
  const read = ruledBy(rights, entity, 'read')
  const fields = [...entity.fields.keys()]
  const written = fields.filter((name) => !entity.key.includes(name))
  const write = (kind: 'create' | 'update') =>
    writeQuestion(ruledBy(rights, entity, kind), {
      kind,
      fields: written.slice(0, 6),
      ...(kind === 'update' ? { before: 'before' } : {}),
      // Nobody finds out what the second permit of a role would make.
      after: (rule) => (rule.id.endsWith('-b') ? undefined : `after ${rule.id}`),
    })
  const named = (name: string, of: Formula) => [`  ${name}`, ...lines(of).map((line) => `    ${line}`)]
  return [
    ...rightsNamed.flatMap((right) => named(`rows to ${right}`, rowQuestion(ruledBy(rights, entity, right), 'now'))),
    ...[...fields.slice(0, 1), ...fields.slice(-2)].flatMap((name) => named(`field ${name}`, fieldQuestion(read, name, 'now'))),
    ...named('create', write('create')),
    ...named('update', write('update')),
    ...[...entity.operations.values()].flatMap((operation) => {
      const rules = rights.allows(entity, operation) ? [] : rolesFor(rights, entity, operation.name).map(({ id }) => id)
      return rules.length === 0 ? [] : [`  ${operation.name} with the role in ${rules.join(', ')}`]
    }),
  ]
}

test('questions of every role', () => {
  const { shipped, internal } = readShipped()
  const text = (name: string) => readFileSync(join(golden, name), 'utf8')
  const files = [
    { path: 'entities/kinds.yaml', text: text('kinds.yaml') },
    { path: 'operations/kinds.ops.yaml', text: text('kinds.ops.yaml') },
  ]
  const schema = parseSchema(files, { internal, shipped })
  const policy = loadPolicy(schema)
  const everybody = ['public', 'user', 'admin', 'god', 'supergod'].map((role) => new Rights(schema, policy, role, false))
  const chosen = [...schema.entities.values()].filter(({ name }) => ['Shop', 'Offer', 'Clerk', 'Lock', 'Credential', 'Bid'].includes(name))
  const made = chosen.flatMap((entity) =>
    [...everybody, new Rights(schema, policy, 'system', true)].flatMap((rights) => [
      `# ${entity.name}, ${rights.role}`,
      ...questionsOf(entity, rights),
    ]),
  )
  const file = join(golden, 'questions.txt')
  if (process.env['DBAL_UPDATE_GOLDEN'] === '1') writeFileSync(file, `${made.join('\n')}\n`)
  const kept = readFileSync(file, 'utf8').trimEnd().split('\n')
  const at = made.findIndex((line, i) => line !== kept[i])
  const heading = made.slice(0, at + 1).findLast((line) => line.startsWith('# '))
  if (at >= 0) assert.deepEqual(made.slice(at, at + 8), kept.slice(at, at + 8), `${heading}: line ${at + 1}; DBAL_UPDATE_GOLDEN=1 writes them anew`)
  assert.equal(made.length, kept.length)
})
