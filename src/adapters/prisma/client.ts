/** As much of a generated Prisma client as is used. In charge of recognising one and the database behind it; must not know queries. */
import { DBALError } from '../../errors/error.ts'

export interface RawClient {
  /** Lazy: nothing is sent before somebody waits for it. */
  $queryRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<unknown>
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>
}

export type Isolation = 'ReadCommitted' | 'RepeatableRead' | 'Serializable'

/** Milliseconds: `maxWait` until it begins, `timeout` until it is rolled back. */
export interface TransactionOptions {
  readonly maxWait?: number
  readonly timeout?: number
  readonly isolationLevel?: Isolation
}

export interface PrismaClientLike extends RawClient {
  $transaction<T>(work: (tx: RawClient) => Promise<T>, options?: TransactionOptions): Promise<T>
  $disconnect(): Promise<void>
}

export const providers = ['sqlite', 'postgresql', 'mysql'] as const
export type Provider = (typeof providers)[number]

export function isClient(value: unknown): value is PrismaClientLike {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const client = value as Readonly<Record<string, unknown>>
  return ['$queryRawUnsafe', '$executeRawUnsafe', '$transaction', '$disconnect'].every((name) => typeof client[name] === 'function')
}

/** Prisma has no public word for it; both places are kept by extended clients. */
export function providerOf(client: PrismaClientLike): Provider {
  const inside = client as { _activeProvider?: unknown; _engineConfig?: { adapter?: { provider?: unknown } } }
  const told = inside._activeProvider ?? inside._engineConfig?.adapter?.provider
  const provider = told === 'postgres' ? 'postgresql' : providers.find((name) => name === told)
  if (provider !== undefined) return provider
  throw new DBALError('DATABASE_ERROR', { hint: `The Prisma client is of no database that DBAL speaks to through Prisma: ${providers.join(', ')}` })
}

/** The client that a module gives away as its default. VALIDATION_ERROR where there is none. */
export async function clientOfModule(url: string, name: string): Promise<PrismaClientLike> {
  let found: unknown
  try {
    found = ((await import(url)) as { readonly default?: unknown }).default
  } catch (cause) {
    throw new DBALError('VALIDATION_ERROR', { reason: `database.client_module: ${name} cannot be loaded` }, { cause })
  }
  if (isClient(found)) return found
  throw new DBALError('VALIDATION_ERROR', { reason: `database.client_module: ${name} must have a Prisma client as its default export` })
}
