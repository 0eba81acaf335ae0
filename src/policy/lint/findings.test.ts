/** Findings of lint, each beside its nearest neighbour that is none: one part of the rule is another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, operation, schema, toOne } from '../../../test/support/entities.ts'
import { lintPolicy } from '../lint.ts'
import { loadPolicy } from '../rules.ts'
import type { FindingCode } from './finding.ts'

const owner = toOne('owner', 'User', 'ownerId')
const user = (acl = 'read: { user: true, admin: true }') =>
  entity('User', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('team', 'string', { nullable: true, index: true }),
      field('code', 'string', { unique: 'exact' }),
      field('plain', 'string'),
    ],
    acl,
    more: { owner: 'id' },
  })
const thing = (acl: string) =>
  entity('Thing', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('ownerId', 'uuid', { index: true }),
      field('maybeId', 'uuid', { nullable: true, index: true }),
      field('level', 'integer'),
      field('grade', 'integer', { nullable: true, index: true }),
      field('props', 'json'),
      field('secret', 'string', { sensitive: true }),
      field('hash', 'string', { sensitive: true, neverExposed: true }),
      field('until', 'datetime', { index: true }),
    ],
    relations: [owner, toOne('maybe', 'User', 'maybeId')],
    operations: [
      operation('byLevel', 'list_by'),
      operation('byCode', 'find_by'),
      operation('getTree', 'tree'),
      operation('arrange', 'reorder'),
      operation('shift', 'move'),
      operation('setLevel', 'update_by'),
      operation('dropLevel', 'delete_by'),
      operation('setPassword', 'set_secret'),
      operation('tryPassword', 'verify_secret'),
    ],
    acl,
    more: { owner: 'ownerId', indexes: [{ fields: ['level', 'grade'], unique: false, name: 'by_level' }] as never },
  })

/** Messages of one code about things. */
function told(code: FindingCode, acl: string, users?: string): string {
  const world = schema([thing(acl), user(users)])
  return lintPolicy(world, loadPolicy(world))
    .filter((finding) => finding.code === code && finding.entity === 'Thing')
    .map(({ message, severity }) => `${severity} ${message}`)
    .join('\n')
}
const rules = (...list: string[]) => `rules: [${list.map((one) => `{ role: [user], ${one} }`).join(', ')}]`
const none = /^$/

