/** The MySQL adapter: the seam over a pool of connections. In charge of wiring; must not know SQL text. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { ServerOptions } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'

export function createMysqlAdapter(_options: ServerOptions): Adapter {
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', {}, { message: 'The adapter is not part of this version; use sqlite or memory' })
}
