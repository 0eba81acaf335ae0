/** `renamed_from`: where it may stand, and what is said where it cannot be true. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DBALError } from '../errors/error.ts'
import { parseSchema } from './parse.ts'

const one = (text: string) => parseSchema([{ path: 'a.yaml', text }])
const complaint = (text: string): string => {
  try {
    one(text)
  } catch (error) {
    return ((error as DBALError).details.fields ?? []).map(({ field, error: said }) => `${field} ${said}`).join('; ')
  }
  return 'none'
}
const base = 'entity: Letter\nrenamed_from: Note\nfields:\n  id: {type: integer, primary: true}\n'

test('the name before is kept for migrations, on entities and on fields', () => {
  const { entities } = one(`${base}  body: {type: text, optional: true, renamed_from: text}\n`)
  const letter = entities.get('Letter')
  assert.equal(letter?.renamedFrom, 'Note')
  assert.equal(letter?.fields.get('body')?.renamedFrom, 'text')
  assert.equal(letter?.fields.get('id')?.renamedFrom, undefined)
})

test('names that are still in use, that are the same, or that two claim', () => {
  assert.match(
    complaint(`${base}  text: {type: text, optional: true}\n  body: {type: text, optional: true, renamed_from: text}\n`),
    /a\.yaml:6:.*still has a field "text"/,
  )
  assert.match(complaint(`${base}  body: {type: text, optional: true, renamed_from: body}\n`), /is the name of this field now/)
  assert.match(
    complaint(`${base}  a: {type: text, optional: true, renamed_from: x}\n  b: {type: text, optional: true, renamed_from: x}\n`),
    /"a" and "b" cannot both have been "x"/,
  )
  const note = 'entity: Note\nfields:\n  id: {type: integer, primary: true}\n'
  assert.match(complaint(`${base}---\n${note}`), /There still is an entity "Note"/)
  assert.match(complaint(`${base}---\n${base.replace('Letter', 'Mail')}`), /Letter and Mail cannot both have been "Note"/)
  assert.match(complaint(`${base}  body: {type: text, optional: true, renamed_from: 3}\n`), /text/)
})
