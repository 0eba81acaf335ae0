/** The runner on one file of cases; `npm test` runs all of them in every cell through `dbal conformance` and counts them there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runConformance } from './run.ts'

const report = await runConformance({ filter: 'origin' })

test('cases of every file ran in every cell', () => {
  assert.ok(report.results.length > 0, 'no case was found')
  for (const file of report.files) {
    for (const cell of report.cells)
      assert.ok(
        report.results.some((result) => result.file === file && result.cell === cell),
        `${file} has no result for ${cell.adapter}, ${cell.door}`,
      )
  }
  for (const { status, failures } of report.results) assert.notEqual(status, 'failed', failures.join('\n'))
  for (const { cell, status } of report.results) assert.ok(status === 'passed' || !['memory', 'sqlite'].includes(cell.adapter), cell.adapter)
  for (const { status, reason } of report.results) assert.ok(status !== 'skipped' || (reason ?? '') !== '', 'a skip needs a reason')
})
