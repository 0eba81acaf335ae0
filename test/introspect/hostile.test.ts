/** Whatever a catalogue says, what is made of it loads: names that collide, words that are reserved, circles, keys of every kind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Catalog, Column, Reference, Table } from '../../src/catalog/catalog.ts'
import { readShipped } from '../../src/config/schema-files.ts'
import { DBALError } from '../../src/errors/error.ts'
import { entitiesOf } from '../../src/introspect/entities.ts'
import { filesOf } from '../../src/introspect/write.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { parseSchema } from '../../src/schema/parse.ts'
import { neighbours } from './live.ts'

const tableNames = [
  'user',
  'users',
  'User',
  'sessions',
  'person',
  'people',
  'entity',
  'entities',
  'transaction',
  'close',
  'dbal_reply',
  'Dbal',
  'status',
  'orders',
  'order_rows',
  'parent',
  'a b',
  'naïve',
  '9lives',
  '_',
  '__proto__',
  'constructor',
  'pg_x',
  'news',
  'x'.repeat(63),
  'x'.repeat(64),
  'true',
  'null',
  'no',
  '123',
  'person_id',
] as const
const columnNames = [
  'id',
  'ID',
  'Id',
  'parent_id',
  'parentId',
  'parent',
  'children',
  'and',
  'or',
  'not',
  '__proto__',
  'constructor',
  'toString',
  'then',
  'user_id',
  'users',
  'orders',
  'person',
  'person_id',
  'personId',
  '_id',
  'a-b',
  '2fa',
  'é',
  'type',
  'default',
  'version',
  'x'.repeat(63),
  'null',
  'on',
  'yes',
  '__',
  'name',
  'orders_by_parent',
  'x__fold',
  'x',
] as const
const types = [
  { type: 'integer', base: 'integer' },
  { type: 'bigint', base: 'bigint' },
  { type: 'text', base: 'text' },
  { type: 'uuid', base: 'uuid' },
  { type: 'bytea', base: 'bytea' },
  { type: 'jsonb', base: 'jsonb' },
  { type: 'double precision', base: 'double precision' },
  { type: 'numeric(4,2)', base: 'numeric', precision: 4, scale: 2 },
  { type: 'numeric', base: 'numeric' },
  { type: 'boolean', base: 'boolean' },
  { type: 'date', base: 'date' },
  { type: 'timestamp with time zone', base: 'timestamp with time zone', precision: 3 },
  { type: 'mood', base: 'mood', values: ['a', "it's", 'ü: {x}', '# no'] },
  { type: 'text[]', base: 'text', array: true },
  { type: 'varchar(3)', base: 'character varying', length: 3 },
] as const
const defaults = [
  "'x'::text",
  '0',
  "'0.5'::numeric",
  '-7',
  'now()',
  'true',
  "'{}'::jsonb",
  'NULL',
  "nextval('s'::regclass)",
  'gen_random_uuid()',
  "'2020-01-01'::date",
  "'far too long'",
  '1e400',
  "lower('A')",
]
const checks = [
  'id > 0',
  "(name)::text = ANY (ARRAY['a'::text, 'b'::text])",
  'person_id BETWEEN 1 AND 5',
  'type IN (1, 2)',
  'length(name) <= 5',
  'id > version',
  'id >= -99999999999999999999',
  "name IN ('')",
  'char_length(name) >= 7 AND char_length(name) <= 2',
  'id >= 9 AND id <= 3',
  'id > 1.5',
]

/** Numbers one after the other, round and round. */
function choices(seed: readonly number[]): () => number {
  let at = 0
  return () => seed[at++ % seed.length] as number
}

const column: fc.Arbitrary<Column> = fc
  .record({
    name: fc.constantFrom(...columnNames),
    // Most keys and references are whole numbers, here as elsewhere.
    type: fc.oneof({ weight: 2, arbitrary: fc.constant(types[0]) }, { weight: 1, arbitrary: fc.constantFrom(...types) }),
    nullable: fc.boolean(),
    default: fc.option(fc.constantFrom(...defaults), { nil: undefined, freq: 3 }),
    made: fc.option(fc.constantFrom('counter' as const, 'computed' as const), { nil: undefined, freq: 5 }),
    comment: fc.option(fc.constantFrom('a: b # c', 'line\nline', '"'), { nil: undefined, freq: 5 }),
  })
  .map(({ type, default: given, made, comment, ...rest }) => ({
    ...rest,
    ...type,
    ...(given === undefined ? {} : { default: given }),
    ...(made === undefined ? {} : { made }),
    ...(comment === undefined ? {} : { comment }),
  }))

