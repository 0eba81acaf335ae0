import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createMemoryAdapter } from '../adapters/memory/memory.ts'
import { sqliteCapabilities } from '../adapters/sqlite/adapter.ts'
import { parseCapabilities } from '../schema/document/capabilities.ts'
import { type Capabilities, capabilityNames } from './capabilities.ts'

const path = 'capabilities.yaml'
const table = parseCapabilities({ path, text: readFileSync(new URL(`../../api/schema/${path}`, import.meta.url), 'utf8') })

test('capabilities.yaml names exactly the capabilities that there are', () => {
  assert.deepEqual([...table.capabilities.keys()], [...capabilityNames])
})

const declared: Readonly<Record<string, Capabilities>> = { memory: createMemoryAdapter().capabilities, sqlite: sqliteCapabilities }

test('capabilities.yaml has a row for each adapter', () => assert.deepEqual([...table.adapters.keys()], Object.keys(declared)))

for (const [name, capabilities] of Object.entries(declared)) {
  test(`capabilities.yaml says of ${name} what it declares`, () => assert.deepEqual({ ...table.adapters.get(name) }, { ...capabilities }))
}
