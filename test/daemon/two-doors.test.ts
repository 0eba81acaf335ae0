/** Contract 3: the same program in both modes, only the constructor's configuration changed, prints the same. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { DBALClient, DBALError } from '../../src/exports/index.ts'
import { furnish, Place } from './process.ts'
import { transcript } from './transcript.ts'

const places = [new Place(), new Place()] as const
before(() => Promise.all(places.map((place) => furnish(place))))
after(() => Promise.all(places.map((place) => place.close())))

test('a long program over all of the API has one transcript', async () => {
  const [here, there] = places
  const daemon = await there.start()
  const clients = [
    () => new DBALClient({ mode: 'development', adapter: 'sqlite', database: { url: `file:${here.file('data.db')}` } }),
    () => new DBALClient({ mode: 'production', adapter: 'sqlite', endpoint: daemon.url }),
  ] as const
  const local = await transcript(clients[0])
  const remote = await transcript(clients[1])
  assert.ok(local.length > 150, `${local.length} lines`)
  assert.ok(local.filter((line) => 'error' in line).length > 60, 'errors belong to the program')
  const differing = local.flatMap((line, i) => (isDeepStrictEqual(line, remote[i]) ? [] : [{ here: line, there: remote[i] }]))
  assert.deepEqual(
    differing.map(({ there }) => there),
    differing.map(({ here }) => here),
  )
  assert.equal(remote.length, local.length)
  assert.equal(await daemon.end('SIGTERM'), 0)
})

test('what belongs to one door only says so', async () => {
  const client = new DBALClient({ mode: 'production', endpoint: 'ws://127.0.0.1:1' })
  assert.throws(
    () => client.asSystem('why'),
    (error) => error instanceof DBALError && error.code === 'FORBIDDEN',
  )
  await client.close()
})