type Row = readonly [code: FindingCode, acl: string, expected: RegExp, users?: string]
const cases: readonly Row[] = [
  // A deny of reading does not bind what another rule names by itself.
  [
    'deny-bypassed',
    rules('id: d, operations: [read], effect: deny, row_level_filter: "level = 1"', 'id: p, operations: [list]'),
    /"list", for which p stands.*\n.*"count"|"list", for which p/,
  ],
  ['deny-bypassed', rules('operations: [read, list], effect: deny, row_level_filter: "level = 1"', 'operations: [list]'), none],
  ['deny-bypassed', rules('operations: [read], effect: deny, row_level_filter: "level = 1"', 'operations: [read]'), none],
  [
    'deny-bypassed',
    'rules: [{ role: [public], operations: [read], effect: deny, row_level_filter: "level = 1" }, { id: p, role: [admin], operations: [byCode] }]',
    /"byCode", for which p/,
  ],
  [
    'deny-bypassed',
    'rules: [{ role: [user], operations: [read], effect: deny, row_level_filter: "level = 1" }, { role: [admin], operations: [list] }]',
    none,
  ],
  ['deny-bypassed', rules('operations: [read], row_level_filter: "level = 1"', 'operations: [list]'), none],
  // Rows or fields that a list gives and a read does not.
  ['wider-than-read', rules('operations: [list]'), /"user" gets rows by "list"/],
  ['wider-than-read', rules('operations: [byLevel]'), /rows by "byLevel"/],
  ['wider-than-read', rules('operations: [getTree]'), /rows by "getTree"/],
  ['wider-than-read', rules('operations: [byCode]'), /rows by "byCode"/],
  ...(['count', 'search', 'aggregate'] as const).map(
    (name): Row => ['wider-than-read', rules(`operations: [${name}]`), new RegExp(`rows by "${name}"`)],
  ),
  ['wider-than-read', rules('operations: [delete]'), none],
  ['wider-than-read', rules('operations: [list], effect: deny'), none],
  ['wider-than-read', rules('operations: [list, read]'), none],
  ['wider-than-read', rules('operations: [list]', 'operations: [read]'), none],
  ['wider-than-read', rules('operations: [list]', 'operations: [read], row_level_filter: "level = 1"'), /gets rows/],
  ['wider-than-read', rules('operations: [list], row_level_filter: "level = 1"'), none],
  [
    'wider-than-read',
    rules('operations: [list], row_level_filter: "level = 1"', 'operations: [read], readable_fields: [id]'),
    /the fields ownerId, maybeId, level/,
  ],
  [
    'wider-than-read',
    rules(
      'operations: [list], readable_fields: [id, level]',
      'operations: [read], readable_fields: [id]',
      'operations: [read], readable_fields: [level]',
    ),
    none,
  ],
  ['wider-than-read', rules('operations: [list], readable_fields: [id]', 'operations: [read], readable_fields: [id, level]'), none],
  ['wider-than-read', rules('operations: [list]', 'operations: [read], effect: deny, row_level_filter: "level = 9"'), /gets rows/],
  // $user.x that callers write themselves.
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    /\$user\.team, which "user" writes/,
    'update: { self: true }',
  ],
  ['self-granted', rules('operations: [update], check: "$user.team = \'a\'"'), /\$user\.team/, 'update: { self: true }'],
  ['self-granted', rules('operations: [read], row_level_filter: "$user.id = ownerId"'), none, 'update: { self: true }'],
  ['self-granted', rules('operations: [read], row_level_filter: "$user.team = \'a\'"'), none, 'update: { self: true, writable_fields: [plain] }'],
  ['self-granted', rules('operations: [read], row_level_filter: "$user.team = \'a\'"'), none, 'update: { role: [admin] }'],
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    none,
    'update: { role: [user], row_level: "id != $user.id" }',
  ],
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    none,
    'update: { role: [user], row_level: "$user.id != id AND plain = \'x\'" }',
  ],
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    /team/,
    'update: { role: [user], row_level: "id = $user.id" }',
  ],
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    /team/,
    'update: { role: [user], row_level: "plain != \'x\'" }',
  ],
  ['self-granted', rules('operations: [read], row_level_filter: "$user.team = \'a\'"'), none, 'update: { self: true, check: "team = \'b\'" }'],
  ['self-granted', rules('operations: [read], row_level_filter: "$user.team = \'a\'"'), /team/, 'update: { self: true, check: "plain = \'b\'" }'],
  [
    'self-granted',
    rules('operations: [read], row_level_filter: "$user.team = \'a\'"'),
    none,
    'rules: [{ role: [user], operations: [update], effect: deny }]',
  ],
  // All of it is given by another.
  ['redundant', rules('id: a, operations: [read]', 'id: b, operations: [read], row_level_filter: "level = 1"'), /^note All of it is given by a \(/],
  ['redundant', rules('id: a, operations: [read, list]', 'id: b, operations: [read], readable_fields: [id]'), /given by a/],
  ['redundant', rules('id: a, operations: [read]', 'id: b, operations: [read, list]', 'id: c, operations: [count]'), /given by b/],
  ['redundant', rules('operations: [read], row_level_filter: "level = 2"', 'operations: [read], row_level_filter: "level = 1"'), none],
  ['redundant', rules('operations: [read], readable_fields: [level]', 'operations: [read], readable_fields: [id]'), none],
  ['redundant', rules('operations: [update], writable_fields: [level]', 'operations: [update], writable_fields: [grade]'), none],
  ['redundant', rules('operations: [update], presets: { level: 1 }', 'operations: [update], writable_fields: [grade]'), none],
  ['redundant', rules('operations: [update]', 'operations: [update], presets: { level: 1 }'), none],
  ['redundant', rules('operations: [update], check: "level = 1"', 'operations: [update], check: "level = 2"'), none],
  ['redundant', rules('operations: [read], effect: deny, row_level_filter: "level = 1"', 'operations: [read]'), none],
  ['redundant', 'rules: [{ role: [user], operations: [read] }, { role: [admin], operations: [read] }]', none],
  ['redundant', 'rules: [{ id: a, role: [public], operations: [read] }, { id: b, role: [admin], operations: [read] }]', /given by a/],
  [
    'redundant',
    'rules: [{ id: a, role: [user, admin], operations: [read] }, { id: b, role: [admin], operations: [read], row_level_filter: "level = 1" }]',
    /given by a/,
  ],
  // Roles do not inherit.
  ['ladder-gap', 'rules: [{ role: [user], operations: [read] }]', /^note admin, god, supergod may do nothing with Thing/],
  ['ladder-gap', 'rules: [{ role: [user, admin, god, supergod], operations: [read] }]', none],
  ['ladder-gap', 'rules: [{ role: [public], operations: [read] }]', none],
  ['ladder-gap', 'rules: [{ role: [user], operations: [read], effect: deny, row_level_filter: "level = 1" }]', none],
  [
    'ladder-gap',
    'rules: [{ role: [user], operations: [read] }, { role: [admin, god, supergod], operations: [update] }]',
    /^note admin, god, supergod may not, though/,
  ],
  ['ladder-gap', 'rules: [{ role: [supergod], operations: [read] }]', none],
  // Parts that bind nothing.
  ['idle-part', rules('operations: [read], writable_fields: [level]'), /"writable_fields" does nothing here: the operations of the rule only read/],
  ['idle-part', rules('operations: [delete], writable_fields: [level]'), /only remove rows/],
  ['idle-part', rules('operations: [read], presets: { level: 1 }'), /"presets".*only read/],
  ['idle-part', rules('operations: [read], check: "level = 1"'), /"check".*only read/],
  ['idle-part', rules('operations: [read, update], check: "level = 1", presets: { grade: 1 }, writable_fields: [level]'), none],
  ['idle-part', rules('operations: [setPassword], check: "level = 1"'), none],
  ['idle-part', rules('operations: [create], check: "level = 1", presets: { grade: 1 }, writable_fields: [level]'), none],
  ['idle-part', rules('operations: [update], readable_fields: [id]'), /"readable_fields" does nothing here: what a write answers/],
  ['idle-part', rules('operations: [tryPassword], readable_fields: [id]'), none],
  ['idle-part', rules('operations: [create], row_level_filter: "level = 1", check: "level = 2"'), /"row_level_filter".*no row before a create/],
  ['idle-part', rules('operations: [create], row_level_filter: "level = 1"'), none],
  ['idle-part', rules('operations: [create, update], row_level_filter: "level = 1", check: "level = 2"'), none],
  ['idle-part', rules('operations: [createMany], row_level_filter: "level = 1", check: "level = 2"'), /no row before/],
  ...['arrange', 'shift', 'setLevel', 'updateMany'].map(
    (name): Row => ['idle-part', rules(`operations: [${name}], writable_fields: [level], check: "level = 1"`), none],
  ),
  ['empty-list', rules('operations: [read], readable_fields: []'), /shows rows without any field/],
  ['empty-list', rules('operations: [read], readable_fields: [id]'), none],
  ['empty-list', rules('operations: [update], writable_fields: []'), /lets nobody write any field/],
  ['empty-list', rules('operations: [create, update], writable_fields: []'), none],
  ['empty-list', rules('operations: [update], writable_fields: [level]'), none],
  // Sensitive fields.
  ['sensitive-shown', rules('operations: [read]'), /^warning "secret" is sensitive, and user may read it; leave it out with except_fields$/],
  ['sensitive-shown', 'rules: [{ role: [user, god, admin], operations: [read] }]', /sensitive, and admin, user may/],
  ['sensitive-shown', 'rules: [{ role: [god], operations: [read] }]', none],
  ['sensitive-shown', rules('operations: [update]'), none],
  ['sensitive-shown', rules('operations: [read], row_level_filter: "level = 1"'), none],
  ['sensitive-shown', 'rules: [{ role: [public], operations: [read], row_level_filter: "level = 1" }]', /secret/],
  ['sensitive-shown', rules('operations: [read], except_fields: [secret]'), none],
  ['sensitive-shown', rules('operations: [read], effect: deny'), none],
  // Rows out of reach.
  ['row-escape', rules('operations: [update], row_level_filter: "level = 1", check: "grade = 1"'), /The filter asks "level" and the check does not/],
  ['row-escape', rules('operations: [update], row_level_filter: "level = 1", check: "level = 1 AND grade = 1"'), none],
  ['row-escape', rules('operations: [update], row_level_filter: "level = 1", check: "grade = 1", writable_fields: [grade]'), none],
  ['row-escape', rules('operations: [update], row_level_filter: "level = 1", check: "grade = 1", presets: { level: 1 }'), none],
  ['row-escape', rules('operations: [delete], row_level_filter: "level = 1", check: "grade = 1"'), none],
  ['row-escape', rules('operations: [update], row_level_filter: "level = 1"'), none],
  ['row-escape', rules('operations: [update], row_level_filter: "owner.code = \'a\'", check: "grade = 1"'), /"ownerId"/],
  ['row-escape', rules('operations: [update], row_level_filter: "owner.code = \'a\'", check: "owner.plain = \'b\'"'), none],
  ['row-escape', rules('operations: [update], row_level_filter: "id = $user.id", check: "grade = 1"'), none],
  // Passwords.
  ['secret-open', rules('operations: [setPassword]'), /^warning user may set the password of every account/],
  ['secret-open', rules('operations: [setPassword], row_level_filter: "ownerId = $user.id"'), none],
  ['secret-open', 'rules: [{ role: [god], operations: [setPassword] }]', none],
  ['secret-open', rules('operations: [update]'), none],
  ['secret-open', rules('operations: [setPassword], effect: deny'), none],
  // Writing what is not read.
  ['blind-write', rules('operations: [update]'), /^note user may write rows of Thing and read none/],
  ...['delete', 'deleteMany', 'dropLevel'].map((name): Row => ['blind-write', rules(`operations: [${name}]`), /read none/]),
  ['blind-write', rules('operations: [update]', 'operations: [read]'), none],
  ['blind-write', rules('operations: [update]', 'operations: [read], effect: deny'), /read none/],
  ['blind-write', rules('operations: [create]'), none],
  ['blind-write', rules('operations: [update], effect: deny'), none],
  // Everybody.
  ['allow-all', 'rules: [{ role: [public], operations: [read] }]', /^note Everyone.* may read every row/],
  ['allow-all', 'rules: [{ role: [public], operations: [update] }]', /^warning Everyone.* may write every row/],
  ['allow-all', 'rules: [{ role: [public], operations: [update], check: "level = 1" }]', none],
  ['allow-all', 'rules: [{ role: [public], operations: [update, read], check: "level = 1" }]', /^note.* may read/],
  ['allow-all', 'rules: [{ role: [public], operations: [read], row_level_filter: "level = 1" }]', none],
  ['allow-all', 'rules: [{ role: [public], operations: [read], effect: deny }]', none],
  ['allow-all', rules('operations: [read]'), none],
  // Never anything.
  ['unreachable', rules('operations: [read], row_level_filter: "level = 1 AND level = 2"'), /no row fits/],
  ['unreachable', rules('operations: [read], effect: deny, row_level_filter: "level = 1 AND level = 2"'), /no row fits/],
  ['unreachable', rules('operations: [read]', 'operations: [read], effect: deny'), /denies all/],
  ['unreachable', rules('operations: [read]', 'operations: [read], effect: deny, row_level_filter: "level = 1"'), none],
  ['unreachable', 'rules: [{ role: [user, admin], operations: [read] }, { role: [user], operations: [read], effect: deny }]', none],
  ['unreachable', rules('operations: [read, update]', 'operations: [read], effect: deny'), none],
  // Nulls.
  ['null-defeats', rules('operations: [read], row_level_filter: "grade > 1"'), /^warning "grade" can be null; the permit then does not hold/],
  ['null-defeats', rules('operations: [read], row_level_filter: "level > 1"'), none],
  ['null-defeats', rules('operations: [read], row_level_filter: "grade IN (1, 2)"'), none],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT grade IN (1, 2)"'), /"grade"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "level = 1 OR grade > 1"'), /"grade"/],
  ['null-defeats', rules('operations: [read], effect: deny, row_level_filter: "grade IN (1, 2)"'), /the deny then holds/],
  ['null-defeats', rules('operations: [update], row_level_filter: "level = 1", check: "grade > 1"'), /"grade"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "props.x > 1"'), /"props\.x"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT owner.team = \'a\'"'), /"User\.team"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT owner.plain = \'a\'"'), none],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT maybe.plain = \'a\'"'), /"User\.plain"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT maybeId IN (SELECT id FROM User)"'), /"maybeId"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "NOT \'a\' IN (SELECT team FROM User)"'), /"team"/],
  ['null-defeats', rules('operations: [read], row_level_filter: "maybeId IN (SELECT id FROM User)"'), none],
  ['null-defeats', rules('operations: [read], row_level_filter: "ownerId IN (SELECT id FROM User WHERE team != \'a\')"'), /"team"/],
  ['null-defeats', 'rules: [{ role: [public], operations: [read], row_level_filter: "ownerId = $user.id" }]', /^note "\$user\.id" can be null/],
  [
    'null-defeats',
    'rules: [{ role: [public], operations: [read], row_level_filter: "level = $user.level OR $user.role = \'god\' OR until < $context.now" }]',
    none,
  ],
  // Time and indexes.
  ['time-dependent', rules('operations: [read], row_level_filter: "until > $context.now"'), /depends on the time/],
  ['time-dependent', rules('operations: [update], row_level_filter: "level = 1", check: "until > $context.now"'), /depends on the time/],
  ['time-dependent', rules('operations: [read], row_level_filter: "level = 1"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "secret = \'a\'"'), /rows of Thing by "secret", and no index helps/],
  ['no-index', rules('operations: [read], row_level_filter: "secret = \'a\' AND ownerId = $user.id"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "level = 1"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "id = $user.id"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "secret != \'a\'"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "secret IN (\'a\')"'), /"secret"/],
  ['no-index', rules('operations: [read], row_level_filter: "ownerId IN (SELECT id FROM User WHERE plain = \'a\')"'), none],
  ['no-index', rules('operations: [read], row_level_filter: "secret IN (SELECT plain FROM User)"'), /Thing by "secret".*\n.*User by "plain"/],
  ['no-index', rules('operations: [read], row_level_filter: "ownerId IN (SELECT id FROM User WHERE code = \'a\')"'), none],
]
for (const [code, acl, expected, users] of cases)
  test(`${code} of ${acl}${users === undefined ? '' : ` with ${users}`}`, () => assert.match(told(code, acl, users), expected))

