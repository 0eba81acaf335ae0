/** As whom rows are copied, and the calls that do it. In charge of identities and of transactions around calls; must not know files. */
import type { Engine } from '../../engine/engine.ts'
import { DBALError } from '../../errors/error.ts'
import { copyingPrincipal, type Principal } from '../../policy/principal.ts'
import { meant } from '../../schema/complaint.ts'
import type { Value } from '../../schema/entity.ts'
import { identity } from '../../session/identity.ts'
import { userPrincipal } from '../../session/store.ts'
import { usersOf } from '../accounts.ts'
import { openEngine, setupOf } from '../compose.ts'
import { configOf } from '../settings.ts'
import { visible } from '../terminal.ts'

/** A copy may take as long as it takes: nobody else waits behind this process' own transaction but those who need its rows. */
const lease = { idle: 3_600_000, whole: 86_400_000, perCaller: 1, total: 1 }

/** Opens the database of the options for a copy, whole transactions included. */
export async function withCopying(options: Readonly<Record<string, unknown>>, work: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await openEngine({ ...setupOf(configOf(options), 'command'), interactive: lease })
  try {
    await work(engine)
  } finally {
    await engine.close()
  }
}

/** The account of that name as who it is when it is logged in; without a name the engine itself, which no rule binds. */
export async function whoOf(engine: Engine, name: string | undefined, why: string): Promise<Principal> {
  if (name === undefined) return copyingPrincipal(why)
  const [row] = await usersOf(engine, { username: name })
  if (row === undefined) {
    const known = (await usersOf(engine, {})).map((each) => String(each['username']))
    throw new DBALError('NOT_FOUND', { reason: `There is no account ${JSON.stringify(name)}${meant(name, known)}; dbal user list shows them` })
  }
  const fields = engine.world().schema.entities.get(identity.user)?.fields
  // A login has an end; who is only acted for has none.
  const { expiresAt: _, ...who } = userPrincipal(row, {}, (field) => fields?.get(field)?.sensitive === true)
  return who
}

/** For whoever reads what was done. */
export const asWhom = (name: string | undefined): string =>
  name === undefined ? 'as the engine itself: no access rule was asked' : `as ${visible(name)}`

/** Calls of one identity, one after the other, in a transaction where one is open. */
export class Caller {
  readonly who: Principal
  readonly #engine: Engine
  /** Stands for the connection that an open transaction belongs to. */
  readonly #connection = new AbortController().signal
  #transaction: string | undefined
  #calls = 0

  constructor(engine: Engine, who: Principal) {
    this.#engine = engine
    this.who = who
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** Rejects with the DBALError of a refused call. */
  async call(method: string, params: unknown = {}): Promise<Value> {
    const reply = await this.#engine.execute(
      {
        method,
        params,
        requestId: `copy_${++this.#calls}`,
        connection: this.#connection,
        ...(this.#transaction === undefined ? {} : { transaction: this.#transaction }),
      },
      this.who,
    )
    if (!reply.ok) throw reply.error
    return reply.result
  }

  async begin(): Promise<void> {
    const { transaction } = (await this.call('begin')) as { readonly transaction: string }
    this.#transaction = transaction
  }

  async commit(): Promise<void> {
    await this.call('commit')
    this.#transaction = undefined
  }

  /** Leaves nothing behind, also where the database has ended the transaction by itself. */
  async rollback(): Promise<void> {
    await this.call('rollback').catch(() => undefined)
    this.#transaction = undefined
  }

  /** Why `work` fails, without leaving anything behind; undefined where it does not. */
  async refusalOf(work: () => Promise<unknown>): Promise<unknown> {
    if (this.#transaction === undefined) {
      await this.begin()
      const error = await failureOf(work)
      await this.rollback()
      return error
    }
    const { savepoint } = (await this.call('savepoint')) as { readonly savepoint: number }
    const error = await failureOf(work)
    await this.call('rollback', { savepoint })
    return error
  }
}

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error
  }
}
