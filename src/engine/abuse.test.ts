/** Ways around the rules that secondary paths might offer; ids in brackets are those of the abuse cases. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, openLab, signedIn, system } from '../../test/support/lab.ts'
import type { Value } from '../schema/entity.ts'

type Failure = { name: string; details?: { reason?: string; fields?: { field: string; error: string }[] } }
const nameOf = (answer: Value): Value => (answer as { name?: string } | null)?.name ?? answer
const id = 'id: { type: integer, primary: true }'

const notes = `
entity: Note
soft_delete: gone
fields:
  ${id}
  boardId: { type: integer, optional: true, foreign_key: { entity: Board } }
  owner: { type: string, required: true }
  text: { type: string, optional: true }
  gone: { type: datetime, optional: true }
relations:
  board: { to: Board, via: boardId }
acl:
  create: { role: [user, admin] }
  createMany: { role: [user], check: "owner = $user.id" }
  read: { role: [user], readable_fields: [id, boardId, owner] }
  list: { role: [user], row_level: "owner = $user.id" }
  update: { role: [user] }
  updateMany: { role: [user], writable_fields: [text] }
---
entity: Board
fields:
  ${id}
acl:
  read: { role: [user] }
  create: { role: [user] }
`

const people = `
entity: Person
tenant: true
fields:
  ${id}
  owner: { type: string, required: true }
  mail: { type: string, optional: true, unique: true }
  required: { type: string, default: x }
  hash: { type: text, optional: true }
security: { never_expose: [hash] }
acl:
  read: { role: [user, god], readable_fields: [id, owner] }
  update: { role: [user], row_level: "owner = $user.id" }
  delete: { role: [god] }
  setPassword: { role: [user], row_level: "owner = $user.id" }
  setMail: { role: [user, god] }
  dropMail: { role: [god] }
---
entity: Letter
tenant: true
fields:
  ${id}
  to: { type: string, optional: true, foreign_key: { entity: Person, field: mail } }
acl:
  create: { role: [user] }
  read: { role: [user] }
`
const operations = `
entity: Person
operations:
  setPassword: { kind: set_secret, secret: { identity: mail, hash: hash } }
  checkPassword: { kind: verify_secret, secret: { identity: mail, hash: hash }, public: true }
  setMail: { kind: update_by, by: [mail], input: { required: [mail], optional: [required] } }
  dropMail: { kind: delete_by, by: [mail], input: { required: [mail] } }
`

const nulls = `
entity: Doc
fields:
  ${id}
  owner: { type: string, optional: true }
  hidden: { type: string, required: true }
acl:
  rules:
    - { role: user, operations: [read], row_level_filter: "owner = $user.id" }
    - { role: user, operations: [create], presets: { hidden: $user.id }, writable_fields: [id] }
    - { role: user, operations: [create], presets: { hidden: z }, writable_fields: [id] }
    - { role: admin, operations: [create, read], readable_fields: [id], writable_fields: [id] }
    - { role: god, operations: [read] }
    - { role: god, operations: [read], effect: deny, row_level_filter: "owner = $user.tenantId" }
    - { role: supergod, operations: [create, read], check: "owner = $user.tenantId AND id < 3" }
`

const nodes = `
entity: Node
fields:
  ${id}
  up: { type: integer, optional: true, foreign_key: { entity: Node } }
  place: { type: integer, required: true }
  owner: { type: string, required: true }
  editor: { type: string, optional: true }
acl:
  rules:
    - { role: [user, admin], operations: [read] }
    - { role: user, operations: [update], presets: { editor: $user.id }, row_level_filter: "owner = $user.id" }
    - { role: admin, operations: [update], row_level_filter: "owner = 'a'", check: "place < 2" }
    - { role: admin, operations: [update], row_level_filter: "owner = 'b'", check: "place < 9" }
`
const tree = `
entity: Node
operations:
  reorder: { kind: reorder, tree: { parent: up, order: place }, input: { required: [ids] } }
  move: { kind: move, tree: { parent: up, order: place }, input: { required: [id, up, place] } }
`

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: sub-rows of a list are what the caller may read, whatever list shows (A15)`, async () => {
    const { call } = await openLab(notes, which)
    await call(system, 'create', 'Board', { id: 1 })
    await call(system, 'createMany', 'Note', [
      { id: 1, boardId: 1, owner: 'ann', text: 'own' },
      { id: 2, boardId: 1, owner: 'bob', text: 'secret' },
    ])
    const ann = signedIn('ann')
    const board = await call(ann, 'read', 'Board', 1, { include: { notes: true } })
    assert.deepEqual(board, {
      id: 1,
      notes: [
        { id: 1, boardId: 1, owner: 'ann' },
        { id: 2, boardId: 1, owner: 'bob' },
      ],
    })
    const unknown = (field: string, error = 'Unknown field') => ({
      code: 422,
      name: 'VALIDATION_ERROR',
      message: 'Validation failed',
      details: { fields: [{ field, error }] },
    })
    assert.deepEqual(await call(ann, 'read', 'Board', 1, { include: { notes: { select: ['text'] } } }), unknown('include.notes.select[0]'))
    assert.deepEqual(await call(ann, 'read', 'Board', 1, { include: { notes: { sort: { text: 'asc' } } } }), unknown('include.notes.sort.text'))
    assert.deepEqual(await call(ann, 'list', 'Board', { filter: { notes: { some: { text: 'secret' } } } }), unknown('filter.notes.some.text'))
  })

  test(`${which}: createMany and updateMany keep the rules that name them (A14)`, async () => {
    const { call } = await openLab(notes, which)
    const ann = signedIn('ann')
    assert.equal(((await call(ann, 'createMany', 'Note', [{ id: 1, owner: 'bob' }])) as Failure).name, 'FORBIDDEN')
    assert.equal(await call(ann, 'createMany', 'Note', [{ id: 1, owner: 'ann' }]), 1)
    assert.equal(((await call(ann, 'updateMany', 'Note', { owner: 'ann' }, { owner: 'bob' })) as Failure).name, 'VALIDATION_ERROR')
    assert.equal(await call(ann, 'updateMany', 'Note', { owner: 'ann' }, { text: 'x' }), 1)
  })

  test(`${which}: nobody deletes by writing the mark of deletion (A10)`, async () => {
    const { call } = await openLab(notes, which)
    await call(system, 'create', 'Note', { id: 1, owner: 'ann' })
    const gone = '2026-01-01T00:00:00.000Z'
    assert.equal(((await call(signedIn('ann'), 'update', 'Note', 1, { gone })) as Failure).name, 'VALIDATION_ERROR')
    assert.equal(((await call(signedIn('ann'), 'create', 'Note', { id: 2, owner: 'ann', gone })) as Failure).name, 'VALIDATION_ERROR')
    assert.equal(((await call(signedIn('ann'), 'read', 'Note', 1)) as { id: number }).id, 1)
  })

  test(`${which}: a secret is set only where a rule says so, in the caller's tenant (A14, A19)`, async () => {
    const { call } = await openLab({ entities: people, operations }, which)
    const [ann, far] = [signedIn('ann', 'user', { tenantId: 'a' }), signedIn('ann', 'user', { tenantId: 'b' })]
    await call(system, 'createMany', 'Person', [
      { id: 1, tenantId: 'a', owner: 'ann', mail: 'ann' },
      { id: 2, tenantId: 'a', owner: 'bob', mail: 'bob' },
    ])
    assert.equal(await call(ann, 'call', 'Person', 'setPassword', ['ann', 'correct horse battery']), true)
    assert.equal(nameOf(await call(ann, 'call', 'Person', 'setPassword', ['bob', 'correct horse battery'])), 'NOT_FOUND')
    assert.equal(nameOf(await call(ann, 'call', 'Person', 'setPassword', ['nobody', 'correct horse battery'])), 'NOT_FOUND')
    assert.equal(await call(ann, 'call', 'Person', 'checkPassword', ['bob', 'correct horse battery']), false)
    assert.equal(await call(ann, 'call', 'Person', 'checkPassword', ['ann', 'correct horse battery']), true)
    assert.equal(await call(far, 'call', 'Person', 'checkPassword', ['ann', 'correct horse battery']), false)
  })

  test(`${which}: a hidden unique field names no row: not in update_by, delete_by or a reference (A1, A6, A8)`, async () => {
    const { call } = await openLab({ entities: people, operations }, which)
    const ann = signedIn('ann', 'user', { tenantId: 'a' })
    await call(system, 'createMany', 'Person', [
      { id: 1, tenantId: 'a', owner: 'ann', mail: 'ann' },
      { id: 2, tenantId: 'b', owner: 'bob', mail: 'ann' },
    ])
    const both = async (...call_: [string, ...unknown[]]) => [await call(ann, ...call_), call_]
    const [taken] = await both('call', 'Person', 'setMail', { mail: 'ann', required: 'y' })
    const [free] = await both('call', 'Person', 'setMail', { mail: 'zoe', required: 'y' })
    assert.deepEqual(taken, free)
    const god = signedIn('god', 'god', { tenantId: 'a' })
    assert.deepEqual(await call(god, 'call', 'Person', 'dropMail', ['ann']), await call(god, 'call', 'Person', 'dropMail', ['zoe']))
    const letter = async (at: number, to: string) => JSON.stringify(await call(ann, 'create', 'Letter', { id: at, to }))
    assert.equal(await letter(1, 'ann'), await letter(2, 'zoe'))
    assert.equal(await call(system, 'count', 'Person'), 2)
  })

  test(`${which}: a kept reply answers its own caller under the same rights, and holds no fast hash of a secret`, async () => {
    const { call, send } = await openLab(notes, which)
    const write = (who: ReturnType<typeof signedIn>, more: object = {}) =>
      send(who, { method: 'create', params: ['Note', { id: 1, owner: 'ann', text: 'mine' }], idempotencyKey: 'k', ...more })
    const first = await write(signedIn('ann'))
    assert.deepEqual(await write(signedIn('ann')), first)
    const raised = (await write(signedIn('ann', 'admin'))) as Failure
    assert.equal(raised.name, 'CONFLICT')
    assert.match(raised.details?.reason ?? '', /took effect/)
    // In another tenant it is another caller's key: the call runs, and meets the row that is there.
    const moved = (await write(signedIn('ann', 'user', { tenantId: 'b' }))) as Failure
    assert.deepEqual([moved.name, moved.details?.reason], ['CONFLICT', undefined])
    assert.equal(await call(system, 'count', 'Note'), 1)
    for (const key of ['', 'x'.repeat(129), 'a\u0000', { ne: '' } as unknown as string]) {
      assert.deepEqual(
        ((await write(signedIn('ann'), { idempotencyKey: key })) as Failure).details?.fields?.map((f) => f.field),
        ['idempotencyKey'],
      )
    }
  })

  test(`${which}: passwords do not enter the digest of a call`, async () => {
    const { call, send } = await openLab(undefined, which)
    await call(system, 'create', 'User', { username: 'john', email: 'j@x.org', role: 'user' })
    const set = (password: string, idempotencyKey: string) =>
      send(system, { method: 'call', params: ['Credential', 'set', ['john', password]], idempotencyKey })
    assert.equal(await set('correct horse battery', 'a'), true)
    assert.equal(await set('another horse battery', 'b'), true)
    const digests = ((await call(system, 'list', 'DbalReply', { select: ['digest'] })) as { data: { digest: string }[] }).data.map(
      (row) => row.digest,
    )
    assert.equal(digests.length, 2)
    assert.equal(new Set(digests).size, 1)
  })

  test(`${which}: who may do nothing with an entity learns nothing of its operations (A28)`, async () => {
    const { call } = await openLab(undefined, which)
    assert.deepEqual(await call(nobody, 'call', 'Session', 'setX', []), await call(nobody, 'call', 'Nothing', 'setX', []))
    assert.equal(nameOf(await call(signedIn('u'), 'call', 'Session', 'setX', [])), 'FORBIDDEN')
    const told = JSON.stringify(await call(signedIn('u'), 'call', 'Credential', 'sett', []))
    assert.ok(!told.includes('did you mean'), told)
    const god = signedIn('g', 'god')
    assert.equal(nameOf(await call(god, 'explain', 'constructor', ['User'])), 'VALIDATION_ERROR')
    assert.equal(nameOf(await call(god, 'explain', 'list', ['DbalReply'])), 'NOT_FOUND')
  })

  test(`${which}: a null of the session satisfies no permit and no check, and lets a deny hold (A20)`, async () => {
    const { call } = await openLab(nulls, which)
    await call(system, 'createMany', 'Doc', [
      { id: 1, owner: 'ann', hidden: 'h' },
      { id: 2, hidden: 'h' },
    ])
    const ids = async (who: ReturnType<typeof signedIn>) => ((await call(who, 'list', 'Doc')) as { data: { id: number }[] }).data.map((row) => row.id)
    assert.deepEqual([await ids(signedIn('ann')), await ids({ kind: 'service', role: 'user', attributes: {} })], [[1], []])
    assert.deepEqual(
      [await ids(signedIn('x', 'god')), await ids(signedIn('x', 'god', { tenantId: 'bob' }))],
      [[], [1]],
      'a deny that is unknown holds',
    )
    assert.equal(nameOf(await call(signedIn('x', 'supergod'), 'create', 'Doc', { id: 3, owner: 'x', hidden: 'h' })), 'FORBIDDEN')
    assert.equal(nameOf(await call(signedIn('x', 'supergod', { tenantId: 'x' }), 'create', 'Doc', { id: 3, owner: 'x', hidden: 'h' })), 'FORBIDDEN')
  })

  test(`${which}: a field that the caller does not know of is not named as missing (A28)`, async () => {
    const { call } = await openLab(nulls, which)
    const told = JSON.stringify(await call(signedIn('x', 'admin'), 'create', 'Doc', { id: 1 }))
    assert.match(told, /FORBIDDEN/)
    assert.ok(!told.includes('hidden'), told)
    assert.deepEqual(
      await call({ kind: 'service', role: 'user', attributes: {} }, 'create', 'Doc', { id: 1 }),
      { id: 1, $visible: false },
      'the rule with what the session has serves',
    )
  })

  test(`${which}: reorder and move set what their rule presets, and each row they shift needs one rule of its own (A14, A17)`, async () => {
    const { call } = await openLab({ entities: nodes, operations: tree }, which)
    const ann = signedIn('ann')
    await call(system, 'createMany', 'Node', [
      { id: 1, place: 0, owner: 'ann' },
      { id: 2, place: 1, owner: 'ann' },
      { id: 3, up: 2, place: 0, owner: 'ann' },
    ])
    assert.equal(await call(ann, 'call', 'Node', 'reorder', [[2, 1]]), true)
    assert.equal(((await call(ann, 'call', 'Node', 'move', [1, 2, 0])) as { editor: string }).editor, 'ann')
    const rows = ((await call(ann, 'list', 'Node', { sort: { id: 'asc' } })) as { data: { place: number; editor: string }[] }).data
    assert.deepEqual(
      rows.map((row) => [row.place, row.editor]),
      [
        [0, 'ann'],
        [0, 'ann'],
        [1, 'ann'],
      ],
    )
    await call(system, 'createMany', 'Node', [
      { id: 11, up: 1, place: 1, owner: 'a' },
      { id: 12, up: 1, place: 2, owner: 'b' },
    ])
    assert.equal(
      nameOf(await call(signedIn('x', 'admin'), 'call', 'Node', 'move', [12, 1, 1])),
      'FORBIDDEN',
      'the check of another rule does not serve the shifted row',
    )
    assert.equal(((await call(ann, 'read', 'Node', 11)) as { place: number }).place, 1)
  })
}
