import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { readShipped } from '../config/schema-files.ts'
import { jsonSchemas } from './json-schema.ts'

type Node = { [key: string]: unknown }

/** The little of JSON Schema that the generator uses. */
function valid(schema: Node, value: unknown): boolean {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((option) => valid(option as Node, value))
  if (Array.isArray(schema.enum)) return schema.enum.includes(value)
  const types = ([] as unknown[]).concat(schema.type ?? [])
  if (types.length > 0 && !types.includes(typeOf(value)) && !(types.includes('number') && typeOf(value) === 'integer')) return false
  if (typeof value === 'string' && typeof schema.pattern === 'string' && !new RegExp(schema.pattern).test(value)) return false
  if (typeof value === 'number' && ((schema.minimum as number) > value || (schema.maximum as number) < value)) return false
  if (Array.isArray(value)) return value.every((item) => valid((schema.items ?? {}) as Node, item))
  if (typeof value !== 'object' || value === null) return true
  const known = (schema.properties ?? {}) as Record<string, Node>
  if (((schema.required ?? []) as string[]).some((name) => !Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, member]) => {
    if (Object.hasOwn(known, name)) return valid(known[name]!, member)
    return schema.additionalProperties !== false && valid((schema.additionalProperties ?? {}) as Node, member)
  })
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value === null) return 'null'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const schemas = new Map(jsonSchemas().map((file) => [file.path.split('.')[0]!, JSON.parse(file.text) as Node]))

test('there is a schema for each kind of file', () => {
  assert.deepEqual([...schemas.keys()], ['entity', 'operations', 'roles', 'errors', 'capabilities', 'policy-test', 'rules'])
})

for (const file of [...readShipped().files, ...readShipped().internal]) {
  test(`${file.path} fits its JSON Schema`, () => {
    const base = file.path.split('/').at(-1)!
    const kind = base.endsWith('.policy.test.yaml')
      ? 'policy-test'
      : base.endsWith('.ops.yaml')
        ? 'operations'
        : schemas.has(base.replace('.yaml', ''))
          ? base.replace('.yaml', '')
          : 'entity'
    for (const document of parseAllDocuments(file.text)) assert.ok(valid(schemas.get(kind)!, document.toJS()))
  })
}

test('what the parser refuses, the JSON Schema refuses', () => {
  const entity = schemas.get('entity')!
  const good = { entity: 'Note', fields: { id: { type: 'uuid', primary: true } } }
  assert.ok(valid(entity, good))
  assert.ok(!valid(entity, { ...good, tabel: 'x' }))
  assert.ok(!valid(entity, { entity: 'note', fields: {} }))
  assert.ok(!valid(entity, { entity: 'Note', fields: { id: { type: 'uid' } } }))
  assert.ok(!valid(entity, { fields: {} }))
})
