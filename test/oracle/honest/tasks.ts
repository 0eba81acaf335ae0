/** Tasks of two tenants and three owners, and calls that write them: one that is answered for every kind, and all that must be refused. In charge of data only. */

import type { OperationKind, Value } from '../../../src/schema/entity.ts'
import { parseSchema } from '../../../src/schema/parse.ts'
import { rolesText } from '../program/spec.ts'

const reading = ['read', 'list', 'count', 'search', 'aggregate', 'find_by', 'list_by', 'tree', 'verify_secret'] as const
export type WritingKind = Exclude<OperationKind, (typeof reading)[number]>

const entities = `
entity: Task
versioned: true
tenant: true
owner: ownerId
fields:
  id: { type: string, primary: true }
  ownerId: { type: string, nullable: true }
  title: { type: string, default: "" }
  slug: { type: string, nullable: true, unique: true }
  shared: { type: boolean, default: false }
  locked: { type: boolean, default: false }
  low: { type: integer, default: 0 }
  high: { type: integer, default: 9 }
  place: { type: integer, default: 0 }
  sealed: { type: string, nullable: true }
  hash: { type: string, nullable: true }
  upId: { type: string, nullable: true, foreign_key: { entity: Task, on_delete: restrict } }
validations:
  lowBelowHigh: { expression: "low <= high", message: low must not be above high }
security: { never_expose: [hash] }
acl:
  rules:
    - role: [user]
      operations: [create]
      check: "ownerId = $user.id AND locked = false"
      writable_fields: [id, ownerId, title, slug, shared, locked, low, high, place, upId]
    - { role: [user], operations: [read], row_level_filter: "ownerId = $user.id OR shared = true" }
    - role: [user]
      operations: [update, put]
      row_level_filter: "ownerId = $user.id AND locked = false"
      writable_fields: [ownerId, title, slug, shared, locked, low, high, place, upId]
    - { role: [user], operations: [delete], row_level_filter: "ownerId = $user.id AND locked = false" }
`
const operations = `
entity: Task
operations:
  arrange: { kind: reorder, tree: { parent: upId, order: place }, input: { required: [ids] } }
  shift: { kind: move, tree: { parent: upId, order: place }, input: { required: [id, upId, place] } }
  setBySlug: { kind: update_by, by: [slug], input: { required: [slug], optional: [title, ownerId, locked, low, sealed, upId] } }
  dropBySlug: { kind: delete_by, by: [slug], input: { required: [slug] } }
  put: { kind: set_secret, secret: { identity: slug, hash: hash }, input: { required: [slug, password] } }
`

export const taskSchema = () =>
  parseSchema(
    [
      { path: 'roles.yaml', text: rolesText },
      { path: 'entities/all.yaml', text: entities },
      { path: 'operations/all.ops.yaml', text: operations },
    ],
    {},
  )

export interface Task {
  readonly [field: string]: Value
}

/** The caller is `a` of tenant `t1`: k1 to k3 are in its scope, all others are not. */
export const tasks: readonly Task[] = [
  { id: 'k1', ownerId: 'a', slug: 's1', tenantId: 't1' },
  { id: 'k2', ownerId: 'a', slug: 's2', upId: 'k1', place: 0, tenantId: 't1' },
  { id: 'k3', ownerId: 'a', slug: 's3', upId: 'k1', place: 1, tenantId: 't1' },
  { id: 'k4', ownerId: 'b', slug: 's4', shared: true, tenantId: 't1' },
  { id: 'k5', ownerId: 'b', slug: 's5', tenantId: 't1' },
  { id: 'k6', ownerId: 'a', slug: 's6', locked: true, tenantId: 't1' },
  { id: 'k7', ownerId: 'a', slug: 's7', tenantId: 't2' },
  { id: 'k8', ownerId: null, slug: 's8', tenantId: 't1' },
]

export const inScope = (row: Task): boolean => row['ownerId'] === 'a' && row['tenantId'] === 't1' && row['locked'] === false

export interface Call {
  readonly method: string
  readonly params: readonly Value[]
}
export interface Refused extends Call {
  /** Any of these. */
  readonly codes: readonly string[]
}

const call = (method: string, ...params: readonly Value[]): Call => ({ method, params: ['Task', ...params] })
const refused = (codes: string, { method, params }: Call): Refused => ({ codes: codes.split(' '), method, params })

