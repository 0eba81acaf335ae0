import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { DBALError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import { compareValues } from '../schema/field-type.ts'
import type { Operand, Order, Predicate } from './ast.ts'
import { field, param } from './build.ts'
import { decodeCursor, encodeCursor, type Seal, seekPredicate } from './cursor.ts'

const key = randomBytes(32)
const seal: Seal = {
  seal(bytes, bound) {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(bound))
    return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64url')
  },
  open(token, bound) {
    const bytes = Buffer.from(token, 'base64url')
    if (bytes.length < 28) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
    } catch {
      return undefined
    }
  },
}

test('values come back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
        ),
      ),
      (values) => {
        assert.deepEqual(decodeCursor(encodeCursor(values, seal, 'q'), values.length, seal, 'q'), values)
      },
    ),
  )
})

test('a token that was tampered with, or taken elsewhere, is refused with the same words', () => {
  const token = encodeCursor(['2026', 5], seal, 'alice list User')
  const flipped = Array.from({ length: token.length }, (_, i) => token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1))
  const elsewhere: readonly [unknown, number, string][] = [
    ...flipped.slice(0, -2).map((other): [unknown, number, string] => [other, 2, 'alice list User']),
    [token, 2, 'bob list User'],
    [token, 3, 'alice list User'],
    [token.slice(0, 40), 2, 'alice list User'],
    ['', 2, 'x'],
    [5, 2, 'x'],
    [null, 2, 'x'],
    ['x'.repeat(5_000_000), 2, 'x'],
    [seal.seal(new Uint8Array([255, 255, 255, 255, 1]), 'x'), 2, 'x'],
    [seal.seal(new Uint8Array(2), 'x'), 2, 'x'],
    [seal.seal(new TextEncoder().encode('\0\0\0\x02{}'), 'x'), 0, 'x'],
  ]
  const answers = elsewhere.map(([other, count, bound]) => {
    try {
      decodeCursor(other, count, seal, bound)
      return 'accepted'
    } catch (error) {
      assert.ok(error instanceof DBALError)
      return JSON.stringify(error.toPublic())
    }
  })
  assert.equal(new Set(answers).size, 1)
  assert.notEqual(answers[0], 'accepted')
})

test('the length of a token does not follow its values', () => {
  const lengths = ['', 'x', 'x'.repeat(100), 'x'.repeat(240)].map((text) => encodeCursor([text, null], seal, 'q').length)
  assert.equal(new Set(lengths).size, 1)
})

/** Three-valued truth of what seekPredicate makes. */
function holds(node: Predicate, row: Readonly<Record<string, Value>>, params: readonly Value[]): boolean | null {
  const value = (operand: Operand): Value =>
    operand.kind === 'field' ? (row[operand.field] ?? null) : operand.kind === 'param' ? (params[operand.index] ?? null) : null
  if (node.kind === 'and' || node.kind === 'or') {
    const parts = (node.kind === 'and' ? node.all : node.any).map((part) => holds(part, row, params))
    const decisive = node.kind === 'or'
    return parts.includes(decisive) ? decisive : parts.includes(null) ? null : !decisive
  }
  if (node.kind === 'not') {
    const of = holds(node.of, row, params)
    return of === null ? null : !of
  }
  if (node.kind === 'isNull') return value(node.of) === null
  assert.ok(node.kind === 'compare')
  const [left, right] = [value(node.left), value(node.right)]
  if (left === null || right === null) return null
  const order = compareValues({ type: 'integer' }, left, right)
  return { eq: order === 0, gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[node.op as 'eq'] as boolean
}

const direction = fc.constantFrom('asc' as const, 'desc' as const)
const cell = fc.option(fc.integer({ min: 0, max: 2 }))

test('property: pages by cursor meet every row once, in order, with nulls and mixed directions', () => {
  const rows = fc.array(fc.record({ a: cell, b: cell }), { maxLength: 12 }).map((list) => list.map((row, id) => ({ ...row, id })))
  fc.assert(
    fc.property(rows, fc.array(fc.tuple(fc.constantFrom('a', 'b'), direction), { maxLength: 2 }), direction, (all, keys, last) => {
      const order: Order[] = [...keys, ['id', last] as const].map(([name, way]) => ({ by: field(name), direction: way }))
      const named = [...keys.map(([name]) => name), 'id'] as ('a' | 'b' | 'id')[]
      const sorted = all.toSorted((x, y) => {
        for (let i = 0; i < order.length; i++) {
          const by = compareValues({ type: 'integer' }, x[named[i] as 'a'], y[named[i] as 'a']) * (order[i]?.direction === 'desc' ? -1 : 1)
          if (by !== 0) return by
        }
        return 0
      })
      const operands = order.map((_, i) => param(i, { type: 'integer' }))
      const nullable = (index: number) => named[index] !== 'id'
      sorted.forEach((row, i) => {
        const params = named.map((name) => row[name])
        for (const predicate of [seekPredicate(order, operands), seekPredicate(order, operands, nullable)]) {
          assert.deepEqual(
            sorted.filter((other) => holds(predicate, other, params) === true),
            sorted.slice(i + 1),
          )
        }
      })
    }),
  )
})
