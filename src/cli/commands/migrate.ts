/** `dbal migrate`: shows a plan, makes it, tells where a database stands, takes one over. In charge of options and answers; must not know how plans are made. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Adapter } from '../../adapter/adapter.ts'
import type { OwnTarget } from '../../adapters/sql/migrate/target.ts'
import { DBALError } from '../../errors/error.ts'
import { apply } from '../../migrate/apply.ts'
import { baseline } from '../../migrate/baseline.ts'
import { driftLine } from '../../migrate/drift.ts'
import { planFile } from '../../migrate/sql-file.ts'
import { type Survey, survey } from '../../migrate/survey.ts'
import type { Schema } from '../../schema/entity.ts'
import { identity } from '../../session/identity.ts'
import { loadContract, openAdapter, type Setup, setupOf } from '../compose.ts'
import { openTarget } from '../migration-target.ts'
import { foreignLines, isUpToDate, planText, stepLine, surveyJson, warnings } from '../plan-report.ts'
import { configOf, configurable, databaseOptions } from '../settings.ts'
import { say, sayJson, UsageError, visible, warn } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerMigrate(program: Command): void {
  const migrate = program.command('migrate').description('bring the database up to date with the schema')
  const verb = (name: string, text: string): Command =>
    configurable(migrate.command(name).description(text), databaseOptions).option('--json', 'print the answer as JSON')
  verb('plan', 'show what apply would do, step by step, and what others changed; changes nothing')
    .option('--out <folder>', "write the plan as a numbered file for review, below a folder of the database's kind")
    .option('--online', 'leave writers alone: indexes and conditions are made beside them (PostgreSQL)')
    .addHelpText('after', '\nExample:\n  dbal migrate plan\n  dbal migrate plan --out migrations --config dbal.yaml')
    .action(plan)
  verb('apply', 'make the plan, under a lock and with a journal; goes on with one that was interrupted')
    .option('--allow-destructive', 'also steps by which something that is stored is lost')
    .option('--online', 'leave writers alone: indexes and conditions are made beside them (PostgreSQL)')
    .option('--back', 'also to a schema that the database has been beyond')
    .option('--lock-wait <seconds>', 'how long to wait for another one who migrates (default: 60)')
    .addHelpText('after', '\nExample:\n  dbal migrate apply --config dbal.yaml\n  dbal migrate apply --allow-destructive')
    .action(applyPlan)
  verb('status', 'fails where the database is behind the schema, or somebody else changed its tables')
    .addHelpText('after', '\nExample:\n  dbal migrate status')
    .action(status)
  verb('baseline', 'take over tables that are there already, without touching them')
    .addHelpText('after', '\nExample:\n  dbal introspect --url postgres://… --out dbal\n  dbal migrate baseline --schema dbal')
    .action(takeOver)
}

/** The target of the configured database, closed whatever happens. `others` answers for adapters without tables of SQL. */
async function onTarget(
  options: Options,
  work: (target: OwnTarget, schema: Schema) => Promise<void>,
  others: (adapter: Adapter, schema: Schema, setup: Setup) => Promise<void>,
): Promise<void> {
  const setup = setupOf(configOf(options), 'command')
  const { schema } = loadContract(setup.schema, setup.rulesFile)
  const target = await openTarget(setup)
  if (target === undefined) return onAdapter(setup, (adapter) => others(adapter, schema, setup))
  try {
    await work(target, schema)
  } catch (error) {
    throw error instanceof DBALError
      ? error
      : new DBALError('DATABASE_ERROR', { hint: 'The database refused; `dbal doctor` tells more' }, { cause: error })
  } finally {
    await target.close().catch(() => undefined)
  }
}

async function onAdapter(setup: Setup, work: (adapter: Adapter) => Promise<void>): Promise<void> {
  const adapter = await openAdapter(setup)
  try {
    await work(adapter)
  } finally {
    await adapter.close()
  }
}

function plan(options: Options): Promise<void> {
  return onTarget(
    options,
    async (target, schema) => {
      const found = await survey(target, schema, options['online'] === true)
      const written = typeof options['out'] === 'string' ? writePlan(options['out'], found, target) : undefined
      if (found.refused.length > 0) process.exitCode = 1
      if (options['json'] === true) sayJson({ ...surveyJson(found, target.dialect), ...(written === undefined ? {} : { written }) })
      else {
        say(planText(found, target.dialect))
        if (written !== undefined) say(`\nWrote ${written}`)
      }
    },
    (_adapter, schema, setup) => planOfOthers(options, schema, setup),
  )
}

