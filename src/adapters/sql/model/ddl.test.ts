/** The tables of a schema, and which changes of it are additive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EntityGiven, makeEntity, makeSchema } from '../../../../test/support/make-schema.ts'
import { sqliteDialect } from '../dialects/sqlite/dialect.ts'
import { atStart, permitted } from '../migrate/decide.ts'
import { ddl, modelOf } from './ddl.ts'
import { statementsOf } from './statements.ts'

const Page = {
  tenant: 'tenantId',
  fields: {
    id: { type: 'uuid', primary: true },
    tenantId: { type: 'string', required: true, kept: 'tenant', index: true },
    slug: { type: 'string', required: true, unique: 'insensitive', maxLength: 255 },
    level: { type: 'integer', required: true, min: 1, max: 5, default: 1 },
    parentId: { type: 'uuid', foreignKey: { entity: 'Page', field: 'id', onDelete: 'set_null' } },
    kind: { type: 'enum', values: ['a', "it's"] },
    active: { type: 'boolean' },
    price: { type: 'decimal', precision: 6, scale: 2, min: '0.5' },
    props: { type: 'json' },
  },
  indexes: [{ name: 'by_level', fields: ['level', 'active'], unique: false }],
} as const satisfies EntityGiven

test('strict tables whose conditions follow from the fields', () => {
  assert.deepEqual(ddl(makeSchema([makeEntity('Page', Page)]), sqliteDialect), [
    `CREATE TABLE "pages" (
  "id" TEXT NOT NULL CONSTRAINT "pages.id" CHECK (length("id") = 36),
  "tenant_id" TEXT NOT NULL,
  "slug" TEXT NOT NULL CONSTRAINT "pages.slug" CHECK (length("slug") <= 255),
  "slug__fold" TEXT NOT NULL,
  "level" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "pages.level" CHECK ("level" BETWEEN -2147483648 AND 2147483647 AND "level" >= 1 AND "level" <= 5),
  "parent_id" TEXT CONSTRAINT "pages.parent_id" CHECK (length("parent_id") = 36) REFERENCES "pages" ("id") ON DELETE SET NULL,
  "kind" TEXT CONSTRAINT "pages.kind" CHECK ("kind" IN ('a', 'it''s')),
  "active" INTEGER CONSTRAINT "pages.active" CHECK ("active" IN (0, 1)),
  "price" INTEGER CONSTRAINT "pages.price" CHECK ("price" BETWEEN -999999 AND 999999 AND "price" >= 50),
  "props" TEXT CONSTRAINT "pages.props" CHECK (json_valid("props")),
  PRIMARY KEY ("id")
) STRICT`,
    'CREATE UNIQUE INDEX "pages_tenant_id_slug__fold_key" ON "pages" ("tenant_id", "slug__fold")',
    'CREATE INDEX "pages_by_level" ON "pages" ("level", "active")',
    'CREATE INDEX "pages_parent_id_idx" ON "pages" ("parent_id")',
  ])
})

const change = (fields: EntityGiven['fields'], more: Partial<EntityGiven> = {}): readonly string[] => {
  const model = (given: EntityGiven) => modelOf(makeSchema([makeEntity('Page', given)]), sqliteDialect)
  return permitted(model(Page), model({ ...Page, ...more, fields }), sqliteDialect, atStart).steps.flatMap((step) =>
    statementsOf(step.operation, sqliteDialect),
  )
}

test('what can be added is added', () => {
  assert.deepEqual(change(Page.fields), [])
  assert.deepEqual(change({ ...Page.fields, note: { type: 'text' } }), ['ALTER TABLE "pages" ADD COLUMN "note" TEXT'])
  assert.deepEqual(change({ ...Page.fields, price2: { type: 'decimal', precision: 4, scale: 1, required: true, default: '1.5' } }), [
    'ALTER TABLE "pages" ADD COLUMN "price2" INTEGER NOT NULL DEFAULT 15 CONSTRAINT "pages.price2" CHECK ("price2" BETWEEN -9999 AND 9999)',
  ])
  assert.deepEqual(change(Page.fields, { indexes: [{ name: 'pair', fields: ['kind', 'level'], unique: true }] }), [
    'CREATE UNIQUE INDEX "pages_pair" ON "pages" ("tenant_id", "kind", "level")',
    'DROP INDEX "pages_by_level"',
  ])
})

test('what cannot is refused with the entity, the field and what to do', () => {
  const { kind: _, ...without } = Page.fields
  const hints = (fields: EntityGiven['fields']): string => {
    try {
      change(fields)
    } catch (error) {
      return (error as { details: { hint: string } }).details.hint
    }
    return 'nothing was refused'
  }
  assert.match(hints({ ...Page.fields, must: { type: 'integer', required: true } }), /Page\.must: .*constant default.*dbal migrate/)
  assert.match(hints(without), /Page\.kind: .*What the column holds is lost.*dbal migrate plan/)
  assert.match(
    hints({ ...Page.fields, level: { type: 'integer', required: true, min: 1, max: 9 } }),
    /Page\.level: .*another condition.*not additive/,
  )
  assert.match(hints({ ...Page.fields, slug: { type: 'string', required: true, maxLength: 255 } }), /Page\.slug: .*not additive/)
  const keyed = (key: readonly string[]) =>
    modelOf(
      makeSchema([makeEntity('Pair', { key, fields: { a: { type: 'uuid', required: true }, b: { type: 'uuid', required: true } } })]),
      sqliteDialect,
    )
  assert.throws(() => permitted(keyed(['a']), keyed(['a', 'b']), sqliteDialect, atStart), { code: 'DATABASE_ERROR' })
})
