/** The table of SQLite: the raw driver, the in-process client and the daemon, on the same rows. */
import { randomUUID } from 'node:crypto'
import { DBALClient } from '../src/exports/index.ts'
import { startDaemonProcess } from './daemon-process.ts'
import { makeFixture, openRaw } from './fixture.ts'
import { concurrent, fixed, type Measured, type Pace, serial } from './harness.ts'

interface Line {
  readonly name: string
  readonly raw: Measured
  readonly inProcess: Measured
  readonly daemon: Measured
}

type Say = (text: string) => void

/** The section as Markdown. */
export async function measureSqlite({ roundMs, burstMs }: Pace, say: Say): Promise<string> {
  const fixture = await makeFixture()
  const daemon = await startDaemonProcess(fixture.folder, `{ adapter: sqlite, url: "${fixture.url}" }`)
  const raw = openRaw(fixture)
  const local = new DBALClient({ mode: 'development', database: { url: fixture.url }, auth: { user: fixture.admin } })
  const remote = async () => {
    const client = new DBALClient({ mode: 'production', endpoint: daemon.endpoint })
    await client.login('bench', fixture.password)
    return client
  }
  /** A socket carries at most 32 calls at once (contract 7), so 64 callers share four of them. */
  const remotes = await Promise.all([remote(), remote(), remote(), remote()])
  const wire = remotes[0] as NonNullable<(typeof remotes)[0]>
  const id = (i: number) => fixture.userIds[(i * 7919) % fixture.userIds.length] as string

  const line = async (name: string, rawWork: (i: number) => unknown, work: (client: typeof wire, i: number) => Promise<unknown>): Promise<Line> => {
    say(`SQLite: ${name} …`)
    return {
      name,
      raw: await serial(rawWork, roundMs),
      inProcess: await serial((i) => work(local as typeof wire, i), roundMs),
      daemon: await serial((i) => work(wire, i), roundMs),
    }
  }
  const lines = [
    await line(
      'point read',
      (i) => raw.read(id(i)),
      (client, i) => client.users.read(id(i)),
    ),
    await line(
      'list of 20 with total',
      () => raw.list(),
      (client) => client.users.list({ limit: 20, sort: { id: 'asc' } }),
    ),
    await line(
      'create',
      () => raw.create(randomUUID(), page().slug),
      (client) => client.pages.create(page()),
    ),
    await line(
      'bulk of 100',
      () => raw.bulk(pages().map(({ slug }) => ({ id: randomUUID(), slug }))),
      (client) => client.pages.createMany(pages()),
    ),
    await line(
      'getTree of 50',
      () => raw.tree(fixture.pageId),
      (client) => client.components.getTree(fixture.pageId),
    ),
  ]
  say('SQLite: point reads of 64 callers through the daemon …')
  const many = await concurrent(64, (i) => (remotes[i % remotes.length] as typeof wire).users.read(id(i)), burstMs)
  for (const client of [...remotes, local]) await client.close()
  raw.close()
  await daemon.stop()
  fixture.remove()
  return sectionOf(lines, many)
}

let slugs = 0
const page = () => ({ slug: `/bench-${process.pid}-${++slugs}`, title: 'Bench', level: 1, layout: {} })
const pages = () => Array.from({ length: 100 }, page)

function sectionOf(lines: readonly Line[], many: Measured): string {
  return [
    '## SQLite',
    '',
    '| operation | raw driver µs | in-process µs | × raw | over raw µs | daemon, one caller µs |',
    '|---|---|---|---|---|---|',
    ...lines.map(
      ({ name, raw: r, inProcess: p, daemon: d }) =>
        `| ${name} | ${fixed(r.micros)} | ${fixed(p.micros)} | ${(p.micros / r.micros).toFixed(2)} | ${fixed(p.micros - r.micros)} | ${fixed(d.micros)} |`,
    ),
    '',
    `Point reads through the daemon, 64 callers on 4 sockets: ${many.perSecond.toFixed(0)} a second.`,
    '',
    'Bars: in-process point read at most 10 µs over raw; list of 20 with total at most 1.5 × raw; 8 000 point reads a second at 64 callers.',
  ].join('\n')
}
