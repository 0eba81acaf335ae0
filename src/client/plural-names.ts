/**
 * From the client's property to the name of an entity: what the configuration says, else what the door's schema says, else what the shipped
 * schema has (for entities that the caller may not know of: the door then says what it says to everybody). Must not know transports.
 */
import { DBALError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'

/** Asks for the schema as the caller; different callers may know of different entities. */
type Ask = () => Promise<Value>

export class PluralNames {
  readonly #names = new Map<string, string>()
  /** Questions under way: calls that begin together ask once. */
  readonly #asking = new Map<Ask, Promise<void>>()

  readonly #usual: ReadonlyMap<string, string>

  constructor(known: Readonly<Record<string, string>>, usual: Readonly<Record<string, string>> = {}) {
    for (const [plural, name] of Object.entries(known)) this.#names.set(plural, name)
    this.#usual = new Map(Object.entries(usual))
  }

  /** At once where the name is known. Rejects with NOT_FOUND where no entity that the caller may know of has this plural. */
  find(plural: string, ask: Ask): string | Promise<string> {
    return this.#names.get(plural) ?? this.#learn(plural, ask)
  }

  async #learn(plural: string, ask: Ask): Promise<string> {
    let asking = this.#asking.get(ask)
    if (asking === undefined) {
      asking = this.#refresh(ask).finally(() => this.#asking.delete(ask))
      this.#asking.set(ask, asking)
    }
    await asking
    const name = this.#names.get(plural) ?? this.#usual.get(plural)
    if (name !== undefined) return name
    throw new DBALError('NOT_FOUND', {
      reason: `The client has no property '${plural}': no entity that you may know of has this plural`,
      hint: 'Use client.entity(name)',
    })
  }

  async #refresh(ask: Ask): Promise<void> {
    const { entities } = ((await ask()) ?? {}) as { readonly entities?: Readonly<Record<string, { readonly plural?: unknown }>> }
    for (const [name, entity] of Object.entries(entities ?? {})) {
      if (typeof entity?.plural === 'string') this.#names.set(entity.plural, name)
    }
  }
}
