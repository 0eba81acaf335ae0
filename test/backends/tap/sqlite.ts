/** Statements that SQLite's driver runs on this thread. In charge of listening at its classes and of leaving them as they were. */
import { DatabaseSync, StatementSync } from 'node:sqlite'

export function tapSqlite(): { take(): string[]; end(): void } {
  let texts: string[] = []
  const undo: (() => void)[] = []
  const listen = <T extends object>(prototype: T, name: keyof T & string, textOf: (self: T, args: readonly unknown[]) => string): void => {
    const original = prototype[name] as (...args: unknown[]) => unknown
    const heard = function (this: T, ...args: unknown[]): unknown {
      texts.push(textOf(this, args))
      return original.apply(this, args)
    }
    Object.assign(prototype, { [name]: heard })
    undo.push(() => Object.assign(prototype, { [name]: original }))
  }
  for (const name of ['all', 'run', 'get', 'iterate'] as const) listen(StatementSync.prototype, name, (self) => self.sourceSQL)
  listen(DatabaseSync.prototype, 'exec', (_, [text]) => String(text))
  return {
    take: () => {
      const taken = texts
      texts = []
      return taken
    },
    end: () => {
      for (const back of undo) back()
    },
  }
}
