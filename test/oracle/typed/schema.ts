/** The schema of typed programs: one field of every type, and every way that rows refer to each other. In charge of its text only. */
import { loadPolicy } from '../../../src/policy/rules.ts'
import { parseSchema } from '../../../src/schema/parse.ts'
import { rolesText } from '../program/spec.ts'

const open = 'read: { public: true }, create: { god: true }, update: { god: true }, delete: { god: true }'

const entities = `
entity: Thing
versioned: true
fields:
  id: { type: integer, primary: true }
  s: { type: string, nullable: true }
  su: { type: string, nullable: true, unique: true }
  si: { type: string, nullable: true, unique: insensitive }
  t: { type: text, default: "" }
  e: { type: email, nullable: true }
  i: { type: integer, nullable: true, index: true }
  big: { type: bigint, nullable: true }
  dec: { type: decimal, precision: 12, scale: 3, nullable: true }
  wide: { type: decimal, precision: 38, scale: 10, nullable: true }
  f: { type: float, nullable: true }
  b: { type: boolean, nullable: true }
  at: { type: datetime, nullable: true }
  day: { type: date, nullable: true }
  j: { type: json, nullable: true }
  kind: { type: enum, values: [user, admin, God, ä, "10"], nullable: true }
  raw: { type: bytes, nullable: true }
  ref: { type: uuid, nullable: true }
  c: { type: cuid, nullable: true }
  touched: { type: datetime, auto_update: true }
acl: { ${open} }
---
entity: Owner
fields:
  id: { type: uuid, primary: true }
  name: { type: string, required: true, unique: insensitive }
  rank: { type: bigint, nullable: true, unique: true }
relations:
  things: { many: Thing, through: Link }
acl: { ${open} }
---
entity: Child
owner: writer
fields:
  id: { type: string, primary: true }
  thingId: { type: integer, required: true, foreign_key: { entity: Thing, on_delete: cascade } }
  ownerId: { type: uuid, nullable: true, foreign_key: { entity: Owner, on_delete: set_null } }
  guardId: { type: uuid, nullable: true, foreign_key: { entity: Owner, on_delete: restrict } }
  place: { type: integer, default: 0 }
  price: { type: decimal, precision: 18, scale: 4, nullable: true }
  writer: { type: string, nullable: true }
indexes:
  - { fields: [thingId, place], unique: true }
acl:
  rules:
    - { role: [god], operations: [read, create, update, delete] }
    - { role: [user], operations: [read, create, update, delete], row_level_filter: "writer = $user.id OR place > 1" }
---
entity: Link
primary_key: [thingId, ownerId]
fields:
  thingId: { type: integer, required: true, foreign_key: { entity: Thing, on_delete: cascade } }
  ownerId: { type: uuid, required: true, foreign_key: { entity: Owner, on_delete: cascade } }
  weight: { type: float, default: 1 }
acl: { ${open} }
---
entity: Entry
primary_key: [account, day]
fields:
  account: { type: bigint, required: true }
  day: { type: date, required: true }
  amount: { type: decimal, precision: 18, scale: 4, default: "0.0000" }
  stamp: { type: datetime, nullable: true, unique: true }
  blob: { type: bytes, nullable: true, max_length: 32, unique: true }
acl: { ${open} }
---
entity: Node
fields:
  id: { type: integer, primary: true }
  grove: { type: enum, values: [user, admin], default: user }
  upId: { type: integer, nullable: true, foreign_key: { entity: Node, on_delete: cascade } }
  place: { type: integer, default: 0 }
  label: { type: string, default: "" }
acl: { ${open} }
---
entity: Draft
soft_delete: gone
versioned: true
fields:
  id: { type: uuid, primary: true }
  title: { type: string, required: true }
  body: { type: json, default: {} }
  gone: { type: datetime, nullable: true }
acl: { ${open} }
`

const operations = `
entity: Node
operations:
  grow: { kind: tree, tree: { parent: upId, order: place, scope: grove }, input: { required: [grove] } }
  arrange: { kind: reorder, tree: { parent: upId, order: place, scope: grove }, input: { required: [ids] } }
  shift: { kind: move, tree: { parent: upId, order: place, scope: grove }, input: { required: [id, upId, place] } }
`

export const typedSchema = parseSchema(
  [
    { path: 'roles.yaml', text: rolesText },
    { path: 'entities/all.yaml', text: entities },
    { path: 'operations/all.ops.yaml', text: operations },
  ],
  {},
)
export const typedPolicy = loadPolicy(typedSchema)
