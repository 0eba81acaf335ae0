import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patternFault } from './check.ts'

const linear = [
  '^[a-zA-Z0-9_-]+$',
  '^[a-z0-9-/]+$',
  '^\\d+\\.\\d+\\.\\d+$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^(draft|live)$',
  '^.*$',
  '^https?://.+$',
  '^\\+?[0-9 ]{5,20}$',
  '[0-9]+',
  'x',
  '^$',
  '',
  '^[A-Z]{2}\\d{2}[A-Z0-9]{1,30}$',
  '^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$',
  '^\\p{Lu}\\d*$',
  '^(?<year>\\d{4})-\\d\\d$',
  '^a*?b$',
  '^.*\\.(?:jpg|png)$',
  '^(foo|bar)+$',
  '^(ab|ac)*$',
]
const exponential = [
  '(a+)+',
  '^(a+)+$',
  '^(a*)*$',
  '^(a|a)*$',
  '^(a|aa)+$',
  '^([a-z]+)*$',
  '^(.*a){20}$',
  '^(\\w+\\s?)*$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '^(a?b?)*$',
  '(x+x+)+y',
  '^(?:\\d|\\w)+$',
  '^(a|b|ab)*c$',
  '^([^,]*,?)*$',
  '^(a{1,30}){1,30}$',
  '^(?:a|[ab])*$',
]

for (const pattern of linear) test(`linear: ${pattern}`, () => assert.equal(patternFault(pattern, undefined), undefined))
for (const pattern of exponential) test(`exponential: ${pattern}`, () => assert.match(patternFault(pattern, 20) ?? '', /exponential time/))

test('a polynomial pattern is accepted for short texts only', () => {
  const email = '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$'
  assert.equal(patternFault(email, 255), undefined)
  assert.match(patternFault(email, 100_000) ?? '', /linear time.*max_length of at most \d+/)
  assert.match(patternFault(email, undefined) ?? '', /linear time/)
  assert.match(patternFault('[a-z]+x', undefined) ?? '', /anchor/)
})

test('an accepted pattern really is quick on the text that hurts it most', () => {
  // Counts by the size of the text, not by the clock: an exponential pattern would not come back at all.
  for (const pattern of linear) assert.doesNotThrow(() => new RegExp(pattern, 'u').test(`${'a'.repeat(20_000)}!`))
})

test('what cannot be bounded is refused', () => {
  assert.match(patternFault('(a)\\1', 10) ?? '', /reference/)
  assert.match(patternFault('^(?=a)a$', 10) ?? '', /looking ahead/)
  assert.match(patternFault('^(?<!a)b$', 10) ?? '', /looking ahead or behind/)
  assert.match(patternFault('^[a-z]{5000}$', 10) ?? '', /more than 400/)
  assert.match(patternFault('^(a?){30}a{30}$', 10) ?? '', /counted repeat/)
  assert.match(patternFault('a'.repeat(501), 10) ?? '', /at most 500/)
})

test('what is no regular expression is said so', () => {
  for (const bad of ['(', '[z-a]', 'a**', '\\', '\\q', '(?<n>a)(?<n>b)', 'a{2,1}', ']'])
    assert.match(patternFault(bad, 10) ?? '', /No regular expression/)
})
