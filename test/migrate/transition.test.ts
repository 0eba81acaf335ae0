/** From any schema to any other: the tables are those of an empty database, and what was stored is still there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate } from '../../src/adapters/sql/migrate/run.ts'
import type { MigrationTarget, OwnTarget } from '../../src/adapters/sql/migrate/target.ts'
import { ddl, modelOf } from '../../src/adapters/sql/model/ddl.ts'
import { diff } from '../../src/adapters/sql/model/diff.ts'
import { columnOf, tableOf } from '../../src/adapters/sql/model/model.ts'
import type { Entity, Field, Schema } from '../../src/schema/entity.ts'
import { catalogueOf, grounds } from './databases.ts'
import { drawPair, valueFor } from './random.ts'

const rowCount = 3
const anything = { extent: 'any', destructive: true, back: true, online: false } as const
const runs = Number(process.env['DBAL_TEST_MIGRATIONS'] ?? 25)
const first = Number(process.env['DBAL_TEST_SEED'] ?? 1)

async function bring(target: MigrationTarget, schema: Schema, online: boolean): Promise<void> {
  const wanted = { schema: schema.version, model: modelOf(schema, target.dialect) }
  await migrate(target, wanted, { lockWait: 5000, permission: { ...anything, online } })
}

/** Rows without references first; those come from no value at all. */
async function fillTables(target: OwnTarget, schema: Schema): Promise<void> {
  const { quote, codec, literal, fold } = target.dialect
  for (const entity of schema.entities.values()) {
    for (let i = 1; i <= rowCount; i++) {
      const cells: [string, string][] = []
      for (const field of entity.fields.values()) {
        if (field.foreignKey !== undefined) continue
        const text = literal(codec(field).encode(valueFor(field, i)))
        cells.push([quote(field.column), text])
        if (field.unique === 'insensitive') cells.push([quote(`${field.column}__fold`), fold(text)])
      }
      const names = cells.map(([name]) => name).join(', ')
      await target.execute(`INSERT INTO ${quote(entity.table)} (${names}) VALUES (${cells.map(([, text]) => text).join(', ')})`)
    }
  }
}

async function valuesOf(target: OwnTarget, entity: Entity, field: Field): Promise<unknown> {
  const { quote, codec } = target.dialect
  const form = codec(field)
  const rows = await target.query(`SELECT ${form.select(quote(field.column))} FROM ${quote(entity.table)} ORDER BY ${quote('id')}`)
  return rows.map(([value]) => (value === null ? null : form.decode === undefined ? value : form.decode(value as never)))
}

/** What must not depend on the way: not the order of columns, nor what a key is called. SQLite keeps defaults that it had. */
async function shapeOf(target: OwnTarget): Promise<unknown> {
  const { tables } = await catalogueOf(target)
  const byName = <T extends { readonly name?: string | undefined }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
  const isSqlite = target.dialect.name === 'sqlite'
  return byName(tables.filter(({ name }) => !name.startsWith('dbal_'))).map((table) => ({
    ...table,
    key: table.key?.columns,
    columns: byName(table.columns).map(({ default: given, ...column }) => (isSqlite ? column : { ...column, given })),
    uniques: byName(table.uniques),
    indexes: byName(table.indexes),
    checks: byName(table.checks),
    references: isSqlite ? table.references.map((reference) => JSON.stringify(reference)).sort() : byName(table.references),
  }))
}

for (const { name, skip, fresh } of grounds) {
  test(`${name}: from random schema to random schema`, { skip }, async (t) => {
    for (let seed = first; seed < first + runs; seed++) {
      const online = seed % 3 === 0
      await t.test(`seed ${seed}${online ? ' online' : ''}`, async () => {
        const { from, to } = drawPair(seed)
        const [way, straight] = [await fresh(), await fresh()]
        const [old, made] = [await way.open(), await straight.open()]
        try {
          const [a, b] = [modelOf(from, old.dialect), modelOf(to, old.dialect)]
          const { refused } = diff(a, b, old.dialect)
          await bring(old, from, false)
          await fillTables(old, from)
          if (refused.length > 0) {
            await assert.rejects(bring(old, to, online), { code: 'DATABASE_ERROR' })
            return
          }
          const kept = await untouched(old, from, to)
          await bring(old, to, online)
          await made.equip?.()
          for (const statement of ddl(to, made.dialect)) await made.execute(statement)
          assert.deepEqual(await shapeOf(old), await shapeOf(made))
          for (const { entity, field, values } of kept) assert.deepEqual(await valuesOf(old, entity, field), values, `${entity.name}.${field.name}`)
          assert.deepEqual(diff(b, b, old.dialect).steps, [])
        } finally {
          await old.close()
          await made.close()
          await way.drop()
          await straight.drop()
        }
      })
    }
  })
}

interface Kept {
  readonly entity: Entity
  readonly field: Field
  readonly values: unknown
}

/** Fields of the new schema that are the same as before but for their names, with what they hold. */
async function untouched(target: OwnTarget, from: Schema, to: Schema): Promise<Kept[]> {
  const kept: Kept[] = []
  const [a, b] = [modelOf(from, target.dialect), modelOf(to, target.dialect)]
  for (const entity of to.entities.values()) {
    const before = from.entities.get(entity.renamedFrom ?? entity.name)
    for (const field of entity.fields.values()) {
      const old = before?.fields.get(field.renamedFrom ?? field.name)
      if (before === undefined || old === undefined) continue
      const [was, is] = [columnOf(tableOf(a, before.table)!, old.column), columnOf(tableOf(b, entity.table)!, field.column)]
      if (was?.type === is?.type && was?.value.type === is?.value.type && was?.value.scale === is?.value.scale)
        kept.push({ entity, field, values: await valuesOf(target, before, old) })
    }
  }
  return kept
}
