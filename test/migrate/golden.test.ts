/** Each kind of change on each SQL database, as the plan that people review. `DBAL_GOLDEN=write` writes the files anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Dialect } from '../../src/adapters/sql/dialect.ts'
import { mariadbDialect, mysqlDialect } from '../../src/adapters/sql/dialects/mysql/dialect.ts'
import { mysql } from '../../src/adapters/sql/dialects/mysql/flavour.ts'
import { postgresDialect } from '../../src/adapters/sql/dialects/postgres/dialect.ts'
import { sqliteDialect } from '../../src/adapters/sql/dialects/sqlite/dialect.ts'
import { modelOf } from '../../src/adapters/sql/model/ddl.ts'
import { diff } from '../../src/adapters/sql/model/diff.ts'
import { planFile } from '../../src/migrate/sql-file.ts'
import { type EntityGiven, type FieldGiven, makeEntity, makeSchema } from '../support/make-schema.ts'

type Given = Readonly<Record<string, EntityGiven & { readonly renamedFrom?: string }>>
const id: FieldGiven = { type: 'uuid', primary: true }
const one = (fields: Readonly<Record<string, FieldGiven>>, more: Partial<EntityGiven> = {}): Given => ({
  Thing: { fields: { id, ...fields }, ...more },
})
const owned = (onDelete: 'cascade' | 'restrict' | 'set_null'): Given => ({
  Thing: { fields: { id, ownerId: { type: 'uuid', foreignKey: { entity: 'Owner', field: 'id', onDelete } } } },
  Owner: { fields: { id } },
})

/** What it is about, from, to. */
const changes: readonly (readonly [string, Given, Given])[] = [
  ['a new entity that refers to another one', { Owner: { fields: { id } } }, owned('cascade')],
  [
    'two new entities that refer to each other',
    {},
    {
      Left: { fields: { id, rightId: { type: 'uuid', foreignKey: { entity: 'Right', field: 'id', onDelete: 'cascade' } } } },
      Right: { fields: { id, leftId: { type: 'uuid', foreignKey: { entity: 'Left', field: 'id', onDelete: 'set_null' } } } },
    },
  ],
  ['an entity that goes', owned('cascade'), { Thing: { fields: { id } } }],
  [
    'an entity with another name',
    owned('restrict'),
    {
      Thing: { fields: { id, ownerId: { type: 'uuid', foreignKey: { entity: 'Keeper', field: 'id', onDelete: 'restrict' } } } },
      Keeper: { fields: { id }, renamedFrom: 'Owner' },
    },
  ],
  ['a new optional field', one({}), one({ note: { type: 'text' } })],
  ['a new required field with a default', one({}), one({ count: { type: 'integer', required: true, default: 3, min: 0 } })],
  ['a new required field without a default', one({}), one({ must: { type: 'string', required: true } })],
  ['a new optional reference', { ...one({}), Owner: { fields: { id } } }, owned('set_null')],
  ['a field that goes', one({ note: { type: 'text' }, size: { type: 'integer', index: true } }), one({ note: { type: 'text' } })],
  [
    'a field with another name',
    one({ code: { type: 'string', maxLength: 20, unique: 'exact' } }),
    one({ label: { type: 'string', maxLength: 20, unique: 'exact', renamedFrom: 'code' } }),
  ],
  ['a wider number', one({ size: { type: 'integer', index: true } }), one({ size: { type: 'bigint', index: true } })],
  ['a narrower number', one({ size: { type: 'bigint' } }), one({ size: { type: 'integer' } })],
  [
    'a decimal with more digits',
    one({ price: { type: 'decimal', precision: 8, scale: 2 } }),
    one({ price: { type: 'decimal', precision: 12, scale: 4 } }),
  ],
  [
    'a decimal with fewer digits behind the point',
    one({ price: { type: 'decimal', precision: 8, scale: 2 } }),
    one({ price: { type: 'decimal', precision: 8, scale: 1 } }),
  ],
  ['values that mean something else', one({ day: { type: 'date' } }), one({ day: { type: 'boolean' } })],
  ['a required field that becomes optional', one({ note: { type: 'text', required: true } }), one({ note: { type: 'text' } })],
  ['an optional field that becomes required', one({ note: { type: 'text' } }), one({ note: { type: 'text', required: true } })],
  [
    'another default',
    one({ count: { type: 'integer', required: true, default: 3 } }),
    one({ count: { type: 'integer', required: true, default: 4 } }),
  ],
  ['one more member of an enum', one({ kind: { type: 'enum', values: ['a', 'b'] } }), one({ kind: { type: 'enum', values: ['a', 'b', 'longer'] } })],
  ['one member less', one({ kind: { type: 'enum', values: ['a', 'b'] } }), one({ kind: { type: 'enum', values: ['a'] } })],
  ['values that become unique', one({ code: { type: 'string', maxLength: 20 } }), one({ code: { type: 'string', maxLength: 20, unique: 'exact' } })],
  [
    'values that become unique whatever their case',
    one({ code: { type: 'string', maxLength: 20, required: true, unique: 'exact' } }),
    one({ code: { type: 'string', maxLength: 20, required: true, unique: 'insensitive' } }),
  ],
  [
    'values that are unique no more',
    one({ code: { type: 'string', maxLength: 20, unique: 'exact' } }),
    one({ code: { type: 'string', maxLength: 20 } }),
  ],
  [
    'an index over other fields',
    one({ a: { type: 'integer' }, b: { type: 'integer' } }, { indexes: [{ name: 'both', fields: ['a', 'b'], unique: false }] }),
    one({ a: { type: 'integer' }, b: { type: 'integer' } }, { indexes: [{ name: 'both', fields: ['b', 'a'], unique: false }] }),
  ],
  ['an index on long text', one({ note: { type: 'text' } }), one({ note: { type: 'text', index: true } })],
  ['another fate of rows that refer', owned('cascade'), owned('set_null')],
  [
    'another key',
    one({ code: { type: 'string', maxLength: 20, required: true } }),
    { Thing: { fields: { id: { type: 'uuid', required: true }, code: { type: 'string', maxLength: 20, primary: true } } } },
  ],
]

const schemaOf = (given: Given, version: string) =>
  makeSchema(
    Object.entries(given).map(([name, { renamedFrom, ...rest }]) => ({
      ...makeEntity(name, rest),
      ...(renamedFrom === undefined ? {} : { renamedFrom }),
    })),
    version,
  )

const files: readonly (readonly [string, Dialect, boolean])[] = [
  ['sqlite', sqliteDialect, false],
  ['postgresql', postgresDialect, false],
  ['postgresql-online', postgresDialect, true],
  ['mariadb', mariadbDialect, false],
  ['mysql', mysqlDialect(mysql), false],
]

for (const [name, dialect, online] of files) {
  test(`${name}: the plan of each kind of change`, () => {
    const text = changes
      .map(([about, from, to], i) => {
        const plan = diff(modelOf(schemaOf(from, 'from'), dialect), modelOf(schemaOf(to, 'to'), dialect), dialect, { online })
        return `-- ===== ${about}\n${planFile(i + 1, 'to', plan, dialect)
          .text.split('\n')
          .filter((line) => !/^-- (?:Migration|Written|are run|One trans|This data)/.test(line))
          .join('\n')
          .trim()}\n`
      })
      .join('\n')
    const file = new URL(`./golden/${name}.sql`, import.meta.url)
    if (process.env['DBAL_GOLDEN'] === 'write') writeFileSync(file, text)
    assert.equal(text, readFileSync(file, 'utf8'), `${name}.sql is not what it was; if it should be so, DBAL_GOLDEN=write writes it`)
  })
}
