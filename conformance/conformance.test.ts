/** Every case in every cell, each a test of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runConformance } from './run.ts'

const report = await runConformance()

test('cases of every file ran in every cell', () => {
  assert.ok(report.results.length > 0, 'no case was found')
  for (const file of report.files) {
    for (const cell of report.cells)
      assert.ok(
        report.results.some((result) => result.file === file && result.cell === cell),
        `${file} has no result for ${cell.adapter}, ${cell.door}`,
      )
  }
  for (const { status, reason } of report.results) assert.ok(status !== 'skipped' || (reason ?? '') !== '', 'a skip needs a reason')
})

for (const cell of report.cells) {
  test(`${cell.backend} (${cell.adapter}), ${cell.door}`, async (t) => {
    for (const result of report.results.filter((one) => one.cell === cell)) {
      await t.test(`${result.file}: ${result.name}`, { skip: result.status === 'skipped' ? (result.reason as string) : false }, () => {
        assert.equal(result.status, 'passed', result.failures.join('\n'))
      })
    }
  })
}
