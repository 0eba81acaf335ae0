/** Databases that migrations are tried on: SQLite always, servers where this run has them. In charge of opening them empty; must not know plans. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMysqlTarget } from '../../src/adapters/mysql/target.ts'
import { openPostgresTarget } from '../../src/adapters/postgres/target.ts'
import type { OwnTarget } from '../../src/adapters/sql/migrate/target.ts'
import { openSqliteTarget } from '../../src/adapters/sqlite/target.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { readMysqlCatalog } from '../../src/catalog/mysql.ts'
import { readPostgresCatalog } from '../../src/catalog/postgres.ts'
import { readSqliteCatalog } from '../../src/catalog/sqlite.ts'
import { freshDatabase, serverOf } from '../support/databases.ts'

export interface Ground {
  readonly name: 'sqlite' | 'postgresql' | 'mysql'
  readonly skip: string | false
  /** An empty database. */
  fresh(): Promise<Place>
}

export interface Place {
  readonly url: string
  open(): Promise<OwnTarget>
  drop(): Promise<void>
}

export const grounds: readonly Ground[] = [
  {
    name: 'sqlite',
    skip: false,
    async fresh() {
      const folder = mkdtempSync(join(tmpdir(), 'dbal-migrate-'))
      const url = `file:${join(folder, 'test.db')}`
      return { url, open: () => openSqliteTarget({ url }), drop: async () => rmSync(folder, { recursive: true, force: true }) }
    },
  },
  {
    name: 'postgresql',
    skip: serverOf('postgresql').skip ?? false,
    async fresh() {
      const { url, drop } = await freshDatabase('postgresql')
      return { url, open: () => openPostgresTarget({ url }), drop }
    },
  },
  {
    name: 'mysql',
    skip: serverOf('mysql').skip ?? false,
    async fresh() {
      const { url, drop } = await freshDatabase('mysql')
      return { url, open: () => openMysqlTarget({ url }), drop }
    },
  },
]

export function catalogueOf(target: OwnTarget): Promise<Catalog> {
  const read = (sql: string, params: readonly (string | number)[] = []) => target.records(sql, params)
  if (target.dialect.name === 'sqlite') return readSqliteCatalog(read)
  return target.dialect.name === 'postgresql' ? readPostgresCatalog(read) : readMysqlCatalog(read)
}
