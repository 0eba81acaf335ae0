/** References as the relations of Prisma models, both ends named. In charge of their members; must not know columns' types. */
import type { Model } from '../../adapters/sql/model/ddl.ts'
import { type Reference, referenceOf } from '../../adapters/sql/model/references.ts'
import { fieldOf } from '../../adapters/sql/scope.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import { type Member, quoted } from './member.ts'
import { endsOf, memberName, modelName } from './names.ts'
import type { Provider } from './native.ts'

/** Members of relations by the entity whose model has them. `used` holds the other members' names and is added to. */
export function relationsOf(
  schema: Schema,
  model: Model,
  provider: Provider,
  used: ReadonlyMap<string, Set<string>>,
): ReadonlyMap<string, readonly Member[]> {
  const found = new Map<string, Member[]>([...schema.entities.keys()].map((name) => [name, []]))
  const add = (entity: Entity, member: Member): unknown => found.get(entity.name)?.push(member)
  for (const entity of schema.entities.values()) {
    for (const field of entity.fields.values()) {
      const reference = referenceOf(schema, entity, field)
      if (reference === undefined) continue
      const { relation, here, there } = endsOf(entity, reference, used)
      add(entity, { comments: [], name: here, ...belongs(entity, reference, relation, mapOf(entity, reference, model, provider)), column: '' })
      const type = `${modelName(entity)}${isUnique(entity, reference, model) ? '?' : '[]'}`
      add(reference.target, { comments: [], name: there, type, attributes: [`@relation("${relation}")`], column: '' })
    }
  }
  return found
}

/** The database's own words: without a clause, a row that is referred to cannot go. */
const actions = { cascade: 'Cascade', set_null: 'SetNull', restrict: 'NoAction' } as const

/** Name of the constraint in the database. Those of SQLite have none for Prisma. */
function mapOf(entity: Entity, { field }: Reference, { tables }: Model, provider: Provider): string {
  const reference = tables.find(({ name }) => name === entity.table)?.references.find((one) => one.field === field.name)
  return provider === 'sqlite' || reference === undefined ? '' : `, map: ${quoted(reference.name)}`
}

function belongs(entity: Entity, reference: Reference, relation: string, map: string): Pick<Member, 'type' | 'attributes'> {
  const { fields, target, targetFields, onDelete, onUpdate } = reference
  const optional = fields.some((name) => fieldOf(entity, name).nullable)
  const list = (names: readonly string[]): string => names.map(memberName).join(', ')
  const attribute = `@relation("${relation}", fields: [${list(fields)}], references: [${list(targetFields)}], onDelete: ${actions[onDelete]}, onUpdate: ${actions[onUpdate]}${map})`
  return { type: `${modelName(target)}${optional ? '?' : ''}`, attributes: [attribute] }
}

/** At most one row refers to each row of the target. */
function isUnique(entity: Entity, { fields }: Reference, { indexes }: Model): boolean {
  const columns = fields.map((name) => fieldOf(entity, name).column)
  const covers = (unique: readonly string[]): boolean => unique.length === columns.length && unique.every((column) => columns.includes(column))
  if (covers(entity.key.map((name) => fieldOf(entity, name).column))) return true
  return indexes.some((index) => index.entity === entity.name && index.unique && covers(index.columns))
}
