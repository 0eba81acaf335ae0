/** Random small schemas with rows that fit them. In charge of what can be stored; must not know queries. */
import fc from 'fast-check'
import type { Field, Schema, Value } from '../../../src/schema/entity.ts'
import { type EntityGiven, type FieldGiven, makeEntity, makeSchema } from '../../support/make-schema.ts'
import { enumMembers, poolOf, someValueOf } from './random-values.ts'

/** Plain data: it can be written to a file and read again. */
export interface World {
  readonly entities: Readonly<Record<string, EntityGiven>>
  /** Values in the order of the fields. Some may offend constraints: then they are to be refused. */
  readonly rows: Readonly<Record<string, readonly (readonly Value[])[]>>
}

const schemas = new WeakMap<World['entities'], Schema>()

/** One object for one world: an adapter that was made ready for a schema knows its fields. */
export function schemaOf({ entities }: Pick<World, 'entities'>): Schema {
  const schema = schemas.get(entities) ?? makeSchema(Object.entries(entities).map(([name, given]) => makeEntity(name, given)))
  schemas.set(entities, schema)
  return schema
}

const decimals = [{ precision: 5, scale: 2 }, { precision: 18, scale: 4 }, { precision: 30, scale: 10 }, { precision: 38, scale: 0 }, {}] as const

const plainType: fc.Arbitrary<FieldGiven> = fc.oneof(
  fc
    .constantFrom(
      ...(['uuid', 'cuid', 'string', 'text', 'email', 'integer', 'bigint', 'float', 'boolean', 'datetime', 'date', 'json', 'bytes'] as const),
    )
    .map((type) => ({ type })),
  { weight: 3, arbitrary: fc.constantFrom('string', 'integer', 'json').map((type) => ({ type: type as Field['type'] })) },
  { weight: 2, arbitrary: fc.constantFrom(...decimals).map((digits) => ({ type: 'decimal' as const, ...digits })) },
  fc.constant({ type: 'enum', values: enumMembers }),
)

const indexed: ReadonlySet<string> = new Set(['string', 'integer', 'bigint', 'uuid', 'date', 'datetime', 'enum'])

const plainField: fc.Arbitrary<FieldGiven> = fc
  .record({ given: plainType, required: fc.boolean(), unique: fc.integer({ min: 0, max: 19 }) })
  .map(({ given, required, unique }) => {
    const exact = unique === 0 && given.type !== 'json' && given.type !== 'boolean'
    const folded = unique === 1 && (given.type === 'string' || given.type === 'email')
    // Statements may take another form where an index leads to rows.
    const index = unique >= 2 && unique < 10 && indexed.has(given.type as string)
    return { ...given, required, index, ...(exact ? { unique: 'exact' } : folded ? { unique: 'insensitive' } : {}) } as FieldGiven
  })

const keyType = fc.constantFrom('integer', 'uuid', 'string', 'bigint', 'date')
const onDelete = fc.constantFrom('cascade', 'restrict', 'set_null')

/** Where a reference may point: entities with a single key, by name. */
type Targets = Readonly<Record<string, Field['type']>>

function linkField(targets: Targets): fc.Arbitrary<FieldGiven> {
  return fc
    .record({ entity: fc.constantFrom(...Object.keys(targets)), onDelete, required: fc.boolean() })
    .map(({ entity, onDelete: action, required }) => ({
      type: targets[entity] as Field['type'],
      required: required && action !== 'set_null',
      foreignKey: { entity, field: 'id', onDelete: action },
    }))
}

function entityOf(name: string, targets: Targets): fc.Arbitrary<EntityGiven> {
  const reachable = { ...targets }
  return fc
    .record({
      key: keyType,
      composite: fc.integer({ min: 0, max: 4 }),
      plain: fc.array(plainField, { minLength: 3, maxLength: 7 }),
      self: fc.boolean(),
    })
    .chain(({ key, composite, plain, self }) => {
      const single = composite !== 0
      if (single && self) reachable[name] = key
      const links = Object.keys(reachable).length === 0 ? fc.constant([]) : fc.array(linkField(reachable), { maxLength: 2 })
      return links.map((linked) => {
        const fields: Record<string, FieldGiven> = { id: { type: key, primary: single, required: true } }
        if (!single) fields.part = { type: 'integer', required: true }
        for (const [i, field] of plain.entries()) fields[`${field.type}${i}`] = field
        // A row can refer to its own kind only where it need not.
        for (const [i, field] of linked.entries()) fields[`link${i}`] = field.foreignKey?.entity === name ? { ...field, required: false } : field
        return single ? { fields } : { fields, key: ['id', 'part'] }
      })
    })
}

function entitiesOf(count: number, made: Readonly<Record<string, EntityGiven>> = {}): fc.Arbitrary<Readonly<Record<string, EntityGiven>>> {
  const names = Object.keys(made)
  if (names.length === count) return fc.constant(made)
  const targets = Object.fromEntries(
    names.filter((name) => made[name]?.key === undefined).map((name) => [name, made[name]?.fields.id?.type as Field['type']]),
  )
  const name = `E${names.length}`
  return entityOf(name, targets).chain((entity) => entitiesOf(count, { ...made, [name]: entity }))
}

type Keys = Readonly<Record<string, readonly Value[]>>

/** The first fields of the rows of each entity; a composite key repeats its first part. */
function keysOf(entities: World['entities']): fc.Arbitrary<Keys> {
  return fc.record(
    Object.fromEntries(
      Object.entries(entities).map(([name, entity]) => {
        const pool = poolOf(entity.fields.id as FieldGiven)
        const id = fc.constantFrom(...pool)
        return [
          name,
          entity.key === undefined
            ? fc.uniqueArray(id, { minLength: Math.min(3, pool.length), maxLength: 8 })
            : fc.array(id, { minLength: 3, maxLength: 8 }),
        ]
      }),
    ),
  )
}

function rowsOf(entity: EntityGiven, keys: Keys, own: readonly Value[]): fc.Arbitrary<readonly (readonly Value[])[]> {
  return fc.tuple(
    ...own.map((key) =>
      fc.tuple(...Object.entries(entity.fields).map(([name, field]) => (name === 'id' ? fc.constant(key) : cellOf(name, field, keys)))),
    ),
  )
}

function cellOf(name: string, field: FieldGiven, keys: Keys): fc.Arbitrary<Value> {
  if (name === 'part') return someValueOf(field)
  const targets = field.foreignKey === undefined ? [] : (keys[field.foreignKey.entity] ?? [])
  // Now and then a reference that leads nowhere, which is to be refused.
  const value = targets.length === 0 ? someValueOf(field) : fc.oneof({ weight: 24, arbitrary: fc.constantFrom(...targets) }, someValueOf(field))
  return field.required === true ? value : fc.option(value, { nil: null, freq: 4 })
}

export const worlds: fc.Arbitrary<World> = fc
  .integer({ min: 2, max: 4 })
  .chain((count) => entitiesOf(count))
  .chain((entities) =>
    keysOf(entities).chain((keys) =>
      fc.tuple(...Object.entries(entities).map(([name, entity]) => rowsOf(entity, keys, keys[name] ?? []))).map((all) => ({
        entities,
        rows: Object.fromEntries(Object.keys(entities).map((name, i) => [name, all[i] ?? []])),
      })),
    ),
  )
