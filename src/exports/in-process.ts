/** Opens the in-process door for a client's settings: an engine of its own on the configured database. Loaded only in development mode. */

import { resolve } from 'node:path'
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

type Place = Pick<Parameters<typeof openEngine>[0], 'url' | 'server' | 'client' | 'clientModule'>

function prismaOf({ client, client_module }: Settings['database']): Place {
  return client === undefined ? { clientModule: resolve(client_module ?? '') } : { client }
}

/** Where the database is: a file, a server, or a client that knows. */
function placeOf({ adapter, database, performance }: Settings): Place {
  if (adapter === 'sqlite') return { url: database.url ?? usualDatabase }
  if (adapter === 'prisma') return prismaOf(database)
  const { url, username: user, ssl_mode: sslMode, ssl_ca: sslCa, pool_size, host, port, database: name, password } = database
  const given = { host, port, database: name, user, password, sslMode, sslCa, poolSize: pool_size ?? performance.connectionPoolSize }
  const server = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...(url === undefined ? {} : { url }), server: { ...server, statementTimeout: performance.queryTimeout } }
}

export async function openDoor(settings: Settings): Promise<Door> {
  const { adapter, schema, performance, security } = settings
  const engine = await openEngine({
    adapter,
    threads: 'inline',
    migrate: true,
    observe: createLog({ level: 'error' }),
    queryTimeout: performance.queryTimeout,
    ...(adapter === 'memory' ? {} : placeOf(settings)),
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
