/** A program over the whole API of the client and what it saw. In charge of the program; must not know which door it runs through. */
import { type DBALClient, DBALError } from '../../src/exports/index.ts'
import { password } from './process.ts'

export interface Line {
  readonly said: string
  readonly result?: unknown
  readonly error?: unknown
}

type AClient = DBALClient
// biome-ignore lint/suspicious/noExplicitAny: half of the program is wrong on purpose, which types would not let pass.
type Loose = any

/** Ids, times, tokens and cursors differ from run to run; each becomes the number of its first appearance, so that equal ones stay equal. */
function createNaming(): (value: unknown) => unknown {
  const names = new Map<string, string>()
  const named = (text: string, kind: string): string => {
    const known = names.get(text) ?? `<${kind} ${names.size}>`
    names.set(text, known)
    return known
  }
  const forms: readonly (readonly [RegExp, string])[] = [
    [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'id'],
    [/dbal_[a-z]_[A-Za-z0-9_-]{43}/g, 'token'],
  ]
  const visit = (value: unknown, name = ''): unknown => {
    if (typeof value === 'string') {
      if (name === 'nextCursor') return '<cursor>'
      if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return '<time>'
      return forms.reduce((text, [form, kind]) => text.replace(form, (found) => named(found, kind)), value)
    }
    if (Array.isArray(value)) return value.map((item) => visit(item))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([member, inner]) => [visit(member), visit(inner, member)]))
    }
    return value === undefined ? '<undefined>' : value
  }
  return visit
}

