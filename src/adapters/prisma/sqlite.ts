/** SQLite behind a Prisma client: its manner, its complaints and its version. Must not know queries or tables of the schema. */
import type { Dialect } from '../sql/dialect.ts'
import { asking } from '../sql/run/asking.ts'
import type { PrismaClientLike } from './client.ts'
import type { Manner } from './engine.ts'
import { type Complaint, complaintOf, type Hint, type Judge, translator } from './failure.ts'

const judge: Judge = ({ originalCode, originalMessage = '', constraint }) => {
  switch (originalCode) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      return { kind: 'unique', columns: constraint?.fields ?? columnsIn(originalMessage) }
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
    case 'SQLITE_CONSTRAINT_TRIGGER':
      return { kind: 'reference', columns: [] }
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return { kind: 'other', columns: constraint?.fields ?? columnsIn(originalMessage) }
    default:
      return originalCode?.startsWith('SQLITE_CONSTRAINT') === true ? { kind: 'other', columns: columnsIn(originalMessage) } : undefined
  }
}

/** `UNIQUE constraint failed: users.tenant_id, users.email`; a CHECK of DBAL's own tables is named like its column. */
function columnsIn(message: string): readonly string[] {
  const list = message.slice(message.lastIndexOf(': ') + 2).split(', ')
  return list.map((name) => name.slice(name.indexOf('.') + 1))
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_(?:BUSY|LOCKED)/, 'The database is locked by another process; try again'],
  [/^SQLITE_READONLY/, 'The database file cannot be written; check its permissions'],
  [/^SQLITE_FULL/, 'The disk is full'],
  [/^SQLITE_CORRUPT/, 'The database file is damaged; restore it from a backup'],
  [/^SQLITE_CANTOPEN/, 'The database file cannot be opened; check that its folder exists and may be written'],
]

const hint: Hint = ({ kind, originalCode = '' }: Complaint) => {
  if (kind === 'SocketTimeout') return hints[0]?.[1]
  return hints.find(([code]) => code.test(originalCode))?.[1]
}

/** `lock`: a statement that takes the lock for writing and changes nothing, once there is a table for it. */
export function sqliteManner(dialect: Dialect, lock: () => string | undefined): Manner {
  return {
    backend: { dialect, translate: translator(judge, hint), cascadesUncounted: true },
    asking: asking.sqlite,
    habits: { lock, after: () => 'goes on' },
    isolation: () => undefined,
    // Somebody else wrote after this transaction had read.
    collided: (error) => complaintOf(error)?.originalCode === 'SQLITE_BUSY_SNAPSHOT',
    clashed: () => false,
    // It is in this process.
    answered: () => true,
  }
}

export async function sqliteVersion(client: PrismaClientLike): Promise<string> {
  const rows = (await client.$queryRawUnsafe('SELECT sqlite_version() AS c0')) as readonly { readonly c0: string }[]
  return `SQLite ${rows[0]?.c0}`
}
