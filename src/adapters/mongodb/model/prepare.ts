/**
 * Brings a database to the schema: collections, validators, indexes. Additive, or refused before anything is changed.
 * In charge of what exists already; must not know queries.
 */
import type { Db, Document } from 'mongodb'
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import { fieldOf } from '../compile/scope.ts'
import { translate } from '../run/failure.ts'
import { membersFor } from '../write/rows.ts'
import { type CollectionEntry, type IndexEntry, type IndexPlan, indexPlan, metaName } from './plan.ts'

interface Step {
  /** For complaints if it fails. */
  readonly entity: string
  readonly fields: readonly string[]
  run(db: Db): Promise<unknown>
}

export async function prepareSchema(db: Db, schema: Schema, mode: 'apply' | 'check'): Promise<void> {
  const wanted = indexPlan(schema)
  try {
    const meta = db.collection<{ _id: string; plan?: string; schemaVersion?: string }>(metaName)
    const stored = await meta.findOne({ _id: 'model' })
    const old: IndexPlan = stored?.plan === undefined ? { collections: [] } : (JSON.parse(stored.plan) as IndexPlan)
    if (stored === null) await refuseForeign(db, wanted)
    const steps = await stepsFrom(db, schema, old, wanted)
    if (mode === 'check') {
      if (steps.length > 0) throw behind(steps.length)
      return
    }
    for (const step of steps) await apply(db, step)
    const plan = JSON.stringify(wanted)
    if (plan === stored?.plan && stored.schemaVersion === schema.version) return
    await meta.updateOne({ _id: 'model' }, { $set: { plan, schemaVersion: schema.version } }, { upsert: true, writeConcern: { w: 'majority' } })
  } catch (error) {
    throw translate(error)
  }
}

function behind(changes: number): DBALError {
  const hint = `The database is behind the schema by ${changes} ${changes === 1 ? 'change' : 'changes'}. Run dbal migrate apply, or set database.auto_migrate: true`
  return new DBALError('DATABASE_ERROR', { hint })
}

function refuse(what: string): never {
  throw new DBALError('DATABASE_ERROR', { hint: `${what}. This change is not additive: run \`dbal migrate plan\`, or start with a new database.` })
}

/** Collections of someone else are never taken over: nobody knows what they promise. */
async function refuseForeign(db: Db, wanted: IndexPlan): Promise<void> {
  const existing = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name))
  const taken = wanted.collections.find((collection) => existing.has(collection.name))
  if (taken === undefined) return
  const hint = `The database has a collection ${taken.name} that was not made by DBAL; use another database, or another table name for ${taken.entity}`
  throw new DBALError('DATABASE_ERROR', { hint })
}

/** DATABASE_ERROR with a hint where a change would touch what is stored. */
async function stepsFrom(db: Db, schema: Schema, old: IndexPlan, wanted: IndexPlan): Promise<readonly Step[]> {
  const steps: Step[] = []
  for (const collection of wanted.collections) {
    const entity = schema.entities.get(collection.entity) as Entity
    const existing = old.collections.find(({ name }) => name === collection.name)
    if (existing === undefined) steps.push(created(collection))
    else steps.push(...(await memberSteps(db, entity, existing, collection)))
    steps.push(...indexSteps(existing, collection))
  }
  for (const { name, entity } of old.collections) {
    if (!wanted.collections.some((other) => other.name === name)) refuse(`Entity ${entity} is no longer in the schema but its collection exists`)
  }
  return steps
}

function created({ name, entity, validator }: CollectionEntry): Step {
  return { entity, fields: [], run: (db) => createOrKeep(db, name, validator) }
}

/** Another process that starts at the same time may have been faster; the validator is the same. */
async function createOrKeep(db: Db, name: string, validator: Document): Promise<void> {
  const namespaceExists = 48
  await db.createCollection(name, { validator, validationLevel: 'strict', validationAction: 'error' }).catch((error: { readonly code?: number }) => {
    if (error.code !== namespaceExists) throw error
  })
}

async function memberSteps(db: Db, entity: Entity, old: CollectionEntry, wanted: CollectionEntry): Promise<readonly Step[]> {
  for (const [member, { field, holds, required }] of Object.entries(old.members)) {
    const now = wanted.members[member]
    if (now === undefined) refuse(`Field ${entity.name}.${field} is no longer in the schema but its member exists`)
    if (now.holds !== holds || (now.required && !required)) refuse(`Field ${entity.name}.${field} differs from its member (type or nullability)`)
  }
  const steps: Step[] = []
  for (const [member, { field: name }] of Object.entries(wanted.members)) {
    if (old.members[member] !== undefined) continue
    const field = fieldOf(entity, name)
    const filled = await fill(db, entity, field)
    if (filled !== undefined) steps.push(filled)
  }
  if (JSON.stringify(old.validator) === JSON.stringify(wanted.validator)) return steps
  const change = { collMod: wanted.name, validator: wanted.validator, validationLevel: 'strict', validationAction: 'error' }
  return [...steps, { entity: entity.name, fields: [], run: (live) => live.command(change) }]
}

/** Gives existing rows the default of a new field; null is a member that is not there. */
async function fill(db: Db, entity: Entity, field: Field): Promise<Step | undefined> {
  const given = field.default
  if (given === undefined || given === null || given === 'now') {
    if (field.nullable) return undefined
    if ((await db.collection(entity.table).findOne({}, { projection: { _id: 1 } })) === null) return undefined
    return refuse(`Field ${entity.name}.${field.name} is new and has no value for existing rows: make it nullable or give it a constant default`)
  }
  const members = membersFor(field, given)
  const filter = { [field.column]: { $exists: false } }
  const options = { bypassDocumentValidation: true, writeConcern: { w: 'majority' as const } }
  return { entity: entity.name, fields: [field.name], run: (live) => live.collection(entity.table).updateMany(filter, { $set: members }, options) }
}

function indexSteps(old: CollectionEntry | undefined, wanted: CollectionEntry): Step[] {
  const text = (index: IndexEntry): string => JSON.stringify(index)
  const fields = ({ key }: IndexEntry): string[] => Object.keys(key).map((member) => wanted.members[member]?.field ?? member.replace(/__fold$/, ''))
  const steps: Step[] = []
  for (const index of old?.indexes ?? []) {
    if (wanted.indexes.some((other) => text(other) === text(index))) continue
    if (index.unique === true) refuse(`The unique fields ${fields(index).join(', ')} of ${wanted.entity} are no longer unique in the schema`)
    steps.push({ entity: wanted.entity, fields: fields(index), run: (db) => db.collection(wanted.name).dropIndex(index.name) })
  }
  const known = new Set((old?.indexes ?? []).map(text))
  for (const index of wanted.indexes) {
    if (known.has(text(index))) continue
    const { key, ...options } = index
    steps.push({ entity: wanted.entity, fields: fields(index), run: (db) => db.collection(wanted.name).createIndex(key, options as Document) })
  }
  return steps
}

async function apply(db: Db, step: Step): Promise<void> {
  try {
    await step.run(db)
  } catch (error) {
    if ((error as { readonly code?: number }).code !== 11000) throw error
    const hint = `Rows of ${step.entity} do not fit the schema (${step.fields.join(', ')}): values that are to be unique are there twice; change the rows first`
    throw new DBALError('DATABASE_ERROR', { hint }, { cause: error })
  }
}
