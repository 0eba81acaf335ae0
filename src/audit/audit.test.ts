import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { chained, genesis } from './chain.ts'
import { createFileSink } from './file-sink.ts'
import { outcomeBody } from './line.ts'
import type { AuditOutcome } from './sink.ts'
import { verifyAudit } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-audit-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newPath = (): string => join(folder, `log${++files}`, 'audit.jsonl')

const event: AuditOutcome = {
  requestId: 'r1',
  time: 1_800_000_000_000,
  user: 'alice',
  userId: 'u1',
  role: 'user',
  ip: '10.0.0.1',
  entity: 'Post',
  entityId: 'p1',
  operation: 'create',
  policyVersion: 'abc',
  success: true,
  rows: 1,
  durationMs: 1.25,
}
const sinkAt = (path: string, faults: unknown[] = []) => createFileSink({ path, onFault: (error) => faults.push(error), retryMs: 0, movedMs: 0 })
type Line = { readonly [name: string]: string | number | boolean | undefined; readonly user: string; readonly hash: string }
const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

async function broken(path: string): Promise<{ readonly line: number; readonly reason: string }> {
  const verdict = await verifyAudit(path)
  assert.ok(!verdict.ok)
  return verdict
}

describe('file sink', () => {
  it('writes one line an event, in order, chained, readable by the owner only', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    const kept = [sink.intent(event), sink.outcome(event), sink.outcome({ ...event, success: false, code: 'FORBIDDEN', message: 'Access forbidden' })]
    await Promise.all(kept)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const [first, second, third] = linesOf(path) as [Line, Line, Line]
    assert.deepEqual(Object.keys(second), [
      'seq',
      'timestamp',
      'requestId',
      'user',
      'userId',
      'role',
      'ip',
      'entity',
      'entityId',
      'operation',
      'success',
      'rows',
      'durationMs',
      'policyVersion',
      'prevHash',
      'hash',
    ])
    assert.deepEqual([first.seq, first.phase, second.seq, second.phase, third.code], [1, 'intent', 2, undefined, 'FORBIDDEN'])
    assert.equal(second.prevHash, first.hash)
    await sink.close()
    await assert.rejects(sink.outcome(event), /closed/)
    assert.deepEqual(await verifyAudit(path), { ok: true, lines: 3, end: { seq: 3, hash: third.hash } })
  })

  it('continues the chain of an existing file', async () => {
    const path = newPath()
    for (let i = 0; i < 3; i++) {
      const sink = sinkAt(path)
      await Promise.all([sink.outcome(event), sink.intent(event)])
      await sink.close()
    }
    assert.equal((await verifyAudit(path)).lines, 6)
  })

  it('C11: moves a torn tail aside, says so in the log, and goes on from the last whole line', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    for (let i = 0; i < 5; i++) await sink.outcome(event)
    await sink.close()
    truncateSync(path, statSync(path).size - 40)
    assert.equal((await broken(path)).line, 5)
    const next = sinkAt(path)
    await next.outcome(event)
    await next.close()
    assert.deepEqual(
      linesOf(path)
        .map(({ seq, operation }) => [seq, operation])
        .slice(3),
      [
        [4, 'create'],
        [5, 'audit.recovered'],
        [6, 'create'],
      ],
    )
    assert.equal((await verifyAudit(path)).ok, true)
    assert.equal(readdirSync(join(path, '..')).filter((name) => name.includes('.torn-')).length, 1)
  })

  it('refuses to go on behind a last line that is whole but damaged, and over what is no file', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    await sink.outcome(event)
    await sink.close()
    writeFileSync(path, readFileSync(path, 'utf8').replace('alice', 'mallet'))
    assert.throws(() => sinkAt(path), /damaged/)
    assert.throws(() => sinkAt(folder))
    writeFileSync(path, 'x'.repeat(300_000))
    assert.throws(() => sinkAt(path), /not an audit log/)
  })

  it('U1: rejects while the log cannot be written, tells once, and recovers by itself', async () => {
    const path = newPath()
    const faults: unknown[] = []
    const sink = sinkAt(path, faults)
    await sink.intent(event)
    unlinkSync(path)
    mkdirSync(path)
    await assert.rejects(sink.intent(event))
    await assert.rejects(sink.outcome(event))
    assert.equal(sink.healthy, false)
    assert.equal(faults.length, 1)
    rmdirSync(path)
    await sink.intent(event)
    await sink.outcome(event)
    assert.equal(sink.healthy, true)
    await sink.close()
    assert.deepEqual(
      linesOf(path).map(({ seq }) => seq),
      [2, 3],
    )
    assert.match((await broken(path)).reason, /continues an earlier file/)
  })

  it('follows a file that was rotated away, with one chain over both', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    await sink.outcome(event)
    renameSync(path, `${path}.1`)
    await sink.outcome(event)
    await sink.close()
    const first = await verifyAudit(`${path}.1`)
    assert.ok(first.ok && first.lines === 1)
    assert.deepEqual(await verifyAudit(path, first.end).then((verdict) => [verdict.ok, verdict.lines]), [true, 1])
  })

  it('lines that another process added are continued, not overwritten', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    await sink.outcome(event)
    const other = sinkAt(path)
    await other.outcome({ ...event, operation: 'other' })
    await other.close()
    await sink.outcome(event)
    await sink.close()
    assert.deepEqual(
      linesOf(path).map(({ operation }) => operation),
      ['create', 'other', 'create'],
    )
    assert.equal((await verifyAudit(path)).ok, true)
  })

  it('many events at once stay whole and in order', async () => {
    const path = newPath()
    const sink = sinkAt(path)
    const waves = Array.from({ length: 2000 }, (_, i) =>
      i % 10 === 0 ? sink.intent({ ...event, requestId: `r${i}` }) : sink.outcome({ ...event, requestId: `r${i}` }),
    )
    await Promise.all(waves)
    assert.deepEqual(
      linesOf(path).map(({ requestId }) => requestId),
      waves.map((_, i) => `r${i}`),
    )
    await sink.close()
    assert.equal((await verifyAudit(path)).ok, true)
  })

  it('U3: whatever stands in a field, one event is one line of printable JSON with the same text or its digest', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('a\nb', '\u2028', '\u001b[31m', '\u0000', '","success":true', '\u202egnp', '\ud800', 'x'.repeat(100_000)),
    )
    const path = newPath()
    const sink = sinkAt(path)
    const all: string[] = []
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        all.push(text)
        await sink.outcome({
          ...event,
          user: text,
          userId: text,
          role: text,
          entity: text,
          entityId: text,
          operation: text,
          message: text,
          ip: text,
          tenantId: text,
          reason: text,
          requestId: text,
        })
      }),
      { numRuns: 300 },
    )
    await sink.close()
    const raw = readFileSync(path, 'utf8')
    assert.doesNotMatch(raw, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\ufeff]/)
    const kept = linesOf(path)
    assert.equal(kept.length, all.length)
    for (const [i, line] of kept.entries()) {
      const text = all[i] as string
      if (text.length <= 256) assert.equal(line.user, text)
      else assert.ok(line.user.length < 350 && line.user.includes(`${text.length} characters`))
      assert.equal(line.success, true)
    }
    assert.equal((await verifyAudit(path)).ok, true)
  })
})

