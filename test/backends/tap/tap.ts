/**
 * What a database was really told, taken from the wire (servers) or from the driver (SQLite), so that adapters need no seam for it.
 * In charge of opening a lab with a tap in front; must not know what statements ought to be.
 */
import { serverOf } from '../../support/databases.ts'
import { type BackendName, serverBehind } from '../backends.ts'
import { type BackendLab, type LabOptions, openLabOn } from '../lab.ts'
import { mongoReader } from './mongo-wire.ts'
import { mysqlReader } from './mysql-wire.ts'
import { postgresReader } from './postgres-wire.ts'
import { tapPrisma } from './prisma.ts'
import { type Reader, startProxy } from './proxy.ts'
import { tapSqlite } from './sqlite.ts'

/** Statements since the last question. `trips`: how often a client waited for an answer; 0 where there is no wire. */
export interface Said {
  readonly statements: readonly string[]
  /** BEGIN, COMMIT and their like, and what only takes a lock. */
  readonly control: readonly string[]
  readonly trips: number
}

export interface TappedLab extends BackendLab {
  /** What was told since the last time it was asked. */
  said(): Said
}

const readers: Readonly<Record<Exclude<BackendName, 'memory' | 'sqlite' | 'prisma'>, () => Reader>> = {
  postgresql: postgresReader,
  mysql: mysqlReader,
  mongodb: mongoReader,
  'prisma-postgresql': postgresReader,
  'prisma-mysql': mysqlReader,
}

const isControl = (text: string): boolean =>
  /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET |SELECT set_config\('statement_timeout'|DEALLOCATE|UPDATE "dbal_migrations" SET "done" = "done" WHERE 0|commitTransaction|abortTransaction)/i.test(
    text,
  )

/** Without what a session would say once, where each statement says it for itself. */
const bare = (text: string): string => text.replace(/^SET STATEMENT .*? FOR (?=[A-Z])/s, '')

/** What a new connection is told once; whether a call needs one depends on what others are doing. */
const isGreeting = (text: string): boolean => text.startsWith('SET TimeZone = ')

function account(all: readonly string[], trips: number): Said {
  const texts = all.filter((text) => !isGreeting(text))
  return { statements: texts.filter((text) => !isControl(text)), control: texts.filter(isControl), trips }
}

export async function openTapped(name: Exclude<BackendName, 'memory'>, options: LabOptions): Promise<TappedLab> {
  if (name === 'sqlite' || name === 'prisma') {
    const tap = name === 'sqlite' ? tapSqlite() : tapPrisma()
    const lab = await openLabOn(name, options)
    return { ...lab, said: () => account(tap.take(), 0), close: () => lab.close().finally(tap.end) }
  }
  const at = serverAddress(name)
  const proxy = await startProxy(at, readers[name])
  const lab = await openLabOn(name, { ...options, reach: (url) => ({ url: through(name, url, at, proxy.port), sslMode: 'disable' }) }).catch(
    async (error: unknown) => {
      await proxy.end()
      throw error
    },
  )
  return {
    ...lab,
    said: () => {
      const { texts, trips } = proxy.take()
      return account(name === 'prisma-mysql' ? texts.map(bare) : texts, trips)
    },
    close: () => lab.close().finally(proxy.end),
  }
}

/** `host:port` of the run's server. */
function serverAddress(name: keyof typeof readers): string {
  const server = serverBehind(name)
  const { url = '' } = server === undefined ? {} : serverOf(server)
  const [, at] = /^[a-z+]+:\/\/(?:[^/@]*@)?([^/?]+)/.exec(url) ?? []
  if (at === undefined) throw new Error(`No address in the URL of ${name}`)
  return at
}

/** A member of a replica set would tell its own address, past the proxy, so it is asked as it is. */
function through(name: BackendName, url: string, at: string, port: number): string {
  const near = url.replace(at, `127.0.0.1:${port}`)
  return name === 'mongodb' ? near.replace(/replicaSet=[^&]*/, 'directConnection=true') : near
}