export async function transcript(open: () => AClient): Promise<readonly Line[]> {
  const lines: Line[] = []
  const naming = createNaming()
  // biome-ignore lint/suspicious/noExplicitAny: results are read by member.
  const note = async (said: string, work: () => unknown): Promise<any> => {
    try {
      const result = await work()
      lines.push({ said, result: naming(result) })
      return result
    } catch (error) {
      if (!(error instanceof DBALError)) throw error
      const { name, code, status, message, details, retryable } = error
      lines.push({ said, error: naming({ name, code, status, message, details, retryable, told: typeof error.requestId }) })
      return undefined
    }
  }
  const client = open()
  await identities(client, note)
  await client.login('god', password)
  const page = await pages(client, note)
  await trees(client, note, page)
  await many(client, note)
  await mistakes(client, note)
  await calls(client, note)
  await roles(client, note)
  await client.close()
  await note('status when closed', () => client.status)
  await note('a call when closed', () => client.ping())
  await note('close again', () => client.close())
  return lines
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
type Note = (said: string, work: () => unknown) => Promise<any>

async function identities(client: AClient, note: Note): Promise<void> {
  await note('whoami without identity', () => client.whoami())
  await note('ping', () => client.ping())
  await note('capabilities of the public', () => client.capabilities())
  await note('schema of the public', () => client.schema())
  await note('logout without identity', () => client.logout())
  await note('logoutAll without identity', () => client.logoutAll())
  await note('login with a wrong password', () => client.login('god', 'wrong'))
  await note('login of nobody', () => client.login('nosuchuser', 'wrong'))
  await note('login without a password', () => (client as Loose).login('god'))
  await note('login with an empty name', () => client.login('', 'x'))
  await note('login with objects', () => (client as Loose).login({}, {}))
  const login = await note('login', () => client.login('user', password))
  await note('whoami', () => client.whoami())
  await note('logout', () => client.logout())
  await note('whoami after logout', () => client.whoami())
  await note('authenticate with the token that ended', () => client.authenticate(login.token))
  await note('authenticate with no token', () => client.authenticate(''))
  await note('authenticate with nonsense', () => client.authenticate('nonsense'))
  const again = await note('login again', () => client.login('admin', password))
  await note('logout in the middle', () => client.logoutAll())
  await note('the token after logoutAll', () => client.authenticate(again.token))
  const third = await client.login('admin', password)
  await note('authenticate', () => client.authenticate(third.token))
  await note('schema of an admin', () => client.schema())
}

// biome-ignore lint/suspicious/noExplicitAny: a row.
async function pages(client: AClient, note: Note): Promise<any> {
  const made = await note('create', () => client.pages.create({ slug: '/news', title: 'News', level: 1, layout: { rows: [1, null, { a: 'ä' }] } }))
  await note('create with select', () => client.pages.create({ slug: '/second', title: 'B', level: 2, layout: [] }, { select: ['slug'] } as Loose))
  await note('create again', () => client.pages.create({ slug: '/news', title: 'News', level: 1, layout: {} }))
  await note('create above the own level', () => client.pages.create({ slug: '/high', title: 'High', level: 5, layout: {} }))
  await note('read', () => client.pages.read(made.id))
  await note('read with select', () => client.pages.read(made.id, { select: ['title', 'description'] }))
  await note('read what is not there', () => client.pages.read('00000000-0000-7000-8000-000000000000'))
  await note('read what cannot be', () => client.pages.read('nonexistent-id'))
  await note('update', () => client.pages.update(made.id, { title: 'News of today', description: 'x' }))
  await note('update to null', () => client.pages.update(made.id, { description: null }))
  await note('update nothing', () => client.pages.update(made.id, {}))
  await note('update with undefined', () => client.pages.update(made.id, { title: undefined }))
  await note('update of another slug', () => client.pages.update(made.id, { slug: '/second' }))
  await note('update out of sight', () => client.pages.update(made.id, { level: 5 }))
  await note('list', () => client.pages.list())
  await note('list with all options', () =>
    client.pages.list({
      filter: { level: { lte: 2 }, or: [{ title: { contains: 'today' } }, { title: 'B' }] },
      sort: { title: 'desc' },
      limit: 1,
      page: 1,
      select: ['title'],
    }),
  )
  const first = await client.pages.list({ sort: { slug: 'asc' }, limit: 1 })
  await note('the next page', () => client.pages.list({ sort: { slug: 'asc' }, limit: 1, after: first.nextCursor }))
  await note('the cursor of another query', () => client.pages.list({ sort: { title: 'asc' }, limit: 1, after: first.nextCursor }))
  await note('list without total', () => client.pages.list({ total: 'none', limit: 1 }))
  await note('list with search', () => client.pages.list({ search: 'today' }))
  await note('list by a date', () => client.pages.count({ filter: { createdAt: { gt: new Date(0) } } }))
  await note('count', () => client.pages.count())
  await note('count some', () => client.pages.count({ filter: { level: 2 } }))
  await note('count with undefined', () => client.pages.count({ filter: { level: undefined } } as Loose))
  await note('count with an undefined filter', () => client.pages.count({ filter: undefined } as Loose))
  await note('search', () => client.pages.search('NEWS'))
  await note('search with options', () => client.pages.search('news', { limit: 1, filter: { level: 1 } }))
  await note('aggregate', () => client.pages.aggregate({ groupBy: ['level'], count: true, max: ['level'], sort: { level: 'desc' } } as Loose))
  await note('aggregate of nothing', () => client.pages.aggregate({ filter: { level: 4 }, sum: ['level'], avg: ['level'] } as Loose))
  await note('upsert that updates', () =>
    client.pages.upsert({ where: { slug: '/news' }, create: { slug: '/news', title: 'N', level: 1, layout: {} }, update: { title: 'Upserted' } }),
  )
  await note('upsert that creates', () =>
    client.pages.upsert({ where: { slug: '/up' }, create: { slug: '/up', title: 'Up', level: 1, layout: {} }, update: { title: 'no' } }),
  )
  await note('getBySlug', () => client.pages.getBySlug('/news'))
  await note('getBySlug by name', () => client.pages.getBySlug({ slug: '/news' } as Loose))
  await note('getBySlug of nothing', () => client.pages.getBySlug('/nosuch'))
  await note('listByLevel', () => client.pages.listByLevel(1))
  await note('entity by name', () => client.entity('PageView').count())
  await note('delete', async () => client.pages.delete((await client.pages.getBySlug('/up')).id))
  await note('delete again', () => client.pages.delete('00000000-0000-7000-8000-000000000000'))
  return made
}

async function trees(client: AClient, note: Note, { id: pageId }: { readonly id: string }): Promise<void> {
  const top = await note('component', () => client.components.create({ pageId, componentType: 'box', props: { a: 1 } }))
  const one = await note('below', () => client.components.create({ pageId, componentType: 'one', parentId: top.id, order: 0 }))
  const two = await note('below', () => client.components.create({ pageId, componentType: 'two', parentId: top.id, order: 1 }))
  await note('getTree', () => client.components.getTree(pageId))
  await note('reorder', () => client.components.reorder([two.id, one.id]))
  await note('reorder by name', () => client.components.reorder({ ids: [one.id, two.id] } as Loose))
  await note('reorder strangers', () => client.components.reorder([top.id, one.id]))
  await note('move', () => client.components.move(two.id, one.id, 0))
  await note('move below itself', () => client.components.move(top.id, two.id, 0))
  await note('move by name', () => client.components.move({ id: two.id, parentId: null, order: 5 } as Loose))
  await note('getTree', () => client.components.getTree(pageId))
  await note('getTree of nothing', () => client.components.getTree('00000000-0000-7000-8000-000000000000'))
  await note('a json path', () => client.components.list({ filter: { 'props.a': 1 }, select: ['componentType'] } as Loose))
  await note('a parent that is not there', () => client.components.create({ pageId: '00000000-0000-7000-8000-000000000000', componentType: 'x' }))
}

async function many(client: AClient, note: Note): Promise<void> {
  const item = (name: string): Loose => ({ name, version: '1.0.0', author: 'a', manifest: { name } })
  await note('createMany', () => client.packages.createMany([item('a'), item('b'), item('c')]))
  await note('createMany returning', () => client.packages.createMany([item('d')], { returning: true }))
  await note('createMany of none', () => client.packages.createMany([]))
  await note('createMany with one bad', () => client.packages.createMany([item('e'), { ...item('f'), version: 'x' }]))
  await note('createMany with a double', () => client.packages.createMany([item('g'), item('a')]))
  await note('nothing of them is there', () => client.packages.count({ filter: { name: { in: ['e', 'f', 'g'] } } }))
  await note('updateMany', () => client.packages.updateMany({ name: { in: ['a', 'b'] } }, { isInstalled: true }))
  await note('updateMany returning', () => client.packages.updateMany({ name: 'a' }, { author: 'z' }, { returning: true } as Loose))
  await note('updateMany of everything', () => client.packages.updateMany({}, { isInstalled: true }))
  await note('updateMany of all', () => client.packages.updateMany({}, { isInstalled: false }, { all: true }))
  await note('deleteMany of everything', () => client.packages.deleteMany({}))
  await note('deleteMany', () => client.packages.deleteMany({ name: 'c' }))
  const steps = [
    { method: 'create', params: ['Package', item('t1')] },
    { method: 'update', params: ['Package', '$steps[0].id', { author: '$steps[0].name' }] },
    { method: 'count', params: { entity: 'Package', filter: { author: 't1' } } },
    { method: 'call', params: ['PageView', 'getBySlug', ['/news']] },
  ] as const
  await note('transaction', () => client.transaction(steps))
  await note('transaction again', () => client.transaction(steps))
  await note('transaction that fails', () =>
    client.transaction([steps[2], { method: 'create', params: ['Package', item('t2')] }, { method: 'read', params: ['Package', 'no'] }]),
  )
  await note('has written nothing', () => client.packages.count({ filter: { name: 't2' } }))
  await note('transaction of nothing', () => client.transaction([]))
  await note('transaction with login', () => client.transaction([{ method: 'login', params: ['a', 'b'] } as Loose]))
  await note('transaction of nonsense', () => (client as Loose).transaction('x'))
  await note('transaction with a wrong step', () => (client as Loose).transaction([5]))
  await note('transaction with a reference to later', () => client.transaction([{ method: 'read', params: ['Package', '$steps[1].id'] }]))
}

async function mistakes(client: AClient, note: Note): Promise<void> {
  const loose = client as Loose
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['an unknown entity', () => client.entity('Nosuch').list()],
    ['an entity that is nearly one', () => client.entity('Usr').list()],
    ['an unknown plural', () => loose.nosuches.list()],
    ['an entity of the engine', () => client.entity('DbalToken').list()],
    ['a name of Object', () => client.entity('constructor').list()],
    ['an operation that is not there', () => loose.pages.nosuch(1)],
    ['an operation named toString', () => client.call('PageView', 'toString')],
    ['an unknown field', () => loose.pages.create({ slug: '/x', title: 'x', level: 1, layout: {}, nosuch: 1 })],
    ['missing fields', () => loose.pages.create({})],
    ['wrong values', () => loose.pages.create({ slug: 'A B', title: '', level: 9, layout: {}, isActive: 'yes' })],
    ['no data', () => loose.pages.create()],
    ['data that is null', () => loose.pages.create(null)],
    ['data that is a list', () => loose.pages.create([])],
    ['data with a function', () => loose.pages.create({ title: () => 1 })],
    ['data with NaN', () => loose.pages.create({ level: Number.NaN })],
    ['data with a class', () => loose.pages.create({ layout: new Map() })],
    ['data with undefined', () => loose.pages.create({ slug: '/u', title: undefined, level: 1, layout: {} })],
    ['data with __proto__', () => loose.pages.create(JSON.parse('{"__proto__":{"x":1}}'))],
    ['deep data', () => loose.pages.create({ layout: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) })],
    ['deeper data', () => loose.pages.create({ layout: JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) })],
    ['data in a circle', () => loose.pages.create(circle())],
    ['NUL', () => client.pages.create({ slug: '/n', title: 'a\u0000b', level: 1, layout: {} })],
    ['half a character', () => client.pages.create({ slug: '/n', title: '\ud800', level: 1, layout: {} })],
    ['no id', () => loose.pages.read()],
    ['an id that is a number', () => loose.pages.read(5)],
    ['an id that is an object', () => loose.pages.read({ nosuch: 1 })],
    ['an unknown option', () => loose.pages.list({ nosuch: 1 })],
    ['an option that belongs elsewhere', () => loose.pages.read('x', { limit: 1 })],
    ['a filter that is a list', () => loose.pages.list({ filter: [] })],
    ['a filter with an unknown field', () => loose.pages.list({ filter: { nosuch: 1 } })],
    ['a filter with an unknown operator', () => loose.pages.list({ filter: { level: { like: 1 } } })],
    ['a filter that does not fit', () => loose.pages.list({ filter: { or: [{ level: 'x' }] } })],
    ['a sort that is none', () => loose.pages.list({ sort: 'title' })],
    ['an unknown sort', () => loose.pages.list({ sort: { nosuch: 'asc' } })],
    ['a limit of 0', () => client.pages.list({ limit: 0 })],
    ['a limit above the maximum', () => client.pages.list({ limit: 101 })],
    ['page and after', () => client.pages.list({ page: 2, after: 'x' })],
    ['a cursor that is none', () => client.pages.list({ after: 'x' })],
    ['an unknown relation', () => loose.pages.list({ include: { nosuch: true } })],
    ['a query that costs too much', () => client.pages.list({ page: 1_000_000, limit: 100 })],
    ['a deep filter', () => loose.pages.list({ filter: nested(50) })],
    ['more arguments than there are', () => loose.pages.count({}, {})],
    ['a call of no operation', () => loose.call('PageView')],
    ['a call with an input that is text', () => loose.call('PageView', 'getBySlug', '/news')],
    ['a call with too much', () => loose.call('PageView', 'getBySlug', ['/news', 1])],
    ['a call with an unknown member', () => loose.call('PageView', 'getBySlug', { slug: '/news', x: 1 })],
    ['search for a number', () => loose.pages.search(5)],
    ['upsert without a unique key', () => loose.pages.upsert({ where: { level: 1 }, create: {}, update: {} })],
    ['aggregate over text', () => loose.pages.aggregate({ sum: ['title'] })],
    ['an entity that is no text', () => loose.entity(5)],
    ['an empty entity', () => loose.entity('')],
    ['an unknown event', () => loose.on('x', () => undefined)],
    ['with an unknown option', () => loose.with({ nosuch: 1 })],
  ]
  for (const [said, work] of wrong) await note(said, work)
}

