import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, operation, schema, toOne } from '../../test/support/entities.ts'
import { lintPolicy } from './lint.ts'
import { loadPolicy } from './rules.ts'

const user = (acl: string) =>
  entity('User', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('role', 'enum', { values: ['user', 'admin'], index: true }),
      field('email', 'email'),
    ],
    acl,
    more: { owner: 'id' },
  })
const note = (acl?: string) =>
  entity('Note', {
    fields: [
      field('id', 'uuid', { primary: true, generated: true }),
      field('ownerId', 'uuid', { nullable: true, index: true }),
      field('level', 'integer'),
      field('grade', 'integer', { nullable: true, index: true }),
      field('code', 'string', { index: true }),
      field('tenantId', 'string'),
    ],
    relations: [toOne('owner', 'User', 'ownerId')],
    operations: [{ ...operation('sweep', 'deleteMany'), systemOnly: true }],
    ...(acl === undefined ? {} : { acl }),
    more: { owner: 'ownerId' },
  })

/** `code severity` of the findings about notes, and all messages. */
function findings(acl: string | undefined, users = 'read: { public: true }'): { readonly codes: string; readonly text: string } {
  const world = schema([note(acl), user(users)])
  const found = lintPolicy(world, loadPolicy(world)).filter(
    // Most of the cases name one role, and gaps in the ladder are not their subject (test/policy/bad.yaml has them).
    (finding) => finding.place.file !== 'User.yaml' && finding.code !== 'ladder-gap',
  )
  return { codes: found.map((f) => `${f.code} ${f.severity}`).join(', '), text: found.map((f) => f.message).join('\n') }
}

const readable = 'read: { role: [user] }'
const cases: readonly (readonly [string, string, RegExp?])[] = [
  ['read: { user: true }', ''],
  ['read: { self: true }', ''],
  ['delete: { system: true }', ''],
  ['read: { public: true }', 'allow-all note', /read every row of Note/],
  ['read: { public: true, row_level: "1 = 1" }', 'allow-all note'],
  ['delete: { public: true }', 'allow-all warning, blind-write note', /write every row/],
  ['read: { role: [user], row_level: "level = 1" }', 'no-index note', /"level"/],
  ['read: { role: [user], row_level: "level = 1 AND code = \'x\'" }', ''],
  ['read: { role: [user], row_level: "grade < 3" }', 'null-defeats warning', /"grade" can be null; the permit/],
  ['read: { role: [user], row_level: "grade != 3 OR grade IS NULL" }', ''],
  ['read: { role: [user], row_level: "grade = 3" }', ''],
  ['read: { role: [user], row_level: "NOT grade = 3" }', 'null-defeats warning'],
  ['read: { role: [user], row_level: "owner.role != \'user\'" }', 'null-defeats warning', /User\.role/],
  [
    `{ ${readable}, rules: [{ role: [user], operations: [read], effect: deny, row_level_filter: "grade = 3" }] }`,
    'null-defeats warning',
    /the deny then holds/,
  ],
  ['read: { public: true, row_level: "ownerId = $user.id" }', 'null-defeats note', /without identity/],
  ['rules: [{ role: [], operations: [read] }]', 'unreachable warning', /roles is empty/],
  ['rules: [{ role: [user], operations: [] }]', 'unreachable warning', /operations is empty/],
  ['read: { role: [user], row_level: "1 = 2" }', 'unreachable warning', /no row fits/],
  ['rules: [{ role: [user], operations: [sweep] }]', 'unreachable warning', /only the engine/],
  ['{ delete: false, rules: [{ role: [admin], operations: [delete] }] }', 'unreachable warning', /denies all/],
  ['create: { role: [user] }', 'client-writable warning, client-writable warning', /"tenantId", which is the tenant/],
  ['create: { role: [user], writable_fields: [code] }', ''],
  ['create: { role: [user], presets: { tenantId: $context.tenantId, ownerId: $user.id } }', ''],
  ['rules: [{ role: [user], operations: [sweep], effect: deny }]', ''],
  [`{ ${readable}, create: { role: [user], check: "tenantId = $context.tenantId AND ownerId = $user.id" } }`, ''],
]
for (const [acl, codes, text] of cases) {
  test(`lint of ${acl}`, () => {
    const found = findings(acl)
    assert.equal(found.codes, codes, found.text)
    if (text !== undefined) assert.match(found.text, text)
  })
}

test('an entity without rules is pointed out, one for the engine only is not', () => {
  assert.equal(findings(undefined).codes, 'no-rules warning')
})

test('a role that callers choose is found, unless a check binds it or the role is the highest', () => {
  const codes = (acl: string) => {
    const world = schema([user(acl)])
    return lintPolicy(world, loadPolicy(world))
      .map((f) => f.code)
      .join(', ')
  }
  assert.equal(codes('update: { self: true }'), 'hidden-dependency, client-writable, blind-write'.split(', ').sort().join(', '))
  assert.equal(codes('{ read: { user: true }, update: { self: true } }'), 'client-writable')
  assert.equal(codes('{ read: { user: true }, update: { self: true, writable_fields: [email] } }'), '')
  assert.equal(codes('{ read: { user: true }, create: { role: [admin], check: "level(role) < $user.level" } }'), 'ladder-gap')
  assert.equal(codes('create: { role: [supergod] }'), '')
})

test('a rule that depends on what its roles cannot read is found', () => {
  const acl = 'read: { role: [user], row_level: "ownerId IN (SELECT id FROM User WHERE role = \'admin\')" }'
  assert.match(findings(acl, 'read: false').text, /depends on User\.id, which "user" may not read/)
  assert.match(findings(acl, 'read: { self: true }').text, /may not read all rows of User/)
  assert.match(findings(acl, 'read: { role: [user], readable_fields: [id] }').text, /^The rule depends on User\.role/)
  assert.equal(findings(acl, 'read: { role: [user] }').text, '')
  assert.match(findings('read: { role: [user], row_level: "owner.role = \'admin\'" }', 'read: false').text, /User\.role/)
})
