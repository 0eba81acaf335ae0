/** Prisma's own tools are the judges of what is written for Prisma; and its client works on the tables that DBAL makes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { makeEntity, makeSchema } from '../../test/support/make-schema.ts'
import { readSchemaFolder, readShipped } from '../config/schema-files.ts'
import type { Schema } from '../schema/entity.ts'
import { parseSchema } from '../schema/parse.ts'
import { nativeOf } from './prisma/native.ts'
import { tableFiles } from './tables.ts'

const root = join(import.meta.dirname, '../..')
// Inside the repository, so that a generated client finds its packages; git does not look there.
mkdirSync(join(root, '.tmp'), { recursive: true })
const folder = mkdtempSync(join(root, '.tmp/prisma-'))
after(() => rmSync(folder, { recursive: true, force: true }))
// Prisma 7 wants the address of the database in a file of its own, though neither validate nor generate opens it.
writeFileSync(join(folder, 'prisma.config.ts'), "export default { datasource: { url: 'file:./none.db' } }\n")

/** Exit code and words of `prisma …`. The variable keeps it from fetching an engine that these verbs do not need. */
async function prisma(...args: string[]): Promise<{ code: number; text: string }> {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1', CHECKPOINT_DISABLE: '1' }
  try {
    const run = await promisify(execFile)(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), ...args], { cwd: folder, env })
    return { code: 0, text: run.stdout + run.stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: code ?? 1, text: `${stdout}${stderr}` }
  }
}

function prismaFiles(schema: Schema): ReadonlyMap<string, string> {
  return new Map(
    tableFiles(schema).flatMap(({ path, text }) => (path.endsWith('.prisma') ? [[path.slice('prisma/'.length, -'.prisma'.length), text]] : [])),
  )
}

const fixtures = parseSchema(readSchemaFolder(join(root, 'conformance/fixtures/types')), readShipped())

/** Names, texts and references that Prisma's language has its own opinion of. */
const awkward = makeSchema([
  makeEntity('String', {
    tenant: '_tenant',
    fields: {
      id: { type: 'cuid', primary: true, generated: true, description: 'Two\nlines, a "quote" and a \\' },
      _tenant: { type: 'string', required: true, kept: 'tenant', index: true, maxLength: 40 },
      code: { type: 'string', required: true, unique: 'insensitive', maxLength: 40, default: 'a "b" \\ c' },
      kind: { type: 'enum', values: ["it's", 'a\\b', '"'], default: '"' },
      note: { type: 'text', index: true },
      essay: { type: 'text', unique: 'exact' },
    },
  }),
  makeEntity('Link', {
    tenant: '_tenant',
    key: ['left', 'right'],
    fields: {
      _tenant: { type: 'string', required: true, kept: 'tenant', index: true, maxLength: 40 },
      left: { type: 'cuid', required: true, foreignKey: { entity: 'String', field: 'id', onDelete: 'cascade' } },
      right: { type: 'cuid', required: true, foreignKey: { entity: 'String', field: 'id', onDelete: 'restrict' } },
      code: { type: 'string', maxLength: 40, foreignKey: { entity: 'String', field: 'code', onDelete: 'cascade' } },
      amount: { type: 'decimal', precision: 30, scale: 4, default: '1.5000' },
    },
  }),
  makeEntity('Only', {
    fields: {
      id: { type: 'cuid', primary: true, foreignKey: { entity: 'String', field: 'id', onDelete: 'cascade' } },
      next: { type: 'cuid', unique: 'exact', foreignKey: { entity: 'Only', field: 'id', onDelete: 'set_null' } },
      at: { type: 'datetime', required: true, default: 'now' },
      day: { type: 'date', required: true, default: '2026-01-15' },
      raw: { type: 'bytes', required: true, default: 'AQI=' },
    },
  }),
])

describe('Prisma accepts', () => {
  const schemas = {
    shipped: parseSchema(readShipped().files, readShipped()),
    music: parseSchema(readSchemaFolder(join(root, 'examples/music-store/schema')), readShipped()),
    fixtures,
    awkward,
  }
  for (const [name, schema] of Object.entries(schemas)) {
    const files = prismaFiles(schema)
    assert.deepEqual([...files.keys()], ['sqlite', 'postgresql', 'mysql'])
    for (const [provider, text] of files) {
      test(`${name} for ${provider}, formatted as it would itself`, async () => {
        const file = `${name}-${provider}.prisma`
        writeFileSync(join(folder, file), text)
        const [valid, formatted] = await Promise.all([prisma('validate', '--schema', file), prisma('format', '--check', '--schema', file)])
        assert.equal(valid.code, 0, valid.text)
        assert.equal(formatted.code, 0, formatted.text)
      })
    }
  }

  test('and refuses what is wrong', async () => {
    const text = prismaFiles(fixtures).get('sqlite') as string
    const wrong = text.replace('references: [id]', 'references: [idd]')
    assert.notEqual(wrong, text)
    writeFileSync(join(folder, 'wrong.prisma'), wrong)
    assert.equal((await prisma('validate', '--schema', 'wrong.prisma')).code, 1)
  })
})

