/** Scripts of rows: which error a finding becomes, what a workflow's scripts are, and what is never looked at. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { DBALError } from '../errors/error.ts'
import type { Code, Field, Value } from '../schema/entity.ts'
import { type CodeField, complaintsOf, loadParser } from './check.ts'

before(loadParser)

const field = (code: Partial<Code> = {}): CodeField =>
  ({ name: 'body', type: 'text', code: { language: 'lua', maxBytes: 65_536, maxTimeout: 30_000, ...code } }) as unknown as Field & CodeField
const withNames = (code: Partial<Code> = {}) => field({ globalsField: 'names', ...code })
const row = (values: Readonly<Record<string, Value>>) => (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined)
const lua = (values: Readonly<Record<string, Value>>, of = withNames()) => complaintsOf(of, row(values), 'data')
const workflow = (body: Value) => complaintsOf(field({ language: 'workflow' }), row({ body }), 'data')
const incident = (work: () => unknown): Readonly<Record<string, unknown>> => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError)
    assert.equal(error.code, 'MALICIOUS_CODE_DETECTED')
    return error.details
  }
  assert.fail('no incident')
}

test('a list that is not known yet allows every name, and no construct', () => {
  assert.deepEqual(lua({ body: 'return fetch()' }), [])
  assert.equal(lua({ body: 'return fetch()', names: [] }).length, 1)
  assert.equal(lua({ body: 'return fetch()', names: null }).length, 1)
  assert.deepEqual(lua({ body: 'return fetch()', names: ['fetch'] }), [])
  assert.equal(lua({ body: 'return fetch()', names: ['Fetch'] }).length, 1)
  assert.equal(incident(() => lua({ body: 'return io' }))['construct'], 'io')
})

test('without a list of its own a row has the globals of the language and no more', () => {
  assert.equal(complaintsOf(field(), row({ body: 'return fetch()', names: ['fetch'] }), 'data').length, 1)
})

test('names beyond the ceiling are told by their place', () => {
  assert.deepEqual(lua({ names: ['log', 'os', 'a b', 7] }), [
    { field: 'data.names[1]', error: "No script can be allowed 'os'" },
    { field: 'data.names[2]', error: 'Must be the name of a global' },
    { field: 'data.names[3]', error: 'Must be the name of a global' },
  ])
  assert.deepEqual(
    lua({ names: ['log', 'math', 'http'], body: 'return http' }, withNames({ globals: ['log'] })).map((c) => c.field),
    ['data.names[2]', 'data.body'],
  )
  assert.equal(lua({ names: Array.from({ length: 201 }, (_, i) => `n${i}`) }).length, 1)
})

test('an incident names field, construct and place; several come with the first', () => {
  const details = incident(() => lua({ body: 'print(1)\nprint(os, io)' }))
  assert.deepEqual(details, {
    reason: "The script may not use 'os' (line 2, column 7)",
    field: 'data.body',
    construct: 'os',
    line: 2,
    column: 7,
    constructs: [
      { construct: 'os', line: 2, column: 7 },
      { construct: 'io', line: 2, column: 11 },
    ],
  })
})

test('size is counted in bytes and before reading', () => {
  assert.deepEqual(lua({ body: "return 'é'", names: [] }, withNames({ maxBytes: 11 })), [])
  assert.match(lua({ body: "return 'é'", names: [] }, withNames({ maxBytes: 10 }))[0]?.error ?? '', /at most 10 bytes/)
  assert.match(lua({ body: 'os.exit()'.padEnd(80), names: [] }, withNames({ maxBytes: 79 }))[0]?.error ?? '', /at most 79 bytes/)
})

test('script steps are found at any depth, by type, language or the member lua', () => {
  const scripts: readonly (readonly [Value, string])[] = [
    [[{ type: 'lua', code: 'os.exit()' }], 'data.body[0].code'],
    [[{ kind: 'LUA', script: 'os.exit()' }], 'data.body[0].script'],
    [[{ type: 'script', source: 'os.exit()' }], 'data.body[0].source'],
    [[{ type: 'x', language: 'Lua', code: 'os.exit()' }], 'data.body[0].code'],
    [[{ type: 'if', then: [{ type: 'lua', code: 'os.exit()' }] }], 'data.body[0].then[0].code'],
    [{ nodes: { a: { type: 'lua_script', code: 'os.exit()' } } }, 'data.body.nodes.a.code'],
    [[{ type: 'wait', until: { lua: 'os.time() > 1' } }], 'data.body[0].until.lua'],
    [[{ type: 'wait', until: { lua: 'x = os.time()' } }], 'data.body[0].until.lua'],
    [[{ type: 'lua', lua: 'os', code: 'return 1' }], 'data.body[0].lua'],
    [[{ type: 'lua', code: 'return 1', script: 'os.exit()' }], 'data.body[0].script'],
  ]
  for (const [body, place] of scripts) {
    const details = incident(() => workflow(body))
    assert.equal(details['field'], place)
    assert.equal(details['construct'], 'os')
  }
})

test('the places of an expression are those of its own text', () => {
  assert.deepEqual(
    ['line', 'column'].map((name) => incident(() => workflow({ lua: '1 + os.time()' }))[name]),
    [1, 5],
  )
})

test('steps that are none, that nobody can read, or that ask for too much', () => {
  const wrong: readonly (readonly [Value, RegExp])[] = [
    [['x'], /A step is an object/],
    [[{ type: 'two words' }], /is a word/],
    [[{ kind: 1 }], /is a word/],
    [[{ type: 'lua' }], /has its script in 'code'/],
    [[{ type: 'lua', code: 5 }], /is a text/],
    [[{ type: 'javascript', code: '1' }], /written in Lua/],
    [[{ type: 'script', language: 'python', code: '1' }], /written in Lua/],
    [[{ type: 'run', language: 'bash', code: '1' }], /written in Lua/],
    [[{ type: 'lua', code: 'return 1', timeoutMs: 30_001 }], /from 1 to 30000/],
    [[{ type: 'lua', code: 'return 1', timeoutMs: '5' }], /from 1 to 30000/],
    [[{ type: 'lua', code: 'return 1', allowedGlobals: ['io'] }], /No script can be allowed 'io'/],
    [[{ type: 'lua', code: 'return fetch()' }], /'fetch'/],
    [[{ type: 'wait', until: { lua: '1 +' } }], /This is not Lua/],
    [Array(1_001).fill({ type: 'x' }), /at most 1000 steps/],
    [Array(101).fill({ type: 'lua', code: 'return 1' }), /at most 100 scripts/],
  ]
  for (const [body, says] of wrong) assert.match(workflow(body)[0]?.error ?? 'nothing', says, JSON.stringify(body).slice(0, 80))
})

test('other text of a workflow is data', () => {
  const words = fc.constantFrom('os.execute("id")', 'javascript:1', 'DROP TABLE users', '_G', "require('os')")
  const names = fc.constantFrom('body', 'title', 'to', 'code', 'url', 'when', 'script', 'query')
  const step = fc.tuple(fc.constantFrom('mail', 'http', 'wait', 'sql'), fc.dictionary(names, words, { noNullPrototype: true }))
  fc.assert(fc.property(fc.array(step, { maxLength: 6 }), (steps) => workflow(steps.map(([type, data]) => ({ ...data, type }))).length === 0))
})
