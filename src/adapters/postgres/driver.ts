/**
 * What this adapter uses of the driver `pg`: its client connects and authenticates, then its connection speaks for itself.
 * In charge of that narrow part only; must not know statements.
 */
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

/** The messages of the protocol, as `pg` has had them since its version 8. */
export interface DriverConnection extends EventEmitter {
  readonly stream: Socket
  parse(message: { readonly name: string; readonly text: string }): void
  bind(message: { readonly statement: string; readonly values: readonly unknown[] }): void
  execute(message: object): void
  close(message: { readonly type: 'S'; readonly name: string }): void
  sync(): void
  query(text: string): void
  end(): void
}

export interface DriverClient extends EventEmitter {
  readonly connection: DriverConnection
  readonly processID: number
  readonly secretKey: number
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
}

export interface DriverConfig {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | (() => string)
  readonly ssl: false | ConnectionOptions
  readonly connectionTimeoutMillis: number
  readonly keepAlive: boolean
  readonly application_name: string
}

export interface Driver {
  readonly Client: new (config: DriverConfig) => DriverClient
  /** Bare: it speaks the protocol and knows no session. */
  readonly Connection: new (config: {
    readonly ssl: false | ConnectionOptions
  }) => CancelConnection
}

export interface CancelConnection extends EventEmitter {
  readonly stream: Socket
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
}

/** An error of the server: the fields of its message that say what kind it is. */
export interface ServerError {
  readonly code: string
  readonly severity?: string
  readonly message?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly detail?: string
}

const methods = ['parse', 'bind', 'execute', 'close', 'sync', 'query', 'end'] as const

/** Loaded when a connection is made: nobody else needs the driver. */
export async function loadDriver(): Promise<Driver> {
  const { default: pg } = await import('pg')
  return pg as unknown as Driver
}

/** True where the driver is of the make that this adapter knows. */
export function isKnown({ connection }: DriverClient): boolean {
  return methods.every((name) => typeof connection[name] === 'function') && typeof connection.on === 'function'
}
