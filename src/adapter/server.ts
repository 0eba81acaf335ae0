/** How a database server is reached, in one form for every adapter of a server. In charge of names and defaults; must not know drivers. */

export interface ServerOptions {
  /** `postgres://user:password@host:port/database`, `mysql://…`, `mongodb://…`; instead of the single parts. */
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: string
  /** How far the server must be trusted. `verify-full`: its certificate and its name. */
  readonly sslMode?: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Authorities that may vouch for the server, PEM; the system's where absent. */
  readonly sslCa?: string
  /** Connections at most; 20 where absent. */
  readonly poolSize?: number
  /** Milliseconds to wait for a new connection (default 5000), and for one that others hold (default 5000). */
  readonly connectTimeout?: number
  readonly acquireTimeout?: number
  /** Milliseconds after which the server itself ends a statement, whatever its deadline; 30 000 where absent. */
  readonly statementTimeout?: number
}

export const serverDefaults = { poolSize: 20, connectTimeout: 5000, acquireTimeout: 5000, statementTimeout: 30_000 } as const
