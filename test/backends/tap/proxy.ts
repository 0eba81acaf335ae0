/** A proxy on loopback that lets everything through and listens. In charge of bytes and of counting round trips; must not know protocols. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Understands one connection: takes the bytes of each side as they come, and gives the statements that it finds in them. */
export interface Reader {
  fromClient(bytes: Buffer): readonly string[]
  fromServer?(bytes: Buffer): void
}

export interface Proxy {
  readonly port: number
  /** Statements since the last time, in the order in which they were sent, and how often a client waited for an answer. */
  take(): { readonly texts: string[]; readonly trips: number }
  end(): Promise<void>
}

export async function startProxy(to: string, reader: () => Reader): Promise<Proxy> {
  const [host = '', port = ''] = to.split(':')
  const sockets = new Set<Socket>()
  let texts: string[] = []
  let trips = 0
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(port) })
    const heard = reader()
    let asking = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      // Whoever leaves, the other end learns of it by its own socket's end.
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      const found = heard.fromClient(bytes)
      texts.push(...found)
      if (found.length > 0 && !asking) {
        asking = true
        trips++
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      asking = false
      heard.fromServer?.(bytes)
      client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    take: () => {
      const taken = { texts, trips }
      texts = []
      trips = 0
      return taken
    },
    end: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
