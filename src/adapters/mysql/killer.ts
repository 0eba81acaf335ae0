/** Ends statements of other connections. In charge of one connection for that, open only while it is needed; must not know whose statements they are. */
import { type DriverConnection, openDriver } from './driver.ts'
import type { Settings } from './options.ts'

export class Killer {
  readonly #settings: Settings
  #connection: Promise<DriverConnection> | undefined
  #users = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Resolves when the server was told. A thread that has nothing to do is left as it is. */
  async kill(thread: number): Promise<void> {
    this.#users++
    this.#connection ??= this.#open()
    const connection = this.#connection
    try {
      const driver = await connection
      await driver.query(`KILL QUERY ${thread}`)
    } finally {
      if (--this.#users === 0 && this.#connection === connection) {
        this.#connection = undefined
        connection.then((driver) => driver.end()).catch(() => undefined)
      }
    }
  }

  async #open(): Promise<DriverConnection> {
    const driver = await openDriver(this.#settings)
    driver.on('error', () => undefined)
    return driver
  }
}