test('findings come in the order of files, lines and columns, then of codes and messages', () => {
  const world = schema([
    thing(
      'rules:\n  - { role: [public], operations: [update] }\n  - { role: [user], operations: [update] }\n  - { role: [public], operations: [read] }',
    ),
    user('read: { public: true }'),
  ])
  const places = lintPolicy(world, loadPolicy(world)).map(({ place, code, message }) => ({ ...place, code, message }))
  const sorted = places.toSorted(
    (a, b) =>
      a.file.localeCompare(b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : a.message < b.message ? -1 : 1),
  )
  assert.deepEqual(places, sorted)
  assert.ok(new Set(places.map(({ file }) => file)).size === 2 && new Set(places.map(({ line }) => line)).size > 2)
})

test('a field that may hold the name of one role is a role, whatever else it may hold', () => {
  const of = (...values: string[]) => {
    const world = schema([
      entity('Seat', {
        fields: [field('id', 'uuid', { primary: true, generated: true }), field('rank', 'enum', { values })],
        acl: 'rules: [{ role: [user], operations: [read, update] }]',
      }),
    ])
    return lintPolicy(world, loadPolicy(world)).some(({ code, message }) => code === 'client-writable' && message.includes('"rank", which is a role'))
  }
  assert.deepEqual([of('none', 'admin'), of('admin', 'god'), of('none', 'some'), of('public', 'none')], [true, true, false, false])
})
