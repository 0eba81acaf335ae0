/** MySQL or MariaDB by its driver alone: a pool of 20, every statement prepared. Knows the tables, as such a program must. */
import { createPool } from 'mariadb'
import { type Contender, listLevel, type Node, nest, type Page, pageSize, type StoredPage, whole } from './contender.ts'

const page = 'id, slug, title, description, level, layout, is_active AS isActive, created_at AS createdAt, updated_at AS updatedAt'
const component = (of: string): string =>
  `${of}.id, ${of}.page_id AS pageId, ${of}.parent_id AS parentId, ${of}.component_type AS componentType, ${of}.\`order\`, ${of}.props, ${of}.created_at AS createdAt, ${of}.updated_at AS updatedAt`

const read = `SELECT ${page} FROM pages WHERE id = ?`
const list = `SELECT ${page}, (SELECT count(*) FROM pages WHERE level = ?) AS total FROM pages WHERE level = ? ORDER BY slug LIMIT ?`
const insert = 'INSERT INTO pages (id, slug, title, description, level, layout, is_active, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'
/** Values of one type in each place: only so does the driver send them all at once. */
const insertMany =
  'INSERT INTO pages (id, slug, title, description, level, layout, is_active, created_at, updated_at) VALUES (?, ?, ?, NULL, ?, ?, TRUE, now(3), now(3))'
const update = 'UPDATE pages SET title = ?, updated_at = ? WHERE id = ?'
const include = `SELECT ${component('c')}, p.id AS p_id, p.slug, p.title, p.description, p.level, p.layout, p.is_active, p.created_at AS p_created, p.updated_at AS p_updated
  FROM components c JOIN pages p ON p.id = c.page_id ORDER BY c.id LIMIT ?`
const tree = `WITH RECURSIVE t AS (SELECT * FROM components WHERE page_id = ? AND parent_id IS NULL UNION ALL SELECT c.* FROM components c JOIN t ON c.parent_id = t.id)
  SELECT ${component('t')} FROM t ORDER BY t.\`order\``

type Row = Record<string, unknown>

export function openRawMariadb(url: string): Contender {
  const { hostname, port, username, password, pathname } = new URL(url)
  const pool = createPool({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    connectionLimit: 20,
    timezone: 'Z',
    bigIntAsNumber: true,
  })
  const ask = async (sql: string, given: unknown[]): Promise<Row[]> => (await pool.execute(sql, given)) as Row[]
  const readOne = async (id: string) => parsed(((await ask(read, [id])) as [Row])[0])
  return {
    name: 'raw mariadb',
    read: readOne,
    async list() {
      const rows = await ask(list, [listLevel, listLevel, pageSize])
      const total = Number(rows[0]?.['total'] ?? 0)
      for (const row of rows) delete parsed(row)['total']
      return { data: rows, total }
    },
    async create(given: Page) {
      // MariaDB has RETURNING for INSERT and MySQL has not; what was stored is known here either way.
      const row = whole(given)
      await pool.execute(insert, values(row))
      return row
    },
    async createMany(pages) {
      const rows = pages.map(whole)
      const found = (await pool.batch(
        insertMany,
        rows.map(({ id, slug, title, level, layout }) => [id, slug, title, level, JSON.stringify(layout)]),
      )) as { affectedRows: number }
      return found.affectedRows
    },
    async update(id, title) {
      await pool.execute(update, [title, new Date(), id])
      return readOne(id)
    },
    include: async () => (await ask(include, [pageSize])).map(withPage),
    tree: async (pageId) => nest((await ask(tree, [pageId])).map(props) as unknown as Node[]),
    close: () => pool.end(),
  }
}

/** JSON comes as text from a column that was not declared as JSON. */
function parsed(row: Row): Row {
  if (typeof row['layout'] === 'string') row['layout'] = JSON.parse(row['layout'])
  return row
}

function props(row: Row): Row {
  if (typeof row['props'] === 'string') row['props'] = JSON.parse(row['props'])
  return row
}

const values = (row: StoredPage): unknown[] => [
  row.id,
  row.slug,
  row.title,
  row.description,
  row.level,
  JSON.stringify(row.layout),
  row.isActive,
  row.createdAt,
  row.updatedAt,
]

function withPage(row: Row): unknown {
  const {
    p_id: id,
    slug,
    title,
    description,
    level,
    layout,
    is_active: isActive,
    p_created: createdAt,
    p_updated: updatedAt,
    ...rest
  } = parsed(props(row))
  return { ...rest, page: { id, slug, title, description, level, layout, isActive, createdAt, updatedAt } }
}
