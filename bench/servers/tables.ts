/** The server beside the contenders: what they wrote is taken away between turns. Knows the tables; is never timed. */
import { createConnection } from 'mariadb'
import pg from 'pg'
import type { ServerKind } from './contender.ts'

export interface Tables {
  /** Tells the server how many rows of what there are, before it finds out by itself in the middle of a run. */
  analyze(): Promise<void>
  /** Removes what was created, so that everybody writes into the same rows. */
  clean(): Promise<void>
  /** Such as `PostgreSQL 15.18`. */
  version(): Promise<string>
  close(): Promise<void>
}

const made = "DELETE FROM pages WHERE slug LIKE '/made-%'"

export async function openTables(kind: ServerKind, url: string): Promise<Tables> {
  if (kind === 'postgresql') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return {
      async clean() {
        const { rowCount } = await client.query(made)
        // Dead rows of one contender must not be in the way of the next.
        if ((rowCount ?? 0) > 0) await client.query('VACUUM pages')
      },
      analyze: async () => void (await client.query('VACUUM ANALYZE')),
      version: async () => `PostgreSQL ${String((await client.query('SHOW server_version')).rows[0]?.server_version).split(' ')[0]}`,
      close: () => client.end(),
    }
  }
  const { hostname, port, username, password, pathname } = new URL(url)
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  })
  return {
    analyze: async () => void (await connection.query('ANALYZE TABLE pages, components, users')),
    clean: async () => void (await connection.query(made)),
    version: async () => {
      const [row] = (await connection.query('SELECT version() AS version')) as { version: string }[]
      const { version = '' } = row ?? {}
      return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`
    },
    close: () => connection.end(),
  }
}
