/** What one source says about options, before defaults: value and where it stood. In charge of putting layers together; must not know YAML. */
import { resolve } from 'node:path'
import type { FieldError } from '../errors/error.ts'
import { DBALError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import { environmentName, flagName, type Option, type OptionPath, optionOf, optionPaths } from './options.ts'
import { decryptSecret, isEncrypted, readSecretFile } from './secrets.ts'
import { type Fitted, fitOption } from './value.ts'

export interface Given {
  readonly value: (Fitted & { readonly value: unknown })['value']
  /** `dbal.yaml:3:9`, `DBAL_SERVER_PORT` or `--port`; where complaints about it point. */
  readonly from: string
}

export type Layer = Map<OptionPath, Given>

/** Text of `enc:` values is decrypted once all layers are known, since the key file is an option itself. */
export interface Gathering {
  readonly complaints: FieldError[]
  /** Folder that relative paths of this source start at. */
  readonly folder: string
}

/** Fits a value to its option and files it under `layer`, or complains. Two spellings of one option may stand together where they agree. */
export function take(layer: Layer, gathering: Gathering, path: OptionPath, value: Value, from: string, loose: boolean): void {
  const option = optionOf(path)
  const fitted = fitOption(option, value, loose)
  if ('error' in fitted) {
    gathering.complaints.push({ field: from, error: `${path}: ${fitted.error}` })
    return
  }
  const settled = typeof fitted.value === 'string' ? settle(option, fitted.value, gathering, path, from) : fitted.value
  if (settled === undefined) return
  const other = layer.get(path)
  if (other === undefined) layer.set(path, { value: settled, from })
  else if (JSON.stringify(other.value) !== JSON.stringify(settled)) {
    gathering.complaints.push({ field: from, error: `${path} is given here and at ${other.from}, and the two differ; keep one` })
  }
}

function settle(option: Option, text: string, gathering: Gathering, path: OptionPath, from: string): string | undefined {
  if (option.type === 'path') return resolve(gathering.folder, text)
  if (option.type === 'url') return absoluteUrl(text, gathering.folder)
  if (option.secret !== 'value' || !text.startsWith('file:')) return text
  return complaining(gathering.complaints, path, from, () =>
    readSecretFile(resolve(gathering.folder, text.slice('file:'.length).replace(/^\/\/(?=\/)/, ''))),
  )
}

/** `file:./dev.db` and plain paths start at the folder of the source; other urls stay as they are. */
export function absoluteUrl(url: string, folder: string): string {
  if (url === ':memory:' || url === 'file::memory:' || isEncrypted(url) || url.startsWith('file://')) return url
  if (url.startsWith('file:')) return url === 'file:' ? url : `file:${resolve(folder, url.slice('file:'.length))}`
  return /^[a-z][a-z0-9+.-]+:/i.test(url) ? url : `file:${resolve(folder, url)}`
}

/** Decrypts the `enc:` values of `found` in place. `key` is asked for only if there are any. */
export function decryptAll(found: Layer, key: () => Uint8Array, gathering: Gathering): void {
  for (const [path, { value, from }] of found) {
    if (optionOf(path).secret === undefined || typeof value !== 'string' || !isEncrypted(value)) continue
    const text = complaining(gathering.complaints, path, from, () => decryptSecret(path, value, key()))
    if (text !== undefined) found.set(path, { value: optionOf(path).type === 'url' ? absoluteUrl(text, gathering.folder) : text, from })
  }
}

function complaining(complaints: FieldError[], path: string, from: string, work: () => string): string | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof DBALError)) throw error
    complaints.push({ field: from, error: `${path}: ${error.details.reason ?? error.message}` })
    return undefined
  }
}

/** DBAL_SERVER_PORT and the like. An empty variable says nothing. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>, gathering: Gathering): Layer {
  const layer: Layer = new Map()
  for (const path of optionPaths) {
    const name = environmentName(path)
    const value = name === undefined ? undefined : env[name]
    if (name !== undefined && value !== undefined && value !== '') take(layer, gathering, path, value, name, true)
  }
  return layer
}

export type Flags = Readonly<Partial<Record<OptionPath, string | undefined>>>

export function flagLayer(flags: Flags, gathering: Gathering): Layer {
  const layer: Layer = new Map()
  for (const path of optionPaths) {
    const value = flags[path]
    if (value !== undefined) take(layer, gathering, path, value, `--${flagName(path) ?? path}`, true)
  }
  return layer
}
