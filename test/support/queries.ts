/** Makes authorised queries for adapter tests. In charge of the mint in a test process; must not be imported together with policy/authorize.ts. */
import type { Aggregate, Args, Insert, Predicate, Query, Read } from '../../src/query/ast.ts'
import { always } from '../../src/query/ast.ts'
import { type Authorized, takeMint } from '../../src/query/authorized.ts'
import type { Entity, Value } from '../../src/schema/entity.ts'

export const mint = takeMint()

export function args(params: readonly Value[] = [], session: Readonly<Record<string, Value>> = {}): Args {
  return { params, session: new Map(Object.entries(session)) }
}

export function rowsOf(rows: readonly (readonly Value[])[]): Args {
  return { params: [], session: new Map(), rows }
}

/** All fields, all rows, ordered by key, unless told otherwise. */
export function readOf(entity: Entity, where: Predicate = always, more: Partial<Read> = {}): Authorized<Read> {
  return mint<Read>({
    kind: 'read',
    entity,
    where,
    columns: [...entity.fields.keys()].map((field) => ({ field })),
    probes: [],
    order: entity.key.map((field) => ({ by: { kind: 'field', field }, direction: 'asc' })),
    total: false,
    reach: 'many',
    ...more,
  })
}

export function insertOf(entity: Entity): Authorized<Insert> {
  return mint<Insert>({ kind: 'insert', entity, fields: [...entity.fields.keys()] })
}

export function aggregateOf(entity: Entity, more: Partial<Aggregate>): Authorized<Aggregate> {
  return mint<Aggregate>({ kind: 'aggregate', entity, where: always, groupBy: [], measures: [], order: [], ...more })
}

export const minted = <Q extends Query>(query: Q): Authorized<Q> => mint(query)
