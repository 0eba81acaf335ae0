import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { entity, field, operation, schema, toMany, toOne } from '../../test/support/entities.ts'
import type { Entity } from '../schema/entity.ts'
import { parseSchema } from '../schema/parse.ts'
import { generateTypes } from './types.ts'

const root = join(import.meta.dirname, '../..')
// Inside the repository, where git does not look: the generated file names the base types by a relative path.
mkdirSync(join(root, '.tmp'), { recursive: true })
const folder = mkdtempSync(join(root, '.tmp/types-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** What the compiler says about the text of a generated file, whose own word that it is good is taken out first. */
async function compile(text: string, ...flags: string[]): Promise<string> {
  assert.match(text, /^\/\/ @ts-nocheck/)
  writeFileSync(join(folder, 'schema.ts'), text.slice(text.indexOf('\n') + 1))
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'ES2024',
    lib: ['ES2024', 'DOM'],
    types: [],
    module: 'NodeNext',
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['schema.ts'] }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    return (await promisify(execFile)(process.execPath, [tsc, '-p', folder, ...flags])).stdout
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error)
  }
}

const from = '../../src/client/types.ts'

/** A customary entity: twelve fields of all kinds, two relations, a domain operation. */
function ordinary(i: number, count: number): Entity {
  const next = `Entity${(i + 1) % count}`
  return entity(`Entity${i}`, {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('name', 'string', { unique: 'exact' }),
      field('email', 'email'),
      field('state', 'enum', { values: ['open', 'done', "it's"] }),
      field('amount', 'decimal', { precision: 12, scale: 2 }),
      field('count', 'integer', { default: 0 }),
      field('total', 'bigint'),
      field('ratio', 'float', { nullable: true, required: false }),
      field('active', 'boolean'),
      field('props', 'json', { default: {} }),
      field('nextId', 'uuid', { nullable: true, required: false, foreignKey: { entity: next, field: 'id', onDelete: 'set_null' } }),
      field('createdAt', 'datetime', { generated: true, immutable: true }),
    ],
    relations: [toOne('next', next, 'nextId'), toMany('previous', `Entity${(i + count - 1) % count}`, 'nextId')],
    operations: [{ ...operation('getByName', 'find_by'), by: ['name'], input: { required: ['name'], optional: [] } }],
  })
}

describe('generated types', () => {
  test('200 entities: no complaint and at most 10 000 instantiations', async (t) => {
    const text = generateTypes(schema(Array.from({ length: 200 }, (_, i) => ordinary(i, 200))), { from })
    const told = await compile(text, '--extendedDiagnostics')
    assert.doesNotMatch(told, /error TS/, told.slice(0, 2000))
    const instantiations = Number(/Instantiations:\s+(\d+)/.exec(told)?.[1])
    t.diagnostic(`instantiations ${instantiations}, check ${/Check time:\s+(\S+)/.exec(told)?.[1]}`)
    assert.ok(instantiations <= 10_000, `${instantiations} instantiations`)
  })

  test('hostile descriptions, enum values and names of entities stay inside their places', async () => {
    const hostile = entity('Promise', {
      fields: [
        field('id', 'uuid', { primary: true, generated: true, description: '*/ export const evil = 1 /*' }),
        field('kind', 'enum', { values: ["a'b", 'c\\', 'd"e', 'new\nline', '${x}', '\u2028'] }),
        field('class', 'string'),
        field('delete', 'integer'),
      ],
      operations: [{ ...operation('import', 'list_by'), by: ['class'], input: { required: ['class', 'delete'], optional: ['limit'] } }],
      more: { description: 'line\n*/ break', plural: 'promises' },
    })
    const other = entity('PromiseWhere', {
      fields: [field('a', 'uuid', { primary: true }), field('b', 'integer', { primary: true })],
      more: { plural: 'wheres' },
    })
    const hidden = entity('DbalReply', { fields: [field('id', 'uuid', { primary: true })], more: { internal: true } })
    const text = generateTypes(schema([hostile, other, hidden]), { from })
    assert.equal(await compile(text), '')
    assert.doesNotMatch(text, /export const evil = 1 \*\//)
    assert.match(text, /readonly Promise: Promise_Operations/)
    assert.doesNotMatch(text, /DbalReply/)
    assert.match(text, /Key = \{ a: string; b: number \}/)
  })

  test('what is hidden, kept, generated or preset is not asked of callers', () => {
    const text = generateTypes(
      schema([
        entity('Note', {
          fields: [
            field('id', 'uuid', { primary: true, generated: true }),
            field('ownerId', 'uuid'),
            field('secret', 'string', { neverExposed: true }),
            field('slug', 'string', { immutable: true }),
            field('version', 'integer', { kept: 'version' }),
            field('tenantId', 'string', { kept: 'tenant' }),
            field('title', 'string'),
          ],
          acl: 'create: { user: true, presets: { ownerId: "$user.id" } }',
        }),
      ]),
    )
    const of = (name: string): string => new RegExp(`export interface ${name} [^{]*\\{\\n([^}]*)\\}`).exec(text)?.[1] ?? ''
    assert.equal(of('NoteCreate'), '  ownerId?: string\n  secret: string\n  slug: string\n  title: string\n')
    assert.equal(of('NoteUpdate'), '  ownerId?: string\n  secret?: string\n  title?: string\n')
    assert.doesNotMatch(of('Note') + of('NoteWhere') + of('NoteSort'), /secret/)
    assert.match(of('Note'), /version: number/)
  })

  test('equal schemas give equal texts, whatever the order of their entities', () => {
    const [a, b] = [ordinary(0, 2), ordinary(1, 2)]
    assert.equal(generateTypes(schema([a, b])), generateTypes(schema([b, a])))
  })

  test('src/generated/schema.ts is what the shipped schema gives', () => {
    const shipped = join(root, 'api/schema')
    const files = readdirSync(shipped, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(entities|operations)\/.*\.yaml$/.test(path) || path === 'roles.yaml')
      .sort()
      .map((path) => ({ path, text: readFileSync(join(shipped, path), 'utf8') }))
    assert.equal(generateTypes(parseSchema(files), { from: '../client/types.ts' }), readFileSync(join(root, 'src/generated/schema.ts'), 'utf8'))
  })
})
