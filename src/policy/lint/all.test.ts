/**
 * All that is read of many chance policies, and all that lint says of them, word for word: order, places,
 * severities too. In conformance/golden/lint; DBAL_UPDATE_GOLDEN=1 writes it anew: read the difference like code.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chance } from '../../../test/support/chance.ts'
import { entity, field, operation, schema, toOne } from '../../../test/support/entities.ts'
import { compareGolden } from '../../../test/support/golden.ts'
import { DBALError } from '../../errors/error.ts'
import { printOperand, printPredicate } from '../../query/print.ts'
import type { Entity } from '../../schema/entity.ts'
import { lintPolicy } from '../lint.ts'
import type { Policy, Rule } from '../policy.ts'
import { loadPolicy } from '../rules.ts'

const roles = ['public', 'user', 'admin', 'god', 'supergod']
const reading = ['read', 'list', 'count', 'search', 'aggregate', 'byLevel', 'byCode']
const writing = ['create', 'update', 'delete', 'createMany', 'updateMany', 'deleteMany', 'setLevel', 'dropLevel', 'setPassword', 'sweep']
const filters = [
  'ownerId = $user.id',
  'ownerId = $user.id AND level > 1',
  "owner.team = 'a'",
  "owner.team = 'a' AND owner.role = 'admin'",
  'ownerId IN (SELECT id FROM User WHERE team = $user.team)',
  "ownerId IN (SELECT id FROM User WHERE role = 'admin') OR level = 1",
  '$user.id IN (SELECT id FROM User WHERE team IS NOT NULL)',
  'NOT grade = 3',
  'grade > 1 OR grade IS NULL',
  "secret = 'x'",
  'tenantId = $context.tenantId',
  'until > $context.now',
  'level = 1 AND level = 2',
  'level = level',
  'level = 1 OR level != 1',
  'level(rank) < $user.level',
  "NOT maybe.team = 'a'",
  'props.x > 1',
  'true',
  'false',
  'ownerId != $user.id',
  '$user.team = hash',
]
const own = ['id = $user.id', 'id != $user.id', "team = 'a'", 'role = $user.role', 'true', "role = 'admin' AND team = $user.team"]

interface Choices {
  readonly operations: readonly string[]
  readonly conditions: readonly string[]
  /** Fields that may be shown, and those that may be written. */
  readonly shown: readonly string[]
  readonly written: readonly string[]
  readonly preset: string
  readonly across: boolean
}

function ruleText(chance: Chance, { operations: named, conditions, shown, written, preset, across }: Choices): string {
  const wide = across && chance.below(6) === 0
  const parts = [`role: ${chance.some(wide ? ['god', 'supergod'] : roles)}`, `operations: ${chance.some(named)}`]
  const maybe = (one: number, text: () => string) => {
    if (chance.below(one) === 0) parts.push(text())
  }
  maybe(2, () => `row_level_filter: "${chance.of(conditions)}"`)
  maybe(9, () => 'reason: It is so')
  if (chance.below(6) === 0) return `{ ${parts.join(', ')}, effect: deny }`
  if (wide) parts.push('across_tenants: true')
  maybe(3, () => `check: "${chance.of(conditions)}"`)
  if (chance.below(4) === 0) parts.push(`${chance.of(['readable_fields', 'except_fields'])}: ${chance.some(shown)}`)
  maybe(3, () => `writable_fields: ${chance.some(written)}`)
  maybe(6, () => `presets: ${preset}`)
  return `{ ${parts.join(', ')} }`
}
const aclText = (chance: Chance, most: number, choices: Choices): string =>
  `rules:\n${Array.from({ length: 1 + chance.below(most) }, () => `  - ${ruleText(chance, choices)}`).join('\n')}`

