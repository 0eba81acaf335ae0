/** What `dbal doctor` says of a database that it cannot reach: for each cause its own words and what to do. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { authorityOf, type DatabaseName, serverOf } from '../../test/support/databases.ts'
import { examine, type Finding } from './commands/doctor.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-doctor-'))
const before = process.cwd()
process.chdir(folder)
after(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

async function about(url: string): Promise<Finding> {
  const findings = await examine({ database: url })
  const found = findings.find(({ check, status }) => check === 'database' || (check === 'configuration' && status === 'fail'))
  assert.ok(found !== undefined, JSON.stringify(findings))
  return found
}

/** It fails, says both, and never the password. */
async function fails(url: string, text: RegExp, hint: RegExp): Promise<void> {
  const found = await about(url)
  assert.equal(found.status, 'fail', JSON.stringify(found))
  assert.match(found.text, text)
  assert.match(found.hint ?? '', hint)
  assert.doesNotMatch(JSON.stringify(found), /secret-of-test/)
}

for (const scheme of ['oracle://u@h/d', 'mssql://h/d', 'jdbc:postgresql://h/d', 'postgress://h/d', 'redis://h'])
  test(`${scheme} is of no known kind`, () => fails(scheme, /There is no adapter for a url of .*postgres:\/\//, /mend/))

test('nobody listens', async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
  await new Promise((resolve) => server.close(resolve))
  for (const url of [`postgres://u:secret-of-test@127.0.0.1:${port}/d`, `mysql://u:secret-of-test@127.0.0.1:${port}/d`])
    await fails(url, /listens|cannot be reached/, /host and port/)
})

test('a host that is not there', async () => {
  for (const url of ['postgres://u:secret-of-test@no-such-host.invalid/d', 'mysql://u:secret-of-test@no-such-host.invalid/d'])
    await fails(url, /host/i, /host/)
})

for (const kind of ['postgresql', 'mysql'] as const satisfies readonly DatabaseName[]) {
  const { url: given, skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }
  const at = (change: (url: URL) => void): string => {
    const url = new URL(String(given))
    url.pathname = kind === 'mysql' ? '/mysql' : '/postgres'
    change(url)
    return url.href
  }
  const mode = kind === 'mysql' ? 'ssl-mode' : 'sslmode'
  const authority = kind === 'mysql' ? 'ssl-ca' : 'sslrootcert'

  test(`${kind}: a wrong password`, options, () =>
    fails(
      at((url) => {
        url.username = 'nobody_of_this_name'
        url.password = 'secret-of-test'
      }),
      /refuse[sd] the account/,
      /user and password.*%40/,
    ),
  )

  test(`${kind}: a database that is not there`, options, () =>
    fails(
      at((url) => {
        url.pathname = '/no_such_database'
      }),
      /no such database/,
      /create the database/,
    ),
  )

  test(`${kind}: a certificate that nobody known has signed, and the authority that did`, {
    skip: skip ?? authorityOf(kind) === undefined,
  }, async () => {
    await fails(
      at((url) => url.searchParams.set(mode, 'verify-full')),
      /certificate|secure connection/,
      /ssl_ca_file.*sslrootcert/,
    )
    const trusted = await about(at((url) => url.searchParams.set(authority, String(authorityOf(kind)))))
    assert.doesNotMatch(trusted.text, /certificate|secure/, 'the server is trusted now, and something else is told of it')
    await fails(
      at((url) => url.searchParams.set(authority, join(folder, 'no-such-file'))),
      /sslrootcert names cannot be read/,
      /./,
    )
  })
}
