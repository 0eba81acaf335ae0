/** Whom an explanation is about: a role, a principal as an object, or somebody with an account. In charge of finding it; must not know rules. */
import { type DBALError, invalid } from '../../errors/error.ts'
import { nobody, type Principal, systemPrincipal } from '../../policy/principal.ts'
import { isPlain } from '../../query/parse/bounds.ts'
import { nearest } from '../../schema/complaint.ts'
import type { Value } from '../../schema/entity.ts'
import { normaliseField } from '../../schema/field-type.ts'
import { identity } from '../../session/identity.ts'
import { userPrincipal } from '../../session/store.ts'
import { prepare } from '../prepare.ts'
import { run } from '../run.ts'
import type { Running } from '../running.ts'

const members: ReadonlySet<string> = new Set(['id', 'role', 'tenantId', 'username', 'attributes'])
const wrong = (error: string): DBALError => invalid({ field: 'as', error })

/** `system`: the engine's own identity in the session of the developer. VALIDATION_ERROR where there is no such role or user. */
export async function callerOf(as: unknown, developer: Running, system: Running): Promise<Principal> {
  if (as === undefined || as === null) return developer.who
  return typeof as === 'string' ? await named(as, developer, system) : await described(as, developer, system)
}

async function named(name: string, developer: Running, system: Running): Promise<Principal> {
  if (isRole(name, developer)) return ofRole(name, {}, developer)
  return (await account(name, system)) ?? refuse(developer, name)
}

/** The engine's own identity sees what no role does; only the engine (the command) asks as it. */
const isRole = (name: string, { who, world }: Running): boolean => world.schema.roles.has(name) || (name === 'system' && who.kind === 'system')

/** The same words for somebody whom there is not and for somebody whom the developer may not ask about. */
export function refuse({ world }: Running, as: unknown): never {
  const { roles, entities } = world.schema
  const accounts = entities.get(identity.user)?.internal === false
  const near = typeof as === 'string' ? nearest(as, [...roles.keys()]) : undefined
  const what = accounts ? 'Expected a role of the schema, or the id or name of a user' : 'Expected a role of the schema'
  throw wrong(`${what}${near === undefined ? '' : `; did you mean '${near}'?`}`)
}

async function described(as: unknown, developer: Running, system: Running): Promise<Principal> {
  if (!isPlain(as)) throw wrong('Expected a role, a user or {id, role, tenantId, attributes}')
  for (const name of Object.keys(as)) if (!members.has(name)) throw invalid({ field: `as.${name.slice(0, 60)}`, error: 'Unknown member' })
  for (const name of ['id', 'role', 'tenantId', 'username'])
    if (as[name] !== undefined && as[name] !== null && typeof as[name] !== 'string') throw invalid({ field: `as.${name}`, error: 'Must be a text' })
  const { id, role, attributes = {} } = as as { id?: string; role?: string; attributes?: Value }
  if (!isPlain(attributes)) throw invalid({ field: 'as.attributes', error: 'Must be an object' })
  if (role === undefined || role === null) {
    if (typeof id !== 'string') throw wrong('Expected a role of the schema')
    return (await account(id, system)) ?? refuse(developer, as)
  }
  if (!isRole(role, developer)) throw wrong('Expected a role of the schema')
  return ofRole(role, as as Partial<Principal>, developer)
}

/** Somebody of a role, in the developer's own tenant unless another one is named. */
function ofRole(role: string, more: Partial<Principal>, { who }: Running): Principal {
  const { id, username, attributes = {} } = more
  const tenantId = more.tenantId ?? who.tenantId
  if (role === 'public' && id === undefined) return nobody
  const given = {
    ...(id === undefined ? {} : { id }),
    ...(username === undefined ? {} : { username }),
    ...(tenantId === undefined ? {} : { tenantId }),
  }
  if (role === 'system') return { ...systemPrincipal('explain'), ...given }
  return { kind: 'user', role, attributes, ...given }
}

async function account(name: string, system: Running): Promise<Principal | undefined> {
  const { services, world, rights } = system
  const entity = world.schema.entities.get(identity.user)
  const key = entity?.fields.get(entity.key[0] ?? '')
  if (entity === undefined || key === undefined) return undefined
  for (const field of [key.name, 'username']) {
    const of = entity.fields.get(field)
    if (of === undefined || !normaliseField(of, name).ok) continue
    const { prepared, params, named: asked } = prepare(services, world, rights, 'list', { entity: entity.name, filter: { [field]: name }, limit: 1 })
    const { data } = (await run(prepared.plan, params, system, asked)) as { readonly data: readonly Readonly<Record<string, Value>>[] }
    const [row] = data
    if (row === undefined) continue
    // A login has an end; somebody who is only thought of has none.
    const { expiresAt: _, ...who } = userPrincipal(row, {}, (each) => entity.fields.get(each)?.sensitive === true)
    return who
  }
  return undefined
}