const userFields = [
  field('id', 'uuid', { primary: true, generated: true }),
  field('team', 'string', { nullable: true }),
  field('role', 'enum', { values: ['user', 'admin'], index: true }),
]
const thingFields = [
  field('id', 'uuid', { primary: true }),
  field('ownerId', 'uuid', { foreignKey: { entity: 'User', field: 'id', onDelete: 'cascade' } }),
  field('maybeId', 'uuid', { nullable: true, index: true }),
  field('tenantId', 'string', { index: true }),
  field('level', 'integer'),
  field('grade', 'integer', { nullable: true, index: true }),
  field('rank', 'enum', { nullable: true, values: ['none', 'admin'] }),
  field('props', 'json'),
  field('secret', 'string', { sensitive: true }),
  field('hash', 'string', { sensitive: true, neverExposed: true }),
  field('until', 'datetime', { index: true }),
  field('fixed', 'string', { immutable: true }),
]
const operations = [
  operation('byLevel', 'list_by'),
  operation('byCode', 'find_by'),
  operation('setLevel', 'update_by'),
  operation('dropLevel', 'delete_by'),
  operation('setPassword', 'set_secret'),
  { ...operation('sweep', 'deleteMany'), systemOnly: true },
]

function worldOf(seed: number): readonly Entity[] {
  const chance = new Chance(seed * 7919 + 13)
  const relations = [toOne('owner', 'User', 'ownerId'), toOne('maybe', 'User', 'maybeId')]
  const names = thingFields.map(({ name }) => name).filter((name) => name !== 'hash')
  const across = chance.below(2) === 0
  const thing = aclText(chance, 4, {
    operations: chance.of([reading, [...reading, ...writing], writing, ['read', 'update', 'list']]),
    conditions: filters,
    shown: names,
    written: names.filter((name) => name !== 'fixed'),
    preset: '{ ownerId: $user.id }',
    across,
  })
  const [shown, written] = [
    ['id', 'team', 'role'],
    ['team', 'role'],
  ]
  const choices = { operations: ['read', 'update', 'list', 'create'], conditions: own, shown, written, preset: '{ team: a }', across: false }
  const user = aclText(chance, 2, choices as Choices)
  const tenant = across ? { tenant: 'tenantId' } : {}
  return [
    entity('User', { fields: userFields, ...(chance.below(9) === 0 ? {} : { acl: user }), more: { owner: 'id' } }),
    entity('Thing', { fields: thingFields, relations, operations, acl: thing, more: { owner: 'ownerId', ...tenant } }),
  ]
}

const findingsOf = (world: ReturnType<typeof schema>, policy: Policy): string[] =>
  lintPolicy(world, policy).map(
    ({ place, severity, code, rule, entity: name, message }) =>
      `${place.file}:${place.line}:${place.column} ${severity} ${code} ${name} ${rule ?? '-'}: ${message}`,
  )

const list = (names: ReadonlySet<string> | undefined): string => (names === undefined ? 'all' : [...names].join('+'))
function ruleLine({ id, roles: held, operations: named, effect, rows, check, readable, writable, presets, reason, acrossTenants }: Rule): string {
  const filled = [...presets].map(([name, value]) => `${name}=${printOperand(value)}`).join()
  const checked = check === rows ? 'the same' : printPredicate(check)
  return `${id}: ${effect} ${list(held)} ${list(named)} where ${printPredicate(rows)} check ${checked} reads ${list(readable)} writes ${list(writable)} presets ${filled} ${reason ?? ''}${acrossTenants ? ' across' : ''}`
}

test('of chance policies', () => {
  const lines = Array.from({ length: 120 }, (_, seed) => {
    const world = schema([...worldOf(seed)])
    try {
      const policy = loadPolicy(world)
      return [`# ${seed} ${policy.version}`, ...policy.rules.map(ruleLine), ...findingsOf(world, policy)]
    } catch (error) {
      assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', String(error))
      return [`# ${seed} refused`, ...(error.details.fields ?? []).map((one) => `${one.field} ${one.error}`)]
    }
  }).flat()
  compareGolden('lint/chance.txt', `${lines.join('\n')}\n`)
})
