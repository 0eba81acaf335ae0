/** Calls that open, lead and end a transaction: begin, its steps, savepoints, commit and rollback. In charge of what each method needs; must not know adapters. */
import { DBALError, invalid } from '../../errors/error.ts'
import { parameters } from '../../protocol/message.ts'
import { nameParams } from '../../query/parse.ts'
import type { Value } from '../../schema/entity.ts'
import { limitKey } from '../admit.ts'
import { data, dataMethods } from '../data.ts'
import { eventOf, type Note } from '../record.ts'
import { kept, once } from '../replay.ts'
import { Running } from '../running.ts'
import { changed, type Scene } from '../scene.ts'
import type { Ended } from './dialogue.ts'
import type { OpenOne } from './open.ts'

const controls = ['begin', 'commit', 'rollback', 'savepoint', 'release'] as const
type Control = (typeof controls)[number]
const isControl = (method: string): method is Control => (controls as readonly string[]).includes(method)

/** These change no rows, so there is nothing to undo where one fails. */
const reading: ReadonlySet<string> = new Set(['read', 'list', 'count', 'search', 'aggregate'])

/**
 * What a call costs of the caller's rate: `begin` pays for the end too, so that the last of the bucket is never what stands between a
 * transaction and its commit.
 */
export function priceOf({ services, call, who }: Scene): number {
  if (call.method === 'begin') return 2
  return (call.method === 'commit' || call.method === 'rollback') && services.transactions.has(call, who) ? 0 : 1
}

/** Undefined where the call has nothing to do with an open transaction. */
export function interact(scene: Scene, running: Running): Promise<Value> | undefined {
  const { call } = scene
  const { method, transaction } = call
  if (transaction === undefined && !isControl(method)) return undefined
  if (method === 'begin') return begin(scene, running)
  if (transaction === undefined) throw invalid({ field: 'transaction', error: 'Is required: the id that begin answered' })
  // Asks no database: what a client must know to make a step, it may learn while the transaction has the only connection.
  if (method === 'getSchema') {
    scene.note.transaction = scene.services.transactions.find(call, scene.who).reference
    return undefined
  }
  if (!isControl(method) && !dataMethods.has(method))
    throw invalid({ field: 'method', error: `'${method.slice(0, 60)}' cannot be called inside a transaction` })
  if (call.idempotencyKey !== undefined && method !== 'commit') {
    throw invalid({ field: 'idempotencyKey', error: 'A step is never repeated; the key belongs to the commit' })
  }
  return method === 'commit' ? commit(scene, running) : lead(scene, running, isControl(method) ? method : 'step')
}

async function begin(scene: Scene, { options }: Running): Promise<Value> {
  const { services, call, who, note } = scene
  const { connection } = call
  nameParams(parameters.begin, call.params)
  if (call.transaction !== undefined) throw invalid({ field: 'transaction', error: 'Transactions do not stand in each other; use savepoint' })
  // It keeps rows locked and a connection busy: somebody has to answer for it.
  if (who.kind === 'public') throw new DBALError('UNAUTHORIZED', { reason: 'An open transaction needs an identity; transaction([…]) does not' })
  if (connection === undefined) {
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', {
      hint: 'An open transaction lives as long as its connection: use a WebSocket, or send all steps at once with transaction([…])',
    })
  }
  note.transaction = call.requestId
  const lasts = who.expiresAt === undefined ? Number.POSITIVE_INFINITY : who.expiresAt - services.clock.now()
  const { idle, whole } = services.transactions.lease
  const id = await services.transactions.begin({ ...call, connection, key: limitKey(call, who) }, who, options, lasts, (one, ended) =>
    ending(scene, one, ended),
  )
  return { transaction: id, idleTimeout: idle, lease: whole }
}

/** After the end, however it came: whoever keeps answers is told, and an end that nobody asked for has a line of its own. */
function ending(scene: Scene, one: OpenOne, { how, error }: Ended): void {
  const { services, call, who } = scene
  for (const entity of one.touched) changed({ ...scene, world: services.world() }, entity)
  if (how !== 'stop' && how !== 'failure') return
  const note: Note = { operation: 'rollback', transaction: one.reference }
  const { reason } = error instanceof DBALError ? error.details : {}
  const message = how === 'stop' && reason !== undefined ? reason : 'A call of the transaction failed, or its commit did'
  const unkept = (fault: unknown): void => services.observe({ kind: 'fault', where: 'audit of a transaction', error: fault })
  try {
    services.sink.outcome({ ...eventOf(services, services.world(), call, who, note), success: true, message, durationMs: 0 })?.catch(unkept)
  } catch (fault) {
    unkept(fault)
  }
}

/** In the turn of the transaction. Nothing is awaited before it is submitted: calls of a connection keep their order. */
function lead(scene: Scene, running: Running, kind: Control | 'step'): Promise<Value> {
  const { call, note } = scene
  const { method } = call
  const one = scene.services.transactions.find(call, scene.who)
  note.transaction = one.reference
  if (kind === 'step') {
    return one.dialogue.submit({
      kind: 'step',
      isolated: !reading.has(method),
      work: async (tx) => {
        try {
          return await data(scene, new Running(within(running, one), tx), method, call.params)
        } finally {
          if (note.writes === true && note.entity !== undefined) one.touched.add(note.entity)
        }
      },
    })
  }
  const { savepoint } = nameParams(parameters[kind], call.params)
  if (kind === 'savepoint') {
    if (scene.services.adapter.capabilities.nestedTransactions) return one.dialogue.submit({ kind })
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', {
      hint: 'This database cannot undo a part of a transaction; roll all of it back and begin again',
    })
  }
  if (kind === 'rollback' && savepoint === undefined) return one.dialogue.submit({ kind: 'rollback' })
  if (!Number.isSafeInteger(savepoint)) throw invalid({ field: 'savepoint', error: 'Must be the number that savepoint answered' })
  return one.dialogue.submit({ kind: kind === 'release' ? 'release' : 'undo', savepoint: savepoint as number })
}

/** No statement of a step outlives the transaction. */
function within({ services, world, rights, who, values, options }: Running, { deadline }: OpenOne): ConstructorParameters<typeof Running>[0] {
  return { services, world, rights, who, values, options: { ...options, deadline: Math.min(options.deadline ?? deadline, deadline) } }
}

/**
 * With an idempotency key its reply is kept in the transaction itself. So where the first answer was lost, a second commit with the same
 * key learns what happened, also on another connection and of another process.
 */
async function commit(scene: Scene, running: Running): Promise<Value> {
  const { services, call, who, world, note } = scene
  nameParams(parameters.commit, call.params)
  let one: OpenOne
  try {
    one = services.transactions.find(call, who)
  } catch (absent) {
    if (call.idempotencyKey === undefined) throw absent
    await services.transactions.over(call.transaction ?? '', who)
    return once(scene, running, () => Promise.reject(absent))
  }
  note.transaction = one.reference
  return one.dialogue.submit({
    kind: 'commit',
    work: async (tx) => {
      const intent = services.sink.intent(eventOf(services, world, call, who, note))
      if (intent !== undefined) await intent
      return kept(scene, new Running(within(running, one), tx), async () => true)
    },
  })
}
