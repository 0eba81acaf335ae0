import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { library, viewOf } from '../../test/support/library-schema.ts'
import { DBALError } from '../errors/error.ts'
import { bind } from './bind.ts'
import { check } from './check.ts'
import { valueCost } from './cost.ts'
import { parse } from './parse.ts'

const view = viewOf(library)

function cost(entity: string, options: Record<string, unknown>): number {
  const parsed = parse('list', { entity, options })
  const checked = check(parsed, library, view)
  return checked.cost + valueCost(checked, bind(checked, parsed.values, Number.POSITIVE_INFINITY)).reduce((sum, part) => sum + part.cost, 0)
}

function run(entity: string, options: Record<string, unknown>): string | undefined {
  const parsed = parse('list', { entity, options })
  try {
    bind(check(parsed, library, view), parsed.values)
    return undefined
  } catch (error) {
    assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', String(error))
    return error.details.fields?.[0]?.error
  }
}

test('ordinary pages pass', () => {
  assert.equal(
    run('Book', {
      limit: 100,
      include: { author: true, tags: { limit: 20 } },
      filter: { title: { contains: 'x', mode: 'insensitive' } },
      sort: { pages: 'desc' },
    }),
    undefined,
  )
  assert.equal(run('Author', { limit: 100, include: { books: { limit: 20, include: { tags: { limit: 5 } } } } }), undefined)
  assert.equal(run('Book', { limit: 100, page: 1001 }), undefined, 'an offset of exactly 100,000')
})

test('large fan-outs, offsets and filters are refused with the largest part', () => {
  const fan = { limit: 100, include: { books: { limit: 100, include: { tags: { limit: 100 } } } } }
  assert.match(run('Author', fan) ?? '', /^Costs \d+ where at most 1000 are allowed; the largest part is include\.books\.tags \(50000\)$/)
  assert.match(run('Book', { limit: 100, page: 1002 }) ?? '', /largest part is page/)
  assert.match(run('Book', { limit: 1, page: 1e9 }) ?? '', /largest part is page/)
  const double = { not: { not: { or: Array.from({ length: 115 }, () => ({ title: { contains: 'x', mode: 'insensitive' } })) } } }
  assert.match(run('Book', { filter: double }) ?? '', /largest part is filter/)
  assert.match(
    run('Book', { filter: { or: Array.from({ length: 30 }, () => ({ pages: { in: Array.from({ length: 1000 }, (_, i) => i) } })) } }) ?? '',
    /largest part is lists/,
  )
})

const condition = fc.constantFrom<object>(
  {},
  { level: 1 },
  { level: { gt: 1, lt: 3 } },
  { name: { contains: 'x' } },
  { name: { eq: 'x', mode: 'insensitive' } },
  { name: null },
  { 'profile.a': 1 },
  { books: { some: {} } },
  { books: { every: { pages: 1 } } },
  { level: { in: [1, 2] } },
  { level: { notIn: [] } },
)
const filters = fc.letrec<{ filter: object }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    condition,
    fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })),
    tie('filter').map((not) => ({ not })),
    tie('filter').map((some) => ({ books: { some: { author: some } } })),
  ),
})).filter

/** Every way to put `extra` into one place of the filter. */
function* grown(filter: unknown, extra: object): Generator<object> {
  yield { and: [filter, extra] }
  yield { or: [extra, filter] }
  yield { not: filter }
  if (Array.isArray(filter)) return
  for (const [name, inner] of Object.entries(filter as object)) {
    if (Array.isArray(inner) && (name === 'and' || name === 'or')) {
      yield { ...(filter as object), [name]: [...inner, extra] }
      for (let i = 0; i < inner.length; i++) for (const part of grown(inner[i], extra)) yield { ...(filter as object), [name]: inner.with(i, part) }
    }
  }
}

test('property: adding a node never lowers the cost, wherever it is added', () => {
  fc.assert(
    fc.property(filters, condition, (filter, extra) => {
      const before = cost('Author', { filter })
      for (const more of grown(filter, extra)) assert.ok(cost('Author', { filter: more }) >= before, JSON.stringify(more))
      assert.ok(cost('Author', { filter, include: { books: true } }) > before)
      assert.ok(cost('Author', { filter, sort: { name: 'asc' } }) > before)
      assert.ok(cost('Author', { filter, limit: 21 }) > before)
      assert.ok(cost('Author', { filter, page: 2 }) > before)
    }),
    { numRuns: 300 },
  )
})
