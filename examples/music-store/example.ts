/**
 * Fills the store in-process, then lets customers ask the same questions through both doors and compares the answers.
 * Usage: node examples/music-store/example.ts [folder for the database]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type AnySchema, type Client, DBALClient, type DBALError, type Page } from '@metabuilder/dbal'
import { musicData } from './data.ts'

const schema = join(import.meta.dirname, 'schema')
const password = 'correct horse battery'
const rowsPerCall = 500
type Store = Client<AnySchema>

interface Account {
  readonly id: string
  readonly username: string
}

/** Accounts first, because customers and playlists refer to them; then everything else in an order in which references exist. */
async function load(system: Store): Promise<{ readonly accounts: readonly Account[]; readonly rows: number }> {
  const accounts = await system.entity('User').createMany(musicData(() => '').accounts, { returning: true })
  const data = musicData((index) => accounts[index].id)
  let count = 0
  for (const [entity, rows] of data.rows) {
    for (let at = 0; at < rows.length; at += rowsPerCall) count += await system.entity(entity).createMany(rows.slice(at, at + rowsPerCall))
  }
  return { accounts, rows: count }
}

/** What a customer wants to know. Refusals are answers too; cursors are not, since each is sealed anew. */
async function ask(store: Store): Promise<Record<string, unknown>> {
  const [customers, invoices, tracks] = [store.entity('Customer'), store.entity('Invoice'), store.entity('Track')]
  const [employees, playlists] = [store.entity('Employee'), store.entity('Playlist')]
  const rowsOf = ({ data, total }: Page<unknown>) => ({ data, total })
  const told = (error: DBALError) => ({ refused: error.code, details: error.details })
  const me = (await customers.list()).data[0]
  return {
    me,
    spent: await invoices.aggregate({ filter: { status: 'paid' }, sum: ['total'] }),
    newest: await invoices
      .list({ sort: { invoiceDate: 'desc' }, limit: 2, include: { invoiceLines: { include: { track: { select: ['name', 'unitPrice'] } } } } })
      .then(rowsOf),
    found: await tracks.search('silver river', { limit: 3, sort: { trackId: 'asc' }, select: ['trackId', 'name'] }).then(rowsOf),
    longest: await tracks
      .list({ filter: { album: { artist: { name: { contains: 'Wolves' } } } }, sort: { milliseconds: 'desc' }, limit: 1 })
      .then(rowsOf),
    staff: await employees.list({ limit: 1 }).then(rowsOf),
    playlists: await playlists.count(),
    moved: await customers.update(me.customerId, { city: 'Utrecht' }),
    movedBack: await customers.update(me.customerId, { city: me.city }),
    greedy: await customers.update(me.customerId, { supportRepId: 1 }).catch(told),
    curious: await invoices.count({ filter: { customer: { customerId: { ne: me.customerId } } } }),
    salaries: await employees.list({ sort: { salary: 'desc' } }).catch(told),
  }
}

/** A daemon on the same database, at a port of its own choice. */
async function startDaemon(url: string): Promise<{ readonly endpoint: string; readonly process: ChildProcess }> {
  const command = fileURLToPath(import.meta.resolve('@metabuilder/dbal').replace(/exports\/index\.js$/, 'cli/main.js'))
  const args = [command, 'daemon', '--schema', schema, '--database', url, '--port', '0', '--log-format', 'json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, DBAL_SECURITY_AUDIT_LOG: 'false' } })
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line)
    if (said.event === 'ready') return { endpoint: said.url, process: child }
  }
  throw new Error('The daemon did not start')
}

async function main(folder: string): Promise<void> {
  const url = `file:${join(folder, 'music.db')}`
  const local = { mode: 'development', schema, database: { url } } as const
  const owner: Store = new DBALClient<AnySchema>(local)
  const system = owner.asSystem('filling the example')
  const { accounts, rows } = await load(system)
  console.log(`${rows} rows and ${accounts.length} accounts`)
  const asking = accounts.slice(0, 3)
  for (const { username } of asking) await system.call('Credential', 'set', [username, password])

  const inside: string[] = []
  for (const { id, username } of asking) {
    const customer = new DBALClient<AnySchema>({ ...local, auth: { user: { id, role: 'user', username } } })
    const answers = await ask(customer)
    inside.push(JSON.stringify(answers))
    const [{ sum }] = answers['spent'] as [{ sum: { total: string } }]
    console.log(`${username} has paid ${sum.total ?? '0.00'} and sees ${answers['playlists']} playlists`)
    await customer.close()
  }
  await owner.close()

  const daemon = await startDaemon(url)
  try {
    const outside: string[] = []
    for (const { username } of asking) {
      const customer = new DBALClient<AnySchema>({ mode: 'production', endpoint: daemon.endpoint })
      await customer.login(username, password)
      outside.push(JSON.stringify(await ask(customer)))
      await customer.close()
    }
    if (JSON.stringify(inside) !== JSON.stringify(outside)) throw new Error(`The doors differ:\n${inside.join('\n')}\n${outside.join('\n')}`)
    console.log('both doors gave the same answers')
  } finally {
    daemon.process.kill('SIGTERM')
  }
}

const [given] = process.argv.slice(2)
const folder = given ?? mkdtempSync(join(tmpdir(), 'music-store-'))
try {
  await main(folder)
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true })
}
