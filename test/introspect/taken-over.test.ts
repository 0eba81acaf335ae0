/** Databases that were not made for DBAL: introspected, taken over and used. What was read is found again by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Adapter } from '../../src/adapter/adapter.ts'
import { createMysqlAdapter } from '../../src/adapters/mysql/adapter.ts'
import { openMysqlTarget } from '../../src/adapters/mysql/target.ts'
import { createPostgresAdapter } from '../../src/adapters/postgres/adapter.ts'
import { openPostgresTarget } from '../../src/adapters/postgres/target.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { baseline } from '../../src/migrate/baseline.ts'
import type { Principal } from '../../src/policy/principal.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { identity } from '../../src/session/identity.ts'
import { serverOf } from '../support/databases.ts'
import { introspected, withDatabase } from './live.ts'

const grounds = {
  postgresql: {
    open: openPostgresTarget,
    adapter: createPostgresAdapter,
    tables: `CREATE TABLE visits (
        id smallint NOT NULL PRIMARY KEY CHECK (id > 0), page bpchar NOT NULL, place varchar(20), hits smallint NOT NULL DEFAULT 0,
        seen timestamptz NOT NULL, local timestamp, ratio real, doc json);
      INSERT INTO visits VALUES (1, 'one', 'x', 5, '2026-01-15 10:30:00.123456Z', '2026-01-15 10:30:00.9999', 0.5, '{"a": {"b": 1}}'),
        (2, 'two', 'y', -7, '2026-01-15 10:30:00.123789Z', NULL, NULL, 'null'), (3, 'three', NULL, 0, '2026-01-15 10:30:00.1234Z', NULL, NULL, NULL);`,
  },
  mysql: {
    open: openMysqlTarget,
    adapter: createMysqlAdapter,
    tables: `CREATE TABLE visits (
        id smallint unsigned NOT NULL PRIMARY KEY CHECK (id > 0), page char(20) NOT NULL, place varchar(20), hits mediumint NOT NULL DEFAULT 0,
        seen datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, local datetime, ratio float, doc json, made year, kind enum('z', 'B', 'a') NOT NULL DEFAULT 'z',
        tag binary(2)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
      INSERT INTO visits VALUES (1, 'one', 'x', 5, '2026-01-15 10:30:00.123456', '2026-01-15 10:30:00', '2026-01-15 10:30:00', 0.5, '{"a": {"b": 1}}', 2026, 'z', 'ab'),
        (2, 'two', 'y', -7, '2026-01-15 10:30:00.123789', '2026-01-15 10:30:00', NULL, NULL, 'null', NULL, 'a', NULL), (3, 'three', NULL, 0, '2026-01-15 10:30:00.1239', '2026-01-15 10:30:00', NULL, NULL, NULL, NULL, 'B', NULL);`,
  },
} as const

const rules = 'rules:\n  - { entity: Visit, role: [god], operations: [read, update] }\n'
const god: Principal = { kind: 'user', attributes: {}, id: '01980000-0000-7000-8000-000000000001', role: 'god' }

type Row = Readonly<Record<string, unknown>>
type Page = { readonly data: readonly Row[]; readonly total: number; readonly nextCursor: string | null }

for (const kind of ['postgresql', 'mysql'] as const) {
  const { open, adapter: make, tables } = grounds[kind]
  test(`${kind}: a database of others is taken over and answers`, { skip: serverOf(kind).skip }, () =>
    withDatabase(kind, tables, async (url) => {
      const { schema } = await introspected(url)
      const target = await open({ url })
      const adopted = await baseline(target, schema, new Set([identity.user, identity.credential, identity.session])).finally(() => target.close())
      assert.equal(adopted.tables, 1)
      assert.ok(adopted.differs.some((what) => what.startsWith('Visit.ratio: ')))
      const adapter: Adapter = make({ url })
      await adapter.prepare(schema, 'check')
      const engine = createEngine({ schema, policy: loadPolicy(schema, { path: 'rules.yaml', text: rules }), adapter })
      const ask = async <T>(method: string, ...params: unknown[]): Promise<T> => {
        const reply = await engine.execute({ method, params, requestId: 'taken-over' }, god)
        if (!reply.ok) throw reply.error
        return reply.result as T
      }
      try {
        const seen: unknown[] = []
        let page: Page | undefined
        do {
          const after = page?.nextCursor ?? undefined
          page = await ask<Page>('list', 'Visit', { sort: { seen: 'asc' }, limit: 1, ...(after === undefined ? {} : { after }) })
          seen.push(...page.data.map(({ id }) => id))
        } while (page.nextCursor !== null && seen.length < 9)
        assert.deepEqual(seen, [1, 2, 3])
        const { data } = await ask<Page>('list', 'Visit', {})
        for (const row of data)
          for (const [name, value] of Object.entries(row))
            if (value !== null && name !== 'doc')
              assert.ok((await ask<number>('count', 'Visit', { filter: { id: row['id'], [name]: value } })) === 1, `${name} ${value}`)
        assert.equal(await ask('count', 'Visit', { filter: { 'doc.a.b': 1 } }), 1)
        if (kind === 'mysql') {
          const sorted = await ask<Page>('list', 'Visit', { sort: { kind: 'asc' } })
          assert.deepEqual(
            sorted.data.map((row) => row['kind']),
            ['B', 'a', 'z'],
          )
        }
        const written = await ask<Row>('update', 'Visit', 1, { page: 'page one', hits: 32_000, doc: { c: [1.5] }, local: '2026-02-03T04:05:06.000Z' })
        assert.deepEqual(
          [written['page'], written['hits'], written['doc'], written['local']],
          ['page one', 32_000, { c: [1.5] }, '2026-02-03T04:05:06.000Z'],
        )
      } finally {
        await engine.close()
      }
    }),
  )
}
