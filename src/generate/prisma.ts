/**
 * A schema as a `schema.prisma`, for a client that reads the tables that DBAL makes.
 * Pure: in charge of the file's text; where it goes is the command's business.
 */
import type { Dialect } from '../adapters/sql/dialect.ts'
import { type IndexModel, modelOf } from '../adapters/sql/model/ddl.ts'
import type { Entity, Schema } from '../schema/entity.ts'
import { blocksOf, marked } from './prisma/keys.ts'
import { type Member, membersOf, quoted } from './prisma/member.ts'
import { modelName } from './prisma/names.ts'
import type { Provider } from './prisma/native.ts'
import { relationsOf } from './prisma/relation.ts'

export type { Provider } from './prisma/native.ts'

/** Models of all tables that `dialect` makes of the schema. */
export function prismaSchema(schema: Schema, provider: Provider, dialect: Dialect): string {
  const entities = [...schema.entities.values()]
  const physical = modelOf(schema, dialect)
  const columns = new Map(
    entities.map((entity) => [entity.name, [...entity.fields.values()].flatMap((field) => membersOf(entity, field, provider, dialect))]),
  )
  const used = new Map([...columns].map(([name, members]) => [name, new Set(members.map((member) => member.name))]))
  const relations = relationsOf(schema, physical, provider, used)
  const models = entities.map((entity) => {
    const own = columns.get(entity.name) as readonly Member[]
    const indexes = physical.indexes.filter((index) => index.entity === entity.name)
    return modelText(entity, own, relations.get(entity.name) as readonly Member[], indexes, provider)
  })
  return [head(provider, collationsOf(entities, dialect)), ...models].join('\n')
}

/** How texts compare, which Prisma's language has no word for. */
function collationsOf(entities: readonly Entity[], dialect: Dialect): string[] {
  const columns = entities.flatMap((entity) => [...entity.fields.values()].map((field) => dialect.codec(field).column))
  return [...new Set(columns.flatMap((column) => /\bCOLLATE\s+(\S+)/i.exec(column)?.[1] ?? []))].sort()
}

function head(provider: Provider, collations: readonly string[]): string {
  const compared = collations.length === 0 ? '' : `\n// Texts compare by code point: their columns are COLLATE ${collations.join(' or ')}.`
  return `// Models of the schema for Prisma, written by \`dbal generate\`. DBAL makes and changes the tables; never \`prisma db push\` or \`prisma migrate\` them.
// Values of @default are given by Prisma's client. Rows written past DBAL pass no access rule and no validation.${compared}

generator client {
  provider = "prisma-client"
  output   = "./client-${provider}"
}

datasource db {
  provider = "${provider}"
}
`
}

function modelText(
  entity: Entity,
  members: readonly Member[],
  relations: readonly Member[],
  indexes: readonly IndexModel[],
  provider: Provider,
): string {
  const blocks = [...blocksOf(entity, members, indexes), ...(entity.table === modelName(entity) ? [] : [`@@map(${quoted(entity.table)})`])]
  const comments = [
    ...(entity.description === undefined ? [] : [`/// ${entity.description.trim().replaceAll(/[\r\n\u2028\u2029]+/g, ' ')}`]),
    ...(entity.internal ? ['// Of the engine itself; leave it alone.'] : []),
    ...(provider === 'sqlite' ? ['// A STRICT table.'] : []),
  ]
  const lines = [
    ...aligned(marked(members, indexes)),
    ...(relations.length === 0 ? [] : ['', ...aligned(relations)]),
    '',
    ...blocks.map((block) => `  ${block}`),
  ]
  return `${comments.map((line) => `${line}\n`).join('')}model ${modelName(entity)} {\n${lines.join('\n')}\n}\n`
}

/** Names and types in columns, as Prisma's own formatter sets them. */
function aligned(members: readonly Member[]): string[] {
  const width = (of: (member: Member) => string): number => Math.max(0, ...members.map((member) => of(member).length))
  const name = width((member) => member.name)
  const type = width((member) => member.type)
  return members.flatMap((member) => [
    ...member.comments.map((line) => `  ${line}`),
    `  ${member.name.padEnd(name)} ${member.type.padEnd(type)} ${member.attributes.join(' ')}`.trimEnd(),
  ])
}
