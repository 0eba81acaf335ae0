/**
 * Keeps explanations from being asked what sensitive fields hold: whether a row meets a condition on one, or how many rows do, is as good as
 * its value. In charge of finding such calls; must not know how explanations are made.
 */
import { invalid } from '../../errors/error.ts'
import type { Match, Request } from '../../query/request.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Running } from '../running.ts'

/** VALIDATION_ERROR where the call picks rows by a sensitive field that the developer may not read. `own`: as the explained caller makes it, `whole`: as the engine would. */
export function assertNoSecret(own: Request | undefined, whole: Request | undefined, developer: Running): void {
  const { who, rights } = developer
  if (who.kind === 'system') return
  const secret = (entity: Entity, name: string) => entity.fields.get(name)?.sensitive === true && !rights.readable(entity, 'read').has(name)
  const named = [own, whole].some((request) => request !== undefined && matchOf(request).some(({ field }) => secret(request.entity, field)))
  if (named || (own !== undefined && filters(own, secret))) {
    throw invalid({ field: 'params', error: 'Picks rows by a sensitive field that you may not read; nobody is told what it holds' })
  }
}

/** What names the row of the call. */
const matchOf = (request: Request): Match => ('match' in request ? request.match : 'scope' in request ? request.scope : [])

function filters(request: Request, secret: (entity: Entity, name: string) => boolean): boolean {
  if (!('where' in request)) return false
  let found = false
  visitPredicate(request.where, request.entity, {
    operand: (node, entity) => {
      if (node.kind === 'field' || node.kind === 'json') found ||= secret(entity, node.field)
    },
  })
  return found
}
