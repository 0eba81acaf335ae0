/**
 * A proxy on loopback that cuts a connection after a given number of bytes of either side. In charge of bytes and of when both ends learn
 * that it is over; must not know protocols.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Side = 'request' | 'response'

export interface CuttingProxy {
  readonly port: number
  /** Lets `bytes` of that side pass from now on, all connections together; with the next one everything that is open is cut. Replaces an order before. */
  cutAfter(side: Side, bytes: number): void
  /** Cuts no more. Answers how many bytes each side has sent since the last order, and whether it was cut. */
  heal(): { readonly request: number; readonly response: number; readonly cut: boolean }
  /** Cuts everything, and whoever connects, until `back`. */
  away(): void
  back(): void
  end(): Promise<void>
}

interface Order {
  readonly side: Side | undefined
  readonly bytes: number
  readonly passed: { request: number; response: number }
  cut: boolean
}

const order = (side?: Side, bytes = 0): Order => ({ side, bytes, passed: { request: 0, response: 0 }, cut: false })

export async function startCuttingProxy(to: { readonly host: string; readonly port: number }): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let now = order()
  let gone = false
  const cutAll = (): void => {
    now.cut = true
    for (const socket of sockets) socket.destroy()
  }
  /** What may go on of it. The last bytes are handed over before the end is. */
  const pass = (side: Side, bytes: Buffer, out: Socket): void => {
    const left = now.side === side && !now.cut ? now.bytes - now.passed[side] : Number.POSITIVE_INFINITY
    now.passed[side] += bytes.length
    if (bytes.length <= left) {
      out.write(bytes)
      return
    }
    if (left > 0) out.write(bytes.subarray(0, left), cutAll)
    else cutAll()
  }
  const server = createServer((near) => {
    if (gone) {
      near.destroy()
      return
    }
    const far = connect(to)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => pass('request', bytes, far))
    far.on('data', (bytes) => pass('response', bytes, near))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (side, bytes) => {
      now = order(side, bytes)
    },
    heal: () => {
      const { passed, cut } = now
      now = order()
      return { ...passed, cut }
    },
    away: () => {
      gone = true
      for (const socket of sockets) socket.destroy()
    },
    back: () => {
      gone = false
    },
    end: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
