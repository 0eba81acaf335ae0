/** DBAL through both of its doors, on a server. In charge of four sockets for 64 callers; the calls are the same. */
import { DBALClient } from '../../src/exports/index.ts'
import { startDaemonProcess } from '../daemon-process.ts'
import { type Contender, listLevel, pageSize } from './contender.ts'
import type { ServerFixture } from './fixture.ts'

/** A socket carries at most 32 calls at once (contract 7); four leave room. */
const sockets = 4

type Client = Pick<DBALClient, 'pages' | 'components'>

function over(name: string, next: () => Client, close: () => Promise<void>): Contender {
  return {
    name,
    read: (id) => next().pages.read(id),
    list: async () => {
      const { data, total } = await next().pages.list({ filter: { level: listLevel }, sort: { slug: 'asc' }, limit: pageSize })
      return { data, total: total as number }
    },
    create: (page) => next().pages.create(page),
    createMany: (pages) => next().pages.createMany([...pages]),
    update: (id, title) => next().pages.update(id, { title }),
    include: async () => (await next().components.list({ sort: { id: 'asc' }, limit: pageSize, include: { page: true }, total: 'none' })).data,
    tree: (pageId) => next().components.getTree(pageId),
    close,
  }
}

export function openInProcess({ kind, database, admin }: ServerFixture): Contender {
  const client = new DBALClient({ mode: 'development', adapter: kind, database: { url: database.url, ssl_mode: 'disable' }, auth: { user: admin } })
  return over(
    'DBAL in-process',
    () => client,
    () => client.close(),
  )
}

/** The daemon writes its audit log, as it does unless told otherwise. */
export async function openDaemon({ kind, database, password }: ServerFixture, folder: string): Promise<Contender> {
  const daemon = await startDaemonProcess(folder, `{ adapter: ${kind}, url: "${database.url}", connection: { ssl_mode: disable } }`)
  const clients = await Promise.all(
    Array.from({ length: sockets }, async () => {
      const client = new DBALClient({ mode: 'production', endpoint: daemon.endpoint })
      await client.login('bench', password)
      return client
    }),
  )
  let turn = 0
  return over(
    'DBAL daemon',
    () => clients[turn++ % sockets] as Client,
    async () => {
      for (const client of clients) await client.close()
      await daemon.stop()
    },
  )
}
