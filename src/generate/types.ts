/**
 * A schema as TypeScript text: flat named interfaces that editors show as they are. Pure; must not know files or the engine.
 *
 * Rows: without `select` a call answers all fields; with a literal `select`, exactly those (`UserPick`). Relations are optional members
 * of every row, present where `include` asked for them. Types tell what the schema allows; which of it a role may do, the door decides,
 * so a field that the caller may not read is missing from the answer in spite of its type.
 */
import type { Schema } from '../schema/entity.ts'
import { entityText } from './types/entity.ts'
import { propertyName, quoted } from './types/field.ts'
import { exposed, typeNames } from './types/names.ts'
import { operationsText } from './types/operation.ts'

export interface TypesOptions {
  /** Module that the base types come from. */
  readonly from?: string
}

export function generateTypes(schema: Schema, { from = '@metabuilder/dbal/client' }: TypesOptions = {}): string {
  const entities = exposed(schema)
  const names = typeNames(schema)
  const many = new Set(
    entities.flatMap((entity) => [...entity.relations.values()].filter((relation) => relation.kind === 'many').map((relation) => relation.target)),
  )
  const bodies = entities.map((entity) => {
    const naming = { entity, base: names.get(entity.name) as string, names, many }
    return entityText(naming) + operationsText(naming)
  })
  const lines = (of: (entity: (typeof entities)[number]) => string): string => entities.map((entity) => `  ${of(entity)}\n`).join('')
  return `// @ts-nocheck: DBAL checks this text when it generates it; what uses it is checked as ever. 200 entities take a compiler half a second otherwise.
/** Types of the schema, written by \`dbal generate\`; do not edit. */
import type * as dbal from ${quoted(from)}

${bodies.join('')}/** Entities by the client's property. */
export interface SchemaProperties {
${lines((entity) => `readonly ${propertyName(entity.plural)}: ${names.get(entity.name)}Operations`)}}

/** Entities by name. */
export interface SchemaEntities {
${lines((entity) => `readonly ${propertyName(entity.name)}: ${names.get(entity.name)}Operations`)}}

/** The whole: \`new DBALClient<Schema>({…, entities})\`. */
export interface Schema {
  readonly properties: SchemaProperties
  readonly entities: SchemaEntities
}

/** The client's properties and the entities that they stand for. */
export const entities = {
${lines((entity) => `${propertyName(entity.plural)}: ${quoted(entity.name)},`)}} as const
`
}
