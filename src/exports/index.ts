/** `@metabuilder/dbal`: the client of both modes, for servers. In development it opens an engine of its own, in production a daemon's. */
import { createClient } from '../client/client.ts'
import { type ClientConfig, readConfig, type Settings } from '../client/config.ts'
import { inProcess } from '../client/in-process.ts'
import { remoteClient } from '../client/remote.ts'
import type { Client, SchemaTypes } from '../client/types.ts'
import { entities, type Schema } from '../generated/schema.ts'

interface ClientConstructor {
  /** Throws DBALError VALIDATION_ERROR that names every wrong key. Opens database or connection at the first call. */
  new <S extends SchemaTypes = Schema>(config: ClientConfig): Client<S>
}

function localClient(settings: Settings): object {
  // Loaded at the first call: programs that only talk to a daemon carry no engine.
  const transport = inProcess(async () => (await import('./in-process.ts')).openDoor(settings))
  const names = settings.entities ?? (settings.schema === undefined ? entities : {})
  const ends = settings.expiresAt === undefined ? {} : { expiresAt: settings.expiresAt }
  return createClient(transport, { entities: names, usualEntities: entities, identity: settings.identity, asSystem: true, ...ends })
}

/** What `new` answers is the client itself: its entities are properties, which no class could list. */
class EitherClient {
  constructor(config: ClientConfig) {
    const settings = readConfig(config)
    // biome-ignore lint/correctness/noConstructorReturn: see above.
    return settings.mode === 'production' ? remoteClient(settings, entities) : localClient(settings)
  }
}

export const DBALClient = EitherClient as unknown as ClientConstructor
export type DBALClient<S extends SchemaTypes = Schema> = Client<S>

export * from './surface.ts'
