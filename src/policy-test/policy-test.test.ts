import assert from 'node:assert/strict'
import { test } from 'node:test'
import { play, settingOf, tasks } from '../../test/policy/schema.ts'
import { DBALError } from '../errors/error.ts'
import { clausesOf } from './coverage.ts'
import { readTests } from './read.ts'

const setting = settingOf(tasks)
const head = `principals: { ana: user, ben: user, adam: admin }
rows:
  Task:
    open: { ownerId: $ana, cost: 12.5, note: psst }
    old: { ownerId: $ana, state: archived }
    bens: { ownerId: $ben, teamId: $red }
    shut: { ownerId: $ana, title: sealed }
  Team: { red: {} }
tests:
`
const passing = `
  - { call: [list, Task], who: { ana: [open], ben: [bens], adam: [bens, open, old], public: UNAUTHORIZED, god: FORBIDDEN } }
  - { as: ana, call: [read, Task, $open], expect: { row: { cost: 12.5, ownerId: $ana, state: open, teamId: null, version: 1, createdAt: "2030-01-01T00:00:00.000Z" }, hides: [note] } }
  - { as: ana, call: [read, Task, $open, { select: [title] }], expect: { fields: [title] } }
  - { as: [ana, ben], call: [read, Task, $old], expect: NOT_FOUND }
  - { as: adam, call: [count, Task], expect: 3 }
  - { as: adam, call: [list, Task, { sort: { title: asc }, limit: 2 }], expect: { rows: [bens, old], ordered: true, total: 3 } }
  - { as: ana, call: [create, Task, { title: New, cost: 3 }], expect: { row: { ownerId: $ana } } }
  - { as: ana, call: [create, Task, { title: New, ownerId: $ana }], expect: { error: VALIDATION_ERROR, at: [data.ownerId] } }
  - { as: ana, call: [create, Task, { title: New, state: done }], expect: { error: VALIDATION_ERROR, at: [data.state] } }
  - { as: adam, call: [create, Task, { title: New }], expect: FORBIDDEN }
  - { as: ana, call: [list, Team], expect: [red] }
  - { as: ana, call: [update, Task, $open, { state: done }], expect: ok }
  - { as: ana, call: [update, Task, $open, { state: archived }], expect: FORBIDDEN }
  - { as: ana, call: [update, Task, $open, { cost: 1 }], expect: VALIDATION_ERROR }
  - { as: ben, call: [update, Task, $open, { title: Mine }], expect: NOT_FOUND }
  - { as: ana, call: [update, Task, $old, { title: Back, state: open }], expect: ok }
  - name: a world of its own for each test, one for the steps of one
    steps:
      - { as: system, call: [count, Task], expect: 4 }
      - { as: ana, call: [create, Task, { title: New }] }
      - { as: ana, call: [list, Task], expect: [open, { title: New }] }
      - { as: system, call: [deleteMany, Task, {}, { all: true }], expect: { value: 5 } }
      - { as: ana, call: [list, Task], expect: [] }
  - { as: ana, call: [transaction, [{ method: create, params: [Task, { title: $$x }] }, { method: update, params: [Task, "$steps[0].id", { title: y }] }]], expect: { rows: [{ title: $$x }, { title: y }] } }
`

for (const on of ['memory', 'sqlite'] as const) {
  test(`every form of test, on ${on}`, async () => {
    const { told, outcomes } = await play(head + passing, settingOf(tasks, on))
    assert.deepEqual(told, [])
    assert.equal(outcomes.length, 23)
  })
}

