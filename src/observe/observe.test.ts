import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { Observation } from './observation.ts'
import { redact } from './redact.ts'

const request = (more: Partial<Extract<Observation, { kind: 'request' }>> = {}): Observation => ({
  kind: 'request',
  method: 'read',
  code: 'OK',
  durationMs: 3,
  requestId: 'r1',
  ...more,
})

describe('metrics', () => {
  const value = async (text: string, series: string): Promise<string | undefined> =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1]

  it('counts by method and outcome, with the buckets of the contract', async () => {
    const metrics = createMetrics({ methods: ['read'], process: false, pool: () => ({ pool_size: 5, pool_waiting: 2 }) })
    metrics.observe(request())
    metrics.observe(request({ code: 'NOT_FOUND', durationMs: 30 }))
    metrics.observe({ kind: 'aclCheck', allowed: false })
    metrics.observe({ kind: 'connection', change: 'opened' })
    metrics.observe({ kind: 'connection', change: 'opened' })
    metrics.observe({ kind: 'connection', change: 'closed' })
    metrics.observe({ kind: 'authentication', ok: false })
    const text = await metrics.text()
    assert.equal(await value(text, 'dbal_requests_total{method="read",status="success"}'), '1')
    assert.equal(await value(text, 'dbal_requests_total{method="read",status="error"}'), '1')
    assert.equal(await value(text, 'dbal_request_duration_seconds_bucket{le="0.005",method="read"}'), '1')
    assert.equal(await value(text, 'dbal_request_duration_seconds_bucket{le="0.05",method="read"}'), '2')
    assert.equal(await value(text, 'dbal_request_duration_seconds_bucket{le="10",method="read"}'), '2')
    assert.equal(await value(text, 'dbal_acl_checks_total{result="denied"}'), '1')
    assert.equal(await value(text, 'dbal_acl_checks_total{result="allowed"}'), '0')
    assert.equal(await value(text, 'dbal_active_connections'), '1')
    assert.equal(await value(text, 'dbal_connections_total{result="accepted"}'), '2')
    assert.equal(await value(text, 'dbal_authentication_total{result="failure"}'), '1')
    assert.equal(await value(text, 'dbal_pool{state="waiting"}'), '2')
  })

  it('S12: hostile method names make no series', async () => {
    const metrics = createMetrics({ methods: ['read'], process: false })
    metrics.observe(request({ method: 'x' }))
    const before = (await metrics.text()).split('\n').length
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (method) => metrics.observe(request({ method }))),
      { numRuns: 500 },
    )
    const text = await metrics.text()
    assert.equal(text.split('\n').length, before)
    assert.equal(await value(text, 'dbal_requests_total{method="other",status="success"}'), '501')
  })

  it('shows the process and the lag of the event loop', async () => {
    const text = await createMetrics({ methods: [] }).text()
    assert.match(text, /^process_resident_memory_bytes /m)
    assert.match(text, /^nodejs_eventloop_lag_seconds /m)
  })
})

describe('log', () => {
  const logged = (observation: Observation, options: Parameters<typeof createLog>[0] = {}): string => {
    const lines: string[] = []
    createLog({ level: 'debug', write: (line) => lines.push(line), now: () => 0, ...options })(observation)
    return lines.join('')
  }

  it('writes failures of ours with cause and id, refusals on debug only', () => {
    const cause = new Error('driver said no', { cause: new Error('socket hang up') })
    const line = logged(request({ code: 'DATABASE_ERROR', cause }), { format: 'json' })
    const { level, requestId, cause: told } = JSON.parse(line)
    assert.deepEqual([level, requestId], ['error', 'r1'])
    assert.match(told, /driver said no[\s\S]*socket hang up/)
    assert.equal(logged(request({ code: 'NOT_FOUND' }), { level: 'info' }), '')
    assert.match(logged(request({ code: 'MALICIOUS_CODE_DETECTED' }), { level: 'warn' }), /WARN {2}Security incident method=read/)
    assert.match(logged(request({ durationMs: 2000 }), { level: 'info' }), /WARN {2}Slow request method=read/)
    assert.equal(logged({ kind: 'fault', where: 'x', error: 1 }, { level: 'silent' }), '')
  })

  it('U3: one observation is one line, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = logged({ kind: 'authentication', ok: false, reason: `a\n${text}`, address: '\u001b[2J' }, { format: 'json' })
        assert.equal(line.indexOf('\n'), line.length - 1)
        JSON.parse(line)
        const pretty = logged({ kind: 'authentication', ok: false, reason: `a\n${text}`, address: '\u001b[2J' })
        assert.doesNotMatch(pretty.slice(0, -1), /[\u0000-\u001f\u2028]/)
      }),
    )
  })

  it('U8: no secret gets through', () => {
    const canaries = [
      `dbal_s_${'k'.repeat(43)}`,
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5',
      '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$canaryhash',
      'Bearer canarycanary',
      'postgres://user:canary@host/db',
      'password=canary',
      '{"token":"canary"}',
      "secret: 'canary'",
    ]
    for (const secret of canaries) {
      const line = logged(request({ code: 'INTERNAL_ERROR', cause: new Error(`while using ${secret} there`) }), { format: 'json' })
      assert.doesNotMatch(line, /canary|k{20}|c2lnbmF0/, secret)
      assert.match(line, /there/)
    }
    assert.equal(redact('ordinary text about tokens and a password'), 'ordinary text about tokens and a password')
  })
})
