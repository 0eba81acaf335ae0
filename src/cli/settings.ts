/** Options of the command line that are options of the configuration, from the one table. In charge of reading them; must not act on them. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type Config, loadConfig } from '../config/load.ts'
import { flagName, type OptionPath, optionOf, optionPaths } from '../config/options.ts'

/** Taken where no --config is given: what `dbal init` writes. */
export const usualFile = 'dbal.yaml'

/** Adds --config and the flags of the given options. */
export function configurable(command: Command, paths: readonly OptionPath[]): Command {
  command.option('--config <file>', `configuration file (default: ./${usualFile} where there is one)`)
  for (const path of paths) {
    const option = optionOf(path)
    if (option.flag !== undefined) command.option(option.flag, `${option.text} (${path})`)
  }
  return command
}

export const flaggedOptions: readonly OptionPath[] = optionPaths.filter((path) => flagName(path) !== undefined)
/** What commands need that work on the database without serving it. */
export const databaseOptions: readonly OptionPath[] = ['database.url', 'schema']

/** The configuration that a command's options ask for. Throws VALIDATION_ERROR with every mistake at its place. */
export function configOf(options: Readonly<Record<string, unknown>>): Config {
  const flags: Partial<Record<OptionPath, string>> = {}
  for (const path of flaggedOptions) {
    const value = options[camelCase(flagName(path) as string)]
    if (typeof value === 'string') flags[path] = value
  }
  const file = typeof options['config'] === 'string' ? options['config'] : existsSync(usualFile) ? usualFile : undefined
  return loadConfig({ ...(file === undefined ? {} : { file }), env: process.env, flags })
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
