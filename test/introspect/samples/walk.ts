/** Takes a database of others over and works on all of it as somebody who may do everything. In charge of the walk; must not know which database. */
import assert from 'node:assert/strict'
import type { Adapter } from '../../../src/adapter/adapter.ts'
import { createMysqlAdapter } from '../../../src/adapters/mysql/adapter.ts'
import { openMysqlTarget } from '../../../src/adapters/mysql/target.ts'
import { createPostgresAdapter } from '../../../src/adapters/postgres/adapter.ts'
import { openPostgresTarget } from '../../../src/adapters/postgres/target.ts'
import { createSqliteAdapter } from '../../../src/adapters/sqlite/adapter.ts'
import { openSqliteTarget } from '../../../src/adapters/sqlite/target.ts'
import { createEngine, type Engine } from '../../../src/engine/engine.ts'
import { type Adopted, baseline } from '../../../src/migrate/baseline.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import { loadPolicy } from '../../../src/policy/rules.ts'
import type { Entity, Schema } from '../../../src/schema/entity.ts'
import { identity } from '../../../src/session/identity.ts'
import { introspected, type Kind, type Result } from '../live.ts'

const god: Principal = { kind: 'user', attributes: {}, id: '01980000-0000-7000-8000-000000000001', role: 'god' }

export type Row = Readonly<Record<string, unknown>>

export interface Taken {
  readonly read: Result
  readonly adopted: Adopted
  /** Entities of the tables that were there. */
  readonly theirs: readonly Entity[]
  /** The result; an error is thrown. */
  ask<T>(method: string, ...params: unknown[]): Promise<T>
}

const targets = {
  sqlite: (url: string) => openSqliteTarget({ path: url.slice('file:'.length) }),
  postgresql: (url: string) => openPostgresTarget({ url }),
  mysql: (url: string) => openMysqlTarget({ url }),
} as const

const adapters: Readonly<Record<Kind, (url: string, threads: 'inline' | 'worker') => Adapter>> = {
  sqlite: (url, threads) => createSqliteAdapter({ url, mode: threads }),
  postgresql: (url) => createPostgresAdapter({ url }),
  mysql: (url) => createMysqlAdapter({ url }),
}

/** Introspects, takes over, opens; closed when `work` is done. */
export async function onTaken(
  kind: Kind,
  url: string,
  work: (taken: Taken) => Promise<void>,
  threads: 'inline' | 'worker' = 'inline',
): Promise<void> {
  const read = await introspected(url)
  const { schema } = read
  const target = await targets[kind](url)
  const adopted = await baseline(target, schema, new Set([identity.user, identity.credential, identity.session])).finally(() => target.close())
  const theirs = read.found.drafts.map(({ names }) => schema.entities.get(names.name) as Entity)
  const engine = await opened(adapters[kind](url, threads), schema, theirs)
  const ask = async <T>(method: string, ...params: unknown[]): Promise<T> => {
    const reply = await engine.execute({ method, params, requestId: 'walk' }, god)
    if (!reply.ok) throw Object.assign(reply.error, { asked: JSON.stringify([method, params, reply.error.details]) })
    return reply.result as T
  }
  try {
    await work({ read, adopted, theirs, ask })
  } finally {
    await engine.close()
  }
}

async function opened(adapter: Adapter, schema: Schema, theirs: readonly Entity[]): Promise<Engine> {
  await adapter.prepare(schema, 'check')
  const rules = theirs.map(({ name }) => `  - { entity: ${name}, role: [god], operations: [create, read, update, delete] }`)
  const text = `rules:\n${rules.join('\n')}\n`
  return createEngine({ schema, policy: loadPolicy(schema, { path: 'rules.yaml', text }), adapter })
}

/** All rows of an entity, in the order of its key. */
export async function rowsOf({ ask }: Taken, entity: Entity): Promise<readonly Row[]> {
  const sort = entity.key.map((name) => ({ [name]: 'asc' }))
  const { data, hasMore } = await ask<{ data: Row[]; hasMore: boolean }>('list', entity.name, { sort, limit: 100 })
  assert.equal(hasMore, false)
  return data
}

export const keyOf = (entity: Entity, row: Row): unknown =>
  entity.key.length === 1 ? row[entity.key[0] as string] : Object.fromEntries(entity.key.map((name) => [name, row[name]]))

/**
 * Every row is found by its key and by each of its values; sorting, grouping and ranges agree with what was read; pages that follow cursors are
 * the whole.
 */
export async function readEverything(taken: Taken): Promise<void> {
  for (const entity of taken.theirs) {
    const rows = await rowsOf(taken, entity)
    assert.ok(rows.length > 0, entity.name)
    for (const row of rows) {
      assert.deepEqual(await taken.ask('read', entity.name, keyOf(entity, row)), row)
      for (const field of entity.fields.values()) if (row[field.name] !== null) await findByValue(taken, entity, field.name, row, rows)
    }
    for (const field of entity.fields.values()) if (field.type !== 'json' && field.type !== 'bytes') await inOrder(taken, entity, field.name, rows)
  }
}

async function findByValue(taken: Taken, entity: Entity, name: string, row: Row, rows: readonly Row[]): Promise<void> {
  const { type } = entity.fields.get(name) ?? {}
  if (type === 'json' || type === 'bytes') return
  const same = rows.filter((other) => other[name] === row[name]).length
  for (const filter of [
    { [name]: row[name] },
    { [name]: { in: [row[name]] } },
    { and: [{ [name]: { gte: row[name] } }, { [name]: { lte: row[name] } }] },
  ]) {
    if (type === 'boolean' && 'and' in filter) continue
    assert.equal(await taken.ask('count', entity.name, { filter }), same, `${entity.name} ${JSON.stringify(filter)}`)
  }
}

async function inOrder(taken: Taken, entity: Entity, name: string, rows: readonly Row[]): Promise<void> {
  const seen: Row[] = []
  let after: string | null = null
  do {
    const page: { data: Row[]; nextCursor: string | null } = await taken.ask('list', entity.name, {
      sort: { [name]: 'asc' },
      limit: Math.ceil(rows.length / 2),
      ...(after === null ? {} : { after }),
    })
    seen.push(...page.data)
    after = page.nextCursor
  } while (after !== null && seen.length <= rows.length)
  assert.equal(seen.length, rows.length, `${entity.name} by ${name}`)
  assert.deepEqual(new Set(seen.map((row) => JSON.stringify(row))), new Set(rows.map((row) => JSON.stringify(row))))
  const groups: Row[] = await taken.ask('aggregate', entity.name, { groupBy: [name], count: true, limit: 100 })
  assert.equal(groups.length, new Set(rows.map((row) => row[name])).size, `${entity.name} grouped by ${name}`)
}
