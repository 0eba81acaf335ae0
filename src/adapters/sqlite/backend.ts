/** What SQL plans and transactions need to know of SQLite. In charge of its words for them; must not know connections. */
import { sqliteDialect } from '../sql/dialects/sqlite/dialect.ts'
import type { Backend, Text } from '../sql/run/plan.ts'
import { translate } from './failure.ts'

export const backend: Backend = { dialect: sqliteDialect, translate, cascadesUncounted: true }

/** A write takes its lock at once: one that began as a read could not wait for it. */
export const begins: Readonly<Record<'read' | 'write', Text>> = {
  read: { text: 'BEGIN', rows: false },
  write: { text: 'BEGIN IMMEDIATE', rows: false },
}
