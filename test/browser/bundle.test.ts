/** The browser's client as a bundle: nothing of Node in it, and small. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')
/** Bytes, gzip. */
const largest = 12 * 1024

const bundle = (format: 'esm' | 'iife') =>
  build({
    entryPoints: [join(root, 'src/exports/client.ts')],
    bundle: true,
    minify: true,
    format,
    platform: 'browser',
    globalName: 'dbal',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })

test('the bundle imports nothing outside of itself, neither Node nor a package, and no engine', async (t) => {
  const { outputFiles, metafile } = await bundle('esm')
  const inputs = Object.keys(metafile.inputs).map((path) => path.replace(/^.*?src\//, 'src/'))
  for (const { imports } of Object.values(metafile.inputs)) for (const { path, external } of imports) assert.notEqual(external, true, path)
  for (const path of inputs) assert.match(path, /^src\/(errors|schema|query|protocol|client|generated|exports)\//)
  const [code] = outputFiles
  assert.doesNotMatch(code?.text ?? '', /\bnode:|\brequire\(|\bprocess\.|\bBuffer\b/)
  const size = gzipSync(code?.contents ?? '').length
  t.diagnostic(`${code?.contents.length} bytes, ${size} with gzip`)
  assert.ok(size <= largest, `${size} bytes with gzip are more than ${largest}`)
})

test("it runs where there is nothing but a browser's globals", async () => {
  const { outputFiles } = await bundle('iife')
  const sent: string[] = []
  class WebSocket {
    readonly readyState = 1
    readonly #closed: (() => void)[] = []
    addEventListener(type: string, listener: () => void): void {
      if (type === 'open') queueMicrotask(listener)
      if (type === 'close') this.#closed.push(listener)
    }
    send(text: string): void {
      sent.push(text)
    }
    close(): void {
      for (const listener of this.#closed) listener()
    }
  }
  const globals = { WebSocket, URL, crypto, performance, setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, btoa, AbortSignal }
  const run = `${outputFiles[0]?.text};
    const client = new dbal.DBALClient({ mode: 'production', endpoint: 'dbal.example.com:50051', entities: dbal.entities });
    client.users.list({ filter: { role: 'admin' } }).catch((error) => { globalThis.code = error.code });
    client`
  const context = globals as typeof globals & { code?: string }
  const client = runInNewContext(run, context) as { close(): Promise<void> }
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(
    sent.map((text) => JSON.parse(text)).map(({ method, params }) => [method, params]),
    [['list', ['User', { filter: { role: 'admin' } }]]],
  )
  await client.close()
  await new Promise((resolve) => setTimeout(resolve, 0))
  assert.equal(context.code, 'DATABASE_ERROR')
})

test('its sources compile without the types of Node', async () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '--noEmit', '-p', join(root, 'tsconfig.browser.json')]).catch((error: { stdout?: string }) =>
    assert.fail(error.stdout ?? String(error)),
  )
})