describe('verify', () => {
  const build = (count: number): string[] => {
    let link = genesis
    return Array.from({ length: count }, (_, i) => {
      const next = chained(outcomeBody({ ...event, requestId: `r${i}` }), link)
      link = next.link
      return next.line
    })
  }

  it('U4: finds and locates every edit, deletion, insertion, exchange and repetition', async () => {
    const path = newPath()
    mkdirSync(join(path, '..'))
    const original = build(20)
    const mutation = fc.record({
      kind: fc.constantFrom('edit', 'delete', 'insert', 'swap', 'repeat'),
      at: fc.nat(18),
      other: fc.nat(19),
      offset: fc.nat(400),
      flip: fc.integer({ min: 1, max: 31 }),
    })
    await fc.assert(
      fc.asyncProperty(mutation, async ({ kind, at, other, offset, flip }) => {
        const lines = [...original]
        let first = at
        const here = lines[at] as string
        if (kind === 'edit') {
          const where = offset % here.length
          lines[at] = here.slice(0, where) + String.fromCharCode(here.charCodeAt(where) ^ flip) + here.slice(where + 1)
        } else if (kind === 'delete') lines.splice(at, 1)
        else if (kind === 'insert') lines.splice(at, 0, chained(outcomeBody(event), { seq: at, hash: 'f'.repeat(64) }).line)
        else if (kind === 'repeat') {
          lines.splice(at + 1, 0, here)
          first = at + 1
        } else {
          if (at === other) return
          ;[lines[at], lines[other]] = [lines[other] as string, here]
          first = Math.min(at, other)
        }
        writeFileSync(path, `${lines.join('\n')}\n`)
        const verdict = await verifyAudit(path)
        assert.ok(!verdict.ok, kind)
        assert.equal(verdict.line, first + 1, kind)
        assert.equal(verdict.lines, first)
      }),
      { numRuns: 500 },
    )
  })

  it('verifies a segment behind the one before it, and refuses a foreign one', async () => {
    const lines = build(10)
    const path = newPath()
    mkdirSync(join(path, '..'))
    writeFileSync(path, `${lines.slice(0, 6).join('\n')}\n`)
    const head = await verifyAudit(path)
    assert.ok(head.ok)
    writeFileSync(path, `${lines.slice(6).join('\n')}\n`)
    assert.equal((await verifyAudit(path, head.end)).ok, true)
    assert.match((await broken(path)).reason, /begins with number 7/)
  })

  it('bounds lines, refuses bytes that are no text, and takes an empty file', async () => {
    const path = newPath()
    mkdirSync(join(path, '..'))
    writeFileSync(path, '')
    assert.deepEqual(await verifyAudit(path), { ok: true, lines: 0, end: genesis })
    writeFileSync(path, 'x'.repeat(1_000_000))
    assert.equal((await verifyAudit(path)).ok, false)
    writeFileSync(path, `${build(1)[0]}\n`)
    appendFileSync(path, Buffer.from([0xff, 10]))
    assert.equal((await broken(path)).line, 2)
    await assert.rejects(verifyAudit(join(folder, 'nosuch')))
  })
})
