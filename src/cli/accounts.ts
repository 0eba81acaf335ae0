/** Accounts through the engine's one pipeline, as its own identity. In charge of the calls that commands share; must not print or ask. */
import type { Engine } from '../engine/engine.ts'
import { systemPrincipal } from '../policy/principal.ts'
import { suggestion } from '../schema/complaint.ts'
import type { Schema, Value } from '../schema/entity.ts'
import { identity } from '../session/identity.ts'
import { UsageError } from './terminal.ts'

export interface NewUser {
  readonly username: string
  readonly role: string
  readonly email: string
  readonly tenant?: string
}

/** Makes account and password in one transaction, so that a refused password leaves no account behind. */
export async function addUser(
  engine: Engine,
  { username, role, email, tenant }: NewUser,
  password: string,
  why: string,
): Promise<Readonly<Record<string, Value>>> {
  const field = tenantField(engine.world().schema, tenant)
  const data = { username, role, email, ...(field === undefined ? {} : { [field]: tenant }) }
  const steps = [
    { method: 'create', params: { entity: identity.user, data } },
    { method: 'call', params: [identity.credential, identity.setPassword, { username, password }] },
  ]
  const [row] = (await asSystem(engine, 'transaction', { steps }, why, tenant)) as readonly Readonly<Record<string, Value>>[]
  return row ?? {}
}

/** The field that takes a tenant by hand; none where the engine keeps it itself. */
function tenantField(schema: Schema, tenant: string | undefined): string | undefined {
  if (tenant === undefined) return undefined
  const entity = schema.entities.get(identity.user)
  if (entity?.tenant !== undefined) return undefined
  if (entity?.fields.has('tenantId') === true) return 'tenantId'
  throw new UsageError(`Accounts of this schema have no tenant: leave out --tenant, or declare "tenant: true" on ${identity.user}`)
}

/** All accounts that `filter` selects, page after page. */
export async function usersOf(engine: Engine, filter: Value): Promise<Readonly<Record<string, Value>>[]> {
  const rows: Readonly<Record<string, Value>>[] = []
  let after: Value | undefined
  do {
    const options = { filter, sort: { username: 'asc' }, total: 'none', ...(after === undefined ? {} : { after }) }
    const page = (await asSystem(engine, 'list', { entity: identity.user, options }, 'dbal user list')) as {
      readonly data: readonly Readonly<Record<string, Value>>[]
      readonly nextCursor?: Value
    }
    rows.push(...page.data)
    after = page.nextCursor ?? undefined
  } while (after !== undefined)
  return rows
}

let calls = 0

/** A call as the engine's own identity, in the tenant that is given. */
export async function asSystem(engine: Engine, method: string, params: unknown, why: string, tenant?: string): Promise<Value> {
  const principal = { ...systemPrincipal(why), ...(tenant === undefined ? {} : { tenantId: tenant }) }
  const reply = await engine.execute({ method, params, requestId: `command_${++calls}` }, principal)
  if (!reply.ok) throw reply.error
  return reply.result
}

/** A role of the schema, or a usage error that names the nearest one. */
export function roleOf(schema: Schema, role: string): string {
  const roles = [...schema.roles.keys()].filter((name) => name !== 'public')
  if (roles.includes(role)) return role
  throw new UsageError(`There is no role ${JSON.stringify(role)}${suggestion(role, roles)}`)
}
