/**
 * What lint says of conditions on rows that the rule's roles may or may not read: chance conditions beside chance permits made of the same
 * questions. In conformance/golden/lint/sight.txt; DBAL_UPDATE_GOLDEN=1 writes it anew: read the difference like code.
 */
import { test } from 'node:test'
import { Chance } from '../../../test/support/chance.ts'
import { entity, field, schema, toOne } from '../../../test/support/entities.ts'
import { compareGolden } from '../../../test/support/golden.ts'
import { lintPolicy } from '../lint.ts'
import { loadPolicy } from '../rules.ts'

/** Questions to an account by a relation, and as a permit of accounts asks them. */
const questions = ["team = 'a'", "team = 'b'", 'rank > 1', "props.x = 'y'", "role = 'admin'", 'level(role) < 3', 'open']
const own = ['level = 1', 'grade = 2', 'ownerId = $user.id']
const pathed = (question: string, relation: string): string =>
  question.startsWith('level(') ? question.replace('level(', `level(${relation}.`) : `${relation}.${question}`

const plain = (question: string): boolean => !question.startsWith('props')

function accountCondition(chance: Chance): string {
  const [a, b] = [chance.of(questions), chance.of(questions)]
  return chance.of([a, a, `${a} AND ${b}`, `${a} OR ${b}`])
}

function condition(chance: Chance, depth: number): string {
  const relation = chance.of(['owner', 'owner', 'other'])
  const one = (): string => pathed(chance.of(questions.filter(plain)), relation)
  const select = `SELECT id FROM Account WHERE ${accountCondition(chance)}`
  const forms: readonly (() => string)[] = [
    one,
    () => `${one()} AND ${one()}`,
    () => `(${one()} OR ${one()})`,
    () => chance.of(own),
    () => `ownerId IN (${select})`,
    () => `$user.id IN (${select})`,
    () => `$user.id IN (SELECT id FROM Account)`,
    () => 'owner.boss.rank > 1',
    () => `(${one()} OR ${chance.of(own)})`,
  ]
  const deeper: readonly (() => string)[] = [
    () => `NOT (${condition(chance, depth - 1)})`,
    () => `(${condition(chance, depth - 1)}) AND ${condition(chance, depth - 1)}`,
    () => `(${condition(chance, depth - 1)}) OR ${condition(chance, depth - 1)}`,
  ]
  return chance.of(depth === 0 ? forms : [...forms, ...deeper])()
}

function permit(chance: Chance): string {
  const filter = chance.below(4) === 0 ? '' : `, row_level_filter: "${chance.below(3) === 0 ? 'id = $user.id' : accountCondition(chance)}"`
  const shown = chance.below(4) === 0 ? `, readable_fields: ${chance.of(['[id, team]', '[id, team, role]', '[open]'])}` : ''
  return `{ role: [user], operations: [read]${filter}${shown} }`
}

function accountRules(chance: Chance): string {
  const deny = chance.below(9) === 0 ? [`{ role: [user], operations: [read], effect: deny, row_level_filter: "rank = 9" }`] : []
  return `rules: [${[...Array.from({ length: 1 + chance.below(3) }, () => permit(chance)), ...deny].join(', ')}]`
}

function told(seed: number): string[] {
  const chance = new Chance(seed * 104_729 + 7)
  const filter = condition(chance, 2)
  const accounts = accountRules(chance)
  const tenant = chance.below(5)
  const roles = chance.of(['[user]', '[user]', '[user, admin]'])
  const hidden = { neverExposed: chance.below(6) === 0 }
  const account = entity('Account', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('team', 'string'),
      field('rank', 'integer', hidden),
      field('role', 'enum', { values: ['user', 'admin'] }),
      field('props', 'json'),
      field('open', 'boolean'),
      field('bossId', 'uuid'),
      field('tenantId', 'string', { kept: 'tenant' }),
    ],
    relations: [toOne('boss', 'Account', 'bossId')],
    acl: accounts,
    more: tenant < 2 ? { tenant: 'tenantId' } : {},
  })
  const thing = entity('Thing', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('ownerId', 'uuid', { index: true }),
      field('otherId', 'uuid', { index: true }),
      field('level', 'integer'),
      field('grade', 'integer'),
      field('tenantId', 'string', { kept: 'tenant' }),
    ],
    relations: [toOne('owner', 'Account', 'ownerId'), toOne('other', 'Account', 'otherId')],
    acl: `rules:\n  - { role: ${roles}, operations: [read], readable_fields: [id, grade], row_level_filter: "${filter}" }`,
    more: tenant === 1 || tenant === 2 ? { tenant: 'tenantId' } : {},
  })
  const world = schema([account, thing])
  const found = lintPolicy(world, loadPolicy(world)).flatMap(({ code, entity: of, message }) =>
    code === 'hidden-dependency' && of === 'Thing' ? [`  ${message.slice(20, message.indexOf(';'))}`] : [],
  )
  const of = [account, thing].filter((one) => one.tenant !== undefined).map(({ name }) => name)
  const facts = `tenants of ${of.join(' and ')}${hidden.neverExposed ? ', rank never shown' : ''}`
  return [`${roles} ${filter}  |  ${accounts.slice(7)}  |  ${facts}`, ...found]
}

test('what conditions tell of rows that are not read', () =>
  compareGolden(
    'lint/sight.txt',
    `${Array.from({ length: 700 }, (_, seed) => told(seed))
      .flat()
      .join('\n')}\n`,
  ))
