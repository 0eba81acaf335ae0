/**
 * JSON Schemas of the YAML files, made from the same grammar tables that the parser uses, so that editors complete and check them alike.
 * Pure; must not know where the texts go.
 */
import { capabilitiesShape } from '../schema/document/capabilities.ts'
import { entityShape } from '../schema/document/entity.ts'
import { errorsShape } from '../schema/document/errors.ts'
import { operationsShape } from '../schema/document/operations.ts'
import { policyTestShape } from '../schema/document/policy-test.ts'
import { rolesShape } from '../schema/document/roles.ts'
import { aclShape, rulesShape } from '../schema/document/rules.ts'
import type { Shape } from '../schema/document/shape.ts'

export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

type JsonSchema = { readonly [key: string]: unknown }

/** One file for each kind of YAML document: `entity.schema.json`, `operations.schema.json`, … */
export function jsonSchemas(): GeneratedFile[] {
  const entity =
    entityShape.is === 'record'
      ? { ...entityShape, members: { ...entityShape.members, acl: { ...entityShape.members.acl!, shape: aclShape } } }
      : entityShape
  const kinds: readonly (readonly [string, string, Shape])[] = [
    ['entity', 'An entity of a DBAL schema', entity],
    ['operations', 'Operations of an entity of a DBAL schema', operationsShape],
    ['roles', 'The role ladder of a DBAL schema', rolesShape],
    ['errors', 'The errors of DBAL', errorsShape],
    ['capabilities', 'What the adapters of DBAL can do', capabilitiesShape],
    ['policy-test', 'Policy tests of a DBAL schema', policyTestShape],
    ['rules', 'Access rules of a DBAL schema', rulesShape],
  ]
  return kinds.map(([kind, title, shape]) => ({
    path: `${kind}.schema.json`,
    text: `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title, ...schemaOf(shape) }, null, 2)}\n`,
  }))
}

function schemaOf(shape: Shape): JsonSchema {
  switch (shape.is) {
    case 'any':
      return {}
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'text':
      return {
        type: shape.digits === true ? ['string', 'number'] : 'string',
        ...(shape.name === undefined ? {} : { pattern: shape.name.pattern.source }),
      }
    case 'word':
      return { enum: shape.of }
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) }
    case 'map':
      return { type: 'object', propertyNames: { pattern: shape.names.pattern.source }, additionalProperties: schemaOf(shape.of) }
    case 'either':
      return { anyOf: shape.of.map(schemaOf) }
    case 'record':
      return recordOf(shape)
  }
}

function recordOf(shape: Extract<Shape, { is: 'record' }>): JsonSchema {
  const members = Object.entries(shape.members)
  const required = members.filter(([, member]) => member.required === true).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(([name, member]) => [name, { description: member.doc, ...schemaOf(member.shape) }])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: shape.rest === undefined ? false : schemaOf(shape.rest),
  }
}
