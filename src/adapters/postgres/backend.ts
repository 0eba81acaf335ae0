/** What SQL plans and transactions need to know of PostgreSQL. In charge of its words for them; must not know connections. */
import { postgresDialect } from '../sql/dialects/postgres/dialect.ts'
import type { Backend, Text } from '../sql/run/plan.ts'
import { translate } from './failure.ts'

export const backend: Backend = { dialect: postgresDialect, translate, cascadesUncounted: true }

const command = (text: string): Text => ({ text, rows: false })

/**
 * `write` is a snapshot too: whoever changes a row that somebody changed since runs again, so that what was read of a row still holds
 * when it is written. `serial` is for what follows from several rows (positions, rings): there reads count as well.
 */
export const begins: Readonly<Record<'read' | 'write' | 'serial', Text>> = {
  read: command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
  write: command('BEGIN ISOLATION LEVEL REPEATABLE READ'),
  serial: command('BEGIN ISOLATION LEVEL SERIALIZABLE'),
}

export const savepoint = command('SAVEPOINT dbal_statement')
export const release = command('RELEASE SAVEPOINT dbal_statement')
export const undo = command('ROLLBACK TO dbal_statement')

/** Ends what one statement may take, for the transaction or the session. */
export const limitHere: Text = { text: "SELECT set_config('statement_timeout', $1::text, true)", rows: true }
export const limitSession: Text = { text: "SELECT set_config('statement_timeout', $1::text, false)", rows: true }
