/** Opens connections with the driver, in the mode of trust that was asked for. In charge of its options; must not know sessions or statements. */
import { rootCertificates } from 'node:tls'
import type { Connection as DriverConnection } from 'mariadb'
import type { DriverError } from './failure.ts'
import type { Settings } from './options.ts'

export type { DriverConnection }

/** The driver's limit for one packet; the session's own one is looked at before. */
const largestPacket = 1024 * 1024 * 1024
/** Statements that stay prepared on each connection. */
const preparedStatements = 256
/** The server was asked for TLS and has none. */
const noTls = 45023

type Security = false | { readonly rejectUnauthorized: boolean; readonly host: string; readonly ca?: string[]; checkServerIdentity?(): undefined }

function securityOf({ sslMode, sslCa, host }: Settings): Security {
  const ca = sslCa === undefined ? [...rootCertificates] : [sslCa]
  switch (sslMode) {
    case 'disable':
      return false
    case 'prefer':
    case 'require':
      return { rejectUnauthorized: false, host }
    case 'verify-ca':
      return { rejectUnauthorized: true, host, ca, checkServerIdentity: () => undefined }
    case 'verify-full':
      return { rejectUnauthorized: true, host, ca }
  }
}

/** Rejects with the driver's error, within the time for connecting. `more`: options of the driver that replace the usual ones. */
export async function openDriver(settings: Settings, more: Readonly<Record<string, unknown>> = {}): Promise<DriverConnection> {
  const security = securityOf(settings)
  try {
    return await open(settings, security, more)
  } catch (error) {
    if (settings.sslMode !== 'prefer' || (error as DriverError).errno !== noTls) throw error
    return open(settings, false, more)
  }
}

async function open(settings: Settings, ssl: Security, more: Readonly<Record<string, unknown>>): Promise<DriverConnection> {
  const { createConnection } = await import('mariadb')
  const { host, port, database, user, password, connectTimeout } = settings
  return createConnection({
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    database,
    user,
    password,
    connectTimeout,
    ssl: ssl as never,
    rowsAsArray: true,
    dateStrings: true,
    tinyInt1isBit: false,
    bitOneIsBoolean: false,
    autoJsonMap: false,
    jsonStrings: true,
    insertIdAsNumber: false,
    checkDuplicate: false,
    // Affected rows are those of the filter, also where nothing changed.
    foundRows: true,
    prepareCacheLength: preparedStatements,
    maxAllowedPacket: largestPacket,
    // Values stay out of errors.
    logParam: false,
    ...more,
  } as never)
}
