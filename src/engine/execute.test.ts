import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, openLab, signedIn, system } from '../../test/support/lab.ts'
import type { AuditEvent, AuditOutcome, Sink } from '../audit/sink.ts'
import { createSeal } from './seal.ts'

type Failure = { name: string; code: number; details?: { reason?: string; step?: number; fields?: { field: string; error: string }[] } }
const god = signedIn('01900000-0000-7000-8000-000000000001', 'god')
const page = (slug: string) => ({ slug, title: slug, level: 1, layout: {} })

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: strangers are asked for identity before anything of the call is looked at`, async () => {
    const { call } = await openLab(undefined, which)
    const forbidden = await call(nobody, 'list', 'User', { filter: { nosuch: { nonsense: 1 } } })
    assert.equal((forbidden as Failure).name, 'UNAUTHORIZED')
    assert.deepEqual(await call(nobody, 'list', 'NoSuchEntity'), forbidden)
    assert.deepEqual(await call(nobody, 'list', 'DbalToken'), forbidden)
  })

  test(`${which}: an operation that the role lacks is FORBIDDEN with a reason, whatever its fields`, async () => {
    const { call } = await openLab(undefined, which)
    const error = (await call(signedIn('u'), 'create', 'Package', { nonsense: true })) as Failure
    assert.equal(error.name, 'FORBIDDEN')
    assert.match(error.details?.reason ?? '', /'create'.*'Package'/)
  })

  test(`${which}: the engine's own entities are unknown to every role`, async () => {
    const { call } = await openLab(undefined, which)
    assert.equal(((await call(signedIn('s', 'supergod'), 'list', 'DbalReply')) as Failure).name, 'NOT_FOUND')
  })

  test(`${which}: a role named system from outside has no rights`, async () => {
    const { call } = await openLab(undefined, which)
    assert.equal(((await call(signedIn('s', 'system'), 'list', 'Credential')) as Failure).name, 'FORBIDDEN')
  })

  test(`${which}: methods without parameters refuse any`, async () => {
    const { call } = await openLab(undefined, which)
    for (const method of ['ping', 'whoami', 'getSchema', 'getCapabilities']) {
      assert.equal(((await call(god, method, 1)) as Failure).name, 'VALIDATION_ERROR', method)
      assert.notEqual(((await call(god, method)) as Failure).name, 'VALIDATION_ERROR', method)
    }
  })

  test(`${which}: a repeated idempotency key has one effect and one answer; with another body it is a CONFLICT`, async () => {
    const { send, call } = await openLab(undefined, which)
    const create = (slug: string) => send(god, { method: 'create', params: ['PageView', page(slug)], idempotencyKey: 'k1' })
    const first = await create('/a')
    assert.deepEqual(await create('/a'), first)
    assert.equal(((await create('/b')) as Failure).name, 'CONFLICT')
    assert.equal(await call(god, 'count', 'PageView'), 1)
    const other = await send(signedIn('01900000-0000-7000-8000-000000000002', 'god'), {
      method: 'create',
      params: ['PageView', page('/c')],
      idempotencyKey: 'k1',
    })
    assert.equal((other as { slug: string }).slug, '/c')
  })

  test(`${which}: a transaction commits all of its steps or none, and says which one failed`, async () => {
    const { call } = await openLab(undefined, which)
    const steps = [
      { method: 'create', params: ['PageView', page('/t')] },
      { method: 'create', params: ['ComponentHierarchy', { pageId: '$steps[0].id', componentType: 'Box', order: 0 }] },
    ]
    const [made, component] = (await call(god, 'transaction', steps)) as [{ id: string }, { pageId: string }]
    assert.equal(component.pageId, made.id)
    const failed = (await call(god, 'transaction', [
      { method: 'create', params: ['PageView', page('/u')] },
      { method: 'create', params: ['PageView', page('/t')] },
    ])) as Failure
    assert.equal(failed.name, 'CONFLICT')
    assert.equal(failed.details?.step, 1)
    assert.equal(await call(god, 'count', 'PageView'), 1)
  })

  test(`${which}: a cursor belongs to its caller, its query and its engine`, async () => {
    const { call } = await openLab(undefined, which)
    await call(god, 'createMany', 'PageView', ['/1', '/2', '/3'].map(page))
    const list = (who: typeof god, options: object) => call(who, 'list', 'PageView', { sort: { slug: 'desc' }, limit: 2, ...options })
    const first = (await list(god, {})) as { nextCursor: string; data: { slug: string }[] }
    const rest = (await list(god, { after: first.nextCursor })) as { data: { slug: string }[]; hasMore: boolean; total: number }
    assert.deepEqual(
      [...first.data, ...rest.data].map((row) => row.slug),
      ['/3', '/2', '/1'],
    )
    assert.deepEqual([rest.hasMore, rest.total], [false, 3])
    const flipped = `${first.nextCursor.startsWith('A') ? 'B' : 'A'}${first.nextCursor.slice(1)}`
    const stranger = await list(signedIn('other', 'god'), { after: first.nextCursor })
    assert.equal((stranger as Failure).name, 'VALIDATION_ERROR')
    assert.deepEqual(await list(god, { after: flipped }), stranger)
    assert.deepEqual(await list(god, { after: first.nextCursor, filter: { level: 1 } }), stranger)
  })
}

