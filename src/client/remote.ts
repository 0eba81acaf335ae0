/** The client of a daemon, from its configuration. In charge of putting the parts together; in-process has its own composer, in exports. */
import { DBALError } from '../errors/error.ts'
import { createClient } from './client.ts'
import { readConfig, type Settings } from './config.ts'
import type { Client, SchemaTypes } from './types.ts'
import { overWebSocket } from './websocket.ts'

/** `usualEntities`: plurals of the shipped schema, for what neither the configuration nor the daemon names. */
export function remoteClient<S extends SchemaTypes>(settings: Settings, usualEntities: Readonly<Record<string, string>> = {}): Client<S> {
  const { endpoint, identity, expiresAt, performance, webSocket } = settings
  const transport = overWebSocket({ endpoint, timeout: performance.queryTimeout, ...(webSocket === undefined ? undefined : { webSocket }) })
  return createClient<S>(transport, {
    entities: settings.entities ?? {},
    usualEntities,
    identity,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
  })
}

/** As `readConfig`, for where there is no engine. */
export function readRemoteConfig(config: unknown): Settings {
  const settings = readConfig(config)
  if (settings.mode === 'production') return settings
  const error = 'Must be "production" here: @metabuilder/dbal/client only talks to a daemon; import @metabuilder/dbal to work in-process'
  throw new DBALError(
    'VALIDATION_ERROR',
    { fields: [{ field: 'mode', error }] },
    { message: `The configuration of DBALClient is not valid. mode: ${error}` },
  )
}
