/** The client with its pool, and what the deployment can do. In charge of opening, counting and closing; must not know queries. */
import { type Db, MongoClient } from 'mongodb'
import type { RunOptions } from '../../../adapter/adapter.ts'
import type { MongodbOptions, Opening } from '../options.ts'
import { timedOut, translate } from './failure.ts'

export class Connection {
  readonly client: MongoClient
  readonly db: Db
  readonly #poolSize: number
  #transactions: boolean | undefined
  #connected = false
  #leased = 0
  #waiting = 0

  constructor(opening: Opening, onCommand: MongodbOptions['onCommand']) {
    this.client = new MongoClient(opening.url, opening.client)
    this.db = this.client.db(opening.database)
    this.#poolSize = opening.client.maxPoolSize ?? 0
    this.#count()
    if (onCommand !== undefined) this.client.on('commandStarted', (event) => onCommand(event.commandName, event.command))
  }

  /** A check-out begins, and ends with a connection or without. */
  #count(): void {
    this.client.on('connectionCheckOutStarted', () => this.#waiting++)
    this.client.on('connectionCheckOutFailed', () => this.#waiting--)
    this.client.on('connectionCheckedOut', () => {
      this.#waiting--
      this.#leased++
    })
    this.client.on('connectionCheckedIn', () => this.#leased--)
  }

  /** A replica set or a sharded cluster has transactions and snapshots; a single server has neither. Asked once. */
  transactions({ deadline = Number.POSITIVE_INFINITY }: RunOptions = {}): Promise<boolean> {
    if (this.#transactions !== undefined) return Promise.resolve(this.#transactions)
    const asked = this.#ask()
    if (deadline === Number.POSITIVE_INFINITY) return asked
    // A call does not wait longer than it may for a connection that is being made.
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(timedOut()), Math.max(deadline - performance.now(), 0))
      asked.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  async #ask(): Promise<boolean> {
    if (this.#transactions === undefined) {
      await this.#connect().catch((error: unknown) => Promise.reject(translate(error)))
      const hello = await this.db
        .admin()
        .command({ hello: 1 })
        .catch((error: unknown) => Promise.reject(translate(error)))
      this.#transactions = typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid'
    }
    return this.#transactions
  }

  /** Undefined before anybody has asked. */
  get knownTransactions(): boolean | undefined {
    return this.#transactions
  }

  /** A client of the driver whose first connection failed stays closed unless it is told to connect once more. */
  async #connect(): Promise<void> {
    if (this.#connected) return
    await this.client.connect()
    this.#connected = true
  }

  async version(): Promise<string> {
    await this.#connect()
    await this.db.command({ ping: 1 })
    const info = await this.db.admin().command({ buildInfo: 1 })
    return `MongoDB ${String(info['version'])}`
  }

  gauges(): Readonly<Record<string, number>> {
    return {
      pool_size: this.#poolSize,
      pool_leased: Math.max(0, this.#leased),
      pool_waiting: Math.max(0, this.#waiting),
      pool_running: Math.max(0, this.#leased),
    }
  }

  close(): Promise<void> {
    return this.client.close(true)
  }
}
