import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSchemaFolder, readShipped } from '../../src/config/schema-files.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { normaliseField } from '../../src/schema/field-type.ts'
import { parseSchema } from '../../src/schema/parse.ts'
import { musicData } from './data.ts'

const schema = parseSchema(readSchemaFolder(join(import.meta.dirname, 'schema')), readShipped())
const account = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`

test('the store has its eleven entities beside the shipped three, and rules that load', () => {
  const own = [...schema.entities.values()].filter((entity) => !entity.internal).map((entity) => entity.name)
  assert.deepEqual(own.sort(), [
    'Album',
    'Artist',
    'Credential',
    'Customer',
    'Employee',
    'Genre',
    'Invoice',
    'InvoiceLine',
    'MediaType',
    'Playlist',
    'PlaylistTrack',
    'Session',
    'Track',
    'User',
  ])
  const ruled = new Set(loadPolicy(schema).rules.map((rule) => rule.entity))
  for (const name of own) assert.ok(ruled.has(name), `${name} has no rule`)
})

test('every row fits its entity, and every reference has its row', () => {
  const { rows } = musicData(account)
  for (const [name, list] of rows) {
    const entity = schema.entities.get(name) ?? assert.fail(name)
    const keys = new Set(list.map((row) => entity.key.map((key) => row[key]).join()))
    assert.equal(keys.size, list.length, `${name} repeats a key`)
    for (const row of list) {
      for (const [field, value] of Object.entries(row)) {
        const declared = entity.fields.get(field) ?? assert.fail(`${name}.${field}`)
        const result = normaliseField(declared, value)
        assert.ok(result.ok, `${name}.${field} ${JSON.stringify(value)}: ${result.ok ? '' : result.error}`)
        const { foreignKey } = declared
        if (foreignKey !== undefined && value !== null && rows.has(foreignKey.entity)) {
          assert.ok(
            rows.get(foreignKey.entity)!.some((target) => target[foreignKey.field] === value),
            `${name}.${field} ${value} refers to nothing`,
          )
        }
      }
      for (const field of entity.fields.values()) assert.ok(!field.required || row[field.name] !== undefined, `${name}.${field.name} is required`)
    }
  }
})

test('the same seed gives the same few thousand rows, another seed others', () => {
  const all = (seed: number): string => JSON.stringify([...musicData(account, seed).rows])
  assert.equal(all(7), all(7))
  assert.notEqual(all(7), all(8))
  const count = [...musicData(account).rows.values()].reduce((sum, list) => sum + list.length, 0)
  assert.ok(count > 3000 && count < 6000, String(count))
})
