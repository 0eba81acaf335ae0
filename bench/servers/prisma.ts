/** Prisma 7 on the tables of DBAL, by the schema that `dbal generate` writes for it. In charge of generating its client once; knows no rules, as it has none. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Contender, listLevel, type Page, pageSize, type ServerKind } from './contender.ts'

const root = join(import.meta.dirname, '../..')

interface Delegate {
  findUnique(query: object): Promise<unknown>
  findMany(query: object): Promise<unknown[]>
  count(query: object): Promise<number>
  create(query: object): Promise<unknown>
  createMany(query: object): Promise<{ count: number }>
  update(query: object): Promise<unknown>
}

interface Client {
  readonly pageView: Delegate
  readonly componentHierarchy: Delegate
  $disconnect(): Promise<void>
}

/** Below the repository, so that it finds its packages; git does not look there. */
async function generated(kind: ServerKind): Promise<string> {
  const text = readFileSync(join(root, `api/generated/prisma/${kind}.prisma`), 'utf8')
  const schema = text.replace(`"./client-${kind}"`, '"./client"\n  importFileExtension = "ts"')
  const folder = join(root, `.tmp/bench-prisma-${kind}`)
  const file = join(folder, 'schema.prisma')
  if (existsSync(join(folder, 'client/client.ts')) && readFileSync(file, 'utf8') === schema) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'prisma.config.ts'), "export default { schema: 'schema.prisma', datasource: { url: 'file:./none.db' } }\n")
  writeFileSync(file, schema)
  // The variable keeps it from fetching an engine that generating has no use for.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], { cwd: folder, env })
  return folder
}

async function driver(kind: ServerKind, url: string): Promise<unknown> {
  if (kind === 'postgresql') return new (await import('@prisma/adapter-pg')).PrismaPg({ connectionString: url, max: 20, idleTimeoutMillis: 0 })
  const { hostname, port, username, password, pathname } = new URL(url)
  const account = { user: decodeURIComponent(username), password: decodeURIComponent(password), database: pathname.slice(1) }
  return new (await import('@prisma/adapter-mariadb')).PrismaMariaDb({ host: hostname, port: Number(port), ...account, connectionLimit: 20 })
}

export async function openPrisma(kind: ServerKind, url: string): Promise<Contender> {
  const { PrismaClient } = (await import(pathToFileURL(join(await generated(kind), 'client/client.ts')).href)) as {
    PrismaClient: new (options: { adapter: unknown }) => Client
  }
  return prismaLike('Prisma 7', new PrismaClient({ adapter: await driver(kind, url) }))
}

/** ZenStack has Prisma's calls. */
export function prismaLike(name: string, client: Client): Contender {
  const { pageView, componentHierarchy } = client
  const where = { level: listLevel }
  return {
    name,
    read: (id) => pageView.findUnique({ where: { id } }),
    async list() {
      const [data, total] = await Promise.all([pageView.findMany({ where, orderBy: { slug: 'asc' }, take: pageSize }), pageView.count({ where })])
      return { data, total }
    },
    create: (data) => pageView.create({ data }),
    createMany: async (data: readonly Page[]) => (await pageView.createMany({ data })).count,
    update: (id, title) => pageView.update({ where: { id }, data: { title } }),
    include: () => componentHierarchy.findMany({ orderBy: { id: 'asc' }, take: pageSize, include: { page: true } }),
    close: () => client.$disconnect(),
  }
}
