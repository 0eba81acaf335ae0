/** The role matrix (contract 6.5) as data, and every case that follows from it: role × entity × operation × own or another's. Must not know the engine. */
import type { Case, CaseFile, Expected, Step } from './case.ts'

const roles = ['public', 'user', 'admin', 'god', 'supergod'] as const
type Role = (typeof roles)[number]
const operations = ['create', 'read', 'update', 'delete', 'list'] as const
type Operation = (typeof operations)[number]
const sides = ['own', 'other'] as const
type Side = (typeof sides)[number]

/** Letters of what is allowed: C, R, U, D; `-` nothing. List follows R. */
type Rights = Readonly<Record<Role, string>>

interface Subject {
  readonly own: Rights
  readonly other: Rights
  /** A row that belongs to `owner` (a reference to a user's row). */
  readonly row: (owner: string) => Readonly<Record<string, unknown>>
  readonly change: Readonly<Record<string, unknown>>
  /** The row is the owner's account itself. */
  readonly isAccount?: true
  /** Rows that a row refers to, made by the system first; `$saved.<name>.id`. */
  readonly before?: Readonly<Record<string, readonly [entity: string, row: Readonly<Record<string, unknown>>]>>
}

const same = (rights: Rights): { own: Rights; other: Rights } => ({ own: rights, other: rights })
const forGods: Rights = { public: '-', user: '-', admin: '-', god: 'CRUD', supergod: 'CRUD' }
const forSystem: Rights = { public: '-', user: '-', admin: '-', god: '-', supergod: '-' }

const page = { slug: 'roles-${unique}', title: 'A page', level: 1, layout: {} }

/** Contract 6.5. An admin's own account can be read and updated, others' also created and deleted. */
export const shippedRights: Readonly<Record<string, Subject>> = {
  User: {
    own: { public: '-', user: 'RU', admin: 'RU', god: 'CRUD', supergod: 'CRUD' },
    other: { public: '-', user: '-', admin: 'CRUD', god: 'CRUD', supergod: 'CRUD' },
    row: () => ({ username: 'made-${unique}', email: 'made-${unique}@example.org', role: 'user' }),
    change: { email: 'new-${unique}@example.org' },
    isAccount: true,
  },
  PageView: { ...same({ public: 'R', user: 'R', admin: 'R', god: 'CRUD', supergod: 'CRUD' }), row: () => page, change: { title: 'Another' } },
  ComponentHierarchy: {
    ...same(forGods),
    before: { page: ['PageView', page] },
    row: () => ({ pageId: '$saved.page.id', componentType: 'Box', order: 0, props: {} }),
    change: { order: 3 },
  },
  Workflow: {
    ...same(forGods),
    change: { isActive: false },
    row: (owner) => ({ name: 'flow-${unique}', trigger: 'manual', triggerConfig: {}, steps: [], createdBy: `${owner}.id` }),
  },
  LuaScript: {
    ...same(forGods),
    change: { timeoutMs: 100 },
    row: (owner) => ({ name: 'script-${unique}', code: 'return 1', createdBy: `${owner}.id` }),
  },
  Package: {
    ...same({ public: '-', user: '-', admin: 'R', god: 'CRUD', supergod: 'CRUD' }),
    change: { description: 'Installed' },
    row: (owner) => ({ name: 'pack-${unique}', version: '1.0.0', author: 'Somebody', manifest: {}, isInstalled: true, installedBy: `${owner}.id` }),
  },
  Credential: { ...same(forSystem), row: (owner) => ({ username: `${owner}.username`, passwordHash: 'x' }), change: { firstLogin: false } },
  Session: {
    ...same(forSystem),
    change: { lastActivity: '2030-01-01T00:00:00.000Z' },
    row: (owner) => ({ userId: `${owner}.id`, token: 'hash-${unique}', expiresAt: '2099-01-01T00:00:00.000Z' }),
  },
}

const letters: Readonly<Record<Operation, string>> = { create: 'C', read: 'R', update: 'U', delete: 'D', list: 'R' }

