/** Programs that failed once, kept as data and replayed first. In charge of their files; must not know how they are judged. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Program } from './spec.ts'

const folder = new URL('../../../conformance/regressions/', import.meta.url)

export interface Kept<P = Program> {
  /** What went wrong when it was found. */
  readonly note: string
  readonly program: P
}

/** Files of `conformance/regressions/` whose name begins with `kind`. */
export function kept<P = Program>(kind: string): readonly (Kept<P> & { readonly file: string })[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${kind}-`) && file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Kept<P>) }))
}

const ordinary = 100_000

/** How many of `standard` things to try: DBAL_ORACLE_RUNS counts calls of programs (100 000), and the other oracles grow with it. */
export const runs = (standard: number): number => Math.max(1, Math.round((standard * Number(process.env.DBAL_ORACLE_RUNS ?? ordinary)) / ordinary))
