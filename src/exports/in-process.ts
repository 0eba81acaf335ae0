/** Opens the in-process door for a client's settings: an engine of its own on the configured database. Loaded only in development mode. */

import { openEngine } from '../cli/compose.ts'
import type { Settings } from '../client/config.ts'
import type { Door } from '../client/in-process.ts'
import { createLog } from '../observe/log.ts'
import { nobody, type Principal, systemPrincipal } from '../policy/principal.ts'

const usualDatabase = 'file:./.dbal/dev.db'
const usualAuditLog = './.dbal/audit.log'
const sweepMs = 60_000

/** The principal that trusted code hands over (contract 6.5): its own members become attributes. */
function principalOf({ user, tenantId, expiresAt }: Settings): Principal {
  const ends = expiresAt === undefined ? {} : { expiresAt }
  if (user === undefined) return tenantId === undefined ? nobody : Object.freeze({ ...nobody, tenantId })
  const { username, tenantId: own } = user
  const tenant = typeof own === 'string' ? own : tenantId
  return Object.freeze({
    kind: 'user',
    id: user.id,
    role: user.role,
    attributes: Object.freeze({ ...user }),
    ...ends,
    ...(typeof username === 'string' ? { username } : {}),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
  })
}

export async function openDoor(settings: Settings): Promise<Door> {
  const { adapter, database, schema, performance, security } = settings
  const engine = await openEngine({
    adapter,
    threads: 'inline',
    migrate: true,
    observe: createLog({ level: 'error' }),
    queryTimeout: performance.queryTimeout,
    ...(adapter === 'memory' ? {} : { url: database.url ?? usualDatabase }),
    ...(schema === undefined ? {} : { schema }),
    ...(security.enableAuditLog ? { auditFile: usualAuditLog } : {}),
  })
  // Rows past their time are invisible at once; the sweep only frees their space and must not keep a program running.
  const sweeper = setInterval(() => void engine.sweep().catch(() => undefined), sweepMs)
  sweeper.unref()
  return {
    execute: engine.execute,
    authenticate: engine.authenticate,
    principal: principalOf(settings),
    nobody,
    system: systemPrincipal,
    close: () => {
      clearInterval(sweeper)
      return engine.close()
    },
  }
}
