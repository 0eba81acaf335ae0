/** One call in progress: its principal, its values and the session that its queries run in. Must not know what they ask. */
import type { RunOptions, Session, Transaction } from '../adapter/adapter.ts'
import type { Principal } from '../policy/principal.ts'
import type { Rights } from '../policy/rights.ts'
import type { Answer, Args, Query } from '../query/ast.ts'
import type { Authorized } from '../query/authorized.ts'
import type { Value } from '../schema/entity.ts'
import type { Services } from './services.ts'
import type { World } from './world.ts'

/** Session values of a principal by the names that rules use. */
export class SessionValues {
  readonly #who: Principal
  readonly #level: number | null
  readonly #time: number
  #now: string | undefined

  /** `time`: of the call, in milliseconds since 1970; one for all its statements. */
  constructor(who: Principal, level: number | undefined, time: number) {
    this.#who = who
    this.#level = level ?? null
    this.#time = time
  }

  /** ISO time of the call. Written out when something asks for it: most reads do not. */
  get now(): string {
    this.#now ??= new Date(this.#time).toISOString()
    return this.#now
  }

  /** The same time for another principal. */
  of(who: Principal): SessionValues {
    return new SessionValues(who, undefined, this.#time)
  }

  get(name: string): Value | undefined {
    const who = this.#who
    switch (name) {
      case 'user.id':
        // A service token's own id is a uuid behind its prefix: rules such as `id != $user.id` must have a value to compare with.
        return who.kind === 'service' ? (who.id?.slice('service:'.length) ?? null) : (who.id ?? null)
      case 'user.role':
        return who.role
      case 'user.level':
        return this.#level
      case 'user.username':
        return who.username ?? null
      case 'user.tenantId':
      case 'context.tenantId':
        return who.tenantId ?? null
      case 'context.now':
        return this.now
    }
    const attribute = name.startsWith('user.') ? name.slice(5) : ''
    return Object.hasOwn(who.attributes, attribute) ? (who.attributes[attribute] ?? null) : null
  }
}

export class Running {
  readonly services: Services
  readonly world: World
  readonly rights: Rights
  readonly who: Principal
  readonly values: SessionValues
  readonly options: RunOptions
  readonly #session: Session
  readonly #transaction: Transaction | undefined

  constructor(base: Pick<Running, 'services' | 'world' | 'rights' | 'who' | 'values' | 'options'>, transaction?: Transaction) {
    this.services = base.services
    this.world = base.world
    this.rights = base.rights
    this.who = base.who
    this.values = base.values
    this.options = base.options
    this.#transaction = transaction
    this.#session = transaction ?? base.services.adapter
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** The same session under another identity. */
  as(who: Principal, rights: Rights, values: SessionValues): Running {
    return new Running({ services: this.services, world: this.world, options: this.options, who, rights, values }, this.#transaction)
  }

  run(query: Authorized<Query>, params: readonly Value[], rows?: Args['rows']): Answer | Promise<Answer> {
    const args: Args = rows === undefined ? { params, session: this.values } : { params, session: this.values, rows }
    return this.#session.run(query, args, this.options)
  }

  /** Runs `work` in one transaction: the call's own, or a new one. */
  atomically<T>(mode: 'read' | 'write', work: (running: Running) => Promise<T>): Promise<T> {
    if (this.#transaction !== undefined) return work(this)
    return this.services.adapter.transaction(mode, (tx) => work(new Running(this, tx)), this.options)
  }

  /** The same call, whose transaction has to hold against changes of rows that it only reads. */
  serially(): Running {
    if (this.#transaction !== undefined) return this
    const { services, world, rights, who, values, options } = this
    return new Running({ services, world, rights, who, values, options: { ...options, serial: true } })
  }

  /** Undoes what `work` wrote if it throws. Only inside a transaction. */
  attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.#transaction === undefined ? work() : this.#transaction.savepoint(work)
  }
}
