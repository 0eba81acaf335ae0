/** What adapters can do is said three times, in capabilities.yaml, in its page and by the adapter itself, and is the same each time. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { backendNames, openBackend, skipOf } from '../../test/backends/backends.ts'
import { capabilitiesPage } from '../generate/docs.ts'
import { parseCapabilities } from '../schema/document/capabilities.ts'
import { capabilityNames } from './capabilities.ts'

const path = 'capabilities.yaml'
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const table = parseCapabilities({ path, text: read(`api/schema/${path}`) })

test('capabilities.yaml names exactly the capabilities that there are', () => {
  assert.deepEqual([...table.capabilities.keys()], [...capabilityNames])
})

test('the page of capabilities says what capabilities.yaml says', () => {
  assert.equal(read('docs/reference/capabilities.md'), capabilitiesPage(table), 'Run npm run generate')
  for (const name of capabilityNames) assert.match(capabilitiesPage(table), new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

for (const name of backendNames) {
  test(`capabilities.yaml says of ${name} what it declares`, { skip: skipOf(name) }, async () => {
    const { adapter, close } = await openBackend(name)
    try {
      assert.equal(adapter.name, name.split('-')[0])
      assert.deepEqual({ ...table.adapters.get(adapter.name) }, { ...adapter.capabilities })
    } finally {
      await close()
    }
  })
}