test('every call leaves an outcome, every write an intent before its effect, and a sink that fails refuses', async () => {
  const seen: string[] = []
  let broken = false
  const sink: Sink = {
    intent: (event: AuditEvent) => (broken ? Promise.reject(new Error('disk full')) : void seen.push(`intent ${event.operation}`)) as undefined,
    outcome: (event: AuditOutcome) => void seen.push(`${event.operation} ${event.success ? 'ok' : event.code}`) as undefined,
    close: async () => undefined,
  }
  const { call } = await openLab(undefined, 'sqlite', { sink })
  await call(god, 'create', 'PageView', page('/a'))
  await call(nobody, 'list', 'User')
  await call(god, 'nonsense')
  assert.deepEqual(seen, ['intent create', 'create ok', 'list UNAUTHORIZED', 'nonsense VALIDATION_ERROR'])
  broken = true
  assert.equal(((await call(god, 'create', 'PageView', page('/b'))) as Failure).name, 'INTERNAL_ERROR')
  assert.equal(await call(system, 'count', 'PageView'), 1)
})

test('a seal opens only what it sealed, for what it was bound to', () => {
  const seal = createSeal()
  const token = seal.seal(new Uint8Array([1, 2, 3]), 'a')
  assert.deepEqual([...(seal.open(token, 'a') ?? [])], [1, 2, 3])
  assert.equal(seal.open(token, 'b'), undefined)
  assert.equal(createSeal().open(token, 'a'), undefined)
  for (let i = 0; i < token.length; i++) {
    const flipped = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1)
    assert.equal(seal.open(flipped, 'a'), undefined, `character ${i}`)
  }
})

test('an identity whose role is public is told FORBIDDEN, not to log in; a reference may count members', async () => {
  const { call } = await openLab(undefined, 'memory')
  assert.equal(((await call(signedIn('x', 'public'), 'list', 'Package')) as Failure).name, 'FORBIDDEN')
  await call(god, 'create', 'PageView', page('/listed'))
  const steps = [
    { method: 'list', params: ['PageView', { filter: { slug: '/listed' } }] },
    { method: 'update', params: ['PageView', '$steps[0].data.0.id', { title: 'Found' }] },
  ]
  const [, updated] = (await call(god, 'transaction', steps)) as [unknown, { title: string }]
  assert.equal(updated.title, 'Found')
})

test('a denied call is written down with its entity and operation, and counted as denied', async () => {
  const lines: AuditOutcome[] = []
  const checks: boolean[] = []
  const sink: Sink = { intent: () => undefined, outcome: (event) => void lines.push(event) as undefined, close: async () => undefined }
  const { call } = await openLab(undefined, 'memory', { sink, observe: (o) => void (o.kind === 'aclCheck' && checks.push(o.allowed)) })
  await call(signedIn('u'), 'delete', 'Package', '01900000-0000-7000-8000-000000000009')
  await call(nobody, 'call', 'ComponentHierarchy', 'getTree', ['x'])
  await call(god, 'list', 'PageView')
  assert.deepEqual(
    lines.map(({ entity, operation, entityId, code }) => [entity, operation, entityId, code]),
    [
      ['Package', 'delete', '01900000-0000-7000-8000-000000000009', 'FORBIDDEN'],
      ['ComponentHierarchy', 'getTree', undefined, 'UNAUTHORIZED'],
      ['PageView', 'list', undefined, undefined],
    ],
  )
  assert.deepEqual(checks, [false, false, true])
})
