/** Test files as probes: those that ask for what the policy and the compiler do. In charge of the list and of loading a file again. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../run.ts'
import { gather } from '../again.ts'
import type { Probe } from './probe.ts'

/** Beside the sources, and above them; the random oracles are probes of their own. */
const patterns = [
  'src/policy/**/*.test.ts',
  'src/adapters/sql/**/*.test.ts',
  'src/adapters/sqlite/{constraint,predicates,prepare,values}.test.ts',
  'src/adapters/prisma/*.test.ts',
  'src/adapters/{postgres,mysql}/*.test.ts',
  'src/policy-test/*.test.ts',
  'src/engine/capable.test.ts',
  'src/engine/{explain,write}/*.test.ts',
  'src/query/check.test.ts',
  'test/policy/lint.test.ts',
  'test/backends/{describe,expected-version,statements,values}.test.ts',
]

let loads = 0

export function fileProbes(): Probe[] {
  return globSync(patterns, { cwd: root })
    .sort()
    .map((name) => ({
      name,
      // Another address is another module, so that what the file keeps is made anew.
      gather: () => gather(() => import(`${pathToFileURL(join(root, name)).href}?again=${++loads}`)),
    }))
}
