/** Who calls in a test: principals that the file declares, accounts among its rows, bare roles. Must not know calls. */
import { nobody, type Principal, systemPrincipal } from '../policy/principal.ts'
import { type Complaints, quote, suggestion } from '../schema/complaint.ts'
import type { Entity, Place, Schema, Value } from '../schema/entity.ts'
import { normaliseField } from '../schema/field-type.ts'
import { identity } from '../session/identity.ts'
import type { GivenRows, Values } from './given.ts'
import { uuidOf } from './made-up.ts'

export interface PrincipalSource {
  readonly name: string
  readonly role: string
  readonly id?: string
  readonly tenant?: string
  readonly attributes: Values
  /** False: no row of its account. */
  readonly account: boolean
  readonly place: Place
}

export const accountsOf = (schema: Schema): Entity | undefined => schema.entities.get(identity.user)

/** What the account's row has because the principal has it, where the file does not say otherwise. */
export function accountValues(schema: Schema, principal: PrincipalSource, given: Values): Values {
  const entity = accountsOf(schema)
  const values: Record<string, Value> = {}
  const offer = (name: string | undefined, value: Value | undefined) => {
    const field = name === undefined ? undefined : entity?.fields.get(name)
    if (field !== undefined && value !== undefined && normaliseField(field, value).ok) values[field.name] = value
  }
  offer(entity?.key[0], principal.id)
  offer('role', principal.role)
  offer(entity?.tenant ?? 'tenantId', principal.tenant)
  for (const [name, value] of Object.entries(principal.attributes)) offer(name, value)
  return { ...values, ...given }
}

/** Everybody that can be named in `as`. */
export function callersOf(schema: Schema, declared: readonly PrincipalSource[], rows: GivenRows): Map<string, Principal> {
  const callers = new Map(declared.map((source) => [source.name, principalOf(schema, source, rows)]))
  const accounts = accountsOf(schema)
  for (const table of rows.tables) {
    if (table.entity !== accounts) continue
    for (const row of table.rows) {
      const values = Object.fromEntries(table.fields.map((name, i) => [name, row[i] as Value]))
      const label = rows.labelOf(table.entity.name, values)
      const role = values['role']
      if (label === undefined || callers.has(label) || typeof role !== 'string' || !schema.roles.has(role)) continue
      callers.set(label, signedIn(schema, role, values, {}))
    }
  }
  return callers
}

function principalOf(schema: Schema, { name, role, id, tenant, attributes }: PrincipalSource, rows: GivenRows): Principal {
  const row = rows.row(name)
  if (row !== undefined && row.entity === identity.user) return signedIn(schema, role, row.values, attributes, tenant)
  return {
    kind: 'user',
    id: id ?? uuidOf(`principal ${name}`),
    username: name,
    role,
    attributes,
    ...(tenant === undefined ? {} : { tenantId: tenant }),
  }
}

/** As the session service would have it: fields of the row that are no secret. */
function signedIn(schema: Schema, role: string, row: Values, attributes: Values, tenant?: string): Principal {
  const entity = accountsOf(schema) as Entity
  const open = Object.entries(row).filter(([name]) => {
    const field = entity.fields.get(name)
    return field !== undefined && !field.sensitive && !field.neverExposed
  })
  const tenantId = tenant ?? row[entity.tenant ?? 'tenantId']
  return {
    kind: 'user',
    id: String(row[entity.key[0] as string]),
    role,
    attributes: { ...Object.fromEntries(open), ...attributes },
    ...(typeof row['username'] === 'string' ? { username: row['username'] } : {}),
    ...(typeof tenantId === 'string' ? { tenantId } : {}),
  }
}

/** Somebody by name: declared, `public`, `system`, or any role of the schema without an account. */
export function callerNamed(name: string, callers: ReadonlyMap<string, Principal>, schema: Schema, complaints: Complaints, place: Place): Principal {
  const known = callers.get(name)
  if (known !== undefined) return known
  if (name === 'public') return nobody
  if (name === 'system') return systemPrincipal('policy test')
  if (schema.roles.has(name)) return { kind: 'user', id: uuidOf(`role ${name}`), role: name, attributes: {} }
  complaints.add(place, `Nobody is called ${quote(name)}${suggestion(name, [...callers.keys(), ...schema.roles.keys(), 'system'])}`)
  return nobody
}
