/** How SQL databases are asked what they would do with a statement. In charge of the words of each; must not know statements or drivers. */
import type { Physical } from '../dialect.ts'
import type { Asking } from './describe.ts'

export const asking = {
  /** What the rows are numbered by says nothing without the tree that it draws. */
  sqlite: { words: 'EXPLAIN QUERY PLAN', line: (row) => String(row.at(-1)) },
  postgresql: { words: 'EXPLAIN', line: (row) => String(row[0]) },
  mysql: { words: 'EXPLAIN', line: (row: readonly Physical[]) => row.filter((cell) => cell !== null).join(' ') },
} as const satisfies Readonly<Record<string, Asking>>
