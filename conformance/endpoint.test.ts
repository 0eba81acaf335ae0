/** Cases against a running daemon: what its tokens allow runs, everything else is skipped with a reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngine } from '../src/cli/compose.ts'
import { startDaemon } from '../src/daemon/daemon.ts'
import { nobody } from '../src/policy/principal.ts'
import { createToken, digestOf } from '../src/session/token.ts'
import { printMatrix, squares } from './matrix.ts'
import { runConformance } from './run.ts'

test('an endpoint is asked with its tokens, and what they do not reach is skipped', async () => {
  const engine = await openEngine({ adapter: 'memory', threads: 'inline', migrate: true })
  const { execute, authenticate } = engine
  const daemon = await startDaemon({
    execute,
    authenticate,
    nobody,
    host: '127.0.0.1',
    port: 0,
    version: 'test',
    observe: () => undefined,
    metrics: async () => '',
    health: async () => ({ database: { connected: true, latency_ms: 0 } }),
  })
  try {
    const root = (await engine.system('create', ['User', { username: 'root', email: 'root@example.org', role: 'supergod' }], 'test')) as {
      id: string
    }
    const token = createToken('session')
    await engine.system('create', ['Session', { userId: root.id, token: digestOf(token), expiresAt: '2099-01-01T00:00:00Z' }], 'test')
    const report = await runConformance({ endpoint: { url: daemon.url, tokens: { supergod: token } } })
    assert.equal(report.failed, 0, printMatrix(report))
    const origin = report.results.filter(({ file }) => file === 'cases/origin.yaml')
    assert.deepEqual(new Set(origin.map(({ status, reason }) => reason ?? status)), new Set(['passed', 'needs a token for system']))
    assert.deepEqual(squares(report).get('cases/values.yaml'), [
      { passed: 0, failed: 0, skipped: report.results.filter(({ file }) => file === 'cases/values.yaml').length },
    ])
    for (const { status, reason } of report.results) assert.ok(status !== 'skipped' || (reason ?? '') !== '')
    assert.match(printMatrix(report), /cases\/origin\.yaml +7 ok, 1 skipped/)
  } finally {
    await daemon.drain()
    await engine.close()
  }
})
