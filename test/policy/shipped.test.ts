/** The policy tests that the product and its example ship: all pass, on both embedded databases, and what they would not notice is known. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadContract, openAdapter } from '../../src/cli/compose.ts'
import { readSchemaFolder, shippedSchemaFolder } from '../../src/config/schema-files.ts'
import { coverage, type Ran } from '../../src/policy-test/coverage.ts'
import { readTests, testFileName } from '../../src/policy-test/read.ts'
import { failureText } from '../../src/policy-test/report.ts'
import { runTest } from '../../src/policy-test/run.ts'

const store = join(import.meta.dirname, '../../examples/music-store/schema')
/** Conditions that another rule or a preset makes true anyway; they stand there for the reader. */
const known: readonly (readonly [string, string | undefined, number, readonly string[]])[] = [
  ['the shipped schema', undefined, 200, ['"id != $user.id" is always true', '"id != $user.id" is always true']],
  ['the music store', store, 100, [`"userId = $user.id" of the check is always true`]],
]

for (const [name, folder, least, expected] of known)
  for (const adapter of ['memory', 'sqlite'] as const) {
    test(`${name}: its policy tests pass on ${adapter}`, async () => {
      const { schema, policy } = loadContract(folder)
      const sources = readSchemaFolder(folder ?? shippedSchemaFolder())
      const files = readTests(
        sources.filter(({ path }) => testFileName.test(path)),
        schema,
      )
      const setting = { schema, policy, open: () => openAdapter({ adapter, threads: 'inline' as const }) }
      const ran: Ran[] = []
      for (const file of files) for (const one of file.tests) ran.push({ file, outcome: await runTest(one, file, setting) })
      assert.deepEqual(
        ran.flatMap(({ outcome }) => failureText(outcome)),
        [],
      )
      assert.ok(ran.length > least, `${ran.length}`)
      if (adapter === 'sqlite') return
      const own = new Set(sources.map(({ path }) => path))
      const covered = await coverage(ran, setting, (rule) => own.has(rule.place.file))
      assert.deepEqual(
        covered.flatMap(({ parts }) => parts.filter((part) => !part.noticed).map(({ change }) => change)),
        expected,
      )
    })
  }
