import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseErrors } from '../schema/document/errors.ts'
import { errorTableText } from './errors.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('src/errors/table.ts is what errors.yaml says', () => {
  const rows = parseErrors({ path: 'errors.yaml', text: read('api/schema/errors.yaml') })
  assert.equal(read('src/errors/table.ts'), errorTableText(rows))
})

test('a changed sentence changes the table', () => {
  const rows = parseErrors({ path: 'errors.yaml', text: read('api/schema/errors.yaml').replace('Resource not found', "It isn't here") })
  assert.match(errorTableText(rows), /NOT_FOUND: \{ status: 404, message: 'It isn\\'t here', retryable: false \}/)
})
