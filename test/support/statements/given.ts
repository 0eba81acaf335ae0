/** Values of a call, by place and by name, and short ways to say conditions. In charge of arguments; knows no statement. */
import type { Args, Hop, Operand, Predicate } from '../../../src/query/ast.ts'
import { constant, field, param, session } from '../../../src/query/build.ts'
import type { Value, ValueType } from '../../../src/schema/entity.ts'
import { Owner, Place, samples, Thing, type TypeName, types } from './entities.ts'

const params: Value[] = []

/** The caller's value: equal ones have one place. */
export function given(value: Value, type: ValueType): Operand {
  const known = params.findIndex((one) => JSON.stringify(one) === JSON.stringify(value))
  return param(known === -1 ? params.push(value) - 1 : known, type)
}
export const args: Args = {
  params,
  session: new Map<string, Value>([
    ['user.id', samples.uuid[0]],
    ['user.role', 'admin'],
    ['user.level', 3],
    ['user.teams', [samples.uuid[0], samples.uuid[1]]],
    ['user.numbers', [1, 2]],
    ['user.unfit', { no: 'value' }],
    ['user.unfits', ['x', {}]],
    ['context.now', samples.datetime[0]],
  ]),
}

export const one = (type: TypeName): Operand => given(samples[type][0], types[type])
export const many = (type: TypeName): Operand => given([...samples[type]], types[type])
export const always1 = (type: TypeName): Operand => constant(samples[type][1], types[type])
export const me = session('user.id', types.uuid)
export const own: Predicate = { kind: 'compare', op: 'eq', left: field('ownerId'), right: me, insensitive: false }
export const seen = (name: string, guard: Predicate = own): Operand => ({ kind: 'field', field: name, guard })
export const folded = (op: 'eq' | 'ne' | 'contains' | 'startsWith' | 'endsWith' | 'lt' | 'gte', left: Operand, right: Operand): Predicate => ({
  kind: 'compare',
  op,
  left,
  right,
  insensitive: true,
})
export const among = (left: Operand, list: Operand, insensitive = false): Predicate => ({ kind: 'in', left, list, insensitive })
export const json = (path: readonly string[], as: 'string' | 'number' | 'boolean', guard?: Predicate): Operand => ({
  kind: 'json',
  field: 'json',
  path,
  as,
  ...(guard === undefined ? {} : { guard }),
})
export const levels = new Map([
  ['user', 2],
  ['admin', 3],
])
export const level = (of: Operand, known: ReadonlyMap<string, number> = levels): Operand => ({ kind: 'level', of, levels: known })

export const toOwner: Hop = { entity: Owner, local: ['ownerId'], foreign: ['id'] }
export const toUp: Hop = { entity: Thing, local: ['upId'], foreign: ['id'] }
export const toPlace: Hop = { entity: Place, local: ['placeRow', 'placeColumn'], foreign: ['row', 'column'] }
export const byHandle: Hop = { entity: Owner, local: ['handle'], foreign: ['handle'] }
export const path = (name: string, ...hops: readonly Hop[]): Operand => ({ kind: 'path', hops, field: name })
export const exists = ({ entity, local, foreign }: Hop, where: Predicate): Predicate => ({ kind: 'exists', entity, local, foreign, where })
