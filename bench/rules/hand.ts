/** The hand-written side: the statements of a careful program against the driver itself, with and without the condition. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { caller } from './fixture.ts'
import type { Kind } from './schema.ts'

export interface Hand {
  read(id: number): Promise<unknown>
  /** 20 items by key, and how many there are. */
  list(): Promise<{ readonly data: readonly unknown[]; readonly total: number }>
}

export interface Hands {
  readonly name: string
  of(kind: Kind, conditional: boolean): Hand
  close(): Promise<void>
}

const size = 20

interface Parts {
  readonly columns: string
  readonly from: string
  readonly where: string
  readonly values: readonly string[]
}

function partsOf(kind: Kind, conditional: boolean): Parts {
  const columns = `i.id, i.owner_id AS "ownerId", i.team_id AS "teamId", i.title, i.done${kind.value === 'tenantId' ? ', i.tenant_id AS "tenantId"' : ''}`
  if (!conditional) return { columns, from: `${kind.table} i`, where: '', values: [] }
  return { columns, from: kind.from, where: kind.where, values: [caller[kind.value]] }
}

/** Statements prepared once; the page and its total are two calls, which is the quickest way where a call costs no round trip. */
export function sqliteHands(file: string): Hands {
  const db = new DatabaseSync(file, { readOnly: true })
  return {
    name: 'node:sqlite',
    of(kind, conditional) {
      const { columns, from, where, values } = partsOf(kind, conditional)
      const one = db.prepare(`SELECT ${columns} FROM ${from} WHERE i.id = ?${where === '' ? '' : ` AND ${where}`}`)
      const condition = where === '' ? '' : ` WHERE ${where}`
      const page = db.prepare(`SELECT ${columns} FROM ${from}${condition} ORDER BY i.id LIMIT ${size}`)
      const count = db.prepare(`SELECT count(*) AS n FROM ${from}${condition}`)
      return {
        read: async (id) => one.get(id, ...values),
        list: async () => ({ data: page.all(...values), total: (count.get(...values) as { n: number }).n }),
      }
    },
    close: async () => db.close(),
  }
}

/** Named statements on a pool of 20; a page and its total are one statement. */
export function postgresHands(url: string): Hands & { analyze(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: url, max: 20, idleTimeoutMillis: 0 })
  pool.on('error', () => undefined)
  return {
    name: 'pg',
    analyze: async () => void (await pool.query('VACUUM ANALYZE')),
    of(kind, conditional) {
      const { columns, from, where, values } = partsOf(kind, conditional)
      const name = `${kind.entity}${conditional ? ' some' : ' all'}`
      const second = where.replace('?', '$2')
      const read = `SELECT ${columns} FROM ${from} WHERE i.id = $1${where === '' ? '' : ` AND ${second}`}`
      const condition = where === '' ? '' : ` WHERE ${where.replace('?', '$1')}`
      const list = `SELECT ${columns}, (SELECT count(*)::int FROM ${from}${condition}) AS total FROM ${from}${condition} ORDER BY i.id LIMIT ${size}`
      return {
        read: async (id) => (await pool.query({ name: `${name} read`, text: read, values: [id, ...values] })).rows[0],
        async list() {
          const { rows } = await pool.query({ name: `${name} list`, text: list, values: [...values] })
          const total = (rows[0] as { total?: number } | undefined)?.total ?? 0
          for (const row of rows) delete row.total
          return { data: rows, total }
        },
      }
    },
    close: () => pool.end(),
  }
}
