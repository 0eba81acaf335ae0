/** Explanations as developers and others get them: who may ask, what is told of calls, rows, fields and statements, and reasons of refusals. */
import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { type Lab, nobody, openLab, signedIn, system } from '../../../test/support/lab.ts'
import type { Value } from '../../schema/entity.ts'

const schema = `
entity: Team
fields:
  id: { type: string, primary: true }
  open: { type: boolean, required: true }
acl:
  read: { public: true }
---
entity: Note
fields:
  id: { type: string, primary: true }
  ownerId: { type: string, required: true }
  title: { type: string, required: true }
  pin: { type: string, nullable: true, sensitive: true }
  level: { type: integer, nullable: true }
  teamId: { type: string, nullable: true, foreign_key: { entity: Team, field: id } }
acl:
  rules:
    - { id: own, entity: Note, role: [user], operations: [read, update], row_level_filter: "ownerId = $user.id", check: "level <= 3", writable_fields: [level, teamId], reason: Owners only, up to level three }
    - { id: shared, entity: Note, role: [user], operations: [read], row_level_filter: "team.open = true AND pin = 'x'", readable_fields: [id, title] }
    - { id: frozen, entity: Note, role: [user], operations: [update], effect: deny, row_level_filter: "title = 'done'", reason: What is done stays so }
    - { id: gone, entity: Note, role: [admin], operations: [delete], reason: Admins remove notes }
    - { id: filed, entity: Note, role: [user], operations: [create], row_level_filter: "ownerId = $user.id", presets: { ownerId: $user.id }, writable_fields: [id, title, level, teamId] }
---
entity: Doc
tenant: true
fields:
  id: { type: string, primary: true }
  title: { type: string, required: true }
acl:
  rules:
    - { id: docs, entity: Doc, role: [user], operations: [read], row_level_filter: "title != 'x'" }
`.replace('reason: Owners only, up to level three', 'reason: "Owners only, up to level three"')

const god = signedIn('g', 'god')
const ana = { role: 'user', id: 'ana' }
type Tree = { readonly [name: string]: Tree } & { readonly [index: number]: Tree } & Value

async function openFilled(which: 'memory' | 'sqlite'): Promise<Lab> {
  const lab = await openLab(schema, which)
  await lab.call(system, 'create', 'Team', { id: 't', open: false })
  await lab.call(system, 'create', 'Note', { id: 'a', ownerId: 'ana', title: 'done', level: 1, pin: 'x', teamId: 't' })
  await lab.call(system, 'create', 'Note', { id: 'b', ownerId: 'ben', title: 'todo', pin: 'x', teamId: 't' })
  await lab.call(system, 'create', 'Doc', { id: 'd', title: 'one', tenantId: 'red' })
  return lab
}

const explain = async (lab: Lab, ...params: unknown[]): Promise<Tree> => (await lab.call(god, 'explain', ...params)) as Tree
const short = (told: Tree | undefined): unknown =>
  (told as unknown as { clause: string; to: boolean; rule?: string }[][] | undefined)?.map((way) =>
    way.map(({ rule, clause, to }) => `${rule ?? ''}: ${clause} → ${to}`),
  )