function circle(): object {
  const made: { self?: object } = {}
  made.self = made
  return made
}

function nested(depth: number): object {
  return depth === 0 ? { level: 1 } : { not: nested(depth - 1) }
}

async function calls(client: AClient, note: Note): Promise<void> {
  const item: Loose = { name: 'idem', version: '1.0.0', author: 'a', manifest: {} }
  await note('with a key', () => client.packages.create(item, { idempotencyKey: 'k1' }))
  await note('the same again', () => client.packages.create(item, { idempotencyKey: 'k1' }))
  await note('another with the key', () => client.packages.create({ ...item, name: 'other' }, { idempotencyKey: 'k1' }))
  await note('a view with a key', () => client.with({ idempotencyKey: 'k1' }).packages.create(item))
  await note('a key that is too long', () => client.packages.create(item, { idempotencyKey: 'k'.repeat(129) }))
  await note('a key that is empty', () => client.packages.create(item, { idempotencyKey: '' }))
  await note('a key with NUL', () => client.packages.create(item, { idempotencyKey: 'a\u0000b' }))
  await note('a key with half a character', () => client.packages.create(item, { idempotencyKey: '\ud800' }))
  await note('cancelled before it began', () => client.packages.count({ signal: AbortSignal.abort() }))
  await note('a write that was cancelled before it began', () => client.packages.create(item, { signal: AbortSignal.abort() }))
  await note('a timeout of 0', () => client.packages.count({ timeout: 0 }))
  await note('a signal that is none', () => (client as Loose).packages.count({ signal: {} }))
  await note('a retry that is none', () => client.ping({ retry: -1 }))
  await note('status', () => client.status)
  await note('a megabyte', () => client.packages.create({ ...item, manifest: { text: 'x'.repeat(1024 * 1024) } }))
  await note('explain', () => client.explain('list', ['PageView']))
  await note('explain as another', () => client.explain('update', ['PageView', 'x', {}], { role: 'user' }))
  await note('explain nonsense', () => (client as Loose).explain('nosuch', []))
  await note('no promise', () => typeof (client as Loose).then)
}

