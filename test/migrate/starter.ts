/**
 * A process that starts and migrates, for tests: `starter.ts <kind> <url> <schema> [statement]`. Kills itself behind that statement.
 * In charge of one migration and of saying how many steps it made.
 */
import { openMysqlTarget } from '../../src/adapters/mysql/target.ts'
import { openPostgresTarget } from '../../src/adapters/postgres/target.ts'
import { migrate } from '../../src/adapters/sql/migrate/run.ts'
import { modelOf } from '../../src/adapters/sql/model/ddl.ts'
import { openSqliteTarget } from '../../src/adapters/sqlite/target.ts'
import { drawPair } from './random.ts'

const [kind = '', url = '', seed = '1', killAt = '0'] = process.argv.slice(2)
const open = kind === 'sqlite' ? openSqliteTarget : kind === 'postgresql' ? openPostgresTarget : openMysqlTarget
const target = await open({ url })
const schema = drawPair(Number(seed)).from
let count = 0
const counted: typeof target = {
  ...target,
  async execute(sql, params) {
    await target.execute(sql, params)
    if (++count === Number(killAt)) process.kill(process.pid, 'SIGKILL')
  },
}
process.stdout.write('ready\n')
// All begin at once, when their parent says so.
for await (const _ of process.stdin) break
const wanted = { schema: schema.version, model: modelOf(schema, target.dialect) }
const { steps, resumed } = await migrate(counted, wanted, {
  permission: { extent: 'any', destructive: false, back: false, online: false },
  lockWait: 60_000,
})
await target.close()
process.stdout.write(`${JSON.stringify({ steps: steps.length, resumed })}\n`)
process.exit(0)
