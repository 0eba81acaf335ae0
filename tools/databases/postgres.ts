/** A private PostgreSQL. In charge of its arguments; openServer in private-server.ts is in charge of its life. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Missing, openServer, type Place, type Server, type ServerOptions } from './private-server.ts'
import { findPostgres } from './programs.ts'

export async function startPostgres(options: ServerOptions = {}): Promise<Server | Missing> {
  const bin = findPostgres()
  if (bin === undefined) return { missing: 'no initdb and postgres on this machine; npm run setup:databases installs them where it can' }
  const program = join(bin, 'postgres')
  return openServer(
    {
      title: 'PostgreSQL',
      program,
      accounts: ['postgres'],
      prepare: (place) => [initialise(join(bin, 'initdb'), place)],
      command: (place, port) => [program, '-D', place.data, ...settings(place, port).flatMap((setting) => ['-c', setting])],
      ready: 'database system is ready to accept connections',
      version: /starting PostgreSQL (\S+)/,
      tls: true,
      // Immediate: its data is about to go.
      stopSignal: 'SIGQUIT',
      url: ({ password }, port) => `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    },
    options,
  )
}

function initialise(initdb: string, { folder, data, password }: Place): string[] {
  const file = join(folder, 'password')
  writeFileSync(file, `${password}\n`, { mode: 0o644 })
  const text = ['-E', 'UTF8', '--locale=C.UTF-8']
  return [initdb, '-D', data, '-U', 'postgres', ...text, '--auth=scram-sha-256', `--pwfile=${file}`, '--no-sync']
}

/** Nothing is forced to the disk, but a commit is written before it is acknowledged: tests that kill the process count what is left. */
function settings({ tls }: Place, port: number): string[] {
  const secured = tls === undefined ? [] : ['ssl=on', `ssl_cert_file=${tls.certificate}`, `ssl_key_file=${tls.key}`]
  const network = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=300']
  return [...network, 'fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', ...secured]
}
