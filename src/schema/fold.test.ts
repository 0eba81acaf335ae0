import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareText, fold } from './fold.ts'

test('fold makes texts meet that differ only by case', () => {
  const pairs = [
    ['ALICE', 'alice'],
    ['straße', 'STRASSE'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['\u212a', 'k'],
    ['ﬁn', 'FIN'],
    ['ẞ', 'ß'],
  ] as const
  for (const [a, b] of pairs) assert.equal(fold(a), fold(b), `${a} ${b}`)
})

test('fold keeps apart what differs by more than case', () => {
  const pairs = [
    ['jose', 'josé'],
    ['bob', 'bob '],
    ['admin1', 'admin1\u200b'],
    ['caf\u00e9', 'cafe\u0301'],
  ] as const
  for (const [a, b] of pairs) assert.notEqual(fold(a), fold(b), `${a} ${b}`)
})

test('fold is idempotent for every code point', () => {
  const bad: string[] = []
  for (let point = 1; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const once = fold(String.fromCodePoint(point))
    if (fold(once) !== once) bad.push(point.toString(16))
  }
  assert.deepEqual(bad, [])
})

test('compareText orders by code point, not by UTF-16 unit', () => {
  assert.ok(compareText('\uffff', '\u{1f600}') < 0)
  assert.ok('\uffff' > '\u{1f600}', 'the native order is the other one')
  const points = (text: string) => Array.from(text, (c) => c.codePointAt(0) as number)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const [x, y] = [points(a), points(b)]
      const at = x.findIndex((point, i) => point !== y[i])
      const expected = at < 0 ? Math.sign(x.length - y.length) : at >= y.length ? 1 : Math.sign((x[at] as number) - (y[at] as number))
      assert.equal(Math.sign(compareText(a, b)), expected)
    }),
  )
})