/** What the role meets: not allowed on any row at all, not on this one, or allowed. */
function meeting(subject: Subject, role: Role, operation: Operation, side: Side): Expected | 'allowed' {
  const letter = letters[operation]
  // An account that somebody opens is never the own one.
  const whose = operation === 'create' && subject.isAccount === true ? 'other' : side
  if (subject[whose][role].includes(letter)) return 'allowed'
  if (!sides.some((any) => subject[any][role].includes(letter))) return refused(role === 'public' ? 'UNAUTHORIZED' : 'FORBIDDEN')
  // Somebody's row exists that the role may do this to, so the row decides: it is denied where it can be seen, absent where it cannot.
  return refused(subject[side][role].includes('R') ? 'FORBIDDEN' : 'NOT_FOUND')
}

const refused = (name: string): Expected => ({ status: 'error', error: { name } })

/** The actor is an account of its own, so that deleting it harms no other case. */
function caseOf(entity: string, subject: Subject, role: Role, operation: Operation, side: Side): Case {
  const actor = role === 'public' ? 'public' : 'actor'
  const owner = side === 'own' && role !== 'public' ? 'actor' : 'stranger'
  const row = subject.row(`$users.${owner}`)
  const steps: Step[] = Object.entries(subject.before ?? {}).map(([save, [of, data]]) =>
    step('system', 'create', [of, data], { status: 'success' }, save),
  )
  const id = subject.isAccount === true ? `$users.${owner}.id` : '$saved.row.id'
  if (subject.isAccount !== true && operation !== 'create') steps.push(step('system', 'create', [entity, row], { status: 'success' }, 'row'))
  steps.push(...asked(entity, subject, { actor, role, operation, side, id, row }))
  const actors = { stranger: { role: 'user' }, ...(role === 'public' ? {} : { actor: { role } }) }
  return { name: `${role} ${operation} ${entity} (${side})`, line: 0, fresh: false, actors, skips: [], steps }
}

interface Asking {
  readonly actor: string
  readonly role: Role
  readonly operation: Operation
  readonly side: Side
  readonly id: string
  readonly row: Readonly<Record<string, unknown>>
}

function asked(entity: string, subject: Subject, { actor, role, operation, side, id, row }: Asking): Step[] {
  const met = meeting(subject, role, operation, side)
  const call = {
    create: [entity, row],
    read: [entity, id],
    update: [entity, id, subject.change],
    delete: [entity, id],
    list: [entity, { limit: 100, sort: { createdAt: 'desc' } }],
  }[operation]
  const filtered = operation === 'list' ? [entity, { filter: { id } }] : call
  if (operation === 'list') {
    if (typeof met !== 'string' && met.status === 'error' && met.error.name !== 'NOT_FOUND') return [step(actor, 'list', filtered, met)]
    // A row that cannot be seen is simply not in the list, nor in its count.
    const output = met === 'allowed' ? { data: [{ id }], total: 1 } : { data: [], total: 0 }
    return [step(actor, 'list', filtered, { status: 'success', output })]
  }
  if (met !== 'allowed') return [step(actor, operation, filtered, met), ...untouched(entity, operation, id)]
  const outputs = { create: { id: '$uuid' }, read: { id }, update: { id, ...subject.change }, delete: true }
  return [step(actor, operation, filtered, { status: 'success', output: outputs[operation] })].concat(
    operation === 'delete' ? [step('system', 'read', [entity, id], refused('NOT_FOUND'))] : [],
  )
}

/** A refusal has no effect: the row is still as it was. */
const untouched = (entity: string, operation: Operation, id: string): Step[] =>
  operation === 'update' || operation === 'delete' ? [step('system', 'read', [entity, id], { status: 'success', output: { id } })] : []

function step(as: string, method: string, params: unknown, expected: Expected, save?: string): Step {
  return { as, method, params, expected, raw: false, cancelled: false, line: 0, ...(save === undefined ? {} : { save }) }
}

/** 5 roles × 8 entities × 5 operations × own or another's. */
export function roleCases(): CaseFile {
  const cases = Object.entries(shippedRights).flatMap(([entity, subject]) =>
    roles.flatMap((role) => operations.flatMap((operation) => sides.map((side) => caseOf(entity, subject, role, operation, side)))),
  )
  return { path: 'roles (generated)', clean: false, cases }
}
