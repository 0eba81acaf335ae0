/** The command as a whole: its verbs, help and exit codes. In charge of putting them together; each verb has a file of its own. */
import { Command, CommanderError } from 'commander'
import { registerConformance } from './commands/conformance.ts'
import { registerDaemon } from './commands/daemon.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerExplain } from './commands/explain.ts'
import { registerExport } from './commands/export.ts'
import { registerGenerate } from './commands/generate.ts'
import { registerImport } from './commands/import.ts'
import { registerInit } from './commands/init.ts'
import { registerIntrospect } from './commands/introspect.ts'
import { registerMigrate } from './commands/migrate.ts'
import { registerPolicy } from './commands/policy.ts'
import { registerSecret } from './commands/secret.ts'
import { registerToken } from './commands/token.ts'
import { registerUser } from './commands/user.ts'
import { fail } from './terminal.ts'
import { packageVersion } from './version.ts'

/** A program whose parsing rejects with CommanderError instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command('dbal')
  program
    .description('Schema-first, secure access to databases: one typed client, in-process or through a daemon.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .showSuggestionAfterError(true)
    .showHelpAfterError('Try --help for what is possible.')
    .exitOverride()
    .configureHelp({ sortOptions: false, showGlobalOptions: false })
  const registers = [
    registerInit,
    registerDaemon,
    registerGenerate,
    registerMigrate,
    registerIntrospect,
    registerPolicy,
    registerExplain,
    registerExport,
    registerImport,
    registerUser,
    registerToken,
    registerSecret,
    registerConformance,
    registerDoctor,
  ]
  for (const register of registers) register(program)
  program.addHelpText(
    'after',
    `
Examples:
  dbal daemon                              a daemon on an embedded database, with demo users
  dbal init shop && cd shop && dbal daemon a project with a schema of its own
  dbal user add ada --role admin --email ada@example.com
  dbal generate --check                    are the generated files up to date?

Exit codes: 0 done, 1 failed (the reason is printed), 2 wrong use of the command.
Every option of the configuration can be set in the environment too: server.port is DBAL_SERVER_PORT.`,
  )
  return program
}

/** Runs the command and gives its exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = buildProgram()
  if (args.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Commander has printed its own complaint, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return fail(error, args.includes('--json'))
  }
}
