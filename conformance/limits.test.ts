/** A case that never ends is a failure with its place, and the cases behind it run; a column whose time is over says so of each case that is left. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngine } from '../src/cli/compose.ts'
import { startDaemon } from '../src/daemon/daemon.ts'
import { nobody } from '../src/policy/principal.ts'
import { createToken, digestOf } from '../src/session/token.ts'
import { printMatrix } from './matrix.ts'
import { type ConformanceOptions, type Report, runConformance } from './run.ts'

/** The cases about a daemon that never answers the first call of `method`. */
async function against(method: string, limits: NonNullable<ConformanceOptions['limits']>): Promise<Report> {
  const engine = await openEngine({ adapter: 'memory', threads: 'inline', migrate: true })
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let first = true
  const daemon = await startDaemon({
    execute: async (call, principal) => {
      if (first && call.method === method) {
        first = false
        await held
      }
      return engine.execute(call, principal)
    },
    authenticate: engine.authenticate,
    nobody,
    host: '127.0.0.1',
    port: 0,
    version: 'test',
    observe: () => undefined,
    metrics: async () => '',
    health: async () => ({ database: { connected: true, latency_ms: 0 } }),
  })
  try {
    const row = { username: 'root', email: 'root@example.org', role: 'supergod' }
    const { id } = (await engine.system('create', ['User', row], 'test')) as { id: string }
    const token = createToken('session')
    await engine.system('create', ['Session', { userId: id, token: digestOf(token), expiresAt: '2099-01-01T00:00:00Z' }], 'test')
    return await runConformance({ endpoint: { url: daemon.url, tokens: { supergod: token } }, filter: 'origin', limits })
  } finally {
    letGo()
    await daemon.drain()
    await engine.close()
  }
}

test('a case that hangs fails with its place, and those behind it run', async () => {
  const report = await against('create', { steps: 4000, step: 0 })
  const failed = report.results.filter(({ status }) => status === 'failed')
  assert.equal(failed.length, 1, printMatrix(report))
  assert.match(failed[0]?.failures[0] ?? '', /^cases\/origin\.yaml:\d+: the case did not end within 4 s$/)
  assert.ok(report.passed > 3, printMatrix(report))
})

test('a database that is never opened is a failure of its cases', async () => {
  const report = await against('whoami', { database: 1000 })
  const failed = report.results.filter(({ status }) => status === 'failed')
  assert.match(failed[0]?.failures[0] ?? '', /could not be opened: opening the database did not end within 1 s$/)
})

test('a column whose time is over begins no further case', async () => {
  const report = await against('none', { column: -1 })
  assert.equal(report.passed, 0)
  assert.ok(report.failed > 3)
  for (const { status, failures } of report.results)
    if (status === 'failed') assert.match(failures[0] ?? '', /not begun: the cases before it took all/)
})
