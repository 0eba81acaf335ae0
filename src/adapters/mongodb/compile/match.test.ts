/** Conditions of `$match` by a second evaluator of the language, against the definition; and the sortable form against plain arithmetic. No server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Query } from 'mingo'
import { Queries } from '../../../../test/oracle/predicates/random-query.ts'
import { schemaOf, worlds } from '../../../../test/oracle/predicates/random-world.ts'
import { seed } from '../../../../test/oracle/seed.ts'
import { insertOf, minted, rowsOf } from '../../../../test/support/queries.ts'
import type { Entity, Value } from '../../../schema/entity.ts'
import { compareDigits } from '../../../schema/value/number.ts'
import { createMemoryAdapter } from '../../memory/memory.ts'
import { fromSortable, sortable } from '../values/sortable.ts'
import { documentOf, type Row } from '../write/rows.ts'
import { falsityOf, scopeOf, successor, truthOf } from './match.ts'
import { bake } from './template.ts'

/** What the second evaluator cannot compare: classes of the driver, and expressions, which are asked of the real one. */
const beyond = (condition: unknown): boolean =>
  /"\$expr"|_bsontype|Binary/.test(JSON.stringify(condition, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))

/** Classes of the driver as plain values: numbers as texts that sort like them, so that none is rounded. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return sortable(String(value))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if ('_bsontype' in value) return value._bsontype === 'Double' ? sortable(Number(value)) : String(value)
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

test(`a second evaluator selects the rows that are true, and those that are false, seed ${seed}`, async (t) => {
  let asked = 0
  for (const [at, world] of fc.sample(worlds, { seed, numRuns: 12 }).entries()) {
    const schema = schemaOf(world)
    const memory = createMemoryAdapter()
    await memory.prepare(schema)
    for (const [name, rows] of Object.entries(world.rows)) {
      const entity = schema.entities.get(name) as Entity
      for (const row of rows) await (async () => memory.run(insertOf(entity), rowsOf([row])))().catch(() => undefined)
    }
    for (const { query, params, session } of fc.sample(new Queries(schema).probes(12, 2), { seed: seed + at, numRuns: 25 })) {
      const { entity } = query
      const columns = [...entity.fields.keys()].map((field) => ({ field }))
      const given = { params, session: new Map(Object.entries(session)) }
      const { rows } = await memory.run(minted({ ...query, columns }), given)
      const documents = rows.map(
        (row) =>
          plain(documentOf(entity, new Map([...entity.fields.keys()].map((name, i) => [name, row[i] as Value])) as Row)) as Record<string, unknown>,
      )
      for (const [n, probe] of query.probes.entries()) {
        for (const [truth, compiled] of [
          [true, truthOf(scopeOf(entity), probe)],
          [false, falsityOf(scopeOf(entity), probe)],
        ] as const) {
          const condition = bake(compiled)(given)
          if (beyond(condition)) continue
          asked++
          const judge = new Query(plain(condition) as Record<string, never>)
          const expected = rows.map((row) => row[columns.length + n] === truth)
          assert.deepEqual(
            documents.map((document) => judge.test(document)),
            expected,
            JSON.stringify([probe, params], (key, value) => (key === 'entity' ? value.name : value)),
          )
        }
      }
    }
  }
  t.diagnostic(`seed ${seed}, ${asked} conditions`)
  assert.ok(asked > 500, `Only ${asked} conditions were plain`)
})

const digits = fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }), fc.integer({ min: 0, max: 38 })).map(([minus, whole, scale]) => {
  const text = String(whole).padStart(scale + 1, '0')
  const value = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
  return { value: minus && whole !== 0n ? `-${value}` : value, scale }
})

test(`sortable texts sort like their numbers and come back, seed ${seed}`, () => {
  const property = fc.property(digits, digits, (a, b) => {
    const [x, y] = [sortable(a.value), sortable(b.value)]
    assert.equal(Math.sign(compareDigits(a.value, b.value)), x < y ? -1 : x > y ? 1 : 0)
    assert.equal(fromSortable(x, a.scale), a.value)
  })
  fc.assert(property, { seed, numRuns: 5000 })
  assert.equal(sortable('12.50'), '152125')
  assert.equal(sortable('-12.5'), '047874~')
  assert.ok(sortable(-1e300) < sortable('-1') && sortable(5e-324) > sortable('0') && sortable(1e300) > sortable('9'.repeat(38)))
})

test('the end of a range of texts lies behind all that begin so', () => {
  assert.equal(successor('ab'), 'ac')
  assert.equal(successor('a\u{10ffff}'), 'b')
  assert.equal(successor('\ud7ff'), '\ue000')
  assert.equal(successor('\u{10ffff}'), undefined)
  assert.equal(successor(''), undefined)
})
