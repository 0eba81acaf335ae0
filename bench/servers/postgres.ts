/** PostgreSQL by its driver alone: a pool of 20, every statement named, so that the server plans it once. Knows the tables, as such a program must. */
import pg from 'pg'
import { type Contender, listLevel, type Node, nest, pageSize, type StoredPage, whole } from './contender.ts'

const page = 'id, slug, title, description, level, layout, is_active AS "isActive", created_at AS "createdAt", updated_at AS "updatedAt"'
const component = (of: string): string =>
  `${of}.id, ${of}.page_id AS "pageId", ${of}.parent_id AS "parentId", ${of}.component_type AS "componentType", ${of}."order", ${of}.props, ${of}.created_at AS "createdAt", ${of}.updated_at AS "updatedAt"`

const statements = {
  read: `SELECT ${page} FROM pages WHERE id = $1`,
  list: `SELECT ${page}, (SELECT count(*)::int FROM pages WHERE level = $1) AS total FROM pages WHERE level = $1 ORDER BY slug LIMIT $2`,
  create: `INSERT INTO pages (id, slug, title, description, level, layout, is_active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${page}`,
  createMany: `INSERT INTO pages (id, slug, title, description, level, layout, is_active, created_at, updated_at)
    SELECT id, slug, title, NULL, level, layout, true, now(), now() FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::jsonb[]) AS t (id, slug, title, level, layout)`,
  update: `UPDATE pages SET title = $2, updated_at = $3 WHERE id = $1 RETURNING ${page}`,
  include: `SELECT ${component('c')}, p.id AS p_id, p.slug, p.title, p.description, p.level, p.layout, p.is_active, p.created_at AS p_created, p.updated_at AS p_updated
    FROM components c JOIN pages p ON p.id = c.page_id ORDER BY c.id LIMIT $1`,
  tree: `WITH RECURSIVE t AS (SELECT * FROM components WHERE page_id = $1 AND parent_id IS NULL UNION ALL SELECT c.* FROM components c JOIN t ON c.parent_id = t.id)
    SELECT ${component('t')} FROM t ORDER BY t."order"`,
}

export interface RawPostgres extends Contender {
  /** For products that work on a pool which they are given. */
  readonly pool: pg.Pool
}

export function openRawPostgres(url: string): RawPostgres {
  const pool = new pg.Pool({ connectionString: url, max: 20, idleTimeoutMillis: 0 })
  // An idle connection that the server ends (the database is dropped at the end) would otherwise end the process.
  pool.on('error', () => undefined)
  const ask = async <Row>(name: keyof typeof statements, values: unknown[]): Promise<Row[]> =>
    (await pool.query({ name, text: statements[name], values })).rows as Row[]
  return {
    name: 'raw pg',
    pool,
    read: async (id) => (await ask('read', [id]))[0],
    async list() {
      const rows = await ask<{ total?: number }>('list', [listLevel, pageSize])
      const total = rows[0]?.total ?? 0
      for (const row of rows) delete row.total
      return { data: rows, total }
    },
    create: async (given) => (await ask('create', values(whole(given))))[0],
    async createMany(pages) {
      const rows = pages.map(whole)
      const column = <K extends keyof StoredPage>(key: K) => rows.map((row) => row[key])
      const layouts = rows.map(({ layout }) => JSON.stringify(layout))
      const found = await pool.query({
        name: 'createMany',
        text: statements.createMany,
        values: [column('id'), column('slug'), column('title'), column('level'), layouts],
      })
      return found.rowCount ?? 0
    },
    update: async (id, title) => (await ask('update', [id, title, new Date()]))[0],
    include: async () => (await ask<Joined>('include', [pageSize])).map(withPage),
    tree: async (pageId) => nest(await ask<Node>('tree', [pageId])),
    close: () => pool.end(),
  }
}

const values = (row: StoredPage): unknown[] => [
  row.id,
  row.slug,
  row.title,
  row.description,
  row.level,
  row.layout,
  row.isActive,
  row.createdAt,
  row.updatedAt,
]

interface Joined extends Record<string, unknown> {
  readonly p_id: string
}

function withPage(row: Joined): unknown {
  const { p_id: id, slug, title, description, level, layout, is_active: isActive, p_created: createdAt, p_updated: updatedAt, ...rest } = row
  return { ...rest, page: { id, slug, title, description, level, layout, isActive, createdAt, updatedAt } }
}