type Data = { readonly [field: string]: Value }
/** New values that no rule, type or other row lets pass, with the error that says so. */
const faults: readonly (readonly [codes: string, data: Data])[] = [
  ['VALIDATION_ERROR', { nosuch: 1 }],
  ['VALIDATION_ERROR', { low: 'x' }],
  ['VALIDATION_ERROR', { low: 10 }],
  ['VALIDATION_ERROR', { sealed: 'x' }],
  ['VALIDATION_ERROR', { hash: 'x' }],
  ['VALIDATION_ERROR', { version: 7 }],
  ['VALIDATION_ERROR', { tenantId: 't2' }],
  ['VALIDATION_ERROR', { tenantId: 't1' }],
  ['VALIDATION_ERROR', { upId: 'k5' }],
  ['VALIDATION_ERROR', { upId: 'nosuch' }],
  ['VALIDATION_ERROR', { upId: 'k7' }],
  ['VALIDATION_ERROR', { up: { title: 'nested' } }],
  ['CONFLICT', { slug: 's2' }],
  ['CONFLICT', { slug: 's5' }],
  ['FORBIDDEN', { ownerId: 'b' }],
  ['FORBIDDEN', { ownerId: null }],
  ['FORBIDDEN', { locked: true }],
]
/** Rows that cannot be written: another's that is shared, another's, locked, of another tenant, nobody's, none. */
const others: readonly (readonly [codes: string, id: string])[] = [
  ['FORBIDDEN', 'k4'],
  ['NOT_FOUND', 'k5'],
  ['FORBIDDEN', 'k6'],
  ['NOT_FOUND', 'k7'],
  ['NOT_FOUND', 'k8'],
  ['NOT_FOUND', 'nosuch'],
]
const slugOf = (id: string): string => id.replace('k', 's')
const fresh = { id: 'n1', ownerId: 'a' }

interface Calls {
  readonly answered: readonly Call[]
  readonly refused: readonly Refused[]
}

