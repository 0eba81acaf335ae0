/** A database on a server with the shipped schema and the same rows for every contender. Writes through DBAL; knows no other product. */

import { DBALClient } from '../../src/exports/index.ts'
import { type FreshDatabase, freshDatabase } from '../../test/support/databases.ts'
import type { ServerKind } from './contender.ts'

const pageCount = 10_000
const componentPages = 400
const componentsOnEach = 5
const treeSize = 50

export interface ServerFixture {
  readonly kind: ServerKind
  readonly database: FreshDatabase
  /** Pages that `admin` may see. */
  readonly pageIds: readonly string[]
  readonly treePage: string
  readonly admin: { readonly id: string; readonly role: 'god'; readonly username: 'bench' }
  /** Password of `admin`, for the daemon. */
  readonly password: string
}

/** Levels 1 to 5 in turn; `god` sees four of them, so that the rule has something to hide. */
export async function makeServerFixture(kind: ServerKind, server: string): Promise<ServerFixture> {
  const database = await freshDatabase(kind, server)
  const client = new DBALClient({ mode: 'development', adapter: kind, database: { url: database.url, ssl_mode: 'disable' } })
  try {
    const system = client.asSystem('benchmark fixture')
    const admin = await system.users.create({ username: 'bench', email: 'bench@example.com', role: 'god' })
    const password = 'correct horse battery'
    await system.credentials.set('bench', password)
    const pages: { id: string; level: number }[] = []
    for (let at = 0; at < pageCount; at += 1000) {
      const items = Array.from({ length: 1000 }, (_, i) => ({
        slug: `/page-${at + i}`,
        title: `Page ${at + i}`,
        level: 1 + (i % 5),
        layout: { columns: 2 },
      }))
      pages.push(...(await system.pages.createMany(items, { returning: true })))
    }
    const pageIds = pages.filter(({ level }) => level < 5).map(({ id }) => id)
    await system.components.createMany(
      pageIds
        .slice(0, componentPages)
        .flatMap((pageId) =>
          Array.from({ length: componentsOnEach }, (_, order) => ({ pageId, componentType: 'Box', order, props: { wide: true } })),
        ),
    )
    const treePage = pageIds.at(-1) as string
    let parentId: string | null = null
    for (let i = 0; i < treeSize; i++) {
      const made: { id: string } = await system.components.create({
        pageId: treePage,
        parentId: i % 5 === 0 ? null : parentId,
        componentType: 'Box',
        order: i,
      })
      parentId = made.id
    }
    return { kind, database, pageIds, treePage, admin: { id: admin.id, role: 'god', username: 'bench' }, password }
  } finally {
    await client.close()
  }
}
