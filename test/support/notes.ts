/** The notes of the tests of rules: their entities, and rules as short lines. */

import type { Policy, Rule } from '../../src/policy/policy.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { printOperand, printPredicate } from '../../src/query/print.ts'
import type { Entity, Schema } from '../../src/schema/entity.ts'
import { entity, field, operation, schema, toOne } from './entities.ts'

export const noteFields = [
  field('id', 'uuid', { primary: true, generated: true }),
  field('ownerId', 'uuid'),
  field('title', 'string'),
  field('level', 'integer'),
  field('secret', 'string', { neverExposed: true }),
  field('code', 'string', { immutable: true }),
  field('createdAt', 'datetime', { generated: true }),
  field('updatedAt', 'datetime', { autoUpdate: true }),
  field('price', 'decimal', { precision: 8, scale: 2, nullable: true }),
  field('version', 'integer', { kept: 'version' }),
]
export const user = entity('User', {
  fields: [field('id', 'uuid', { primary: true }), field('username', 'string'), field('team', 'string')],
  more: { owner: 'id' },
})

export function note(acl?: string, more: Partial<Entity> = {}): Entity {
  const operations = [
    operation('getByCode', 'find_by'),
    operation('listByLevel', 'list_by'),
    operation('getTree', 'tree'),
    operation('setLevel', 'update_by'),
    operation('arrange', 'reorder'),
  ]
  return entity('Note', {
    fields: noteFields,
    operations,
    relations: [toOne('owner', 'User', 'ownerId')],
    ...(acl === undefined ? {} : { acl }),
    more: { owner: 'ownerId', ...more },
  })
}

const tenanted = entity('Doc', {
  fields: [field('id', 'uuid', { primary: true }), field('tenantId', 'string', { kept: 'tenant' })],
  more: { tenant: 'tenantId' },
})
export const world = (acl?: string, more: Partial<Entity> = {}): Schema => schema([user, note(acl, more), tenanted])
export const policy = (acl: string, more: Partial<Entity> = {}): Policy => loadPolicy(world(acl, more))
export const filed = (text: string, acl?: string): Policy => loadPolicy(world(acl), { path: 'rules.yaml', text })

/** A rule on one line, without its id. */
export function line(rule: Rule): string {
  const set = (names: ReadonlySet<string> | undefined) => (names === undefined ? '' : `[${[...names].join(' ')}]`)
  return [
    rule.effect,
    [...rule.operations].join('+'),
    `for ${[...rule.roles].join(' ')}`,
    `where ${printPredicate(rule.rows)}`,
    rule.check === rule.rows ? '' : `check ${printPredicate(rule.check)}`,
    rule.readable === undefined ? '' : `reads ${set(rule.readable)}`,
    rule.writable === undefined ? '' : `writes ${set(rule.writable)}`,
    rule.presets.size === 0 ? '' : `presets ${[...rule.presets].map(([name, value]) => `${name}=${printOperand(value)}`).join(' ')}`,
    rule.reason ?? '',
    rule.acrossTenants ? 'across tenants' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}
