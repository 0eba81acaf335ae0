/**
 * DBAL in front of an application that uses Prisma already: the client, the tables and the rows stay as they are.
 * `node example.ts FOLDER` makes the application's database in FOLDER, as it was before, and then asks it through DBAL.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type AnySchema, DBALClient, DBALError } from '@metabuilder/dbal'
import { createTables, openClient, seed } from './database.ts'

const secret = randomBytes(32).toString('hex')
const path = join(process.argv[2] ?? '.', 'app.db')
createTables(path)
const prisma = openClient(path)
await seed(prisma)

/** What the database says of the application's own tables, word by word. */
async function definitions(): Promise<unknown> {
  return prisma.$queryRawUnsafe(
    "SELECT name, sql FROM sqlite_schema WHERE tbl_name IN ('Account', 'sites', 'pages', 'blocks', 'Comment') ORDER BY name",
  )
}
const before = await definitions()

const options = { mode: 'development', adapter: 'prisma', database: { client: prisma }, schema: join(import.meta.dirname, 'schema') } as const
const as = async (email: string): Promise<DBALClient<AnySchema>> => {
  const { id } = await prisma.account.findUniqueOrThrow({ where: { email } })
  return new DBALClient<AnySchema>({ ...options, auth: { user: { id, role: 'user' } } })
}
const nobody = new DBALClient<AnySchema>(options)
const ada = await as('ada@example.com')
const ben = await as('ben@example.com')

/** What the application hands to a browser that has logged in: a JWT that says whose account it is. */
async function tokenOf(email: string): Promise<string> {
  const { id } = await prisma.account.findUniqueOrThrow({ where: { email } })
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'site-builder', aud: 'dbal', sub: id, role: 'user', exp: Math.floor(Date.now() / 1000) + 60 }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

async function startDaemon(): Promise<{ readonly endpoint: string; readonly process: ChildProcess }> {
  const command = fileURLToPath(import.meta.resolve('@metabuilder/dbal').replace(/exports\/index\.js$/, 'cli/main.js'))
  const args = [command, 'daemon', '--config', join(import.meta.dirname, 'dbal.yaml'), '--port', '0', '--log-format', 'json']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, APP_DATABASE: path, APP_SECRET: secret },
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line)
    if (said.event === 'ready') return { endpoint: said.url, process: child }
  }
  throw new Error('The daemon did not start')
}

/** Name of the error that the work ends with. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof DBALError ? error.code : String(error)),
  )
}

try {
  const open = await nobody.entity('Page').list({ sort: { path: 'asc' }, include: { site: { select: ['slug'] } } })
  console.log(`everybody sees ${open.total} of ${await prisma.page.count()} pages, published ${open.data[0]?.['publishedAt']}`)

  const own = await ada.entity('Page').list({ filter: { published: false } })
  console.log(`Ada sees ${own.total} of her own that are not published`)
  const draft = own.data[0] as { id: string }

  console.log(`Ben may not change it: ${await refusal(ben.entity('Page').update(draft.id, { published: true }))}`)
  // What DBAL writes is what Prisma reads, in Prisma's own types.
  await ada.entity('Page').update(draft.id, { published: true, publishedAt: '2026-03-01T12:00:00.000Z', layout: [{ row: 2, width: 0.1 }] })
  const page = await prisma.page.findUniqueOrThrow({ where: { id: draft.id } })
  assert.deepEqual(page.publishedAt, new Date('2026-03-01T12:00:00.000Z'))
  assert.deepEqual(page.layout, [{ row: 2, width: 0.1 }])
  console.log(`Ada publishes it; Prisma reads ${page.publishedAt?.toISOString()}`)

  const site = (await ada.entity('Site').create({ slug: 'looms', title: 'All about looms', visits: '9007199254740995' })) as { id: string }
  const loom = await prisma.site.findUniqueOrThrow({ where: { id: site.id }, include: { owner: true } })
  assert.equal(loom.visits, 9007199254740995n)
  console.log(`Ada's new site belongs to ${loom.owner.displayName} and has ${loom.visits} visits`)
  console.log(`A slug that is taken: ${await refusal(ben.entity('Site').create({ slug: 'looms', title: 'Mine' }))}`)

  // Moments compare as moments, whoever wrote them.
  const since = await nobody.entity('Page').count({ filter: { publishedAt: { gte: '2026-02-01T00:00:00.000Z' } } })
  console.log(`published since February: ${since}`)

  const comment = (await ben.entity('Comment').create({ pageId: draft.id, body: 'Second!' })) as { id: number }
  assert.equal((await prisma.comment.create({ data: { pageId: draft.id, body: 'Third!' } })).id, comment.id + 1)
  console.log(`comment ${comment.id} is DBAL's, the next one Prisma's`)

  // The same through a daemon, which holds the client and takes the application's own tokens.
  const daemon = await startDaemon()
  try {
    const remote = new DBALClient<AnySchema>({
      mode: 'production',
      endpoint: daemon.endpoint,
      auth: { session: { token: await tokenOf('ada@example.com') } },
    })
    const both = [await ada.entity('Page').list({ sort: { id: 'asc' } }), await remote.entity('Page').list({ sort: { id: 'asc' } })]
    await remote.close()
    assert.deepEqual(both[1]?.data, both[0]?.data)
    console.log(`through the daemon Ada sees the same ${both[1]?.total} pages`)
  } finally {
    daemon.process.kill('SIGTERM')
  }

  assert.deepEqual(await definitions(), before)
  console.log('the tables of the application are as they were')
} finally {
  for (const client of [nobody, ada, ben]) await client.close()
  await prisma.$disconnect()
}
