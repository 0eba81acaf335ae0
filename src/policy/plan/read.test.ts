/** The row that a match names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { param } from '../../query/build.ts'
import { makeEntity } from '../../../test/support/make-schema.ts'
import { matching } from './read.ts'

test('what is unique whatever its case is found whatever its case, and nothing else is', () => {
  const entity = makeEntity('Tag', {
    fields: { id: { type: 'integer', primary: true }, name: { type: 'string', unique: 'insensitive' }, code: { type: 'string', unique: 'exact' } },
  })
  const text = param(0, { type: 'string' })
  const asked = (field: string) => matching([{ field, value: text }], entity)
  assert.deepEqual(asked('name'), { kind: 'compare', op: 'eq', left: { kind: 'field', field: 'name' }, right: text, insensitive: true })
  assert.deepEqual(asked('code'), { kind: 'compare', op: 'eq', left: { kind: 'field', field: 'code' }, right: text, insensitive: false })
})
