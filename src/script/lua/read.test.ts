/** What readers of scripts find: a corpus of hostile, mistaken and harmless ones; bounds; and that the corpus bites. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { builtin, forbidden } from './names.ts'
import { loadParser, readLua } from './read.ts'

const corpus = <T>(name: string): readonly T[] => parse(readFileSync(new URL(`../../../test/scripts/${name}.yaml`, import.meta.url), 'utf8')) as T[]
const hostile = corpus<{ construct: string; code: string }>('hostile')
const refused = corpus<{ error: string; code: string }>('refused')
const harmless = corpus<string>('harmless')

before(loadParser)

test('every hostile script is an incident that names the construct', () => {
  assert.ok(hostile.length >= 60)
  for (const { construct, code } of hostile) {
    const { incidents } = readLua(code)
    assert.ok(
      incidents.some((incident) => incident.construct === construct),
      `${code}: ${JSON.stringify(readLua(code))}`,
    )
  }
})

test('every harmless script passes without a word', () => {
  assert.ok(harmless.length >= 40)
  for (const code of harmless) assert.deepEqual(readLua(code), { faults: [], incidents: [], globals: [] }, code)
})

test('mistakes are mistakes: a sentence, a place, no incident', () => {
  for (const { error, code } of refused) {
    const { faults, incidents, globals } = readLua(code)
    assert.deepEqual(incidents, [], code)
    const said = [...faults.map((fault) => fault.error), ...globals.map(({ name }) => `'${name}'`)]
    assert.ok(
      said.some((sentence) => sentence.includes(error)),
      `${code}: ${said.join('; ')}`,
    )
  }
})

test('a hostile script is found wherever it stands in a harmless one', () => {
  const frames = [
    (code: string) => `do ${code}\nend`,
    (code: string) => `local function f(...) ${code}\nend`,
    (code: string) => `if nil then ${code}\nend`,
    (code: string) => `local t = {a = function(...) ${code}\nend}`,
    (code: string) => `for i = 1, 2 do ${code}\nend`,
  ]
  fc.assert(
    fc.property(fc.constantFrom(...hostile), fc.constantFrom(...harmless), fc.constantFrom(...frames), ({ construct, code }, other, frame) => {
      // A compiled chunk and a line for the shell are so only at the very beginning; a harmless script may have made the name a local.
      fc.pre(!code.startsWith('\u001b') && !code.startsWith('#!') && !other.startsWith('#!') && !/\bgoto\b|::/.test(other + code))
      const block = `do ${other}\nend ${frame(code)}`
      return readLua(block).incidents.some((incident) => incident.construct === construct)
    }),
    { numRuns: 500 },
  )
})

test('a local of a forbidden name is harmless exactly where it is in scope', () => {
  for (const name of forbidden) {
    if (name === '_ENV') continue
    assert.deepEqual(readLua(`local ${name} = {} return ${name}.x`).incidents, [], name)
    assert.deepEqual(readLua(`do local ${name} = {} end\nreturn ${name}.x`).incidents, [{ construct: name, line: 2, column: 8 }], name)
    assert.deepEqual(readLua(`return {${name} = 1}, ("x").${name}, '${name}' -- ${name}`).incidents, [], name)
  }
})

test('no name is both allowed and forbidden', () => {
  for (const name of builtin) assert.ok(!forbidden.has(name), name)
})

test('places count lines as editors do and columns in characters', () => {
  assert.deepEqual(readLua("local s = '日本語 😀' return os").incidents, [{ construct: 'os', line: 1, column: 26 }])
  assert.deepEqual(readLua('\r\n\r\n  os.exit()').incidents, [{ construct: 'os', line: 3, column: 3 }])
  assert.deepEqual(readLua('#!/bin/lua\nos.exit()').incidents, [{ construct: 'os', line: 2, column: 1 }])
  assert.equal(readLua('return 1 +\n\n  *').faults[0]?.line, 3)
})

test('size and depth are bounded before anything recurses', () => {
  const deep = (open: string, middle: string, close: string, n: number) => `return ${open.repeat(n)}${middle}${close.repeat(n)}`
  const of = (code: string) => readLua(code).faults[0]?.error ?? ''
  const shapes: readonly ((n: number) => string)[] = [
    (n) => deep('(', '1', ')', n),
    (n) => deep('{', '', '}', n),
    (n) => deep('function() return ', '1', ' end', n),
    (n) => deep('- ', '1', '', n),
    (n) => deep('not ', '1', '', n),
    (n) => deep("'' .. ", "''", '', n),
    (n) => deep('2 ^ ', '2', '', n),
    (n) => deep('print(', '', ')', n),
    (n) => deep('({1})[', '1', ']', n),
    (n) => `${'do '.repeat(n)}${'end '.repeat(n)}`,
    (n) => `${'if 1 then '.repeat(n)}${'end '.repeat(n)}`,
    (n) => `${'while 1 do '.repeat(n)}${'end '.repeat(n)}`,
    (n) => `${'repeat '.repeat(n)}${'until 1 '.repeat(n)}`,
  ]
  for (const shape of shapes) {
    assert.equal(of(shape(60)), '', shape(2))
    // Twenty thousand of anything would end a parser that recurses.
    for (const n of [250, 4_000, 15_000]) assert.match(of(shape(n)), /nested|more than \d+ words/, shape(2))
  }
  // What grows to the left, or side by side, is long and not deep.
  for (const wide of [`return 1${' + 1'.repeat(4_000)}`, `return print${'()'.repeat(4_000)}`, `local a = 1 ${'a = a .. a '.repeat(3_000)}`])
    assert.equal(of(wide), '', wide.slice(0, 30))
  assert.match(of('a = 1 '.repeat(10_000)), /more than \d+ words and signs/)
})

test('no text makes the reader fail', () => {
  const token = fc.constantFrom(
    ...'and break do else elseif end false for function goto if in local nil not or repeat return then true until while os x _ENV'.split(' '),
    ...'+ - * / // % ^ # & ~ | << >> == ~= <= >= < > = ( ) { } [ ] :: ; : , . .. ...'.split(' '),
    ...['"end"', '"("', "'='", '""', '[[x]]', '1', '0x1', '--c\n', '<const>', '\n', '\u001b'],
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
      const reading = readLua(tokens.join(' '))
      return Array.isArray(reading.faults)
    }),
    { numRuns: 5_000 },
  )
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => Array.isArray(readLua(text).faults)))
})
