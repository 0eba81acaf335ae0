/** What can find a mistake, and how it is run more than once in one process. Types, and lists of bodies as probes. */
import type { Gathered } from '../again.ts'

export interface Probe {
  /** A path or a name; the same in every run. */
  readonly name: string
  /** Its tests, made anew: nothing that an earlier run has worked out may be in them. */
  gather(): Promise<Gathered>
}

export interface Body {
  readonly name: string
  run(): Promise<void>
}

export const probeOf = (name: string, bodies: () => readonly Body[] | Promise<readonly Body[]>): Probe => ({
  name,
  gather: async () => {
    const all = await bodies()
    return {
      names: all.map((one) => one.name),
      run: async (wanted, around) => {
        for (const [i, body] of all.entries()) if (wanted(i)) await around(i, () => body.run())
      },
    }
  },
})
