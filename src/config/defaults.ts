/** Values of options that nobody set, where they depend on others. Must not know sources or complain. */
import { resolve } from 'node:path'
import { absoluteUrl, type Given } from './layer.ts'
import { type OptionPath, optionOf, optionPaths, type Settings } from './options.ts'

const loopback = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)$/i

export function isLoopback(host: string): boolean {
  return loopback.test(host)
}

/** All settings; `folder` is where relative defaults start. */
export function withDefaults(given: ReadonlyMap<OptionPath, Given>, folder: string): Settings {
  const made: Partial<Record<OptionPath, unknown>> = {}
  for (const path of optionPaths) {
    const option = optionOf(path)
    made[path] =
      given.get(path)?.value ?? (option.type === 'path' && typeof option.default === 'string' ? resolve(folder, option.default) : option.default)
  }
  made.mode ??= isLoopback(String(made['server.host'])) ? 'development' : 'production'
  const embedded = made['database.adapter'] === undefined || made['database.adapter'] === 'sqlite'
  if (embedded && made['database.connection.host'] === undefined) made['database.url'] ??= absoluteUrl('file:./.dbal/dev.db', folder)
  made['database.adapter'] ??= adapterOf(made['database.url'] as string | undefined)
  made['database.auto_migrate'] ??= made.mode === 'development'
  const limited = given.has('security.rate_limit.requests_per_minute') || given.has('security.rate_limit.burst')
  made['security.rate_limit.enabled'] ??= limited || made.mode === 'production'
  return Object.freeze(made) as Settings
}

const schemes: Readonly<Record<string, Settings['database.adapter']>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  mongodb: 'mongodb',
  'mongodb+srv': 'mongodb',
}

/** The scheme of a url that no adapter serves; undefined for a path and for all others. One letter is a drive. */
export function strangeScheme(url: string | undefined): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url ?? '')?.[1]?.toLowerCase()
  return scheme === undefined || scheme === 'file' || Object.hasOwn(schemes, scheme) ? undefined : scheme
}

/** Kind of database that a url is of; undefined where its scheme says nothing. */
export function adapterOf(url: string | undefined): Settings['database.adapter'] {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url ?? '')?.[1]?.toLowerCase()
  if (scheme !== undefined && Object.hasOwn(schemes, scheme)) return schemes[scheme]
  return url === undefined ? undefined : 'sqlite'
}
