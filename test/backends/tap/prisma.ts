/** Statements that a Prisma client's driver for SQLite runs on this thread. In charge of listening at its class and of leaving it as it was. */
import { createRequire } from 'node:module'

interface Driver {
  prepare(text: string): unknown
  exec(text: string): unknown
}

/** The copy that Prisma's adapter itself loads. */
function driverClass(): { readonly prototype: Driver } {
  const adapter = createRequire(import.meta.url).resolve('@prisma/adapter-better-sqlite3')
  return createRequire(adapter)('better-sqlite3') as { readonly prototype: Driver }
}

export function tapPrisma(): { take(): string[]; end(): void } {
  let texts: string[] = []
  const { prototype } = driverClass()
  const { prepare, exec } = prototype
  // Prisma prepares each statement for the one time that it runs.
  Object.assign(prototype, {
    prepare(this: Driver, text: string): unknown {
      texts.push(text)
      return prepare.call(this, text)
    },
    exec(this: Driver, text: string): unknown {
      texts.push(text)
      return exec.call(this, text)
    },
  })
  return {
    take: () => {
      const taken = texts
      texts = []
      return taken
    },
    end: () => void Object.assign(prototype, { prepare, exec }),
  }
}
