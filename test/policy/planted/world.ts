/** The people and rows of the planted denials, and a daemon that serves them. In charge of test plumbing only. */
import { join } from 'node:path'
import { DBALClient } from '../../../src/exports/index.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { Place, type Posted, password, post } from '../../daemon/process.ts'

const schema = join(import.meta.dirname, 'schema')
const past = '2020-01-01T00:00:00.000Z'

type Row = { readonly [name: string]: Value }

const people: Readonly<Record<string, Row>> = {
  ana: { role: 'user', tenantId: 't1', clearance: 3 },
  ben: { role: 'user', tenantId: 't1', clearance: 1 },
  cat: { role: 'user', tenantId: 't2' },
  nia: { role: 'user' },
  adm: { role: 'admin', tenantId: 't1' },
  dev: { role: 'god', tenantId: 't1' },
}

/** `owner`: by name. All of tenant t1 and not locked unless they say otherwise. */
const papers: Readonly<Record<string, Row>> = {
  own: { owner: 'ana', level: 1, score: 5 },
  locked: { owner: 'ana', level: 1, score: 5, locked: true },
  odd: { owner: 'ana', level: 1, score: 5, locked: null },
  team: { owner: 'ana', state: 'live', teamId: 1, level: 5, score: 5, secret: 'x' },
  teamdraft: { owner: 'ana', teamId: 1 },
  shut: { owner: 'ana', state: 'live', teamId: 2 },
  gone: { owner: 'ana', state: 'gone', level: 1 },
  high: { owner: 'ana', state: 'live', level: 9 },
  highgone: { owner: 'ana', state: 'gone', level: 9 },
  nolevel: { owner: 'ana', state: 'live' },
  nobody: { state: 'live' },
  other: { owner: 'cat', state: 'live', level: 1, tenantId: 't2' },
  deleted: { owner: 'ana', deletedAt: past },
  expired: { owner: 'ana', until: past },
}

const sheets: readonly Row[] = [
  { id: 1, word: 'a', level: 1, hidden: false, price: '1.00' },
  { id: 2, word: 'c', level: 1, hidden: false, price: '1.00' },
  { id: 3, word: 'a', level: 9, hidden: false, price: '1.00' },
  { id: 4, word: 'a', hidden: false, price: '1.00' },
  { id: 5, word: 'a', level: 1, hidden: true, price: '1.00' },
  { id: 6, word: 'a', level: 1, price: '1.00' },
  { id: 7, word: 'b', level: 1, hidden: false, price: '200.00' },
  { id: 8, word: 'b', level: 1, hidden: false },
  { id: 9, word: 'a', level: 1, hidden: false, price: '200.00' },
  { id: 10, roleName: 'god', due: past },
  { id: 11, roleName: 'nonsense' },
  { id: 12, roleName: 'user', details: { state: 'open' } },
  { id: 13, roleName: 'god', due: past, details: { state: 'closed' } },
  { id: 14, roleName: 'user' },
  { id: 15, roleName: 'user', secret: 'no' },
  { id: 16, word: 'c', level: 1, hidden: true, price: '1.00' },
]

export interface World {
  /** Ids of people by name, of papers by `$paper.` and name. */
  readonly ids: ReadonlyMap<string, string>
  /** Asks as one of the people; `undefined` is nobody. */
  ask(who: string | undefined, method: string, params: unknown): Promise<Posted>
  close(): Promise<void>
}

async function fill(client: DBALClient): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  const system = client.asSystem('planted denials')
  const add = async (entity: string, row: Row): Promise<string> => String((await system.entity(entity).create(row))['id'])
  for (const [name, more] of Object.entries(people)) {
    ids.set(name, await add('User', { username: name, email: `${name}@example.com`, pin: '1234', ...more }))
    await system.call('Credential', 'set', { username: name, password })
  }
  await system.entity('Team').createMany([
    { id: 1, name: 'red', leadId: ids.get('ana') as string, open: true },
    { id: 2, name: 'shut', leadId: ids.get('ben') as string, open: false },
    { id: 3, name: 'odd' },
  ])
  const member = (id: number, name: string, teamId: number, active: boolean) => ({ id, userId: ids.get(name) as string, teamId, active })
  await system.entity('Membership').createMany([member(1, 'ben', 1, true), member(2, 'ben', 2, false), member(3, 'cat', 1, true)])
  for (const [name, { owner, ...more }] of Object.entries(papers)) {
    const ownerId = owner === undefined ? null : (ids.get(String(owner)) as string)
    ids.set(`$paper.${name}`, await add('Paper', { tenantId: 't1', title: 'Paper', score: 1, locked: false, ...more, ownerId }))
  }
  await system.entity('Sheet').createMany([...sheets])
  await system.entity('Office').createMany([
    { id: 1, name: 'front' },
    { id: 2, name: 'back' },
  ])
  return ids
}

/** `url`: of an empty database; a file of its own where absent. */
export async function planted(adapter: 'sqlite' | 'postgresql', given?: string): Promise<World> {
  const place = new Place()
  const url = given ?? `file:${place.file('planted.db')}`
  const client = new DBALClient({ mode: 'development', adapter, database: { url }, schema })
  const ids = await fill(client)
  await client.close()
  const limit = 'rate_limit: { enabled: false }'
  place.write('dbal.yaml', `schema: ${schema}\ndatabase: { adapter: ${adapter}, url: "${url}" }\nsecurity: { audit_log: ./audit.log, ${limit} }\n`)
  const running = await place.start(['--config', 'dbal.yaml'])
  const tokens = new Map<string, string>()
  for (const name of Object.keys(people)) {
    const { body } = await post(running.http, { id: 1, method: 'login', params: [name, password] })
    tokens.set(name, body.result.token)
  }
  return {
    ids,
    ask: async (who, method, params) => {
      const auth = who === undefined ? {} : { auth: { token: tokens.get(who) } }
      return (await post(running.http, { id: 1, method, params, ...auth })).body
    },
    close: () => place.close(),
  }
}