/** Undefined where there is nothing to write. */
function writePlan(folder: string, found: Survey, { dialect }: OwnTarget): string | undefined {
  if (found.steps.length === 0 && found.refused.length === 0) return undefined
  const file = planFile((found.history.at(-1)?.id ?? 0) + 1, found.schema, found, dialect)
  return write(join(folder, dialect.name), file.name, file.text)
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function planOfOthers(options: Options, schema: Schema, { adapter }: Setup): Promise<void> {
  if (adapter !== 'mongodb') throw new UsageError(`The adapter ${adapter} keeps no tables: there is nothing to plan`)
  const { indexPlan } = await import('../../adapters/mongodb/model/plan.ts')
  const text = `${JSON.stringify(indexPlan(schema), null, 2)}\n`
  const written = typeof options['out'] === 'string' ? write(join(options['out'], 'mongodb'), `${schema.version}.json`, text) : undefined
  if (written === undefined) say(text.trimEnd())
  else if (options['json'] === true) sayJson({ schema: schema.version, written })
  else say(`Wrote ${written}`)
}

function applyPlan(options: Options): Promise<void> {
  const json = options['json'] === true
  const lockWait = lockWaitOf(options)
  return onTarget(
    options,
    async (target, schema) => {
      const permission = {
        extent: 'any',
        destructive: options['allowDestructive'] === true,
        back: options['back'] === true,
        online: options['online'] === true,
      } as const
      const { steps, resumed } = await apply(target, schema, {
        permission,
        ...(lockWait === undefined ? {} : { lockWait }),
        onStep: (step, index, all) => (json ? undefined : warn(stepLine(step, index, all))),
        onDrift: (drift) => {
          for (const one of drift) warn(`Not touched by this plan, ${visible(driftLine(one))}`)
        },
      })
      if (json) sayJson({ upToDate: true, schema: schema.version, steps: steps.length, resumed })
      else say(`The database is up to date with schema ${schema.version}`)
    },
    (adapter, schema) => prepare(adapter, schema, 'apply', json),
  )
}

function lockWaitOf({ lockWait }: Options): number | undefined {
  if (lockWait === undefined) return undefined
  const seconds = Number(lockWait)
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 86_400) throw new UsageError('--lock-wait is a number of seconds, at most 86400')
  return seconds * 1000
}

function status(options: Options): Promise<void> {
  const json = options['json'] === true
  return onTarget(
    options,
    async (target, schema) => {
      const found = await survey(target, schema, false)
      if (!isUpToDate(found)) process.exitCode = 1
      if (json) sayJson(surveyJson(found, target.dialect))
      else if (isUpToDate(found)) say(`The database is up to date with schema ${schema.version}`)
      else {
        const behind = found.steps.length + found.refused.length
        say(
          [
            ...foreignLines(found),
            behind === 0
              ? `The tables are those of schema ${schema.version}`
              : `The database is behind the schema by ${behind} changes: dbal migrate plan`,
            ...warnings(found),
          ].join('\n'),
        )
      }
    },
    (adapter, schema) => prepare(adapter, schema, 'check', json),
  )
}

/** What adapters without tables of SQL do by themselves. */
async function prepare(adapter: Adapter, schema: Schema, mode: 'apply' | 'check', json: boolean): Promise<void> {
  await adapter.prepare(schema, mode)
  if (json) sayJson({ upToDate: true, schema: schema.version })
  else say(`The database is up to date with schema ${schema.version}`)
}

function takeOver(options: Options): Promise<void> {
  return onTarget(
    options,
    async (target, schema) => {
      const adopted = await baseline(target, schema, new Set([identity.user, identity.credential, identity.session]))
      if (options['json'] === true) return sayJson({ schema: schema.version, ...adopted })
      say(`Took over ${adopted.tables} tables as they are and made ${adopted.made} of DBAL's own; the history begins with schema ${schema.version}`)
      if (adopted.differs.length > 0)
        say(`These differ from what the schema says of them:\n${adopted.differs.map((what) => `  ${visible(what)}`).join('\n')}`)
      if (adopted.waived.length > 0)
        say(`The database does not guard these, the engine alone does:\n${adopted.waived.map((what) => `  ${visible(what)}`).join('\n')}`)
    },
    async (_adapter, _schema, { adapter }) => {
      throw new UsageError(`The adapter ${adapter} keeps no tables: there is nothing to take over`)
    },
  )
}
