/** Reference pages from tables: options of the configuration, verbs of the command. Pure; must not know where either is used. */

export interface OptionDoc {
  readonly type: string
  readonly default?: unknown
  readonly otherwise?: string
  readonly text: string
  readonly of?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly flag?: string
  readonly secret?: string
  readonly pending?: boolean
}

export interface OptionsDoc {
  readonly options: readonly (readonly [path: string, option: OptionDoc])[]
  readonly environment: (path: string) => string | undefined
  readonly spellings: readonly (readonly [path: string, text: string])[]
}

const made = '<!-- Made by `dbal generate`; do not edit. -->'

/** docs/reference/configuration.md */
export function configurationPage({ options, environment, spellings }: OptionsDoc): string {
  const rows = options.map(([path, option]) => {
    const env = environment(path)
    return `| \`${path}\` | ${typeOf(option)} | ${defaultOf(option)} | ${sentence(option)} | ${env === undefined ? '–' : `\`${env}\``} | ${option.flag === undefined ? '' : code(option.flag)} |`
  })
  return `${made}

# Configuration

A YAML file, the environment and flags; a flag wins over the environment, which wins over the file. \`dbal\` reads the file that \`--config\` names,
else \`dbal.yaml\` in the working folder, else it keeps the defaults. \`dbal daemon --check\` checks without starting.

- Sections nest: \`server.port\` is \`port:\` below \`server:\`. An unknown key is an error that names the nearest known one.
- Relative paths start at the folder of the file; those in the environment and in flags at the working folder.
- \`\${NAME}\` in a text is the environment variable NAME, which must be set; \`$$\` is a dollar sign.
- A secret may be written \`file:/run/secrets/x\` (the file's text without its last line break) or \`enc:…\` (see \`dbal secret encrypt\`).
  No error message and no log line shows the value of a secret.

| option | type | default | meaning | environment | flag |
|---|---|---|---|---|---|
${rows.join('\n')}

## Other spellings

Files may also say:

| key | meaning |
|---|---|
${spellings.map(([path, text]) => `| \`${path}\` | ${escaped(text)} |`).join('\n')}
`
}

export interface CapabilitiesDoc {
  readonly capabilities: ReadonlyMap<string, { readonly description: string; readonly without: string }>
  readonly adapters: ReadonlyMap<string, Readonly<Record<string, boolean>>>
}

/** docs/reference/capabilities.md */
export function capabilitiesPage({ capabilities, adapters }: CapabilitiesDoc): string {
  const names = [...adapters.keys()]
  const rows = [...capabilities].map(
    ([name, { description, without }]) =>
      `| \`${name}\` | ${escaped(description)} | ${names.map((adapter) => (adapters.get(adapter)?.[name] === true ? 'yes' : 'no')).join(' | ')} | ${escaped(without)} |`,
  )
  return `${made}

# Capabilities

What each adapter can do. \`getCapabilities\` tells a caller the column of the database behind the service, and the operations that the caller's role has.
A call that needs what is missing is refused before it runs, with \`CAPABILITY_NOT_SUPPORTED\` and, in \`details.hint\`, a way around it; the answers
that a database does give are the same on all of them.

| capability | with it | ${names.join(' | ')} | without it |
|---|---|${names.map(() => '---|').join('')}---|
${rows.join('\n')}
`
}

function typeOf(option: OptionDoc): string {
  if (option.of !== undefined) return option.of.map((word) => `\`${word}\``).join(', ')
  const bounds = option.min === undefined && option.max === undefined ? '' : ` ${option.min ?? 0}–${option.max ?? ''}`
  return `${option.type}${bounds}${option.secret === undefined ? '' : ', secret'}`
}

function defaultOf(option: OptionDoc): string {
  if (option.default === undefined) return option.otherwise === undefined ? '–' : escaped(option.otherwise)
  return Array.isArray(option.default) ? 'none' : `\`${String(option.default)}\``
}

function sentence(option: OptionDoc): string {
  return `${escaped(option.text)}${option.pending === true ? ' *Accepted; no effect in this version.*' : ''}`
}

export interface VerbDoc {
  /** `user add <name>` */
  readonly usage: string
  readonly summary: string
  readonly options: readonly (readonly [flags: string, text: string])[]
  /** What help prints after the options: examples. */
  readonly after: string
}

/** docs/reference/command.md */
export function commandPage(verbs: readonly VerbDoc[]): string {
  const sections = verbs.map(({ usage, summary, options, after }) => {
    const rows = options.map(([flags, text]) => `| ${code(flags)} | ${escaped(text)} |`)
    const table = rows.length === 0 ? '' : `\n| option | meaning |\n|---|---|\n${rows.join('\n')}\n`
    const example = after
      .trim()
      .replace(/^Examples?:\n/, '')
      .replace(/^ {2}/gm, '')
    return `## dbal ${usage}\n\n${summary.charAt(0).toUpperCase()}${summary.slice(1)}.\n${table}${example === '' ? '' : `\n\`\`\`sh\n${example}\n\`\`\`\n`}`
  })
  return `${made}

# The command

Exit codes: 0 done, 1 failed (the reason is printed), 2 wrong use of the command. \`--json\` prints machine-readable answers; errors are then JSON on
standard error. Colour is used on a terminal only, and not where \`NO_COLOR\` is set.

${sections.join('\n')}`
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
}