export const writes: Readonly<Record<WritingKind, Calls>> = {
  create: {
    answered: [call('create', { ...fresh, title: 'x', slug: 'n1', upId: 'k1' })],
    refused: [
      ...faults.map(([codes, data]) => refused(codes, call('create', { ...fresh, ...data }))),
      refused('CONFLICT', call('create', { ...fresh, id: 'k1' })),
      refused('CONFLICT', call('create', { ...fresh, id: 'k7' })),
      refused('FORBIDDEN', call('create', { id: 'n1' })),
    ],
  },
  createMany: {
    answered: [call('createMany', [fresh, { ...fresh, id: 'n2' }, { ...fresh, id: 'n3' }])],
    refused: [0, 1, 2].flatMap((at) =>
      [...faults, ['CONFLICT', { id: 'k1' }] as const].map(([codes, data]) =>
        refused(
          codes,
          call(
            'createMany',
            [0, 1, 2].map((i) => ({ ...fresh, id: `n${i}`, ...(i === at ? data : {}) })),
          ),
        ),
      ),
    ),
  },
  update: {
    answered: [call('update', 'k1', { title: 'x', slug: 'n1' }), call('update', 'k2', { upId: null }, { expectedVersion: 1 })],
    refused: [
      ...faults.map(([codes, data]) => refused(codes, call('update', 'k1', { title: 'x', ...data }))),
      ...others.map(([codes, id]) => refused(codes, call('update', id, { title: 'x' }))),
      refused('CONFLICT', call('update', 'k1', { title: 'x' }, { expectedVersion: 2 })),
      refused('VALIDATION_ERROR', call('update', 'k1', { id: 'n1' })),
      refused('VALIDATION_ERROR', call('update', 'k1', {})),
    ],
  },
  updateMany: {
    answered: [call('updateMany', {}, { title: 'x' }, { all: true }), call('updateMany', { id: { in: ['k2', 'k3', 'k5', 'k7'] } }, { upId: null })],
    refused: [
      ...faults.map(([codes, data]) => refused(codes, call('updateMany', { id: { in: ['k1', 'k3'] } }, { title: 'x', ...data }))),
      refused('VALIDATION_ERROR', call('updateMany', {}, { title: 'x' })),
      refused('VALIDATION_ERROR', call('updateMany', { hash: null }, { title: 'x' })),
      refused('CONFLICT', call('updateMany', { id: { in: ['k1', 'k2'] } }, { slug: 'n1' })),
    ],
  },
  upsert: {
    answered: [
      call('upsert', { where: { id: 'n1' }, create: fresh, update: { title: 'x' } }),
      call('upsert', { where: { id: 'k1' }, create: fresh, update: { title: 'x' } }),
    ],
    refused: [
      ...faults.map(([codes, data]) => refused(codes, call('upsert', { where: { id: 'n1' }, create: { ...fresh, ...data }, update: {} }))),
      ...faults.map(([codes, data]) => refused(codes, call('upsert', { where: { id: 'k1' }, create: fresh, update: { title: 'x', ...data } }))),
      ...others
        .filter(([, id]) => id !== 'nosuch')
        .map(([, id]) => refused('CONFLICT', call('upsert', { where: { id }, create: { ...fresh, id }, update: { title: 'x' } }))),
      refused('VALIDATION_ERROR', call('upsert', { where: { title: 'x' }, create: fresh, update: {} })),
    ],
  },
  delete: {
    answered: [call('delete', 'k2')],
    refused: [
      ...others.map(([codes, id]) => refused(codes, call('delete', id))),
      refused('CONFLICT', call('delete', 'k1')),
      refused('CONFLICT', call('delete', 'k2', { expectedVersion: 3 })),
    ],
  },
  deleteMany: {
    answered: [call('deleteMany', {}, { all: true }), call('deleteMany', { id: { in: ['k2', 'k5', 'k7'] } })],
    refused: [refused('CONFLICT', call('deleteMany', { id: { in: ['k1', 'k2'] } })), refused('VALIDATION_ERROR', call('deleteMany', {}))],
  },
  reorder: {
    answered: [call('call', 'arrange', { ids: ['k3', 'k2'] })],
    refused: [
      ...others.map(([codes, id]) => refused(`${codes} NOT_FOUND VALIDATION_ERROR`, call('call', 'arrange', { ids: ['k3', id] }))),
      refused('VALIDATION_ERROR', call('call', 'arrange', { ids: ['k1', 'k2'] })),
      refused('VALIDATION_ERROR', call('call', 'arrange', { ids: ['k2', 'k2'] })),
    ],
  },
  move: {
    answered: [call('call', 'shift', { id: 'k3', upId: 'k1', place: 0 }), call('call', 'shift', { id: 'k2', upId: null, place: 0 })],
    refused: [
      ...others.map(([codes, id]) => refused(codes, call('call', 'shift', { id, upId: 'k1', place: 0 }))),
      ...['k5', 'k7', 'k8', 'nosuch'].map((upId) => refused('VALIDATION_ERROR NOT_FOUND', call('call', 'shift', { id: 'k2', upId, place: 0 }))),
      refused('VALIDATION_ERROR CONFLICT', call('call', 'shift', { id: 'k1', upId: 'k2', place: 0 })),
    ],
  },
  set_secret: {
    answered: [call('call', 'put', { slug: 's1', password: 'correct horse battery' })],
    refused: [
      ...others.map(([codes, id]) =>
        refused(`${codes} NOT_FOUND FORBIDDEN`, call('call', 'put', { slug: slugOf(id), password: 'correct horse battery' })),
      ),
      refused('VALIDATION_ERROR', call('call', 'put', { slug: 's1', password: '' })),
    ],
  },
  update_by: {
    answered: [call('call', 'setBySlug', { slug: 's1', title: 'x' })],
    refused: [
      ...faults
        .filter(([, data]) => ['ownerId', 'locked', 'low', 'sealed', 'upId'].some((name) => name in data))
        .map(([codes, data]) => refused(codes, call('call', 'setBySlug', { slug: 's1', ...data }))),
      ...others.map(([codes, id]) => refused(codes, call('call', 'setBySlug', { slug: slugOf(id), title: 'x' }))),
    ],
  },
  delete_by: {
    answered: [call('call', 'dropBySlug', { slug: 's2' })],
    refused: [
      ...others.map(([codes, id]) => refused(codes, call('call', 'dropBySlug', { slug: slugOf(id) }))),
      refused('CONFLICT', call('call', 'dropBySlug', { slug: 's1' })),
    ],
  },
}
