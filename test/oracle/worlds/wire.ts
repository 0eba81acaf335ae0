/**
 * A daemon in front of labs, one after the other, and sockets to it with a token for each caller. In charge of the wire; what comes back is
 * looked at as text, so that not one byte may tell. Must not know worlds.
 */
import { once } from 'node:events'
import { SignJWT } from 'jose'
import { WebSocket } from 'ws'
import { type Daemon, startDaemon } from '../../../src/daemon/daemon.ts'
import { nobody, type Principal } from '../../../src/policy/principal.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { jwt, type Lab } from '../program/lab.ts'
import type { Send } from '../program/transcript.ts'

interface Socket {
  ask(text: string): Promise<string>
  readonly ws: WebSocket
}

export class Wire {
  readonly #daemon: Daemon
  readonly #sockets = new Map<Principal, Promise<Socket>>()
  #asked = 0
  /** Whose calls come in. One lab at a time: a call ends before the next is made. */
  #lab: Lab | undefined

  static async open(): Promise<Wire> {
    const wire: { readonly it: Wire } = {
      it: new Wire(
        await startDaemon({
          execute: (call, who) => wire.it.#serving.execute(call, who),
          authenticate: (token, transaction) => wire.it.#serving.authenticate(token, transaction),
          nobody,
          observe: () => undefined,
          metrics: async () => '',
          health: async () => ({ database: { connected: true, latency_ms: null } }),
          version: '0',
          host: '127.0.0.1',
          port: 0,
        }),
      ),
    }
    return wire.it
  }

  private constructor(daemon: Daemon) {
    this.#daemon = daemon
  }

  get #serving(): Lab['door'] {
    if (this.#lab === undefined) throw new Error('The daemon serves no lab')
    return this.#lab.door
  }

  /** The lab through the daemon. Of an answer all is kept: what the call's own id makes of it is taken out of the text, and cursors are sealed. */
  door(lab: Lab): Send {
    this.#lab = lab
    return async (method, params, who) => {
      const socket = await this.#socket(who)
      const id = ++this.#asked
      const text = await socket.ask(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      const { result, error } = JSON.parse(text) as { readonly result?: Value; readonly error?: { readonly data: { readonly name: string } } }
      if (error === undefined) return { ok: true, result: result as Value }
      return { ok: false, error: { toPublic: () => ({ name: error.data.name, text: bare(text, id) }) as never } }
    }
  }

  #socket(who: Principal): Promise<Socket> {
    const known = this.#sockets.get(who) ?? connect(this.#daemon.url, who)
    this.#sockets.set(who, known)
    return known
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) (await socket).ws.terminate()
    await this.#daemon.drain()
  }
}

const bare = (text: string, id: number): string => text.replace(`"id":${id}`, '"id":0').replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')

/** Its claims say what the principal of the program is. The lab's clock stands still, the daemon's does not: the token outlives both. */
async function tokenOf({ id, role, tenantId, attributes }: Principal): Promise<string> {
  const key = new TextEncoder().encode(jwt.secret)
  const claims = { role, ...attributes, ...(tenantId === undefined ? {} : { tid: tenantId }) }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(jwt.issuer)
    .setSubject(id as string)
    .setExpirationTime(new Date('2100-01-01T00:00:00.000Z'))
    .sign(key)
}

async function connect(url: string, who: Principal): Promise<Socket> {
  const headers: { authorization?: string } = who.kind === 'public' ? {} : { authorization: `Bearer ${await tokenOf(who)}` }
  const ws = new WebSocket(url, { headers })
  let answered: ((text: string) => void) | undefined
  let failed: ((why: Error) => void) | undefined
  ws.on('message', (data) => answered?.(String(data)))
  ws.on('close', (code) => failed?.(new Error(`The daemon closed the socket with ${code}`)))
  await once(ws, 'open')
  return {
    ws,
    ask: (text) =>
      new Promise((resolve, reject) => {
        answered = resolve
        failed = reject
        ws.send(text)
      }),
  }
}
