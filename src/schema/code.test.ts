/** The keyword `code`: what a schema may say of fields that hold scripts, and what it is told otherwise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { parseSchema } from './parse.ts'

const entity = (fields: string, rest = ''): string =>
  `entity: Script\nfields:\n  id: { type: uuid, primary: true, generated: true }\n  names: { type: json, default: [] }\n  time: { type: integer, default: 5, min: 1, max: 9 }\n  free: { type: integer, default: 5 }\n  ${fields}\n${rest}`

const schemaOf = (text: string) => parseSchema([{ path: 'entities/script.yaml', text }])
const codeOf = (text: string) => schemaOf(text).entities.get('Script')?.fields.get('body')?.code

test('the short form is the long one with what is usual', () => {
  const usual = { language: 'lua', maxBytes: 65_536, maxTimeout: 30_000 }
  assert.deepEqual(codeOf(entity('body: { type: text, required: true, code: lua }')), usual)
  assert.deepEqual(codeOf(entity('body: { type: text, required: true, code: { language: lua } }')), usual)
  assert.deepEqual(codeOf(entity('body: { type: json, required: true, code: { language: workflow, max_timeout: 10, max_bytes: 100 } }')), {
    language: 'workflow',
    maxBytes: 100,
    maxTimeout: 10,
  })
  const whole = '{ language: lua, globals_field: names, globals: [log, json], timeout_field: time }'
  assert.deepEqual(codeOf(entity(`body: { type: string, required: true, code: ${whole} }`)), {
    ...usual,
    globalsField: 'names',
    globals: ['log', 'json'],
    timeoutField: 'time',
  })
  assert.equal(codeOf(entity('body: { type: text, required: true }')), undefined)
})

const wrong: readonly (readonly [says: RegExp, fields: string, rest?: string])[] = [
  [/Unknown word "lau".*"lua"/, 'body: { type: text, required: true, code: lau }'],
  [/Expected lua, workflow, or a map with language/, 'body: { type: text, required: true, code: true }'],
  [/language/, 'body: { type: text, required: true, code: { max_bytes: 5 } }'],
  [/code: lua is for text and string, not json/, 'body: { type: json, required: true, code: lua }'],
  [/code: workflow is for json, not text/, 'body: { type: text, required: true, code: workflow }'],
  [/has no field "nmaes".*"names"/, 'body: { type: text, required: true, code: { language: lua, globals_field: nmaes } }'],
  [/Names of globals stand in a json field/, 'body: { type: text, required: true, code: { language: lua, globals_field: time } }'],
  [/name the field where they do/, 'body: { type: text, required: true, code: { language: lua, globals: [log] } }'],
  [/integer with min and max/, 'body: { type: text, required: true, code: { language: lua, timeout_field: free } }'],
  [/integer with min and max/, 'body: { type: text, required: true, code: { language: lua, timeout_field: names } }'],
  [/timeout of its own/, 'body: { type: json, required: true, code: { language: workflow, timeout_field: time } }'],
  [/steps of a workflow/, 'body: { type: text, required: true, code: { language: lua, max_timeout: 5 } }'],
  [/whole number from 1/, 'body: { type: text, required: true, code: { language: lua, max_bytes: 0 } }'],
  [/no field that says what to read/, 'body: { type: text, required: true }', 'security: { scan_for_malicious: true }\n'],
]

for (const [says, fields, rest] of wrong) {
  test(`${fields} ${rest ?? ''}is told ${says}`, () => {
    assert.throws(
      () => schemaOf(entity(fields, rest)),
      (error) => {
        assert.ok(error instanceof DBALError)
        const [first] = error.details.fields ?? []
        assert.match(first?.field ?? '', /^entities\/script\.yaml:\d+:\d+/)
        assert.match(first?.error ?? '', says)
        return true
      },
    )
  })
}

test('two schemas that judge scripts differently have different versions', () => {
  const body = (code: string) => schemaOf(entity(`body: { type: text, required: true${code} }`)).version
  assert.equal(new Set([body(''), body(', code: lua'), body(', code: { language: lua, max_bytes: 9 }')]).size, 3)
})