const table = fc
  .record({
    name: fc.constantFrom(...tableNames),
    columns: fc.uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 9 }),
    keyed: fc.nat(2),
    seed: fc.array(fc.nat(1000), { minLength: 8, maxLength: 40 }),
    checks: fc.subarray(checks, { maxLength: 3 }),
  })
  .map(({ name, columns, keyed, seed, checks: texts }): Table & { readonly seed: readonly number[] } => {
    const next = choices(seed)
    const pick = (): string => columns[next() % columns.length]!.name
    const several = (): string[] => [...new Set([pick(), pick()])]
    return {
      name,
      columns,
      ...(keyed === 0 ? {} : { key: { columns: keyed === 1 ? [pick()] : several() } }),
      uniques: [
        { name: 'u1', columns: [pick()] },
        { name: 'u2', columns: several() },
      ],
      indexes: [
        { name: 'i1', columns: [pick()] },
        { name: 'i1', columns: several() },
        { name: 'i 2', columns: [pick(), undefined] },
      ],
      references: [],
      checks: texts.map((text) => ({ name: 'c', text })),
      seed: [...seed].reverse(),
    }
  })

/** A column of the type that the reference needs, where there is one: others are refused by their type alone. */
function likely(from: Table, target: Table, end: string, n: number): string {
  const base = target.columns.find(({ name }) => name === end)?.base
  const fitting = from.columns.filter((each) => each.base === base)
  const among = fitting.length === 0 ? from.columns : fitting
  return among[n % among.length]!.name
}

const catalog: fc.Arbitrary<Catalog> = fc.uniqueArray(table, { selector: ({ name }) => name, minLength: 1, maxLength: 7 }).map((tables) => ({
  system: 'postgresql',
  version: '15',
  tables: tables.map(({ seed, ...each }): Table => {
    const next = choices(seed)
    const reference = (): Reference => {
      const target = tables[next() % tables.length]!
      const key = target.key?.columns ?? [target.uniques[0]?.columns[0] as string]
      const targets = next() % 8 === 0 ? [target.columns[next() % target.columns.length]!.name] : key
      return {
        columns: targets.map((end) => likely(each, target, end, next())),
        table: target.name,
        targets,
        onDelete: (['no action', 'restrict', 'cascade', 'set null', 'set default'] as const)[next() % 5]!,
        onUpdate: 'no action',
      }
    }
    return { ...each, references: Array.from({ length: next() % 5 }, reference) }
  }),
  others: [],
}))

test('every catalogue of hostile names becomes a schema that loads, or an explanation for each table', () => {
  const beside = neighbours()
  const { shipped, internal } = readShipped()
  let entities = 0
  let references = 0
  fc.assert(
    fc.property(catalog, (each) => {
      const found = entitiesOf(each, { neighbours: beside })
      for (const { name } of each.tables)
        assert.ok(
          found.drafts.some((draft) => draft.table.name === name) ||
            found.findings.some((finding) => finding.table === name && finding.about === undefined),
          name,
        )
      if (found.drafts.length === 0) return
      const files = filesOf(found, shipped)
      try {
        const schema = parseSchema(files, { shipped, internal })
        loadPolicy(schema)
        entities += found.drafts.length
        for (const draft of found.drafts)
          references += [...schema.entities.get(draft.names.name)!.fields.values()].filter(({ foreignKey }) => foreignKey !== undefined).length
      } catch (error) {
        assert.fail(
          error instanceof DBALError
            ? `${JSON.stringify(error.details.fields, null, 1)}\n${files.map(({ path, text }) => `${path}\n${text}`).join('\n')}`
            : String(error),
        )
      }
    }),
    { numRuns: Number(process.env['DBAL_HOSTILE_RUNS'] ?? 200) },
  )
  // A generator that makes nothing proves nothing.
  assert.ok(entities > 150 && references > 20, `${entities} entities, ${references} references`)
})
