/** Random rules, rows, callers and calls of one schema, for explanations to be held against. In charge of their variety; must not judge. */
import type { Value } from '../../../src/schema/entity.ts'
import { type Lab, system } from '../../support/lab.ts'
import type { Chance } from './chance.ts'

const leaves = [
  'ownerId = $user.id',
  "state = 'open'",
  "state IN ('open', 'held')",
  "state NOT IN ('shut')",
  'level > 1',
  'level <= $user.level',
  'level IS NULL',
  'level IS NOT NULL',
  'level(rank) < $user.level',
  'team.open = true',
  'team.leadId = $user.id',
  'team.lead.grade > 1',
  'team.lead.team.open = true',
  'teamId IN (SELECT id FROM Team WHERE open = true)',
  'teamId IN (SELECT id FROM Team WHERE leadId = $user.id AND NOT open = false)',
  'teamId NOT IN (SELECT id FROM Team WHERE open = true)',
  'ownerId IN (SELECT leadId FROM Team WHERE open = true OR leadId IN (SELECT ownerId FROM Note WHERE level > 1))',
  "title != 'b'",
  "tags.colour = 'red'",
  'seenAt < $context.now',
  "$user.username = 'ada'",
]

function condition(depth: number, { below, pick }: Chance): string {
  if (depth === 0 || below(4) === 0) return below(6) === 0 ? `NOT ${pick(leaves)}` : pick(leaves)
  const parts = Array.from({ length: 2 + below(2) }, () => condition(depth - 1, { below, pick } as Chance))
  const joined = `(${parts.join(pick([' AND ', ' OR ']))})`
  return below(4) === 0 ? `NOT ${joined}` : joined
}

const fields = ['title', 'level', 'state', 'ownerId', 'teamId', 'rank', 'tags', 'seenAt']
const operations = [
  '[read]',
  '[list]',
  '[read, update]',
  '[update]',
  '[create]',
  '[create, update]',
  '[delete, read]',
  '[delete]',
  '[read, create, update, delete]',
]

function ruleText(id: string, tenants: boolean, chance: Chance): string {
  const { below, pick, some } = chance
  const deny = below(3) === 0
  const across = tenants && !deny && below(4) === 0
  const named = pick(operations)
  const fills = /create|update/.test(named)
  const parts = [`id: ${id}`, `role: ${across ? '[god]' : pick(['[user]', '[user, god]', '[god]'])}`, `operations: ${named}`]
  if (below(8) > 0) parts.push(`row_level_filter: "${condition(3, chance)}"`)
  if (deny) return `    - { ${[...parts, 'effect: deny'].join(', ')} }`
  if (across) parts.push('across_tenants: true')
  if (fills && below(3) === 0) parts.push(`check: "${condition(2, chance)}"`)
  if (/read|list/.test(named) && below(3) === 0) parts.push(`readable_fields: [id, ${pick(fields)}]`)
  const preset = fills && below(4) === 0 ? pick(['ownerId: $user.id', 'level: 1', 'state: open']) : undefined
  if (preset !== undefined) parts.push(`presets: { ${preset} }`)
  if (fills && below(3) === 0)
    parts.push(`writable_fields: [${['title', ...(named.includes('create') ? ['id'] : []), ...some(fields.slice(1))].join(', ')}]`)
  return `    - { ${parts.join(', ')} }`
}

