/** The generated files of tables, executed as an operator would: they make the tables that DBAL itself makes, and DBAL then finds nothing to do. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepareDatabase } from '../../src/adapters/sql/migrate/run.ts'
import { type OwnTarget, usualLockWait } from '../../src/adapters/sql/migrate/target.ts'
import { modelOf } from '../../src/adapters/sql/model/ddl.ts'
import type { Table } from '../../src/catalog/catalog.ts'
import { loadContract } from '../../src/cli/compose.ts'
import { baseline } from '../../src/migrate/baseline.ts'
import { survey } from '../../src/migrate/survey.ts'
import { catalogueOf, type Ground, grounds } from './databases.ts'

const { schema } = loadContract(undefined)
const folder = join(import.meta.dirname, '../../api/generated/ddl')
const history = 'dbal_migrations'

/** The whole text at once, through the driver's plainest way. */
const whole: Readonly<Record<Ground['name'], (url: string, text: string) => Promise<void>>> = {
  async sqlite(url, text) {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(url.slice('file:'.length))
    database.exec(text)
    database.close()
  },
  async postgresql(url, text) {
    const client = new (await import('pg')).default.Client({ connectionString: url })
    await client.connect()
    await client.query(text).finally(() => client.end())
  },
  async mysql(url, text) {
    const { hostname, port, username, password, pathname } = new URL(url)
    const { createConnection } = await import('mariadb')
    const account = { user: decodeURIComponent(username), password: decodeURIComponent(password), database: pathname.slice(1) }
    const connection = await createConnection({ host: hostname, port: Number(port), ...account, multipleStatements: true })
    await connection.query(text).finally(() => connection.end())
  },
}

async function on<T>(ground: Ground, work: (target: OwnTarget, url: string) => Promise<T>): Promise<T> {
  const place = await ground.fresh()
  try {
    const target = await place.open()
    return await work(target, place.url).finally(() => target.close())
  } finally {
    await place.drop()
  }
}

const tablesOf = async (target: OwnTarget): Promise<readonly Table[]> => (await catalogueOf(target)).tables.filter(({ name }) => name !== history)

/** What DBAL itself makes of the schema. */
const madeByDbal = (ground: Ground): Promise<readonly Table[]> =>
  on(ground, async (target) => {
    await prepareDatabase(target, { schema: schema.version, model: modelOf(schema, target.dialect) }, 'apply', { lockWait: usualLockWait })
    return tablesOf(target)
  })

interface Case {
  readonly file: string
  readonly on: Ground['name']
  /** Of a server that is not the file's own: what it has to be told differently. */
  readonly instead?: readonly [string, string]
}

const cases: readonly Case[] = [
  { file: 'sqlite.sql', on: 'sqlite' },
  { file: 'postgresql.sql', on: 'postgresql' },
  { file: 'mariadb.sql', on: 'mysql' },
  // MariaDB 10.11 has not the collation of MySQL 8; everything else of that file both understand.
  { file: 'mysql.sql', on: 'mysql', instead: ['utf8mb4_0900_bin', 'utf8mb4_nopad_bin'] },
]

for (const { file, on: name, instead } of cases) {
  const ground = grounds.find((one) => one.name === name) as Ground
  const title = `${file}${instead === undefined ? '' : `, with ${instead[1]},`} makes what DBAL makes, and leaves it nothing to do`
  test(title, { skip: ground.skip }, async () => {
    const text = readFileSync(join(folder, file), 'utf8')
    const told = instead === undefined ? text : text.replaceAll(instead[0], instead[1])
    const expected = await madeByDbal(ground)
    assert.ok(expected.length === schema.entities.size && expected.length > 5)
    await on(ground, async (target, url) => {
      await whole[name](url, told)
      const made = await tablesOf(target)
      assert.deepEqual(
        made.map((table) => table.name),
        expected.map((table) => table.name),
      )
      // MySQL checks its JSON itself, which MariaDB does where it is told.
      if (instead === undefined) assert.deepEqual(made, expected)
      const { waived } = await baseline(target, schema)
      if (instead === undefined) assert.deepEqual(waived, [])
      assert.deepEqual(await tablesOf(target), made, 'no table was changed')
      await prepareDatabase(target, { schema: schema.version, model: modelOf(schema, target.dialect) }, 'check', { lockWait: usualLockWait })
      const { steps, refused, drift } = await survey(target, schema, false)
      assert.deepEqual({ steps: steps.length, refused: refused.length, drift }, { steps: 0, refused: 0, drift: [] })
    })
  })
}
