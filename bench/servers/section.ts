/** The table of one server: who takes part, what each is asked, and whether all answer the same before anything is timed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fixed, inTurn, type Pace, type Placed } from '../harness.ts'
import { agree } from './agree.ts'
import type { Contender, Page, ServerKind } from './contender.ts'
import { openDaemon, openInProcess } from './dbal.ts'
import { makeServerFixture, type ServerFixture } from './fixture.ts'
import { openRawMariadb } from './mariadb.ts'
import { openPeersWhereInstalled } from './peers.ts'
import { openRawPostgres } from './postgres.ts'
import { openPrisma } from './prisma.ts'
import { openTables, type Tables } from './tables.ts'

interface Case {
  readonly name: string
  readonly callers: number
  readonly writes?: true
  readonly work: (contender: Contender, fixture: ServerFixture) => ((i: number) => Promise<unknown>) | undefined
}

let made = 0
const page = (): Page => ({ slug: `/made-${process.pid}-${++made}`, title: 'Made', level: 2, layout: { columns: 3 } })
const idOf = ({ pageIds }: ServerFixture, i: number): string => pageIds[(i * 7919) % pageIds.length] as string
const read: Case['work'] = (contender, fixture) => (i) => contender.read(idOf(fixture, i))

/** As requests of many users come: each in a turn of the event loop of its own, so that nothing can gather them before they are sent. */
const apart = 'point read, a turn each'
const readApart: Case['work'] = (contender, fixture) => async (i) => {
  await new Promise(setImmediate)
  return contender.read(idOf(fixture, i))
}

const cases: readonly Case[] = [
  { name: 'point read', callers: 1, work: read },
  { name: 'point read', callers: 64, work: read },
  { name: apart, callers: 64, work: readApart },
  { name: 'list of 20, filter and total', callers: 1, work: (contender) => () => contender.list() },
  { name: 'list of 20, filter and total', callers: 64, work: (contender) => () => contender.list() },
  { name: 'include: 20 rows with theirs', callers: 1, work: ({ include }) => include },
  { name: 'getTree of 50', callers: 1, work: ({ tree }, { treePage }) => tree && (() => tree(treePage)) },
  { name: 'create', callers: 1, writes: true, work: ({ create }) => create && (() => create(page())) },
  { name: 'update', callers: 1, writes: true, work: ({ update }, fixture) => update && ((i) => update(idOf(fixture, i), `Title ${i}`)) },
  {
    name: 'createMany of 1,000',
    callers: 1,
    writes: true,
    work: ({ createMany }) => createMany && (() => createMany(Array.from({ length: 1000 }, page))),
  },
]

/** The section as Markdown. */
export async function measureServer(kind: ServerKind, server: string, pace: Pace, say: (text: string) => void): Promise<string> {
  say(`${kind}: making 10 000 pages …`)
  const fixture = await makeServerFixture(kind, server)
  const folder = mkdtempSync(join(tmpdir(), 'dbal-bench-'))
  const contenders: Contender[] = []
  const tables = await openTables(kind, fixture.database.url)
  try {
    const url = fixture.database.url
    const raw = kind === 'postgresql' ? openRawPostgres(plainUrl(url)) : openRawMariadb(url)
    contenders.push(raw, openInProcess(fixture), await openDaemon(fixture, folder), await openPrisma(kind, plainUrl(url)))
    const { peers, missing } = await openPeersWhereInstalled(kind, url, 'pool' in raw ? raw.pool : undefined)
    contenders.push(...peers)
    if (missing !== undefined) say(missing)
    await agree(contenders, fixture, page)
    await tables.clean()
    await tables.analyze()
    const rows: (readonly [Case, readonly (Placed | undefined)[]])[] = []
    for (const each of cases) rows.push([each, await race(each, contenders, fixture, tables, pace, say)])
    return sectionOf(await tables.version(), contenders, rows, missing)
  } finally {
    for (const contender of [...contenders].reverse()) await contender.close()
    await tables.close()
    await fixture.database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `pg` and what is built on it ask for no TLS unless told; DBAL is told not to, so that all speak alike. */
function plainUrl(url: string): string {
  return url.startsWith('postgres') ? `${url}?sslmode=disable` : url
}

async function race(
  { name, callers, writes, work }: Case,
  contenders: readonly Contender[],
  fixture: ServerFixture,
  tables: Tables,
  pace: Pace,
  say: (text: string) => void,
): Promise<(Placed | undefined)[]> {
  say(`${fixture.kind}: ${name}, ${callers} at once …`)
  const works = contenders.map((contender) => work(contender, fixture))
  const asked = works.filter((each) => each !== undefined)
  const placed = await inTurn(asked, { callers, pace, ...(writes === undefined ? {} : { after: () => tables.clean() }) })
  return works.map((each) => (each === undefined ? undefined : placed.shift()))
}

function sectionOf(
  version: string,
  contenders: readonly Contender[],
  rows: readonly (readonly [Case, readonly (Placed | undefined)[]])[],
  missing: string | undefined,
): string {
  const cell = (placed: Placed | undefined, at: number): string =>
    placed === undefined ? '–' : at === 0 ? fixed(placed.micros) : `${fixed(placed.micros)} (${placed.share.toFixed(2)})`
  const share = (name: string, callers: number, one: string, other: string): string => {
    const [, placed = []] = rows.find(([each]) => each.name === name && each.callers === callers) ?? []
    const of = (who: string) => placed[contenders.findIndex((contender) => contender.name === who)]?.share
    const [a, b] = [of(one), of(other)]
    return a === undefined || b === undefined ? 'not measured' : `${(a / b).toFixed(2)} ×`
  }
  const raw = contenders[0]?.name ?? ''
  return [
    `## ${version}`,
    '',
    `Microseconds an operation (of all callers together), and in brackets the throughput as a share of ${raw}: the median over rounds, each with all of them in it.`,
    '',
    `| operation | callers | ${contenders.map(({ name }) => name).join(' | ')} |`,
    `|---|---|${contenders.map(() => '---').join('|')}|`,
    ...rows.map(([{ name, callers }, placed]) => `| ${name} | ${callers} | ${placed.map(cell).join(' | ')} |`),
    '',
    'A dash: the product cannot do it on this server, or has no call for it.',
    '',
    `In-process at 64 callers, point read: ${share('point read', 64, 'DBAL in-process', raw)} ${raw} (bar of PostgreSQL: 0.85), ${share('point read', 64, 'DBAL in-process', 'Prisma 7')} Prisma 7 (bar: 3); a turn each: ${share(apart, 64, 'DBAL in-process', raw)} and ${share(apart, 64, 'DBAL in-process', 'Prisma 7')}.`,
    `createMany of 1,000: ${share('createMany of 1,000', 1, 'DBAL in-process', 'ZenStack 3')} ZenStack 3 (bar: 5).`,
    ...(missing === undefined ? [] : ['', missing]),
  ].join('\n')
}
