/** The conformance cases as probes: a file of them is one body, in this process, on the definition and on SQLite. */
import { readCases, runConformance } from '../../../conformance/run.ts'
import { type Probe, probeOf } from './probe.ts'

async function passes(adapter: string, filter: string): Promise<void> {
  await runConformance({
    adapters: [adapter],
    doors: ['in-process'],
    filter,
    onProgress: ({ status, failures }) => {
      if (status === 'failed') throw new Error(failures.join('\n'))
    },
  })
}

export const caseProbes = (): Probe[] =>
  ['sqlite'].map((adapter) =>
    probeOf(`cases on ${adapter}`, () => readCases({}).map(({ path }) => ({ name: path, run: () => passes(adapter, `${path}: `) }))),
  )