for (const which of ['memory', 'sqlite'] as const) {
  describe(which, () => {
    test('a row that is not shown: each way to it, with values, secrets left out', async () => {
      const lab = await openFilled(which)
      const told = await explain(lab, 'read', ['Note', 'b'], ana)
      assert.equal((told['outcome'] as Tree)['ok'], false)
      const [question] = (told['row'] as Tree)['questions'] as unknown as Tree[]
      assert.deepEqual(short(question?.['changes']), [['own: ownerId = $user.id → true'], ['shared: teamId→Team.open = true → true']])
      const because = question?.['because'] as unknown as Tree[]
      assert.deepEqual(
        because.map((clause) => [clause['clause'], clause['value'], clause['values']]),
        [
          ['ownerId = $user.id', false, { ownerId: 'ben', '$user.id': 'ana' }],
          ['teamId→Team.open = true', false, { 'teamId→Team.open': false }],
        ],
      )
      assert.ok(!JSON.stringify(told).includes('"x"]'), 'a sensitive value was told')
      await lab.engine.close()
    })

    test('sensitive values are not told where their clause is', async () => {
      const lab = await openFilled(which)
      await lab.call(system, 'update', 'Team', 't', { open: true })
      await lab.call(system, 'update', 'Note', 'b', { pin: 'not-x-but-secret' })
      const told = await explain(lab, 'read', ['Note', 'b'], ana)
      const text = JSON.stringify(told)
      assert.ok(text.includes('"pin":"(hidden)"'), text)
      assert.ok(!text.includes('not-x-but-secret'))
      await lab.engine.close()
    })

    test('fields of a row that one rule shows in part', async () => {
      const lab = await openFilled(which)
      await lab.call(system, 'update', 'Team', 't', { open: true })
      const told = await explain(lab, 'read', ['Note', 'b'], ana)
      const fields = (told['row'] as Tree)['fields'] as unknown as Tree[]
      const shown = fields.filter((field) => field['holds'] === true).map((field) => field['field'])
      assert.deepEqual(shown, Object.keys((await lab.call(signedIn('ana'), 'read', 'Note', 'b')) as object))
      const level = fields.find((field) => field['field'] === 'level')
      assert.deepEqual(short(level?.['changes']), [['own: ownerId = $user.id → true'], ['shared: readable_fields has level → true']])
      await lab.engine.close()
    })

    test('a write: the deny before it, the check after it, the field that is not its own; nothing is written', async () => {
      const lab = await openFilled(which)
      const ways = async (data: object): Promise<unknown> =>
        short((((await explain(lab, 'update', ['Note', 'a', data], ana))['row'] as Tree)['questions'] as unknown as Tree[])[1]?.['changes'])
      assert.deepEqual(await ways({ level: 2 }), [['frozen: title = "done" → false']])
      assert.deepEqual(await ways({ level: 9 }), [['frozen: title = "done" → false', 'own: level <= 3 → true']])
      assert.deepEqual(await ways({ title: 'new' }), [['frozen: title = "done" → false', 'own: writable_fields has title → true']])
      assert.deepEqual(await lab.call(system, 'read', 'Note', 'a'), { id: 'a', ownerId: 'ana', title: 'done', level: 1, pin: 'x', teamId: 't' })
      const made = await explain(lab, 'create', ['Note', { id: 'c', title: 'new' }], ana)
      assert.deepEqual(made['outcome'], { ok: true })
      assert.equal(await lab.call(system, 'count', 'Note'), 2)
      await lab.engine.close()
    })

    test('a list: why a row is not in it, by rule or by the own filter; an operation that nobody of the role has', async () => {
      const lab = await openFilled(which)
      const told = await explain(lab, 'list', ['Note', { filter: { title: 'todo' } }], ana, 'a')
      const row = told['row'] as Tree
      assert.equal((row['questions'] as unknown as Tree[])[0]?.['holds'], true)
      assert.equal((row['filter'] as Tree)['value'], false)
      const none = await explain(lab, 'delete', ['Note', 'a'], 'user')
      assert.equal(none['allowed'], false)
      assert.deepEqual(
        (none['closest'] as unknown as Tree[]).map((rule) => rule['id']),
        ['gone'],
      )
      await lab.engine.close()
    })

    test('only developers learn anything, and the others are told the same of everything', async () => {
      const lab = await openFilled(which)
      for (const who of [nobody, signedIn('ana'), signedIn('x', 'admin'), signedIn('y', 'nosuch')]) {
        const asked = [
          ['read', ['Note', 'a']],
          ['read', ['Note', 'zzz']],
          ['read', ['Nosuch', 'a']],
          ['nosuch', []],
          ['read', ['Note', 'a'], { role: 'nosuch' }],
        ]
        const answers = new Set<string>()
        for (const params of asked) answers.add(JSON.stringify(await lab.call(who, 'explain', ...params)))
        assert.equal(answers.size, 1, [...answers].join('\n'))
        assert.match([...answers][0] as string, who === nobody ? /UNAUTHORIZED/ : /FORBIDDEN/)
      }
      await lab.engine.close()
    })

    test('who belongs to a tenant learns nothing of another one', async () => {
      const lab = await openFilled(which)
      const of = (tenantId: string) => signedIn('g', 'god', { tenantId })
      const row = async (tenantId: string): Promise<Tree> =>
        ((await lab.call(of(tenantId), 'explain', 'read', ['Doc', 'd'], 'user')) as Tree)['row'] as Tree
      assert.equal((await row('red'))['exists'], true)
      assert.deepEqual(await row('blue'), { exists: false })
      assert.match(JSON.stringify(await lab.call(of('blue'), 'explain', 'read', ['Doc', 'd'], { role: 'user', tenantId: 'red' })), /VALIDATION_ERROR/)
      await lab.engine.close()
    })

    test('refusals carry the reasons of the rules: of the operation, of the row before, of the row after', async () => {
      const lab = await openFilled(which)
      const reason = async (...call: Parameters<Lab['call']>): Promise<unknown> => ((await lab.call(...call)) as Tree)['details']?.['reason']
      const both = 'What is done stays so; Owners only, up to level three'
      assert.equal(await reason(signedIn('ana'), 'delete', 'Note', 'a'), 'Admins remove notes')
      assert.equal(await reason(signedIn('ana'), 'update', 'Note', 'a', { level: 2 }), both)
      await lab.call(system, 'update', 'Note', 'a', { title: 'todo' })
      assert.equal(await reason(signedIn('ana'), 'update', 'Note', 'a', { level: 9 }), both)
      assert.equal(await reason(signedIn('ana'), 'updateMany', 'Note', { id: 'a' }, { level: 9 }), both)
      assert.equal(
        await reason(signedIn('ana'), 'upsert', 'Note', { where: { id: 'a' }, create: { id: 'a', title: 'x' }, update: { level: 9 } }),
        both,
      )
      await lab.engine.close()
    })
  })
}

test('statements come with their text and what the database would do, values as placeholders', async () => {
  const lab = await openFilled('sqlite')
  const told = await explain(lab, 'update', ['Note', 'a', { level: 2 }], ana)
  const statements = told['statements'] as unknown as { part: string; text: string; plan: string[] }[]
  const write = statements.find((statement) => statement.part === 'update.writes.0.query')
  assert.match(write?.text ?? '', /^UPDATE "notes" .*"owner_id"/)
  assert.ok(!/ana|'/.test(write?.text.replace(/''/g, '') ?? 'ana'), write?.text)
  assert.match(write?.plan.join('\n') ?? '', /SEARCH|SCAN/)
  await lab.engine.close()
})
