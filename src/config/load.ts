/** Configuration from file, environment and flags, checked as a whole. In charge of precedence and dependent defaults; must not start anything. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DBALError, type FieldError } from '../errors/error.ts'
import { check } from './check.ts'
import { withDefaults } from './defaults.ts'
import { fileLayer } from './file.ts'
import { decryptAll, environmentLayer, type Flags, flagLayer, type Gathering, type Layer } from './layer.ts'
import type { OptionPath, Settings } from './options.ts'
import { readKey } from './secrets.ts'

export interface Config {
  readonly settings: Settings
  /** The file that was read, as it was named. */
  readonly file?: string
  /** Where each option that somebody set was set: `dbal.yaml:3:9`, `DBAL_SERVER_PORT`, `--port`. */
  readonly given: ReadonlyMap<OptionPath, string>
  /** Sentences for the operator about what was accepted but is of no effect or unwise. */
  readonly notices: readonly string[]
}

export interface ConfigSources {
  readonly file?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags?: Flags
  /** Folder that relative paths of environment and flags, and defaults without a file, start at. Default: the working directory. */
  readonly folder?: string
}

/** File < environment < flags. Throws one VALIDATION_ERROR whose `fields` are all complaints, each at its place. */
export function loadConfig(sources: ConfigSources): Config {
  const folder = resolve(sources.folder ?? '.')
  const complaints: FieldError[] = []
  const outside: Gathering = { complaints, folder }
  const file = sources.file === undefined ? undefined : resolve(folder, sources.file)
  const inside: Gathering = { complaints, folder: file === undefined ? folder : resolve(file, '..') }
  const layers: readonly (readonly [Layer, Gathering])[] = [
    [file === undefined ? new Map() : fileLayer(file, sources.env, complaints), inside],
    [environmentLayer(sources.env, outside), outside],
    [flagLayer(sources.flags ?? {}, outside), outside],
  ]
  const key = keyOf(
    layers.map(([layer]) => layer),
    sources.env,
  )
  layers.forEach(([layer, gathering], i) => {
    // What a later layer overrides is not looked at any more: its key may be gone on purpose.
    for (const [later] of layers.slice(i + 1)) for (const path of later.keys()) layer.delete(path)
    decryptAll(layer, key, gathering)
  })
  const given: Layer = new Map(layers.flatMap(([layer]) => [...layer]))
  const settings = withDefaults(given, inside.folder)
  const notices = check(settings, given, complaints)
  if (complaints.length > 0) throw refused(complaints)
  return {
    settings,
    ...(sources.file === undefined ? {} : { file: sources.file }),
    given: new Map([...given].map(([path, { from }]) => [path, from])),
    notices,
  }
}

function refused(fields: readonly FieldError[]): DBALError {
  return new DBALError('VALIDATION_ERROR', {
    fields,
    reason: `The configuration has ${fields.length === 1 ? 'a mistake' : `${fields.length} mistakes`}`,
  })
}

/** The key of `enc:` values, read at most once; from the option or systemd's credential. */
function keyOf(layers: readonly Layer[], env: Readonly<Record<string, string | undefined>>): () => Uint8Array {
  let key: Uint8Array | undefined
  return () => {
    if (key !== undefined) return key
    const named = layers.map((layer) => layer.get('security.key_file')?.value as string | undefined).findLast((value) => value !== undefined)
    const credential = env['CREDENTIALS_DIRECTORY'] === undefined ? undefined : join(env['CREDENTIALS_DIRECTORY'], 'dbal.key')
    const file = named ?? (credential !== undefined && existsSync(credential) ? credential : undefined)
    if (file === undefined) throw new DBALError('VALIDATION_ERROR', { reason: 'An encrypted value needs its key; set security.key_file' })
    key = readKey(file)
    return key
  }
}
