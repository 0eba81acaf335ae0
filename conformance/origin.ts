/** The origin's way of writing a call: `{action, entity, input}` with everything in one flat input. In charge of its translation alone. */
import { methods } from '../src/protocol/message.ts'

/** What the origin calls by a name of its own. */
const renamed: Readonly<Record<string, string>> = { get_by_slug: 'getBySlug', get_by_level: 'listByLevel' }
const byName: ReadonlySet<string> = new Set(['count', 'search', 'aggregate', 'createMany', 'updateMany', 'deleteMany', 'upsert'])

export function fromOrigin(action: string, entity: string, input: unknown): { method: string; params: unknown } {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const name = renamed[action] ?? action.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const { id, ...rest } = given
  if (name === 'create') return { method: name, params: [entity, given] }
  if (name === 'read' || name === 'delete') return { method: name, params: [entity, id] }
  if (name === 'update') return { method: name, params: [entity, id, rest] }
  if (name === 'list') return { method: name, params: [entity, given] }
  if (byName.has(name)) return { method: name, params: { entity, ...given } }
  if ((methods as readonly string[]).includes(name)) return { method: name, params: given }
  return { method: 'call', params: [entity, name, given] }
}
