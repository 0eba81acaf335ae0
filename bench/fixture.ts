/** One database with the shipped schema and the same rows for every contender. Knows the schema's tables, as a raw driver must. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DBALClient } from '../src/exports/index.ts'

export const userCount = 10_000
const treeSize = 50

export interface Fixture {
  readonly folder: string
  readonly url: string
  readonly userIds: readonly string[]
  readonly pageId: string
  readonly admin: { readonly id: string; readonly role: 'god'; readonly username: string }
  /** Password of `admin`, for the daemon. */
  readonly password: string
  remove(): void
}

export async function makeFixture(): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-bench-'))
  const url = `file:${join(folder, 'bench.db')}`
  const password = 'correct horse battery'
  const client = new DBALClient({ mode: 'development', database: { url } })
  const system = client.asSystem('benchmark fixture')
  const admin = await system.users.create({ username: 'bench', email: 'bench@example.com', role: 'god' })
  await system.credentials.set('bench', password)
  const userIds: string[] = []
  for (let at = 0; at < userCount; at += 1000) {
    const items = Array.from({ length: 1000 }, (_, i) => ({ username: `user${at + i}`, email: `user${at + i}@example.com` }))
    const rows = (await system.users.createMany(items, { returning: true })) as unknown as { id: string }[]
    userIds.push(...rows.map((row) => row.id))
  }
  const page = await system.pages.create({ slug: '/bench', title: 'Bench', level: 1, layout: {} })
  let parent: string | null = null
  for (let i = 0; i < treeSize; i++) {
    const made: { id: string } = await system.components.create({
      pageId: page.id,
      parentId: i % 5 === 0 ? null : parent,
      componentType: 'Box',
      order: i,
    })
    parent = made.id
  }
  await client.close()
  return {
    folder,
    url,
    userIds,
    pageId: page.id,
    admin: { id: admin.id, role: 'god', username: 'bench' },
    password,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What a careful program would write against the driver itself: prepared statements, the same columns, the same answer's shape. */
export function openRaw(fixture: Fixture) {
  const db = new DatabaseSync(fixture.url.slice('file:'.length))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
  const columns = 'id, username, email, role, created_at AS createdAt, updated_at AS updatedAt'
  const get = db.prepare(`SELECT ${columns} FROM users WHERE id = ?`)
  const page = db.prepare(`SELECT ${columns} FROM users ORDER BY id LIMIT ? OFFSET ?`)
  const count = db.prepare('SELECT count(*) AS n FROM users')
  const insert = db.prepare(
    'INSERT INTO pages (id, slug, title, description, level, layout, is_active, created_at, updated_at) VALUES (?, ?, ?, NULL, 1, ?, 1, ?, ?)',
  )
  const tree = db.prepare(
    `WITH RECURSIVE t AS (SELECT * FROM components WHERE page_id = ?1 AND parent_id IS NULL UNION ALL SELECT c.* FROM components c JOIN t ON c.parent_id = t.id)
     SELECT id, page_id AS pageId, parent_id AS parentId, component_type AS componentType, "order", props, created_at AS createdAt, updated_at AS updatedAt FROM t`,
  )
  const row = (id: string, slug: string) => [id, slug, 'Bench', '{}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'] as const
  return {
    read: (id: string) => get.get(id),
    list: () => ({ data: page.all(20, 0), total: (count.get() as { n: number }).n }),
    create: (id: string, slug: string) => insert.run(...row(id, slug)),
    bulk(rows: readonly { id: string; slug: string }[]) {
      db.exec('BEGIN')
      for (const { id, slug } of rows) insert.run(...row(id, slug))
      db.exec('COMMIT')
    },
    tree: (pageId: string) => (tree.all(pageId) as { props: string }[]).map((r) => ({ ...r, props: JSON.parse(r.props) as unknown })),
    close: () => db.close(),
  }
}
