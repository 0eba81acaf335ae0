/** Case files: what is accepted, and where complaints point. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../src/errors/error.ts'
import { parseCases } from './case.ts'
import { differences, errorDifferences } from './expect.ts'
import { type Names, resolve } from './reference.ts'
import { roleCases } from './roles.ts'
import { readCases, runConformance } from './run.ts'

function complaints(text: string): string[] {
  try {
    parseCases('bad.yaml', text)
  } catch (error) {
    assert.ok(error instanceof DBALError)
    return (error.details.fields ?? []).map(({ field, error: told }) => `${field} ${told}`)
  }
  return []
}

test('mistakes are told with file, line and column', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['', /^bad\.yaml:1:1 /],
    ['cases: []', /^bad\.yaml:1:8 Must hold a list of cases/],
    ['- name: a\n  stepz: []', /^bad\.yaml:2:3 Unknown key 'stepz'/],
    ['- name: a\n  steps: []', /^bad\.yaml:2:10 A case needs steps/],
    ['- steps:\n    - do: [ping]', /^bad\.yaml:1:3 A case needs a name/],
    ['- name: a\n  steps:\n    - do: [ping]\n- name: a\n  steps:\n    - do: [ping]', /^bad\.yaml:4:9 Two cases are called 'a'/],
    ['- name: a\n  steps:\n    - as: user', /^bad\.yaml:3:7 A step says what to call/],
    ['- name: a\n  steps:\n    - { do: [ping], error: NOSUCH }', /^bad\.yaml:3:7 There is no error 'NOSUCH'/],
    ['- name: a\n  steps:\n    - { do: [ping], error: 404, output: 1 }', /^bad\.yaml:3:7 A step expects one thing/],
    ['- name: a\n  steps:\n    - { do: [ping], expected: { status: maybe } }', /^bad\.yaml:3:7 'expected\.status'/],
    ['- name: a\n  skip: { doors: [daemon] }\n  steps:\n    - do: [ping]', /^bad\.yaml:2:9 A skip needs a reason/],
    ['- name: a\n  steps:\n    - { do: [ping], do: [ping] }', /^bad\.yaml:3:\d+ Map keys must be unique/],
    ['- name: [', /^bad\.yaml:/],
  ]
  for (const [text, told] of table) assert.match(complaints(text)[0] ?? 'no complaint', told, text)
})

test("the origin's form is the same call", () => {
  const text =
    '- name: a\n  operations:\n    - {action: update, entity: User, input: {id: 1, email: x}, expected: {status: error, error: {code: 404}}}\n    - {action: get_tree, entity: Part, input: {pageId: 2}}'
  const [first, second] = parseCases('o.yaml', text).cases[0]?.steps ?? []
  assert.deepEqual(
    [first?.method, first?.params, first?.expected],
    ['update', ['User', 1, { email: 'x' }], { status: 'error', error: { code: 404 } }],
  )
  assert.deepEqual([second?.method, second?.params, second?.as], ['call', ['Part', 'getTree', { pageId: 2 }], 'supergod'])
})

test('each makes one step of every value', () => {
  const steps = parseCases(
    'e.yaml',
    '- name: a\n  steps:\n    - { do: [read, X, $each.id], output: { n: $each.n }, each: [{ id: 1, n: a }, { id: 2, n: null }] }',
  ).cases[0]?.steps
  assert.deepEqual(
    steps?.map(({ params, expected }) => [params, expected]),
    [
      [['X', 1], { status: 'success', output: { n: 'a' } }],
      [['X', 2], { status: 'success', output: { n: null } }],
    ],
  )
})

test('answers that differ are found, answers that match are not', () => {
  const same: readonly (readonly [unknown, unknown])[] = [
    [{ a: 1 }, { a: 1, b: 2 }],
    [[{ a: 1 }], [{ a: 1, b: 2 }]],
    ['$any', null],
    ['$uuid', '0190a0b0-0000-7000-8000-000000000000'],
    ['$datetime', '2026-01-01T00:00:00.000Z'],
    [{ a: '$absent' }, {}],
    [{ $length: 2 }, [1, 2]],
    [{ $contains: [{ a: 1 }] }, [{ a: 2 }, { a: 1 }]],
    [{ $unordered: [1, 2] }, [2, 1]],
    [{ $exactly: { a: 1 } }, { a: 1 }],
    [{ $not: 1 }, 2],
    [{ $lacks: [1] }, [2]],
    [null, null],
  ]
  const different: readonly (readonly [unknown, unknown])[] = [
    [{ a: 1 }, { a: 2 }],
    [{ a: null }, {}],
    [[1], [1, 2]],
    [[1, 2], [1]],
    [[], {}],
    [{}, []],
    ['$any', undefined],
    ['$uuid', 'x'],
    ['$absent', null],
    ['$datetime', '2026-01-01'],
    [{ $length: 1 }, []],
    [{ $contains: [3] }, [1]],
    [{ $unordered: [1, 2] }, [1]],
    [{ $exactly: { a: 1 } }, { a: 1, b: 2 }],
    [{ $not: 1 }, 1],
    [{ $lacks: [1] }, [1]],
    [0, -0],
    [1, '1'],
    [{ $matches: '^a' }, 'b'],
    [{ toString: '$any' }, {}],
  ]
  for (const [expected, actual] of same) assert.deepEqual(differences(expected, actual), [], JSON.stringify(expected))
  for (const [expected, actual] of different) assert.notDeepEqual(differences(expected, actual), [], JSON.stringify([expected, actual]))
})

test('errors that differ are found', () => {
  const told = {
    code: 422,
    name: 'VALIDATION_ERROR',
    message: 'Validation failed',
    details: { fields: [{ field: 'a', error: 'x' }] },
    requestId: 'r1',
  } as const
  const { requestId: _, ...saved } = told
  for (const expected of [
    { code: 422 },
    { name: 'VALIDATION_ERROR' },
    { fields: [{ field: 'a' }] },
    { fields: [{ field: 'a', error: 'x' }] },
    { same: 's' },
  ]) {
    assert.deepEqual(errorDifferences(expected, told, { s: saved }), [])
  }
  for (const expected of [
    { code: 404 },
    { name: 'NOT_FOUND' },
    { message: 'no' },
    { fields: [{ field: 'b' }] },
    { fields: [{ field: 'a', error: 'y' }] },
    { same: 's' },
  ]) {
    assert.notDeepEqual(errorDifferences(expected, told, { s: { ...saved, message: 'Other' } }), [])
  }
})

test('references and recipes', () => {
  const names: Names = {
    prev: { id: 7 },
    steps: [{ list: [{ x: 1 }] }],
    saved: { page: { id: 'p' } },
    users: { admin: { id: 'ad' } },
    me: { id: 'me' },
    unique: 'u1',
  }
  const given = {
    a: '$prev.id',
    b: '$steps[0].list[0].x',
    c: 'x-${unique}-${saved.page.id}',
    d: '$$prev',
    e: '$nosuch',
    f: ['$me.id', '$users.admin.id'],
    g: { $make: { repeat: 'ab', times: 2 } },
  }
  assert.deepEqual(resolve(given, names), { a: 7, b: 1, c: 'x-u1-p', d: '$prev', e: '$nosuch', f: ['me', 'ad'], g: 'abab' })
  assert.equal(resolve('$steps[0].id', names, true), '$steps[0].id')
  assert.throws(() => resolve('$saved.nosuch.id', names), /refers to nothing/)
  assert.deepEqual(resolve({ $make: { nest: 'not', depth: 2, around: {} } }, names), { not: { not: {} } })
  assert.deepEqual(resolve({ $make: { flip: 'ABC', at: -1 } }, names), 'ABA')
})

test('the role matrix is whole', () => {
  assert.equal(roleCases().cases.length, 5 * 8 * 5 * 2)
})

test('a run of nothing is an error, and so is a step that does not do as expected', async () => {
  assert.throws(() => readCases({ filter: 'no case is called so' }), /Validation failed/)
  await assert.rejects(runConformance({ adapters: ['oracle'] }), /Validation failed/)
  const report = await runConformance({ adapters: ['memory'], doors: ['in-process'], casesDir: `${import.meta.dirname}/fixtures/failing` })
  assert.deepEqual([report.passed, report.failed, report.skipped], [1, 3, 1])
  assert.match(report.results.find(({ status }) => status === 'failed')?.failures[0] ?? '', /^failing\.yaml:\d+: step 1, public ping: /)
})
