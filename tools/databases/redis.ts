/** A private Redis that keeps nothing. In charge of its arguments; openServer in private-server.ts is in charge of its life. */
import { type Missing, openServer, type Server, type ServerOptions } from './private-server.ts'
import { findProgram } from './programs.ts'

export async function startRedis(options: ServerOptions = {}): Promise<Server | Missing> {
  const program = findProgram('redis-server', 'valkey-server')
  if (program === undefined) return { missing: 'no redis-server on this machine; npm run setup:databases installs it where it can' }
  return openServer(
    {
      title: 'Redis',
      program,
      accounts: ['redis'],
      prepare: () => [],
      command: ({ data, password }, port) => {
        const network = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password]
        return [program, ...network, '--dir', data, '--save', '', '--appendonly', 'no']
      },
      ready: 'Ready to accept connections',
      version: /(?:Redis|Valkey) version=([\d.]+)/,
      tls: false,
      stopSignal: 'SIGKILL',
      url: ({ password }, port) => `redis://:${password}@127.0.0.1:${port}`,
    },
    options,
  )
}