/** The lines of one model, without the width of its columns. */
function modelLines(text: string, name: string): string[] {
  const from = text.indexOf(`model ${name} {`)
  const lines = text.slice(from, text.indexOf('\n}', from)).split('\n')
  return lines.slice(1).flatMap((line) => (line.trim() === '' ? [] : [line.trim().replaceAll(/ +/g, ' ')]))
}

test('keys, uniques, indexes, references and their actions are those of the tables', () => {
  const files = prismaFiles(awkward)
  assert.deepEqual(modelLines(files.get('postgresql') as string, 'Link'), [
    '// CHECK (char_length("_tenant") <= 40)',
    'field_tenant String @map("_tenant") @db.Text',
    'left String @db.Text',
    'right String @db.Text',
    '// CHECK (char_length("code") <= 40)',
    'code String? @db.Text',
    `// CHECK ("amount" <> 'NaN'::numeric)`,
    'amount Decimal? @default(1.5000) @db.Decimal(30, 4)',
    'leftRow StringRow @relation("Link_left", fields: [left], references: [id], onDelete: Cascade, onUpdate: NoAction, map: "links_left_fkey")',
    'rightRow StringRow @relation("Link_right", fields: [right], references: [id], onDelete: NoAction, onUpdate: NoAction, map: "links_right_fkey")',
    'codeRow StringRow? @relation("Link_code", fields: [field_tenant, code], references: [field_tenant, code], onDelete: Cascade, onUpdate: Cascade, map: "links__tenant_code_fkey")',
    '@@id([left, right])',
    ...modelLines(files.get('postgresql') as string, 'Link').filter((line) => line.startsWith('@@index')),
    '@@map("links")',
  ])
  const only = modelLines(files.get('sqlite') as string, 'Only')
  assert.ok(
    only.includes('nextRow Only? @relation("Only_next", fields: [next], references: [id], onDelete: SetNull, onUpdate: NoAction)'),
    only.join('\n'),
  )
  assert.ok(only.includes('onlys Only? @relation("Only_next")'), 'at most one row has another one as its next')
  const named = modelLines(files.get('mysql') as string, 'StringRow')
  assert.ok(named.includes('@@unique([field_tenant, code__fold], map: "strings__tenant_code__fold_key")'), named.join('\n'))
  assert.ok(named.includes('@@index([note(length: 191)], map: "strings_note_idx")'))
  assert.ok(named.includes('code__fold String @db.VarChar(40)'))
})

test('a column type that Prisma has no word for is told, not guessed', () => {
  assert.deepEqual(nativeOf('postgresql', 'timestamp(3) with time zone', 'datetime'), { scalar: 'DateTime', attribute: '@db.Timestamptz(3)' })
  assert.deepEqual(nativeOf('postgresql', 'double precision', 'float'), { scalar: 'Float', attribute: '@db.DoublePrecision' })
  assert.deepEqual(nativeOf('mysql', 'varchar(50) CHARACTER SET utf8mb4', 'string'), { scalar: 'String', attribute: '@db.VarChar(50)' })
  // Without its zone it would be another moment.
  assert.throws(() => nativeOf('postgresql', 'timestamp(3)', 'datetime'), { code: 'INTERNAL_ERROR' })
  assert.throws(() => nativeOf('postgresql', 'money', 'decimal'), { code: 'INTERNAL_ERROR' })
})

/** As much of a generated client as is used below. */
interface Client {
  readonly [model: string]: { readonly [verb: string]: (args: object) => Promise<unknown> }
}

test('a client of the generated schema works on the tables of the generated DDL', async () => {
  const files = new Map(tableFiles(fixtures).map(({ path, text }) => [path, text]))
  const database = join(folder, 'tables.db')
  const db = new DatabaseSync(database)
  db.exec(files.get('ddl/sqlite.sql') as string)
  writeFileSync(
    join(folder, 'client.prisma'),
    (files.get('prisma/sqlite.prisma') as string).replace('"prisma-client"', '"prisma-client"\n  importFileExtension = "ts"'),
  )
  const generated = await prisma('generate', '--schema', 'client.prisma')
  assert.equal(generated.code, 0, generated.text)
  const { PrismaClient } = await import(pathToFileURL(join(folder, 'client-sqlite/client.ts')).href)
  const prismaClient = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${database}` }) })
  const client = prismaClient as Client
  try {
    const book = { id: 1, title: 'T', price: 150n, author: { create: { id: 7, name: 'A' } } }
    assert.deepEqual(await client['book']?.['create']?.({ data: book, include: { author: { include: { books: { select: { id: true } } } } } }), {
      ...{ id: 1, title: 'T', authorId: 7, pages: null, price: 150n, genre: 'novel', meta: {}, version: 1 },
      author: { id: 7, name: 'A', country: null, mentorId: null, books: [{ id: 1 }] },
    })
    // The same through the file itself: what Prisma wrote is in the form that DBAL reads.
    assert.deepEqual({ ...db.prepare('SELECT price, meta, genre FROM books').get() }, { price: 150, meta: '{}', genre: 'novel' })
    // The database guards the reference that the schema promises.
    await assert.rejects(async () => client['author']?.['delete']?.({ where: { id: 7 } }), { code: 'P2003' })
    await assert.rejects(async () => client['book']?.['create']?.({ data: { id: 2, title: 'T', genre: 'other' } }))
  } finally {
    await prismaClient.$disconnect()
    db.close()
  }
})
