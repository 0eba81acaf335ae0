/** Principals that were found a moment ago, by digest of their token. In charge of forgetting them in time; must not know where they come from. */
import type { Principal } from '../policy/principal.ts'

export interface Recent {
  /** The principal behind `digest`: a recent one, or what `find` answers. Callers that ask at the same time share one `find`. */
  of(digest: string, find: () => Promise<Principal>): Promise<Principal>
  /** Forgets all, also what is being found just now: an answer that was read before this call is not kept. */
  clear(): void
}

interface Entry {
  readonly principal: Promise<Principal>
  /** When it was found; undefined while it is being found. */
  foundAt: number | undefined
}

/** Only the identity's own failures are not kept: guessing tokens fills nothing. */
export function createRecent(lifetimeMs: number, maxEntries: number, monotonic: () => number): Recent {
  let entries = new Map<string, Entry>()

  return {
    of(digest, find) {
      const known = entries.get(digest)
      if (known !== undefined && (known.foundAt === undefined || monotonic() - known.foundAt < lifetimeMs)) return known.principal
      const mine = entries
      const askedAt = monotonic()
      const entry: Entry = { principal: find(), foundAt: undefined }
      // The oldest goes: identities in use are found anew every half second anyway.
      if (mine.size >= maxEntries) mine.delete(mine.keys().next().value as string)
      mine.delete(digest)
      mine.set(digest, entry)
      entry.principal.then(
        () => {
          // Counted from the question, since a revocation may have come right after the row was read.
          entry.foundAt = askedAt
        },
        () => {
          if (mine.get(digest) === entry) mine.delete(digest)
        },
      )
      return entry.principal
    },
    clear() {
      if (entries.size > 0) entries = new Map()
    },
  }
}
