/** Loaded before anything else (`--import`), in every process and thread of a mutation run: which planted mistake is on, and which places were reached. */

declare global {
  var __planted: (number: number) => boolean
}

/** On from the start, for what a file works out once as it is loaded. */
let on = Number(process.env['DBAL_MUTANT'] ?? -1)
/** Until somebody asks: what is reached as files load that every test shares. */
const atStart = new Set<number>()
let reached: Set<number> | undefined = atStart

globalThis.__planted = (number) => {
  reached?.add(number)
  return number === on
}

export function turnOn(number: number): void {
  on = number
}

export const reachedAtStart = (): number[] => [...atStart]

/** The places that are reached from here on; `taken` ends it. */
export function record(): { taken(): number[] } {
  const own = new Set<number>()
  reached = own
  return {
    taken: () => {
      if (reached === own) reached = undefined
      return [...own]
    },
  }
}
