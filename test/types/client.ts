/** What the compiler must accept and refuse of the shipped types. Checked by tsc alone, never run. */
import { type AnySchema, DBALClient, DBALError, DBALErrorCode, type Json } from '../../src/exports/client.ts'
import type { PageView, User } from '../../src/generated/schema.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Equal<A, B>): void => undefined

const client = new DBALClient({
  mode: 'production',
  endpoint: 'wss://dbal.example.com:50051',
  auth: { session: { token: 't', expiresAt: new Date() } },
})

export async function accepted(): Promise<void> {
  const user = await client.users.create({ username: 'john', email: 'john@example.com', role: 'user' })
  const whole: User = user
  const page = await client.users.list({
    filter: { role: 'admin', or: [{ email: { endsWith: '@x.org', mode: 'insensitive' } }, { createdAt: { gte: new Date() } }] },
    sort: { createdAt: 'desc' },
    limit: 10,
  })
  same<string | null, typeof page.nextCursor>(true)
  const rows: User[] = page.data
  const few = await client.users.read('id', { select: ['id', 'username'], signal: AbortSignal.timeout(1) })
  same<string, typeof few.username>(true)
  const tree = await client.components.getTree('page')
  same<string | undefined, NonNullable<(typeof tree)[0]>['children'][0]['id'] | undefined>(true)
  const found: PageView = await client.pages.getBySlug('/news')
  await client.pages.getBySlug({ slug: '/news' })
  await client.components.move('id', null, 3)
  await client.components.move({ id: 'id', parentId: null, order: 3 })
  same<boolean, Awaited<ReturnType<typeof client.credentials.verify>>>(true)
  same<number, Awaited<ReturnType<typeof client.users.count>>>(true)
  const counted = await client.users.createMany([{ username: 'a', email: 'a@b.cd' }])
  same<number, typeof counted>(true)
  const made = await client.users.createMany([{ username: 'a', email: 'a@b.cd' }], { returning: true })
  same<User[], typeof made>(true)
  await client.entity('User').read('id')
  const other: Json = await client.entity('Post').read('id')
  await client.components.list({
    filter: { 'props.color': 'red', page: { level: { lte: 1 } } },
    include: { page: true, children: { select: ['id'], limit: 3 } },
  })
  await client.users.upsert({ where: { username: 'a' }, create: { username: 'a', email: 'a@b.cd' }, update: { email: 'a@b.cd' } })
  await client.transaction([{ method: 'create', params: ['User', { username: 'a' }] }])
  const held = await client.transaction(
    async (tx) => {
      const made = await tx.users.create({ username: 'a', email: 'a@b.cd' })
      same<string, typeof made.username>(true)
      same<boolean, Awaited<ReturnType<typeof tx.credentials.verify>>>(true)
      const page: PageView = await tx.savepoint(() => tx.pages.getBySlug('/news'))
      await tx.entity('User').read(made.id)
      const any: Json = await tx.call('User', 'anything', [1])
      return { page, any }
    },
    { timeout: 5 },
  )
  same<PageView, typeof held.page>(true)
  const steps = await client.transaction<[User]>([{ method: 'read', params: ['User', 'id'] }])
  same<User, (typeof steps)[0]>(true)
  await client.with({ timeout: 5 }).users.list()
  client.on('status', (status) => {
    const known: 'connecting' | 'open' | 'reconnecting' | 'closed' = status
    void known
  })()
  const untyped = new DBALClient<AnySchema>({ mode: 'production', endpoint: 'localhost:50051' })
  await untyped.invoices?.list({ filter: { anything: 1 } })
  void [whole, rows, found, other]
  const error: unknown = undefined
  if (error instanceof DBALError && error.code === DBALErrorCode.NOT_FOUND) void error.details.fields
}

export async function refused(): Promise<void> {
  // @ts-expect-error unknown property of the client
  await client.user.list()
  // @ts-expect-error a transaction has no login
  await client.transaction(async (tx) => tx.login('a', 'b'))
  // @ts-expect-error nor a transaction of its own
  await client.transaction(async (tx) => tx.transaction([]))
  // @ts-expect-error the function is asynchronous: what it did not wait for could come too late
  await client.transaction((tx) => typeof tx)
  // @ts-expect-error fields are typed as of the client
  await client.transaction(async (tx) => tx.users.create({ username: 'a', nosuch: 1 }))
  // @ts-expect-error misspelt field of a filter
  await client.users.list({ filter: { rol: 'admin' } })
  // @ts-expect-error no member of the enum
  await client.users.list({ filter: { role: 'boss' } })
  // @ts-expect-error no operator of text
  await client.users.list({ filter: { username: { like: '%x%' } } })
  // @ts-expect-error numbers have no parts
  await client.pages.list({ filter: { level: { contains: '1' } } })
  // @ts-expect-error a number is asked for
  await client.pages.list({ filter: { level: '1' } })
  // @ts-expect-error misspelt field of a sort
  await client.users.list({ sort: { created: 'desc' } })
  // @ts-expect-error no direction
  await client.users.list({ sort: { createdAt: 'down' } })
  // @ts-expect-error json has no order
  await client.pages.list({ sort: { layout: 'asc' } })
  // @ts-expect-error unknown option
  await client.users.list({ where: {} })
  // @ts-expect-error misspelt field of a selection
  await client.users.read('id', { select: ['idd'] })
  // @ts-expect-error the field was not selected
  ;(await client.users.read('id', { select: ['id'] })).email
  // @ts-expect-error a hash is never shown
  ;(await client.credentials.read('id')).passwordHash
  // @ts-expect-error nor asked about
  await client.credentials.list({ filter: { passwordHash: { startsWith: 'a' } } })
  // @ts-expect-error required field missing
  await client.users.create({ username: 'x' })
  // @ts-expect-error wrong type of a value
  await client.pages.create({ slug: '/x', title: 'x', level: 'one', layout: {} })
  // @ts-expect-error the engine makes the id
  await client.users.create({ id: 'x', username: 'x', email: 'a@b.cd' })
  // @ts-expect-error nothing sets the time of creation
  await client.users.update('id', { createdAt: new Date() })
  // @ts-expect-error null where the field takes none
  await client.users.update('id', { email: null })
  // @ts-expect-error unknown relation
  await client.components.list({ include: { pages: true } })
  // @ts-expect-error no unique field
  await client.users.upsert({ where: { role: 'user' }, create: { username: 'a', email: 'a@b.cd' }, update: {} })
  // @ts-expect-error wrong type of an input
  await client.pages.getBySlug(5)
  // @ts-expect-error unknown domain operation
  await client.pages.getBySlogan('x')
  // @ts-expect-error sums are of numbers
  await client.pages.aggregate({ sum: ['title'] })
  // @ts-expect-error unknown key of the configuration
  new DBALClient({ mode: 'production', endpont: 'x' })
  // @ts-expect-error unknown mode
  new DBALClient({ mode: 'staging' })
  // @ts-expect-error no step of a transaction
  await client.transaction([{ method: 'login', params: [] }])
}
