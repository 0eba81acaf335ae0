/** Databases that were not made for DBAL become schemas that load; nothing of them is lost without a word. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { readLive } from '../../src/cli/live.ts'
import { serverOf } from '../support/databases.ts'
import { sameAsGolden } from './golden.ts'
import { fixture, introspected, type Kind, type Result, reviewed, withDatabase } from './live.ts'

const fixtures: readonly (readonly [kind: Kind, name: string])[] = [
  ['sqlite', 'media-store.sqlite'],
  ['postgresql', 'film-rental.postgres'],
  ['mysql', 'office.mariadb'],
]

const skipOf = (kind: Kind): { skip?: string } => {
  const skip = kind === 'sqlite' ? undefined : serverOf(kind).skip
  return skip === undefined ? {} : { skip }
}

/** A golden text of a server is one of any version of it, in a database of any name. */
function steady({ version: _, schema: __, ...catalog }: Catalog, url: string): string {
  const name = new URL(url).pathname.slice(1)
  return `${JSON.stringify(catalog, null, 1)}\n`.replaceAll(name, 'DATABASE')
}

for (const [kind, name] of fixtures) {
  test(`${name}: entities and findings are the reviewed ones`, skipOf(kind), () =>
    withDatabase(kind, fixture(`${name}.sql`), async (url) => sameAsGolden(`${name}.txt`, reviewed(await introspected(url)))),
  )

  test(`${name}: the catalogue is the reviewed one`, skipOf(kind), () =>
    withDatabase(kind, fixture(`${name}.sql`), async (url) => sameAsGolden(`${name}.catalog.txt`, steady((await readLive(url)).catalog, url))),
  )

  test(`${name}: every table, column, index, reference and check is in the schema or in a finding`, skipOf(kind), () =>
    withDatabase(kind, fixture(`${name}.sql`), async (url) => {
      const { catalog } = await readLive(url)
      assert.deepEqual(lost(catalog, await introspected(url)), [])
    }),
  )
}

/** What neither the schema nor a finding has. */
function lost(catalog: Catalog, { found, schema }: Result): string[] {
  const told = (table: string, about?: string): boolean =>
    found.findings.some((each) => each.table === table && (each.about === undefined || each.about.includes(about ?? '')))
  const entities = new Map([...schema.entities.values()].map((entity) => [entity.table, entity]))
  return catalog.tables.flatMap((table) => {
    const entity = entities.get(table.name)
    if (entity === undefined) return told(table.name) ? [] : [table.name]
    const columns = new Map([...entity.fields.values()].map((field) => [field.column, field]))
    const names = (list: readonly (string | undefined)[]): string => list.map((column) => columns.get(column ?? '')?.name ?? '?').join()
    const lone = (list: readonly (string | undefined)[]): ReturnType<typeof columns.get> =>
      list.length === 1 ? columns.get(list[0] ?? '') : undefined
    const indexed = (list: readonly (string | undefined)[], unique: boolean): boolean =>
      names(list) === entity.key.join() ||
      entity.indexes.some((index) => index.fields.join() === names(list) && index.unique === unique) ||
      (unique ? lone(list)?.unique === 'exact' : lone(list)?.index === true || lone(list)?.unique === 'exact')
    return [
      ...table.columns.filter(({ name }) => !columns.has(name) && !told(table.name, name)).map(({ name }) => `${table.name}.${name}`),
      ...table.uniques.filter(({ name, columns: list }) => !indexed(list, true) && !told(table.name, name)).map(({ name }) => `unique ${name}`),
      ...table.indexes.filter(({ name, columns: list }) => !indexed(list, false) && !told(table.name, name)).map(({ name }) => `index ${name}`),
      ...table.references
        .filter(({ columns: list, table: target }) => lone(list)?.foreignKey === undefined && !told(table.name, `${list.join(', ')} → ${target}`))
        .map(({ columns: list }) => `reference ${table.name}(${list.join()})`),
      ...table.checks
        .filter((check) => check.name !== undefined && !told(table.name, check.name) && !limited(columns, check.text))
        .map((check) => `check ${check.name}`),
    ]
  })
}

/** Does a field that the check names have a limit, a list of values or a narrower type? */
function limited(columns: ReadonlyMap<string, { readonly name: string }>, text: string): boolean {
  return [...columns].some(([column, field]) => {
    const { min, max, minLength, maxLength, values, type } = field as {
      min?: unknown
      max?: unknown
      minLength?: unknown
      maxLength?: unknown
      values?: unknown
      type?: string
    }
    return (
      text.includes(column) &&
      ([min, max, minLength, maxLength, values].some((limit) => limit !== undefined) || type === 'boolean' || type === 'json')
    )
  })
}

describe('what is left of a schema beside', () => {
  test('a PostgreSQL schema other than public is read when the url names it', skipOf('postgresql'), () =>
    withDatabase('postgresql', fixture('film-rental.postgres.sql'), async (url) => {
      const { found, schema } = await introspected(`${url}?schema=accounting`)
      assert.deepEqual(
        found.drafts.map((draft) => draft.names.name),
        ['Ledger'],
      )
      assert.equal(schema.entities.get('Ledger')?.fields.get('amount')?.precision, 12)
      assert.ok(found.findings.some(({ table, about, why }) => table === 'ledger' && about === 'reference film → film' && /schema public/.test(why)))
      assert.ok(found.findings.some(({ table }) => table === 'public.film'))
    }),
  )

  test('a users table of its own and the shipped users stand beside each other', () =>
    withDatabase('sqlite', fixture('media-store.sqlite.sql'), async (url) => {
      const { schema, files } = await introspected(url)
      assert.equal(schema.entities.get('User')?.table, 'dbal_users')
      assert.equal(schema.entities.get('Users')?.table, 'users')
      assert.ok(files.some(({ path }) => path === 'entities/identity/user.yaml'))
      // Where nobody knows of the shipped users, the two get into each other's way, and nothing loads.
      await assert.rejects(introspected(url, []), { code: 'VALIDATION_ERROR' })
    }))
})
