/** A server, or an account, that only reads: reads go on, writes are refused with the reason, and nothing is reported as written (C3). */
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { serverOf } from '../support/databases.ts'
import { assertOnlyReads } from './reading.ts'
import { sayAll, sqlServers, words } from './servers.ts'
import { onGround, openSite } from './site.ts'

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: an account that may only read`, options, () =>
    onGround(kind, {}, async ({ url, name, site, hand }) => {
      await site.get('create', 'Counter', { id: 'c', n: 0 })
      const account = `reader_${randomBytes(4).toString('hex')}`
      const password = randomBytes(12).toString('hex')
      await sayAll(hand, words[kind].reader(name, account, password))
      try {
        const as = new URL(url)
        as.username = account
        as.password = password
        const reading = await openSite(kind, { url: as.href }, { prepare: false })
        try {
          await reading.adapter.prepare(reading.engine.world().schema, 'check')
          await assertOnlyReads(reading, /right|privilege/)
        } finally {
          await reading.close()
        }
      } finally {
        await sayAll(hand, words[kind].dropReader(account))
      }
    }),
  )
}

test(
  'postgresql: a server that is set to read only, and no longer is',
  serverOf('postgresql').skip === undefined ? {} : { skip: serverOf('postgresql').skip },
  () =>
    onGround('postgresql', {}, async ({ url, name, site, hand }) => {
      await site.get('create', 'Counter', { id: 'c', n: 0 })
      await sayAll(hand, words.postgresql.readOnly(name))
      const later = await openSite('postgresql', { url }, { prepare: false })
      try {
        await later.adapter.prepare(later.engine.world().schema, 'check')
        await assertOnlyReads(later, /only reads|read-only/)
      } finally {
        await later.close()
      }
      await sayAll(hand, ['SET default_transaction_read_only = off', ...words.postgresql.writable(name)])
      const last = await openSite('postgresql', { url })
      await last.get('update', 'Counter', 'c', { n: 9 })
      await last.close()
    }),
)
