/** Four entities of one shape, each behind a rule of another kind, and the condition that a careful program would write instead. Knows no driver. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Kind {
  readonly entity: string
  readonly table: string
  /** As the results name it. */
  readonly title: string
  /** Tables of the hand-written statement, `i` being the one whose rows are asked for, and its condition; `?` stands for the caller's value. */
  readonly from: string
  readonly where: string
  /** Which of the caller's values the condition compares with. */
  readonly value: 'id' | 'tenantId'
}

export const kindsOfRules: readonly Kind[] = [
  { entity: 'OwnItem', table: 'own_items', title: 'self: `ownerId = $user.id`', from: 'own_items i', where: 'i.owner_id = ?', value: 'id' },
  { entity: 'TenantItem', table: 'tenant_items', title: 'tenant', from: 'tenant_items i', where: 'i.tenant_id = ?', value: 'tenantId' },
  {
    entity: 'TeamItem',
    table: 'team_items',
    title: 'relation path: `team.leadId = $user.id`',
    from: 'team_items i JOIN teams t ON t.id = i.team_id',
    where: 't.lead_id = ?',
    value: 'id',
  },
  {
    entity: 'MemberItem',
    table: 'member_items',
    title: 'sub-select: `teamId IN (SELECT …)`',
    from: 'member_items i',
    where: 'i.team_id IN (SELECT team_id FROM memberships WHERE user_id = ?)',
    value: 'id',
  },
]

/** `keywords` of the entity, and what `user` and `god` may read. */
const item = (entity: string, keywords: string, user: string, god = ''): string => `---
entity: ${entity}
${keywords}fields:
  id: { type: integer, primary: true }
  ownerId: { type: string, required: true, index: true }
  teamId: { type: integer, required: true, index: true, foreign_key: { entity: Team } }
  title: { type: string, required: true }
  done: { type: boolean, default: false }
acl:
  rules:
    - { entity: ${entity}, role: [user], operations: [read]${user} }
    - { entity: ${entity}, role: [god], operations: [read]${god} }
`

const text = `entity: Team
fields:
  id: { type: integer, primary: true }
  leadId: { type: string, required: true, index: true }
acl: { read: false }
---
entity: Membership
fields:
  id: { type: integer, primary: true }
  teamId: { type: integer, required: true, foreign_key: { entity: Team } }
  userId: { type: string, required: true, index: true }
acl: { read: false }
${item('OwnItem', '', ', row_level_filter: "ownerId = $user.id"')}\
${item('TenantItem', 'tenant: true\n', '', ', across_tenants: true')}\
${item('TeamItem', '', ', row_level_filter: "team.leadId = $user.id"')}\
${item('MemberItem', '', ', row_level_filter: "teamId IN (SELECT teamId FROM Membership WHERE userId = $user.id)"')}`

/** Writes the schema into a folder of its own below `folder`; its path. */
export function writeRuleSchema(folder: string): string {
  const schema = join(folder, 'schema')
  mkdirSync(join(schema, 'entities'), { recursive: true })
  writeFileSync(join(schema, 'entities/items.yaml'), text)
  return schema
}
