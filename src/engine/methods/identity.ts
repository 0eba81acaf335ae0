/** Methods about the caller: login, logout, whoami, authenticate, ping. The same in both doors; sessions do the work. */
import { DBALError, invalid } from '../../errors/error.ts'
import type { Principal } from '../../policy/principal.ts'
import { parameters } from '../../protocol/message.ts'
import { nameParams } from '../../query/parse.ts'
import type { Value } from '../../schema/entity.ts'
import type { Scene } from '../scene.ts'
import type { World } from '../world.ts'

/** Longer names and tokens cannot exist; they are refused before any work (security.md S5). */
const maxText = 4096

/** Undefined where the method is none of these. */
export function identity(scene: Scene): Promise<Value> | undefined {
  const { services, world, call, who } = scene
  switch (call.method) {
    case 'login':
      return login(scene)
    case 'authenticate':
      return services.sessions.authenticate(text(scene, 'authenticate', 'token')).then((principal) => whoami(principal, world))
    case 'whoami':
      return Promise.resolve(whoami(who, world))
    case 'logout':
      return known(who, () => {
        // First what it holds: rows that an open transaction has locked must not keep the session from ending.
        if (who.sessionId !== undefined) services.transactions.dismiss((owner) => owner.sessionId === who.sessionId)
        return services.sessions.logout(who)
      })
    case 'logoutAll':
      return known(who, () => {
        services.transactions.dismiss((owner) => owner.kind === who.kind && owner.id === who.id)
        return services.sessions.logoutAll(who)
      })
    case 'ping':
      return Promise.resolve('pong')
    default:
      return undefined
  }
}

async function login(scene: Scene): Promise<Value> {
  const username = text(scene, 'login', 'username')
  scene.note.entityId = username.slice(0, 128)
  return { ...(await scene.services.sessions.login(username, text(scene, 'login', 'password'))) }
}

async function known(who: Principal, work: () => Promise<void>): Promise<Value> {
  if (who.kind === 'public') throw new DBALError('UNAUTHORIZED')
  await work()
  return true
}

function text(scene: Scene, method: 'login' | 'authenticate', name: string): string {
  const value = nameParams(parameters[method], scene.call.params)[name]
  if (typeof value !== 'string' || value.length === 0 || value.length > maxText)
    throw invalid({ field: name, error: `Expected text of 1 to ${maxText} characters` })
  return value
}

/** `{id, username, role, level, tenantId}`; null where there is none. */
function whoami(who: Principal, world: World): Value {
  const level = who.kind === 'system' ? null : (world.schema.roles.get(who.role) ?? null)
  return { id: who.id ?? null, username: who.username ?? null, role: who.role, level, tenantId: who.tenantId ?? null }
}
