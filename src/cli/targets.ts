/** Which generated file belongs where, in this repository and in a user's project. In charge of the list; must not write anything. */
import type { EventEmitter } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { environmentName, isOption, optionOf, optionPaths } from '../config/options.ts'
import { spellings } from '../config/spellings.ts'
import { capabilitiesPage, commandPage, configurationPage, type VerbDoc } from '../generate/docs.ts'
import { errorTableText } from '../generate/errors.ts'
import { jsonSchemas } from '../generate/json-schema.ts'
import { tableFiles } from '../generate/tables.ts'
import { generateTypes } from '../generate/types.ts'
import { parseCapabilities } from '../schema/document/capabilities.ts'
import { parseErrors } from '../schema/document/errors.ts'
import type { Schema } from '../schema/entity.ts'

export interface Target {
  /** Relative to the folder that files are written below. */
  readonly path: string
  readonly text: string
}

/** Files of a user's project: types, tables, Prisma schemas, and JSON Schemas for the editor. */
export function projectTargets(schema: Schema): Target[] {
  return [
    { path: 'schema.ts', text: generateTypes(schema) },
    ...tableFiles(schema),
    ...jsonSchemas().map(({ path, text }) => ({ path: `json-schema/${path}`, text })),
  ]
}

/** The source of this package itself, where more is generated than in a project of a user. */
export function isRepository(folder: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly name?: string }
    return name === '@metabuilder/dbal' && existsSync(join(folder, 'src/errors/table.ts'))
  } catch {
    return false
  }
}

/** Files of the repository at `folder`, for the shipped `schema`. */
export function repositoryTargets(folder: string, schema: Schema, program: Command): Target[] {
  const file = (path: string) => ({ path, text: readFileSync(join(folder, 'api/schema', path), 'utf8') })
  const errors = parseErrors(file('errors.yaml'))
  return [
    { path: 'src/generated/schema.ts', text: generateTypes(schema, { from: '../client/types.ts' }) },
    { path: 'src/errors/table.ts', text: errorTableText(errors) },
    ...tableFiles(schema).map(({ path, text }) => ({ path: `api/generated/${path}`, text })),
    ...jsonSchemas().map(({ path, text }) => ({ path: `api/generated/json-schema/${path}`, text })),
    { path: 'docs/reference/configuration.md', text: optionsPage() },
    { path: 'docs/reference/capabilities.md', text: capabilitiesPage(parseCapabilities(file('capabilities.yaml'))) },
    { path: 'docs/reference/command.md', text: commandPage(verbsOf(program)) },
  ]
}

function optionsPage(): string {
  return configurationPage({
    options: optionPaths.map((path) => [path, optionOf(path)]),
    environment: (path) => (isOption(path) ? environmentName(path) : undefined),
    spellings: Object.entries(spellings).map(([path, { text }]) => [path, text]),
  })
}

/** The verbs that do something, in the order of help. */
function verbsOf(program: Command): VerbDoc[] {
  const help = program.createHelp()
  const walk = (command: Command, prefix: string): VerbDoc[] =>
    help.visibleCommands(command).flatMap((verb) => {
      const usage = `${prefix}${help.subcommandTerm(verb).replace(/ ?\[options\]/, '')}`
      if (verb.name() === 'help') return []
      if (verb.commands.length > 0) return walk(verb, `${prefix}${verb.name()} `)
      const options = help.visibleOptions(verb).filter(({ long }) => long !== '--help')
      return [
        {
          usage,
          summary: verb.description(),
          options: options.map((option) => [option.flags, help.optionDescription(option)] as const),
          after: afterOf(verb),
        },
      ]
    })
  return walk(program, '')
}

/** The text that `addHelpText('after', …)` gave: commander keeps it as a listener that writes. */
function afterOf(verb: Command): string {
  let text = ''
  const emitter = verb as unknown as EventEmitter
  emitter.emit('afterHelp', { command: verb, error: false, write: (part: string) => (text += part) })
  return text
}
