/** Reasons of rules in refusals: which are told, in which order, and that none of them tells of a row that the caller may not read. */
import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { type Lab, openLab, signedIn, system } from '../../test/support/lab.ts'

const schema = `
entity: Note
fields:
  id: { type: string, primary: true }
  ownerId: { type: string, required: true }
  state: { type: enum, values: [open, shut, secret], required: true }
  level: { type: integer, default: 1 }
acl:
  rules:
    - { id: m-own, role: [user], operations: [update, delete], row_level_filter: "ownerId = $user.id", check: "level <= 3", reason: Owners only }
    - { id: z-read, role: [user], operations: [read], row_level_filter: "state != 'secret'" }
    - { id: a-shut, role: [user], operations: [update, delete], effect: deny, row_level_filter: "state = 'shut'", reason: What is shut stays so }
    - { id: b-same, role: [user], operations: [update, delete], effect: deny, row_level_filter: "level = 9", reason: Owners only }
    - { id: c-none, role: [user], operations: [update, delete], effect: deny, row_level_filter: "level = 8" }
    - { id: make, role: [user], operations: [create], check: "level <= 3", reason: Up to level three }
    - { id: clean, role: [admin], operations: [deleteMany], reason: Admins clean up }
`
const ana = signedIn('ana')
const told = 'What is shut stays so; Owners only'

async function openFilled(which: 'memory' | 'sqlite'): Promise<Lab> {
  const lab = await openLab(schema, which)
  for (const [id, ownerId, state, level = 1] of [
    ['own', 'ana', 'open'],
    ['shut', 'ana', 'shut'],
    ['other', 'ben', 'open'],
    ['other-shut', 'ben', 'shut'],
    ['hidden', 'ana', 'secret', 9],
    ['hidden-other', 'ben', 'secret'],
  ] as const)
    await lab.call(system, 'create', 'Note', { id, ownerId, state, level })
  return lab
}

for (const which of ['memory', 'sqlite'] as const) {
  describe(which, () => {
    test('all that govern the operation, in the order of their ids, whichever it was that failed', async () => {
      const lab = await openFilled(which)
      const refusals = new Set<string>()
      for (const [method, ...params] of [
        ['update', 'Note', 'shut', { level: 2 }],
        ['update', 'Note', 'other', { level: 2 }],
        ['update', 'Note', 'other-shut', { level: 2 }],
        ['update', 'Note', 'own', { level: 4 }],
        ['update', 'Note', 'own', { state: 'shut' }],
        ['update', 'Note', 'own', { level: 9 }],
        ['updateMany', 'Note', { id: 'own' }, { level: 8 }],
      ] as const)
        refusals.add(JSON.stringify(await lab.call(ana, method, ...params)).replace('updateMany', 'update'))
      const [only] = refusals
      assert.ok(only !== undefined)
      for (const refusal of refusals) {
        const { name, details } = JSON.parse(refusal)
        assert.deepEqual([name, details.reason], ['FORBIDDEN', told], refusal)
      }
      // What a permit of the row before refuses and what a check refuses is told in the same words.
      assert.equal(new Set([...refusals].map((refusal) => JSON.stringify(JSON.parse(refusal).details.reason))).size, 1)
      await lab.engine.close()
    })

    test('no reason of a row that the caller may not read, whatever denies it: it is absent', async () => {
      const lab = await openFilled(which)
      for (const [method, ...more] of [['update', { level: 2 }], ['update', { level: 9 }], ['delete'], ['read']] as const) {
        const answers = new Set<string>()
        for (const id of ['absent', 'hidden', 'hidden-other']) answers.add(JSON.stringify(await lab.call(ana, method, 'Note', id, ...more)))
        assert.equal(answers.size, 1, [...answers].join('\n'))
        assert.match([...answers][0] as string, /NOT_FOUND/)
        assert.doesNotMatch([...answers][0] as string, /reason/)
      }
      assert.equal(await lab.call(ana, 'updateMany', 'Note', { state: 'secret' }, { level: 9 }), 0)
      assert.equal(await lab.call(ana, 'deleteMany', 'Note', { state: 'secret' }), 0)
      await lab.engine.close()
    })

    test('an upsert that meets a row of others says neither whether it is seen nor why', async () => {
      const lab = await openFilled(which)
      const upsert = (id: string) =>
        lab.call(ana, 'upsert', 'Note', { where: { id }, create: { id, ownerId: 'ana', state: 'open' }, update: { level: 2 } })
      const [seen, hidden] = [JSON.stringify(await upsert('other-shut')), JSON.stringify(await upsert('hidden-other'))]
      assert.equal(seen, hidden)
      assert.match(seen, /CONFLICT/)
      assert.ok(!seen.includes('stays so') && !seen.includes('Owners'), seen)
      await lab.engine.close()
    })

    test('an operation that the role does not have: the reasons of those who have it', async () => {
      const lab = await openFilled(which)
      const { details } = (await lab.call(signedIn('guest', 'admin'), 'create', 'Note', { id: 'x', ownerId: 'x', state: 'open' })) as unknown as {
        details: { reason: string }
      }
      assert.equal(details.reason, 'Up to level three')
      await lab.engine.close()
    })
  })
}