const wrong: readonly (readonly [string, RegExp])[] = [
  ['{ as: ana, call: [list, Task], expect: [open, old] }', /rows \[open, old\] \/ rows \[open\]/],
  ['{ as: adam, call: [list, Task], expect: [open] }', /rows \[open\] \/ rows \[.*bens/],
  ['{ as: ana, call: [list, Task], expect: FORBIDDEN }', /FORBIDDEN \/ rows \[open\]/],
  ['{ as: god, call: [list, Task], expect: ok }', /ok \/ FORBIDDEN; Insufficient/],
  ['{ as: adam, call: [count, Task], expect: 2 }', /2 \/ 3$/],
  ['{ as: adam, call: [list, Task], expect: { total: 2 } }', /total 2 \/ total 3/],
  ['{ as: adam, call: [list, Task, { sort: { title: asc } }], expect: { rows: [old, open, bens], ordered: true } }', /in this order/],
  ['{ as: ana, call: [read, Task, $open], expect: { fields: [id] } }', /fields id \/ open with cost/],
  ['{ as: adam, call: [read, Task, $open], expect: { hides: [note] } }', /no note \/ open with note "psst"/],
  ['{ as: ana, call: [read, Task, $open], expect: { row: { cost: 12.6 } } }', /12\.6/],
  ['{ as: ana, call: [delete, Task, $open], expect: { value: true } }', /ok \/ FORBIDDEN/],
  ['{ as: ana, call: [create, Task, { title: a, ownerId: $ana }], expect: { error: VALIDATION_ERROR, at: [data.title] } }', /at data\.ownerId/],
  ['{ as: adam, call: [create, Task, { title: a }], expect: { error: FORBIDDEN, reason: Never } }', /reason "Never" \/ reason "/],
  ['{ as: ana, call: [create, Task, { title: a }], expect: { row: { title: b } } }', /title "b" \/ title "a"/],
  ['{ as: ana, call: [create, Task, { title: a }], expect: { row: { ownerId: $ben } } }', /ownerId \$ben \/ ownerId \$ana/],
  ['{ as: ana, call: [read, Task, $open], expect: { row: { note: x } } }', /note "x" \/ no note/],
  ['{ as: ana, call: [list, Task], expect: [{ title: nothing }] }', /nothing/],
]
for (const [line, text] of wrong) {
  test(`a difference is told: ${line}`, async () => {
    const { told, outcomes } = await play(`${head}  - ${line}\n`, setting)
    assert.match(told.join('\n'), text)
    assert.match(told.join('\n'), /^10: /)
    assert.ok(outcomes.every(({ failure }) => failure !== undefined))
  })
}

test('the rules that the caller met stand beside a difference', async () => {
  const { outcomes } = await play(`${head}  - { as: ana, call: [list, Task], expect: [bens] }\n`, setting)
  assert.deepEqual(outcomes[0]?.failure?.rules.map(({ id }) => id).sort(), ['own', 'sealed'])
})

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['tests: []\nprincipal: {}', /:2:1 Unknown keyword "principal"; did you mean "principals"/],
  ['principals: { ana: usr }', /:1:20 Unknown role "usr"; did you mean "user"/],
  ['rows: { Tsk: { a: {} } }', /:1:9 There is no entity "Tsk"; did you mean "Task"/],
  ['principals: { ana: user }\nrows: { Task: { a: { ownerId: $ana, titel: x } } }', /:2:44 Task has no field "titel"/],
  ['rows: { Task: { a: { ownerId: $ana } } }', /:1:31 No row is called "ana"/],
  ['rows: { Task: { a: {} } }', /"a" needs "ownerId": the \$name of a row of User/],
  ['principals: { ana: user }\nrows: { Task: { a: { ownerId: $ana, cost: much } } }', /"much" is not a value of "cost" \(decimal\)/],
  ['principals: { ana: user }\nrows: { Task: { ana: { ownerId: $ana } } }', /Two rows are called "ana"/],
  ['rows: { Team: { a: { name: $a.name } } }', /"a.name" refers to itself/],
  ['now: soon', /:1:6 "soon" is no time/],
  ['tests: [{ as: user, call: [lst, Task] }]', /:1:28 A call begins with a method; did you mean "list"/],
  ['tests: [{ as: user, call: [list, Tsk] }]', /There is no entity "Tsk"; did you mean "Task"/],
  ['tests: [{ as: user, call: [call, Task, sweep] }]', /Task has no operation "sweep"/],
  ['tests: [{ as: usr, call: [list, Task] }]', /:1:15 Nobody is called "usr"; did you mean "user"/],
  ['tests: [{ as: user, call: [list, Task], expect: FORBIDEN }]', /Unknown word "FORBIDEN"; did you mean "FORBIDDEN"/],
  ['tests: [{ as: user, call: [list, Task], expect: [a] }]', /No row is called "a"/],
  ['principals: { ana: user }\ntests: [{ as: user, call: [list, Task], expect: [ana] }]', /"ana" is a row of User, and the call is about Task/],
  ['tests: [{ as: user, call: [list, Task], expect: { error: FORBIDDEN, count: 1 } }]', /A call that is refused has no "count"/],
  ['tests: [{ as: user, call: [list, Task], expect: { reason: x } }]', /"reason" is about a refusal/],
  ['tests: [{ call: [list, Task] }]', /Nobody calls/],
  ['tests: [{ as: user, call: [list, Task], who: { user: ok } }]', /leave out "as"/],
  ['tests: [{ as: user }]', /either a "call" or "steps"/],
  ['tests: [{ as: user, steps: [{ as: user, call: [list, Task] }] }]', /Beside "steps" there is no "as"/],
  ['tests: []\n---\ntests: []', /holds one document/],
]
for (const [text, complaint] of mistakes) {
  test(`a mistake is told with its place: ${text}`, () => {
    const told = (() => {
      try {
        readTests([{ path: 'a.policy.test.yaml', text }], setting.schema)
      } catch (error) {
        assert.ok(error instanceof DBALError)
        return (error.details.fields ?? []).map(({ field, error: what }) => `${field} ${what}`).join('\n')
      }
      return 'nothing'
    })()
    assert.match(told, complaint)
    assert.match(told, /^a\.policy\.test\.yaml:\d+:\d+ /)
  })
}

test('rows that do not fit together are an error of the file, not of the database', async () => {
  const text = 'rows: { User: { a: { username: same, role: user }, b: { username: same, role: user } } }\ntests: [{ as: a, call: [list, Task] }]'
  await assert.rejects(play(text, setting), { code: 'VALIDATION_ERROR' })
})

test('accounts among the rows are callers, with their row as attributes', async () => {
  const text = `rows: { User: { eva: { role: admin, email: eva@example.com } } }
tests: [{ as: eva, call: [whoami], expect: { row: { username: eva, role: admin } } }, { as: eva, call: [list, Task], expect: 0 }]`
  const { told } = await play(text, setting)
  assert.deepEqual(told, [])
})

/** `rule: change` of all that no test notices. */
const unnoticed = async (tests: string): Promise<string[]> =>
  (await (await play(head + tests, setting)).cover()).flatMap(({ rule, parts }) =>
    parts.filter((part) => !part.noticed).map((part) => `${rule.id}: ${part.change}`),
  )

test('coverage: tests that say everything notice every change', async () => {
  assert.deepEqual(await unnoticed(passing), [])
})

test('coverage: a test that is missing is missed', async () => {
  const without = (text: string) =>
    passing
      .split('\n')
      .filter((line) => !line.includes(text))
      .join('\n')
  assert.deepEqual(
    (await unnoticed(without('state: archived'))).filter((change) => change.startsWith('change')),
    [`change: "state != 'archived'" of the check is always true`],
  )
  assert.ok((await unnoticed(without('cost: 1 }'))).includes('change: every field may be written'))
  const few = await unnoticed('  - { as: adam, call: [list, Task], expect: 3 }\n')
  assert.ok(few.includes('own: the rule is gone') && few.includes('make: "ownerId" is not preset'))
  assert.ok(!few.includes('sealed: the rule is gone'))
})

test('coverage: rules that no test exercises are known', async () => {
  const { cover } = await play(`${head}  - { as: ana, call: [list, Task], expect: [open] }\n`, setting)
  const idle = (await cover()).filter(({ exercised }) => !exercised).map(({ rule }) => rule.id)
  assert.deepEqual(idle, ['Team.read.permit#'.concat(idle[0]?.split('#')[1] ?? ''), 'all', 'change', 'make'])
})

test('a clause is a condition between AND, OR and NOT', () => {
  const own = setting.policy.rules.find(({ id }) => id === 'own') ?? assert.fail()
  assert.equal(clausesOf(own.rows).length, 2)
})

test('the tenant of a file is that of its principals and rows, where they name none', async () => {
  const jobs = `
entity: Job
tenant: true
fields:
  id: { type: uuid, primary: true, generated: true }
  title: { type: string, optional: true }
acl: { read: { user: true }, create: { user: true } }
`
  const text = `
tenant: red
principals: { ana: user, bob: { role: user, tenant: blue } }
rows: { Job: { here: {}, there: { tenantId: blue } } }
tests:
  - { call: [list, Job], who: { ana: [here], bob: [there], user: [], system: 2 } }
  - { as: ana, call: [create, Job, {}], expect: { row: { tenantId: red } } }
`
  const { told } = await play(text, settingOf(jobs))
  assert.deepEqual(told, [])
  const without = await play(text.replace('tenant: red\n', ''), settingOf(jobs)).catch((error: DBALError) => error)
  assert.match(JSON.stringify((without as DBALError).details), /needs .*tenantId.*: the tenant of the row/)
})
