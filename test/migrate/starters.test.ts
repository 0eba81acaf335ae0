/** Several processes that start at once migrate once; one that is killed leaves what the next one can go on with. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readHistory } from '../../src/adapters/sql/migrate/history.ts'
import { survey } from '../../src/migrate/survey.ts'
import { grounds, type Place } from './databases.ts'
import { drawPair } from './random.ts'

const file = fileURLToPath(new URL('./starter.ts', import.meta.url))
const seed = 1

interface Starter {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
}

async function start(kind: string, { url }: Place, killAt = 0): Promise<Starter> {
  const child = spawn(process.execPath, [file, kind, url, String(seed), String(killAt)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'ready')
  return { child, lines }
}

function go({ child }: Starter): void {
  child.stdin?.end('go\n')
}

async function outcome({ lines }: Starter): Promise<{ readonly steps: number; readonly resumed: boolean }> {
  return JSON.parse((await lines.next()).value as string)
}

for (const { name, skip, fresh } of grounds) {
  test(`${name}: three that start at once migrate once`, { skip }, async () => {
    const place = await fresh()
    try {
      const starters = await Promise.all([1, 2, 3].map(() => start(name, place)))
      for (const starter of starters) go(starter)
      const found = await Promise.all(starters.map(outcome))
      assert.equal(found.filter(({ steps }) => steps > 0).length, 1, JSON.stringify(found))
      const target = await place.open()
      assert.deepEqual(
        (await readHistory(target)).map(({ id, state }) => [id, state]),
        [[1, 'done']],
      )
      await target.close()
    } finally {
      await place.drop()
    }
  })

  test(`${name}: a process killed by the system in the middle, and the next one`, { skip }, async () => {
    const place = await fresh()
    try {
      const first = await start(name, place, 4)
      const ended = once(first.child, 'exit')
      go(first)
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      const second = await start(name, place)
      go(second)
      const { steps, resumed } = await outcome(second)
      assert.ok(steps > 0)
      assert.equal(resumed, name !== 'sqlite')
      const target = await place.open()
      const found = await survey(target, drawPair(seed).from, false)
      assert.deepEqual([found.steps, found.drift, found.unfinished], [[], [], undefined])
      await target.close()
    } finally {
      await place.drop()
    }
  })
}
