/** ZenStack 3 as the benchmark's role, with the rules of zenstack-schema.ts. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ZenStackClient } from '@zenstackhq/orm'
import { MysqlDialect } from '@zenstackhq/orm/dialects/mysql'
import { PostgresDialect } from '@zenstackhq/orm/dialects/postgres'
import { PolicyPlugin } from '@zenstackhq/plugin-policy'
import type { Contender, ServerKind } from '../servers/contender.ts'
import { prismaLike } from '../servers/prisma.ts'
import type { Pools } from './open.ts'

async function generated(kind: ServerKind): Promise<object> {
  // In a process of its own: it needs a global that Prisma's client sets for itself, and its parser would stay in the memory of the race.
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'zenstack-schema.ts'), kind])
  const file = join(import.meta.dirname, 'generated', kind, 'schema.mjs')
  return ((await import(pathToFileURL(file).href)) as { schema: object }).schema
}

export async function openZenStack(kind: ServerKind, { pg, mysql }: Pools): Promise<Contender> {
  const dialect = pg === undefined ? new MysqlDialect({ pool: mysql }) : new PostgresDialect({ pool: pg })
  const client = new ZenStackClient((await generated(kind)) as never, { dialect } as never).$use(new PolicyPlugin() as never)
  const caller = client.$setAuth({ id: '00000000-0000-7000-8000-000000000000', role: 'god', level: 4 } as never)
  const contender = prismaLike('ZenStack 3', caller as never)
  if (mysql === undefined) return contender
  // On MariaDB it reads only: writes under rules ask `VALUES ROW (…)` and cast to JSON, an include joins LATERAL, and MariaDB has none of these.
  const { name, read, list, close } = contender
  return { name, read, list, close }
}
