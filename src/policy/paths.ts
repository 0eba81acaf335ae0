/**
 * Every place of a call where a field or a row can be named, by kind of operation, and what guards it there.
 * In charge of the list being whole: a kind without an entry does not compile, and the test made from the list
 * (test/oracle/paths.test.ts) proves each entry. Must not know how a guard is made.
 */
import type { OperationKind } from '../schema/entity.ts'

export type Guard =
  /** The name of a field, relation or entity that the caller may not see is the name of none. */
  | 'unknown'
  /** What hidden fields hold has no influence. */
  | 'blind'
  /** A row that the caller may not see is a row that is not there. */
  | 'absent'
  /** A unique value of an invisible row is taken all the same: a plain CONFLICT (declared exception of contract 6.4). */
  | 'taken'

/** Where names stand, and the parameters and options that carry them. Inputs of domain operations have names of their own, and none here. */
export const positions = {
  id: ['id'],
  data: ['data', 'items'],
  filter: ['filter'],
  /** A relation in a filter, and what is named behind it. */
  related: ['filter'],
  /** A place inside a json field. */
  json: ['filter'],
  search: ['search', 'text'],
  sort: ['sort'],
  select: ['select'],
  /** A relation that is included, with its own select, filter, sort and includes. */
  include: ['include'],
  cursor: ['after'],
  group: ['groupBy'],
  measure: ['sum', 'avg', 'min', 'max'],
  having: ['having'],
  version: ['expectedVersion'],
  where: ['where'],
  createBranch: ['create'],
  updateBranch: ['update'],
  returning: ['returning'],
  /** What a domain operation finds its rows by. */
  by: [],
  /** The tree that is asked for, the siblings that are put in order, the new parent, the account of a secret. */
  scope: [],
  siblings: [],
  parent: [],
  account: [],
  /** What comes back without being named: fields, rows, counts. */
  answer: [],
  /** A later step of a transaction that names a member of the answer. */
  reference: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Position = keyof typeof positions

/** Options that name neither a field nor a row. */
export const nameless: ReadonlySet<string> = new Set(['entity', 'options', 'operation', 'input', 'limit', 'page', 'total', 'all', 'count'])

type Guarded = Readonly<Partial<Record<Position, readonly Guard[]>>>

/** A field that is hidden in some rows only can be named: there its guard is `blind`. */
const named = ['unknown', 'blind'] as const
const filtered = { filter: [...named, 'absent'], related: [...named, 'absent'], json: ['unknown'] } as const satisfies Guarded
const shaped = { select: named, include: [...named, 'absent'] } as const satisfies Guarded
const paged = { ...filtered, ...shaped, sort: named, cursor: [...named, 'absent'], search: ['blind', 'absent'] } as const satisfies Guarded
const shown = { answer: named, reference: ['unknown'] } as const satisfies Guarded
const listed = { answer: [...named, 'absent'], reference: ['unknown'] } as const satisfies Guarded
/** New values: fields by name, and rows by links. */
const written = ['unknown', 'absent'] as const
/** A row that is made anew holds nothing that was hidden before. */
const made = { select: ['unknown'], include: [...named, 'absent'], reference: ['unknown'] } as const satisfies Guarded

/** What is not here, an operation of the kind has not: it is refused there as an unknown option. */
export const paths: Readonly<Record<OperationKind, Guarded>> = {
  read: { id: ['absent'], ...shaped, ...shown },
  list: { ...paged, ...listed },
  search: { ...paged, ...listed },
  count: { ...filtered, answer: ['absent'] },
  aggregate: {
    ...filtered,
    group: ['unknown'],
    measure: ['unknown'],
    having: ['unknown'],
    sort: ['unknown'],
    answer: ['absent'],
    reference: ['unknown'],
  },
  create: { data: [...written, 'taken'], ...made, answer: ['unknown'] },
  createMany: { data: [...written, 'taken'], returning: ['unknown'], reference: ['unknown'] },
  update: { id: ['absent'], data: [...written, 'taken'], version: ['unknown'], ...shaped, ...shown },
  updateMany: { ...filtered, data: [...written, 'taken'], returning: [...named, 'absent'], answer: ['absent'], reference: ['unknown'] },
  delete: { id: ['absent'], version: ['unknown'] },
  deleteMany: { ...filtered, answer: ['absent'] },
  upsert: { where: ['unknown', 'taken'], createBranch: written, updateBranch: written, ...shaped, ...shown },
  find_by: { by: ['blind', 'absent'], ...shaped, ...shown },
  list_by: { by: ['blind', 'absent'], ...paged, ...listed },
  tree: { scope: ['absent'], ...listed },
  reorder: { siblings: ['absent'] },
  move: { id: ['absent'], parent: ['absent'], siblings: ['absent'], ...shown },
  set_secret: { account: ['absent'] },
  verify_secret: { account: ['absent'] },
  update_by: { by: ['blind', 'absent'], data: ['absent'] },
  delete_by: { by: ['blind', 'absent'] },
}
