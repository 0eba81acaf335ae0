/** A private MongoDB of one member, from a mongod on PATH. In charge of its arguments and of making it a replica set, which transactions need. */
import { type Missing, openServer, type Server, type ServerOptions } from './private-server.ts'
import { findProgram } from './programs.ts'

export async function startMongodb(options: ServerOptions = {}): Promise<Server | Missing> {
  const program = findProgram('mongod')
  if (program === undefined) return { missing: 'no mongod on PATH, and Debian has no package of it; DBAL_TEST_MONGODB_URL names a running one' }
  return openServer(
    {
      title: 'MongoDB',
      program,
      accounts: ['mongodb', 'mongod'],
      prepare: () => [],
      command: ({ data }, port) => {
        const network = ['--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'rs0']
        return [
          program,
          '--dbpath',
          data,
          ...network,
          '--wiredTigerCacheSizeGB',
          '0.25',
          '--setParameter',
          'ttlMonitorSleepSecs=1',
          '--setParameter',
          'diagnosticDataCollectionEnabled=false',
        ]
      },
      ready: 'Waiting for connections',
      version: /"version":"([\d.]+)"/,
      tls: false,
      stopSignal: 'SIGKILL',
      url: (_place, port) => `mongodb://127.0.0.1:${port}/?replicaSet=rs0`,
      finish: initiateReplicaSet,
    },
    options,
  )
}

/** Makes the lone server at `url` the primary of its replica set. Does nothing more where it is one. */
export async function initiateReplicaSet(url: string): Promise<void> {
  const { MongoClient } = await import('mongodb')
  const { host } = new URL(url)
  const set = new URL(url).searchParams.get('replicaSet') ?? 'rs0'
  const direct = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 20_000 })
  try {
    await direct
      .db('admin')
      .command({ replSetInitiate: { _id: set, members: [{ _id: 0, host }] } })
      .catch((error: { readonly codeName?: string }) => {
        if (error.codeName !== 'AlreadyInitialized') throw error
      })
  } finally {
    await direct.close()
  }
  // Selecting a server waits for the election.
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 20_000 })
  try {
    await client.db('admin').command({ ping: 1 }, { readPreference: 'primary' })
  } finally {
    await client.close()
  }
}