export function schemaText(chance: Chance): string {
  const { below } = chance
  const tenants = below(3) === 0
  const rules = Array.from({ length: 2 + below(6) }, (_, i) => ruleText(`r${i}`, tenants, chance))
  return `
entity: Team${below(2) === 0 ? '\nsoft_delete: goneAt' : ''}
fields:
  id: { type: string, primary: true }
  open: { type: boolean, required: true }
  leadId: { type: string, nullable: true, foreign_key: { entity: Lead, field: id } }
  goneAt: { type: datetime, nullable: true }
acl:
  read: { public: true }
---
entity: Lead
fields:
  id: { type: string, primary: true }
  grade: { type: integer, nullable: true }
  teamId: { type: string, nullable: true, foreign_key: { entity: Team, field: id } }
acl:
  read: { public: true }
---
entity: Note${tenants ? '\ntenant: true' : ''}${below(3) === 0 ? '\nsoft_delete: goneAt' : ''}
fields:
  id: { type: string, primary: true }
  title: { type: string, required: true }
  ownerId: { type: string, optional: true, default: u0 }
  level: { type: integer, nullable: true }
  state: { type: enum, values: [open, held, shut], required: true }
  rank: { type: enum, values: [user, admin, god], nullable: true }
  tags: { type: json, nullable: true }
  seenAt: { type: datetime, nullable: true }
  goneAt: { type: datetime, nullable: true }
  teamId: { type: string, nullable: true, foreign_key: { entity: Team, field: id } }
acl:
  rules:
${rules.join('\n')}
`
}

const values = ({ pick }: Chance): Record<string, Value> => ({
  title: pick(['a', 'b']),
  ownerId: pick(['u0', 'u1']),
  level: pick([null, 1, 2, 9]),
  state: pick(['open', 'held', 'shut']),
  rank: pick([null, 'user', 'admin', 'god']),
  tags: pick<Value>([null, { colour: 'red' }, { colour: 'blue' }, {}]),
  seenAt: pick([null, '2020-01-01T00:00:00.000Z', '2090-01-01T00:00:00.000Z']),
  teamId: pick([null, 't0', 't1', 't2']),
})

export async function fill({ call, engine }: Lab, chance: Chance): Promise<void> {
  const { pick, below } = chance
  const tenants = engine.world().schema.entities.get('Note')?.tenant !== undefined
  const made = async (...asked: [string, ...unknown[]]) => {
    const result = await call(system, ...asked)
    if (typeof result === 'object' && result !== null && 'code' in result) throw new Error(`${JSON.stringify(asked)}: ${JSON.stringify(result)}`)
  }
  await made('create', 'Lead', { id: 'l0', grade: pick([null, 1, 2]) })
  for (let i = 0; i < 3; i++) await made('create', 'Team', { id: `t${i}`, open: below(2) === 0, leadId: pick([null, 'l0']) })
  await made('update', 'Lead', 'l0', { teamId: pick([null, 't0', 't1']) })
  for (let i = 0; i < 5; i++)
    await made('create', 'Note', { id: `n${i}`, ...values(chance), ...(tenants ? { tenantId: pick(['red', 'red', 'blue']) } : {}) })
  // Rules look at no row that has been deleted.
  if (engine.world().schema.entities.get('Team')?.softDelete !== undefined) await made('delete', 'Team', 't2')
  if (engine.world().schema.entities.get('Note')?.softDelete !== undefined) await made('delete', 'Note', 'n4')
}

export interface Asked {
  readonly method: string
  readonly params: readonly Value[]
  readonly as: { readonly [name: string]: Value }
  /** Of a list: the row that is asked about. */
  readonly row?: string
}

export function callOf(chance: Chance): Asked {
  const { below, pick, some } = chance
  const as = {
    id: pick(['u0', 'u1']),
    role: pick(['user', 'user', 'god']),
    ...(below(2) === 0 ? {} : { username: pick(['ada', 'bob']) }),
    ...(below(5) === 0 ? {} : { tenantId: pick(['red', 'red', 'blue']) }),
  }
  const id = pick(['n0', 'n1', 'n2', 'n3', 'n4', 'n9'])
  const data = Object.fromEntries(some(Object.entries(values(chance))))
  switch (below(6)) {
    case 0:
      return { method: 'read', params: ['Note', id], as }
    case 1:
      return { method: 'update', params: ['Note', id, { title: 'b', ...data }], as }
    case 2:
      return { method: 'delete', params: ['Note', id], as }
    case 3:
      return { method: 'list', params: ['Note', {}], as, row: id }
    case 4:
      return { method: 'upsert', params: ['Note', { where: { id }, create: { id, title: 'a', state: 'open' }, update: { title: 'b', ...data } }], as }
    default:
      return { method: 'create', params: ['Note', { id: 'new', state: 'open', title: 'a', ...data }], as }
  }
}
