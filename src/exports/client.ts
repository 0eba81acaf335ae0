/** `@metabuilder/dbal/client`: the client of a daemon, for browsers and servers. No Node API and no engine is reachable from here. */
import type { ClientConfig } from '../client/config.ts'
import { readRemoteConfig, remoteClient } from '../client/remote.ts'
import type { Client, SchemaTypes } from '../client/types.ts'
import { entities, type Schema } from '../generated/schema.ts'

interface RemoteConstructor {
  /** Throws DBALError VALIDATION_ERROR that names every wrong key. Connects at the first call. */
  new <S extends SchemaTypes = Schema>(config: ClientConfig): Client<S>
}

/** What `new` answers is the client itself: its entities are properties, which no class could list. */
class RemoteClient {
  constructor(config: ClientConfig) {
    // biome-ignore lint/correctness/noConstructorReturn: see above.
    return remoteClient(readRemoteConfig(config), entities) as object
  }
}

export const DBALClient = RemoteClient as unknown as RemoteConstructor
export type DBALClient<S extends SchemaTypes = Schema> = Client<S>

export * from './surface.ts'
