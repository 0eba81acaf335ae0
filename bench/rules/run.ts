/** Where rules are measured: a database of SQLite in a folder, or one on a server of PostgreSQL. In charge of making and removing it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../../test/support/databases.ts'
import type { Pace } from '../harness.ts'
import type { ServerKind } from '../servers/contender.ts'
import { fillRuleRows } from './fixture.ts'
import { postgresHands, sqliteHands } from './hand.ts'
import { writeRuleSchema } from './schema.ts'
import { measureRules } from './section.ts'

type Say = (text: string) => void

/** The section as Markdown. */
export async function measureRulesOnSqlite(pace: Pace, say: Say): Promise<string> {
  return inFolder(async (folder) => {
    say('Rules, SQLite: making 40 000 items …')
    const file = join(folder, 'rules.db')
    const opening = { schema: writeRuleSchema(folder), database: { url: `file:${file}` } }
    await fillRuleRows(opening)
    return measureRules('SQLite', sqliteHands(file), opening, [1], pace, say)
  })
}

/** The section as Markdown. */
export async function measureRulesOnPostgres(_kind: ServerKind, server: string, pace: Pace, say: Say): Promise<string> {
  return inFolder(async (folder) => {
    say('Rules, PostgreSQL: making 40 000 items …')
    const database = await freshDatabase('postgresql', server)
    try {
      const opening = { adapter: 'postgresql', schema: writeRuleSchema(folder), database: { url: database.url, ssl_mode: 'disable' } } as const
      await fillRuleRows(opening)
      const hands = postgresHands(`${database.url}?sslmode=disable`)
      await hands.analyze()
      return await measureRules('PostgreSQL', hands, opening, [1, 16], pace, say)
    } finally {
      await database.drop()
    }
  })
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
