/** The conformance cases as part of `npm test`. In charge of their counts; conformance/run.ts runs them. */
import { runNode } from './run.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Runs `dbal conformance` in a process of its own; one that gives no counts is a failure. */
export async function conformanceCounts(): Promise<Counts> {
  const { output } = await runNode(['src/cli/main.ts', 'conformance'])
  console.log(output.trimEnd())
  const found = /(\d+) passed, (\d+) failed, (\d+) skipped: \d+ steps in [\d.]+ s\s*$/.exec(output)
  if (found === null) {
    console.log('FAIL  conformance: the run did not end')
    return { passed: 0, failed: 1, skipped: 0 }
  }
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) }
}
