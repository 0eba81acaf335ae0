/** The database that `dbal migrate` works on, with a connection of its own. In charge of which adapters have one; must not know plans. */
import type { OwnTarget } from '../adapters/sql/migrate/target.ts'
import { makeRoom, type Setup } from './compose.ts'

/** Undefined where the adapter keeps no tables of SQL; it then prepares by itself. */
export async function openTarget({ adapter, url, server }: Setup): Promise<OwnTarget | undefined> {
  const reached = { ...server, ...(url === undefined ? {} : { url }) }
  switch (adapter) {
    case 'sqlite': {
      const { openSqliteTarget } = await import('../adapters/sqlite/target.ts')
      return openSqliteTarget({ url: makeRoom(url ?? ':memory:') })
    }
    case 'postgresql': {
      const { openPostgresTarget } = await import('../adapters/postgres/target.ts')
      return openPostgresTarget(reached)
    }
    case 'mysql': {
      const { openMysqlTarget } = await import('../adapters/mysql/target.ts')
      return openMysqlTarget(reached)
    }
    default:
      return undefined
  }
}
