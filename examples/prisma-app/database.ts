/** The application's database as it was before DBAL: tables of its migration, rows that its own Prisma client writes. Knows nothing of DBAL. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from './generated/client.ts'

const migration = join(import.meta.dirname, 'prisma/migrations/20260115103000_init/migration.sql')

/** What `prisma migrate deploy` does to an empty file. */
export function createTables(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(readFileSync(migration, 'utf8'))
  db.close()
}

export function openClient(path: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${path}` }) })
}

/** A few rows of everything, with values that drivers like to alter. */
export async function seed(client: PrismaClient): Promise<void> {
  const ada = await client.account.create({
    data: {
      email: 'ada@example.com',
      displayName: 'Ada',
      role: 'builder',
      settings: { theme: 'dark', shortcuts: ['g', 'p'] },
      lastSeenAt: new Date('2026-01-15T10:30:00.123Z'),
    },
  })
  const ben = await client.account.create({ data: { email: 'ben@example.com', displayName: 'Ben', isActive: false } })
  for (const [owner, slug] of [
    [ada, 'engines'],
    [ben, 'clocks'],
  ] as const) {
    const site = await client.site.create({ data: { ownerId: owner.id, slug, title: `All about ${slug}`, visits: 9007199254740993n } })
    for (const path of ['/', '/about']) {
      const page = await client.page.create({
        data: {
          siteId: site.id,
          path,
          title: path === '/' ? 'Home' : 'About',
          weight: 0.1 + 0.2,
          published: path === '/',
          publishedAt: path === '/' ? new Date('2026-02-01T00:00:00.000Z') : null,
          layout: [{ row: 1, width: 1.5 }],
          thumbnail: path === '/' ? new Uint8Array([0, 1, 254, 255]) : null,
          blocks: { create: { kind: 'section', props: { color: 'red' } } },
          comments: { create: { body: 'First!', authorId: ben.id } },
        },
        include: { blocks: true },
      })
      await client.block.create({
        data: { pageId: page.id, parentId: page.blocks[0]?.id ?? null, kind: 'text', position: 1, props: { text: 'Größe 😀' } },
      })
    }
  }
}
