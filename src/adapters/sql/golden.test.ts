/**
 * Golden SQL: what the same trees become in each dialect, read like code in conformance/golden/<dialect>.sql.
 * DBAL_UPDATE_GOLDEN=1 writes the files anew. compile.test.ts says why SQLite's texts are as they are.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import type { Aggregate, Operand, Predicate, Query, Read } from '../../query/ast.ts'
import { always } from '../../query/ast.ts'
import { and, compare, constant, field, not, or, param, session, when } from '../../query/build.ts'
import { compile, compileInsertion } from './compile.ts'
import type { Dialect } from './dialect.ts'
import { mysqlDialect } from './dialects/mysql/dialect.ts'
import { mariadb, mysql } from './dialects/mysql/flavour.ts'
import { postgresDialect } from './dialects/postgres/dialect.ts'
import { sqliteDialect } from './dialects/sqlite/dialect.ts'
import { ddl } from './model/ddl.ts'

const Author = makeEntity('Author', {
  fields: {
    id: { type: 'uuid', primary: true },
    name: { type: 'string', required: true, unique: 'insensitive', maxLength: 100 },
    role: { type: 'enum', values: ['user', "o'admin"], required: true },
    props: { type: 'json' },
    score: { type: 'bigint' },
    weight: { type: 'float' },
    price: { type: 'decimal', precision: 10, scale: 2 },
    total: { type: 'decimal', precision: 30, scale: 4 },
    seen: { type: 'datetime' },
    born: { type: 'date' },
    active: { type: 'boolean', required: true },
    mark: { type: 'bytes', maxLength: 16 },
  },
})
const Book = makeEntity('Book', {
  key: ['shelf', 'place'],
  fields: {
    shelf: { type: 'string', required: true, maxLength: 20 },
    place: { type: 'integer', required: true },
    authorId: { type: 'uuid', foreignKey: { entity: 'Author', field: 'id', onDelete: 'cascade' } },
    title: { type: 'string', maxLength: 200, index: true },
  },
})
const Page = makeEntity('Page', {
  fields: {
    id: { type: 'uuid', primary: true },
    parentId: { type: 'uuid', foreignKey: { entity: 'Page', field: 'id', onDelete: 'set_null' } },
    order: { type: 'integer', required: true, default: 0 },
  },
})

const uuid = { type: 'uuid' } as const
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const own = compare('eq', field('id'), session('user.id', uuid))
const read = (entity: typeof Author, where: Predicate, more: Partial<Read> = {}): Read => ({
  kind: 'read',
  entity,
  where,
  columns: [{ field: entity.key[0] as string }],
  probes: [],
  order: [],
  total: false,
  reach: 'many',
  ...more,
})
const asks = (where: Predicate, entity = Author): Read => read(entity, where, { reach: 'one' })
const inList = (name: string, type: Parameters<typeof param>[1], insensitive = false): Predicate => ({
  kind: 'in',
  left: field(name),
  list: param(0, type),
  insensitive,
})
const folded = (op: 'eq' | 'contains' | 'lt', name: string): Predicate => ({
  kind: 'compare',
  op,
  left: field(name),
  right: param(0, text),
  insensitive: true,
})
const at = (path: readonly string[], as: 'string' | 'number' | 'boolean'): Operand => ({ kind: 'json', field: 'props', path, as })
const authors = [{ entity: Author, local: ['authorId'], foreign: ['id'] }]
const groups = (more: Partial<Aggregate>): Aggregate => ({
  kind: 'aggregate',
  entity: Author,
  where: always,
  groupBy: [],
  measures: [],
  order: [],
  ...more,
})
const sum = (name: string): Aggregate['measures'][number] => ({ fn: 'sum', column: { field: name }, type: Author.fields.get(name) ?? integer })

const cases: Readonly<Record<string, Exclude<Query, { kind: 'insert' }>>> = {
  'a point read under a rule': asks(and(compare('eq', field('id'), param(0, uuid)), own)),
  'every type as it is read': read(Author, always, { columns: [...Author.fields.keys()].map((name) => ({ field: name })) }),
  'a page with its total': read(Author, compare('eq', field('role'), param(0, text)), {
    columns: [{ field: 'id' }, { field: 'score', guard: own }],
    order: [
      { by: field('name'), direction: 'desc' },
      { by: field('seen'), direction: 'asc' },
      { by: field('id'), direction: 'asc' },
    ],
    limit: param(1, integer),
    offset: param(2, integer),
    total: true,
  }),
  'a page behind a cursor': read(Author, always, {
    order: [{ by: field('name'), direction: 'asc' }],
    seek: or(
      compare('gt', field('name'), param(0, text)),
      and(compare('eq', field('name'), param(0, text)), compare('gt', field('id'), param(1, uuid))),
    ),
    limit: param(2, integer),
  }),
  'a limit for each parent': read(Book, inList('authorId', uuid), {
    order: [{ by: field('title'), direction: 'asc' }],
    limit: param(1, integer),
    partition: ['authorId'],
  }),
  'questions of each row': read(Author, always, { probes: [own, not(own), { kind: 'isTrue', of: own }] }),
  'nothing at all': asks(or()),
  'three-valued logic': asks(when(own, compare('lte', field('score'), param(0, { type: 'bigint' })))),
  'parts of texts': asks(or(...(['contains', 'startsWith', 'endsWith'] as const).map((op) => compare(op, field('name'), param(0, text))))),
  'texts whatever their case': asks(and(folded('eq', 'name'), folded('contains', 'role'), folded('lt', 'role'))),
  'texts by code point': asks(compare('gte', field('name'), param(0, text))),
  'numbers of several kinds': asks(
    and(
      compare('eq', field('score'), field('weight')),
      compare('lt', field('price'), field('total')),
      compare('gt', field('weight'), field('price')),
    ),
  ),
  'texts of several kinds': asks(or(compare('eq', field('id'), field('name')), compare('lt', field('seen'), field('born')))),
  'a list of values': asks(inList('score', { type: 'bigint' })),
  'a list whatever its case': asks(inList('role', text, true)),
  'a list of the session': asks({ kind: 'in', left: field('id'), list: session('user.teams', uuid), insensitive: false }),
  'keys of one field': asks({ kind: 'keyIn', fields: ['id'], list: param(0, uuid) }),
  'keys of two fields': read(Book, { kind: 'keyIn', fields: ['shelf', 'place'], list: param(0, text) }),
  'a level by a role in the row': asks(
    compare(
      'lte',
      {
        kind: 'level',
        of: field('role'),
        levels: new Map([
          ['user', 2],
          ["o'admin", 3],
        ]),
      },
      session('user.level', integer),
    ),
  ),
  'scalars within json': asks(
    and(
      compare('eq', at(['a', '0', "it's"], 'string'), param(0, text)),
      compare('gt', at(['n'], 'number'), param(1, { type: 'float' })),
      compare('eq', at(['b'], 'boolean'), param(2, { type: 'boolean' })),
      { kind: 'isNull', of: at(['x'], 'string') },
    ),
  ),
  'related rows': read(Author, {
    kind: 'exists',
    entity: Book,
    local: ['id'],
    foreign: ['authorId'],
    where: compare('eq', field('title'), param(0, text)),
  }),
  'a value of a related row': asks(compare('eq', { kind: 'path', hops: authors, field: 'name' }, constant('x', text)), Book),
  'what another select finds': asks({ kind: 'inSelect', left: field('authorId'), entity: Author, field: 'id', where: own }, Book),
  'a tree': {
    kind: 'tree',
    entity: Page,
    where: compare('gte', field('order'), param(0, integer)),
    root: { kind: 'isNull', of: field('parentId') },
    parent: { field: 'parentId' },
    columns: [{ field: 'id' }],
    probes: [],
  },
  'groups with their measures': groups({
    groupBy: [{ field: 'role' }],
    measures: [
      { fn: 'count' },
      sum('score'),
      sum('weight'),
      sum('total'),
      { ...sum('price'), fn: 'avg' } as Aggregate['measures'][number],
      ...(['name', 'active', 'id', 'seen'] as const).map((name) => ({ ...sum(name), fn: 'max' }) as Aggregate['measures'][number]),
    ],
    having: { kind: 'compare', op: 'gt', left: { kind: 'measure', index: 0 }, right: param(0, integer) },
    order: [{ by: { kind: 'measure', index: 1 }, direction: 'desc' }],
    limit: param(1, integer),
  }),
  'how many there are': groups({ measures: [{ fn: 'count' }] }),
  'an update of one row': {
    kind: 'update',
    entity: Author,
    reach: 'one',
    where: own,
    set: [
      { field: 'name', value: param(0, text) },
      { field: 'score', value: { kind: 'increment' } },
      { field: 'weight', value: { kind: 'position', list: param(1, uuid) } },
    ],
  },
  'an update that sets nothing': { kind: 'update', entity: Author, reach: 'many', where: own, set: [] },
  'a delete whose condition reads the same table': {
    kind: 'delete',
    entity: Page,
    reach: 'many',
    where: not({ kind: 'exists', entity: Page, local: ['id'], foreign: ['parentId'], where: always }),
  },
}

function golden(dialect: Dialect): string {
  const lines = Object.entries(cases).flatMap(([name, query]) => {
    try {
      const { text, page } = compile(query, dialect)
      return [
        `-- ${name}`,
        `${text};`,
        ...(page === undefined || page.ifEmpty.text === text ? [] : ['-- and where the page is empty', `${page.ifEmpty.text};`]),
        '',
      ]
    } catch (error) {
      // What a dialect cannot say is told to the caller.
      const { code, details } = error as { code?: string; details?: { hint?: string } }
      if (code !== 'CAPABILITY_NOT_SUPPORTED') throw error
      return [`-- ${name}: refused: ${details?.hint}`, '']
    }
  })
  const insert = compileInsertion({ kind: 'insert', entity: Author, fields: ['id', 'name', 'mark'] }, dialect)
  const tables = ddl(makeSchema([Author, Book, Page]), dialect).map((statement) => `${statement};`)
  return [...lines, '-- one row', `${insert.text(1)};`, '', '-- three rows', `${insert.text(3)};`, '', '-- tables', ...tables, ''].join('\n')
}

const dialects: Readonly<Record<string, Dialect>> = {
  sqlite: sqliteDialect,
  postgresql: postgresDialect,
  mariadb: mysqlDialect(mariadb),
  mysql: mysqlDialect(mysql),
}

for (const [name, dialect] of Object.entries(dialects)) {
  test(`golden SQL of ${name}`, () => {
    const file = new URL(`../../../conformance/golden/${name}.sql`, import.meta.url)
    const made = golden(dialect)
    if (process.env['DBAL_UPDATE_GOLDEN'] === '1') writeFileSync(file, made)
    assert.equal(made, readFileSync(file, 'utf8'), 'DBAL_UPDATE_GOLDEN=1 writes it anew; read the difference like code')
  })
}