async function roles(client: AClient, note: Note): Promise<void> {
  const made = await note('an account', () => client.users.create({ username: 'ada', email: 'ada@example.com', role: 'user' }))
  await note('a role above the own', () => client.users.create({ username: 'bob', email: 'bob@example.com', role: 'supergod' }))
  await note('verify', () => client.call('Credential', 'verify', { username: 'user', password }))
  await note('set', () => client.call('Credential', 'set', { username: 'user', password }))
  await note('credentials', () => client.credentials.list())
  for (const role of ['user', 'admin', 'supergod']) {
    await client.login(role, password)
    await note(`${role}: whoami`, () => client.whoami())
    await note(`${role}: users`, () => client.users.list({ sort: { username: 'asc' }, select: ['username'] }))
    await note(`${role}: another account`, () => client.users.read(made.id))
    await note(`${role}: a component`, () => client.components.list())
    await note(`${role}: a script`, () => client.luaScripts.create({} as Loose))
    await note(`${role}: packages`, () => client.packages.count())
    await note(`${role}: a page`, () => client.pages.count({ filter: { level: { gt: 0 } } }))
    await note(`${role}: the own role`, async () => client.users.update((await client.whoami()).id as string, { role: 'god' }))
    await note(`${role}: capabilities`, () => client.capabilities())
    await note(`${role}: explain`, () => client.explain('list', ['User']))
  }
  await note('delete', () => client.users.delete(made.id))
  await client.logout()
  await note('the public: users', () => client.users.list())
  await note('the public: pages', () => client.pages.list({ select: ['slug'] }))
  await note('the public: create', () => client.pages.create({ slug: '/p', title: 'p', level: 1, layout: {} }))
}
