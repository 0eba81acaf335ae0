/**
 * Whoever sees all rows pays nothing for the rules, however they are written: each statement of such a role is, letter for letter, the one of
 * a role whose rule has no condition at all; and a rule costs what its shortest wording costs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn } from '../support/lab.ts'

const schemaOf = (rules: readonly string[]): string => `
entity: Page
versioned: true
fields:
  id: { type: integer, primary: true }
  level: { type: integer, nullable: true }
  ownerId: { type: string, nullable: true }
  title: { type: string, nullable: true }
  upId: { type: integer, nullable: true, foreign_key: { entity: Page, on_delete: set_null } }
relations:
  up: { to: Page, via: upId }
  below: { many: Page, via: upId }
acl:
  rules:
${rules.map((rule) => `    - ${rule}`).join('\n')}
`
const every = 'operations: [create, read, update, delete]'
const rule = (condition: string, more = ''): string => `{ role: [user, god], ${every}, row_level_filter: "${condition}"${more} }`

const calls: readonly (readonly [method: string, params: Readonly<Record<string, unknown>>])[] = [
  ['read', { id: 1 }],
  ['list', { options: { filter: { title: 'x', below: { some: { level: 1 } } }, sort: { level: 'asc' }, include: { up: true, below: true } } }],
  ['count', { options: { filter: { up: { title: 'x' } } } }],
  ['aggregate', { options: { groupBy: ['level'], max: ['title'] } }],
  ['search', { text: 'x' }],
  ['create', { data: { id: 9, level: 1, upId: 1 } }],
  ['createMany', { items: [{ id: 10 }, { id: 11 }] }],
  ['update', { id: 1, data: { title: 'y' }, options: { expectedVersion: 1 } }],
  ['updateMany', { filter: { level: 1 }, data: { title: 'z' } }],
  ['upsert', { options: { where: { id: 1 }, create: { id: 1 }, update: { title: 'w' } } }],
  ['deleteMany', { filter: { level: 7 } }],
  ['delete', { id: 1 }],
]

/** Every statement of every call, as SQLite gets them. */
async function statementsOf(rules: readonly string[], role = 'god'): Promise<string> {
  const { call, engine } = await openLab(schemaOf(rules), 'sqlite')
  const asked: string[] = []
  for (const [method, params] of calls) {
    const explained = (await call(signedIn('g', 'god'), 'explain', method, { entity: 'Page', ...params }, { id: 'g', role })) as {
      readonly allowed?: boolean
      readonly statements?: readonly { readonly sql?: string; readonly text?: string; readonly where?: string }[]
    }
    assert.ok(explained.allowed === true && (explained.statements?.length ?? 0) > 0, `${method}: ${JSON.stringify(explained).slice(0, 300)}`)
    asked.push(`${method}: ${JSON.stringify(explained.statements?.map(({ where, sql, text }) => [where, sql ?? text]))}`)
  }
  await engine.close()
  return asked.join('\n')
}

const open = await statementsOf([rule('true')])

test('what is compared is the text of statements, and a condition is seen in it', async () => {
  assert.match(open, /SELECT/)
  assert.notEqual(await statementsOf([rule('level = 1')]), open)
})

const allSeeing: readonly (readonly [string, readonly string[]])[] = [
  ['no condition', [`{ role: [god], ${every} }`]],
  ['a condition on the role', [rule("$user.role = 'god' OR ownerId = $user.id")]],
  ['a condition on roles', [rule("$user.role IN ('god', 'supergod') OR level = 1")]],
  ['a condition on the level', [rule("$user.level >= level('god') OR level <= $user.level")]],
  ['a role that is none of some', [rule("NOT ($user.role = 'user' AND level = 1)")]],
  ['one rule of many', [rule('level = 1'), rule('ownerId = $user.id'), `{ role: [god], ${every} }`]],
  ['constants', [rule('1 = 1 OR level = 1')]],
  ['an alternative that is never true', [rule('true OR (level = 1 AND level = 2)')]],
  ['a deny of nobody', [rule('true'), `{ role: [god], ${every}, effect: deny, row_level_filter: "level = 1 AND false" }`]],
  ['a deny of another role', [rule('true'), `{ role: [user, god], ${every}, effect: deny, row_level_filter: "$user.role = 'user'" }`]],
  [
    'fields shown by all rules together',
    [`{ role: [god], ${every} }`, `{ role: [god], operations: [read], row_level_filter: "level = 1", readable_fields: [id] }`],
  ],
]
for (const [name, rules] of allSeeing)
  test(`nothing is asked where a role sees all by ${name}`, async () => assert.equal(await statementsOf(rules), open))

const equal: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a clause that another implies', [rule('level = 1 AND level IN (1, 2)')], [rule('level = 1')]],
  ['bounds', [rule('level >= 3 AND level >= 5 AND level != 1')], [rule('level >= 5')]],
  ['absorption', [rule('level = 1 OR (level = 1 AND title IS NOT NULL)')], [rule('level = 1')]],
  ['a clause for others', [rule("ownerId = $user.id OR ($user.role = 'user' AND level = 1)")], [rule('ownerId = $user.id')]],
  ['a rule inside another', [rule('level = 1'), rule('level = 1 AND title IS NOT NULL')].slice(0, 1), [rule('level = 1 AND level IS NOT NULL')]],
  [
    'a guard that says what the row says',
    [rule('level <= 3'), `{ role: [god], operations: [read], row_level_filter: "level <= 2", readable_fields: [id] }`],
    [rule('level <= 3')],
  ],
  ['a contradiction', [rule('level = 1 AND level = 2')], [rule('false')]],
]
for (const [name, long, short] of equal)
  test(`costs the same, written with ${name} or without`, async () => assert.equal(await statementsOf(long), await statementsOf(short)))
