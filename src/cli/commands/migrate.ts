/** `dbal migrate`: brings a database to its schema, or tells whether it is behind. Additive changes only; others are refused with a reason. */
import type { Command } from 'commander'
import { loadContract, openAdapter, setupOf } from '../compose.ts'
import { configOf, configurable, databaseOptions } from '../settings.ts'
import { say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerMigrate(program: Command): void {
  const migrate = program.command('migrate').description('bring the database up to date with the schema')
  configurable(migrate.command('apply').description('create tables and add columns that the schema asks for'), databaseOptions)
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  dbal migrate apply --config dbal.yaml')
    .action((options: Options) => prepare(options, 'apply'))
  configurable(migrate.command('status').description('fails where the database is behind'), databaseOptions)
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExample:\n  dbal migrate status')
    .action((options: Options) => prepare(options, 'check'))
}

async function prepare(options: Options, mode: 'apply' | 'check'): Promise<void> {
  const setup = setupOf(configOf(options), 'command')
  const { schema } = loadContract(setup.schema, setup.rulesFile)
  const adapter = await openAdapter(setup)
  try {
    await adapter.prepare(schema, mode)
    if (options['json'] === true) sayJson({ upToDate: true, schema: schema.version })
    else say(`The database is up to date with schema ${schema.version}`)
  } finally {
    await adapter.close()
  }
}
