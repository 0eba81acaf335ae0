/**
 * `npm run bench`: the raw driver, DBAL through both doors and other products, on the same rows, in one run, with ratios.
 * `--quick` shortens the rounds; `--only sqlite|postgresql|mysql|rules` leaves the others out; `--write` puts all of them into bench/RESULTS.md.
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { kinds, startServer } from '../tools/databases/servers.ts'
import { machine, type Pace } from './harness.ts'
import { measureRulesOnPostgres, measureRulesOnSqlite } from './rules/run.ts'
import type { ServerKind } from './servers/contender.ts'
import { measureServer } from './servers/section.ts'
import { measureSqlite } from './sqlite.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } } })
const pace: Pace = values.quick === true ? { roundMs: 80, rounds: 3, burstMs: 300 } : { roundMs: 400, rounds: 7, burstMs: 2000 }
const say = (text: string) => void process.stderr.write(`${text}\n`)
const wanted = (name: string): boolean => values.only === undefined || values.only === name
if (values.write === true && (values.only !== undefined || values.quick === true)) throw new Error('--write is for a whole run, at its full length')

const load = () => `${(loadavg()[0] as number).toFixed(1)}`
const before = load()
const sections: string[] = []
if (wanted('sqlite')) sections.push(await measureSqlite(pace, say))
if (wanted('sqlite') || wanted('rules')) sections.push(await measureRulesOnSqlite(pace, say))
// Seven contenders in each round: rounds may be shorter, as what disturbs one disturbs all.
const serverPace: Pace = values.quick === true ? pace : { ...pace, roundMs: 300, rounds: 5 }
for (const kind of ['postgresql', 'mysql'] as const) if (wanted(kind)) sections.push(await onServer(kind, measureServer))
if (wanted('postgresql') || wanted('rules')) sections.push(await onServer('postgresql', measureRulesOnPostgres))

/** The server that a variable names, otherwise a private one; without either the section says what is missing. */
async function onServer(kind: ServerKind, measure: typeof measureServer): Promise<string> {
  const { title, url } = kinds[kind]
  const given = process.env[url] ?? ''
  if (given !== '') return measure(kind, given, serverPace, say)
  const server = await startServer(kind)
  if ('missing' in server) {
    say(`${title}: ${server.missing}`)
    return `## ${title}\n\nNot measured: ${server.missing}.`
  }
  try {
    return await measure(kind, server.url, serverPace, say)
  } finally {
    await server.stop()
  }
}

const named = (['postgresql', 'mysql'] as const).filter((kind) => (process.env[kinds[kind].url] ?? '') !== '')
const servers =
  named.length > 0
    ? `Servers: those that ${named.map((kind) => kinds[kind].url).join(' and ')} named.`
    : 'Servers: private ones with 64 MB of buffers, which hand a commit to the system and do not wait for the disk.'
const text = `# Measurements

Command: \`npm run bench -- --write\`, after \`npm run bench:peers\`. Machine: ${machine()}. Day: ${new Date().toISOString().slice(0, 10)}. Load of the machine before
and after: ${before}, ${load()}; the benchmark's own work is part of it. Each figure is the median of the rounds of one run; load generator, daemon and server share
the cores. Compare figures within a table only.

On servers everybody works on the same rows of the shipped schema, without TLS, with at most 20 connections; answers are compared before anything is timed. DBAL and
ZenStack act as role \`god\` under the same rules (pages: \`level <= $user.level\`, which hides a fifth of them; components: the role) and the same validation; no rule
here is about fields. DBAL also looks into the row that it wrote, and its daemon writes the audit log. The raw drivers, Prisma, Kysely and Drizzle check nothing. Prisma
gathers the \`findUnique\` calls of one turn into one statement. ${servers}

${sections.join('\n\n')}
`
console.log(text)
if (values.write === true) writeFileSync(new URL('RESULTS.md', import.meta.url), text)
