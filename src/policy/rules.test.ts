import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ladder, schema } from '../../test/support/entities.ts'
import { filed, line, note, noteFields, policy, user, world } from '../../test/support/notes.ts'
import { DBALError, type FieldError } from '../errors/error.ts'
import type { Policy } from './policy.ts'
import { loadPolicy } from './rules.ts'

const lines = (loaded: Policy): string[] => loaded.rules.map(line).sort()

function complaints(work: () => unknown): readonly FieldError[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', String(error))
    return error.details.fields ?? []
  }
  return []
}

const signedIn = 'admin god supergod user'

/** An entry for `update`, and the permits that it makes. */
const compact: readonly (readonly [string, readonly string[]])[] = [
  ['{ role: [god, supergod] }', ['permit update for god supergod where always']],
  ['{ role: god }', ['permit update for god where always']],
  ['{ public: true }', ['permit update for public where always']],
  ['{ admin: true }', ['permit update for admin god supergod where always']],
  ['{ supergod: true }', ['permit update for supergod where always']],
  ['{ user: true, god: true }', [`permit update for ${signedIn} where always`]],
  ['{ self: true }', [`permit update for ${signedIn} where ownerId = $user.id`]],
  ['{ self: true, admin: true }', ['permit update for admin god supergod where always', `permit update for ${signedIn} where ownerId = $user.id`]],
  [
    '{ self: true, writable_fields: [title], admin: true }',
    ['permit update for admin god supergod where always', `permit update for ${signedIn} where ownerId = $user.id writes [title]`],
  ],
  [
    '{ self: true, role: [admin], check: "level < 3" }',
    ['permit update for admin where always', `permit update for ${signedIn} where ownerId = $user.id check level < 3`],
  ],
  ['{ self: true, row_level: "level = 1" }', [`permit update for ${signedIn} where level = 1`]],
  [
    '{ self: true, row_level: "level = 1", public: true }',
    ['permit update for public where always', `permit update for ${signedIn} where level = 1`],
  ],
  ['{ role: [god], row_level: "level <= $user.level" }', ['permit update for god where level <= $user.level']],
  ['{ role: [user], public: true, row_level: "level = 1" }', ['permit update for public where level = 1', 'permit update for user where level = 1']],
  [
    '{ public: true, row_level: "level = 1", admin: true }',
    ['permit update for admin god supergod where always', 'permit update for public where level = 1'],
  ],
  ['{ role: [user], presets: { title: $user.username }, reason: "No." }', ['permit update for user where always presets title=$user.username No.']],
  ['{ role: [user], row_level: "level = 1", check: "level = 1 AND true" }', ['permit update for user where level = 1']],
  ['{ role: [user], writable_fields: [] }', ['permit update for user where always writes []']],
  ['{ admin: true, reason: "Admins only." }', ['permit update for admin god supergod where always Admins only.']],
  ['{ admin: false, role: [user] }', ['permit update for user where always']],
  ['{ system: true, role: [user] }', ['permit update for user where always']],
  ['false', ['deny update for public where always']],
  ['{ system: true }', ['deny update for public where always']],
  ['{ role: [] }', ['deny update for public where always']],
]
for (const [entry, expected] of compact) test(`update: ${entry}`, () => assert.deepEqual(lines(policy(`update: ${entry}`)), [...expected].sort()))

test('except_fields are all fields but these', () => {
  const [rule] = policy('read: { role: [user], except_fields: [level, secret] }').rules
  assert.deepEqual(
    [...(rule?.readable ?? [])],
    noteFields
      .map((f) => f.name)
      .filter((name) => name !== 'level' && name !== 'secret')
      .sort(),
  )
})

test('an operation that nobody may do does not follow another', () => {
  for (const entry of ['false', '{ system: true }', '{ role: [] }']) {
    const loaded = policy(`{ read: { public: true }, list: ${entry} }`)
    for (const kind of ['list', 'count', 'search', 'aggregate'])
      assert.ok(
        loaded.governing('Note', 'user', kind, kind).every((rule) => rule.effect === 'deny'),
        `${kind} ${entry}`,
      )
    assert.equal(loaded.governing('Note', 'user', 'read', 'read')[0]?.effect, 'permit')
  }
})

const general: readonly (readonly [string, string])[] = [
  ['{ role: user, operations: [read] }', 'permit read for user where always'],
  ['{ entity: Note, role: [user, public], operations: [read, list] }', 'permit list+read for public user where always'],
  [
    '{ role: [user], operations: [read, update], row_level_filter: "id = $user.id", writable_fields: [title] }',
    'permit read+update for user where id = $user.id writes [title]',
  ],
  ['{ role: [user], operations: [create], check: "level < 3" }', 'permit create for user where always check level < 3'],
  [
    '{ role: [user], operations: [create], presets: { ownerId: $user.id, level: 1, price: 1.5, title: "x" } }',
    'permit create for user where always presets level=1 ownerId=$user.id price="1.50" title="x"',
  ],
  ['{ role: [user], operations: [create], presets: { price: null } }', 'permit create for user where always presets price=null'],
  [
    '{ role: [user], operations: [delete], effect: deny, row_level_filter: "level > 3", reason: Frozen }',
    'deny delete for user where level > 3 Frozen',
  ],
  ['{ role: [public], operations: [delete], effect: deny }', 'deny delete for public where always'],
  ['{ role: [user], operations: [getByCode, setLevel], effect: permit }', 'permit getByCode+setLevel for user where always'],
  ['{ role: [], operations: [read] }', 'permit read for  where always'],
  ['{ role: [user], operations: [create], writable_fields: [code] }', 'permit create for user where always writes [code]'],
]
for (const [rule, expected] of general) test(`rule ${rule}`, () => assert.deepEqual(lines(policy(`rules: [${rule}]`)), [expected]))

test('rules across tenants are for god and up, on entities that have tenants', () => {
  const rules = (role: string, of = 'Doc') => `rules: [{ entity: ${of}, role: [${role}], operations: [read], across_tenants: true }]`
  assert.deepEqual(lines(filed(rules('god, supergod'))), ['permit read for god supergod where always across tenants'])
  assert.match(complaints(() => filed(rules('god, admin')))[0]?.error ?? '', /"admin" cannot act across tenants/)
  assert.match(complaints(() => filed(rules('god', 'Note')))[0]?.error ?? '', /no tenants/)
})

/** An acl, where the complaint points to, and what it says. Each has exactly one. */
const refused: readonly (readonly [string, string, RegExp])[] = [
  ['read: true', '1:7', /public: true/],
  ['read: public', '1:7', /\{ public: true \}/],
  ['read: [admin]', '1:7', /\{ role: \[…\] \}/],
  ['read: null', '1:7', /nobody in particular/],
  ['raed: { public: true }', '1:7', /no operation "raed"; did you mean "read"/],
  ['upsert: { public: true }', '1:9', /rights to create and to update/],
  ['read: { admn: true }', '1:15', /Unknown keyword "admn"; did you mean "admin"/],
  ['read: { Admin: true }', '1:16', /did you mean "admin"/],
  ['read: { public: yes }', '1:17', /neither true nor false/],
  ['read: { role: [user], system: yes }', '1:31', /neither true nor false/],
  ['read: { role: [user], self: 1 }', '1:29', /neither true nor false/],
  ['read: { role: [Admin] }', '1:16', /Unknown role "Admin"; did you mean "admin"/],
  ['read: { role: [" admin"] }', '1:16', /Unknown role " admin"/],
  ['read: { role: [system] }', '1:16', /not bound by rules/],
  ['read: { role: { a: 1 } }', '1:15', /not a list of roles/],
  ['read: { role: [1] }', '1:16', /not the name of one of the roles/],
  ['read: { admin: true, row_level: "level = 1" }', '1:33', /none of them stands here/],
  ['read: { admin: true, readable_fields: [id] }', '1:39', /none of them stands here/],
  ['read: { public: true, row_level: "levl = 1" }', '1:35', /did you mean "level"/],
  ['read: { public: true, row_level_filter: "level = 1" }', '1:41', /it is "row_level"|"row_level"/],
  ['read: { public: true, row_level: 3 }', '1:34', /not an expression/],
  ['read: { public: true, across_tenants: true }', '1:39', /list "rules"/],
  ['read: { role: [user], readable_fields: [titel] }', '1:41', /did you mean "title"/],
  ['read: { role: [user], readable_fields: [title, secret] }', '1:48', /never exposed/],
  ['read: { role: [user], readable_fields: [id], except_fields: [level] }', '1:61', /exclude each other/],
  ['update: { role: [user], writable_fields: [id] }', '1:43', /generated/],
  ['update: { role: [user], writable_fields: [version] }', '1:43', /kept/],
  ['update: { role: [user], writable_fields: [updatedAt] }', '1:43', /every write/],
  ['update: { role: [user], writable_fields: [code] }', '1:43', /never changes/],
  ['update: { role: [user], presets: { createdAt: $context.now } }', '1:47', /cannot be preset/],
  ['update: { role: [user], presets: { level: x } }', '1:43', /not a value of "level" \(integer\)/],
  ['update: { role: [user], presets: { level: null } }', '1:43', /cannot be null/],
  ['update: { role: [user], presets: { title: $user.tem } }', '1:43', /did you mean "team"/],
  ['update: { role: [user], presets: { level: $user.team } }', '1:43', /cannot be compared/],
  ['update: { role: [user], presets: { title: "$user.id OR 1" } }', '1:53', /the end is expected/],
  ['update: { role: [user], presets: { titel: x } }', '1:43', /did you mean "title"/],
  ['update: { role: [user], presets: [title] }', '1:34', /not a map/],
  ['rules: { role: [user] }', '1:8', /not a list of rules/],
  ['rules: [user]', '1:9', /not a rule/],
  ['rules: [{ operations: [read] }]', '1:9', /no "role"/],
  ['rules: [{ role: [user] }]', '1:9', /no "operations"/],
  ['rules: [{ role: [user], operations: [reed] }]', '1:38', /did you mean "read"/],
  ['rules: [{ role: [user], operations: ["*"] }]', '1:38', /one by one/],
  ['rules: [{ role: [user], operations: [read], row_level: "level = 1" }]', '1:56', /"row_level_filter"/],
  ['rules: [{ role: [user], operations: [read], effect: allow }]', '1:53', /did you mean "permit"/],
  ['rules: [{ role: [user], operations: [read], effect: deny, check: "level = 1" }]', '1:66', /A deny has no "check"/],
  ['rules: [{ role: [user], operations: [read], effect: deny, readable_fields: [id] }]', '1:76', /A deny has no/],
  ['rules: [{ role: [user], operations: [read], id: 3 }]', '1:49', /not a text/],
  ['rules: [{ entity: User, role: [user], operations: [read] }]', '1:19', /cannot stand in the acl of Note/],
  ['rules: [{ entity: Nope, role: [user], operations: [read] }]', '1:19', /no entity "Nope"/],
  ['rules: [{ id: a, role: [user], operations: [read] }, { id: a, role: [god], operations: [read] }]', '1:54', /taken by another rule/],
]
for (const [acl, at, message] of refused) {
  test(`refuses ${acl}`, () => {
    const found = complaints(() => policy(acl))
    assert.deepEqual(
      found.map((c) => c.field),
      [`Note.yaml:${at}`],
      JSON.stringify(found),
    )
    assert.match(found[0]?.error ?? '', message)
  })
}

test('self needs an owner, or a row_level in its place', () => {
  const { owner: _, ...orphan } = note('read: { self: true }')
  assert.match(complaints(() => loadPolicy(schema([user, orphan])))[0]?.error ?? '', /declares no "owner"/)
  const { owner: __, ...narrowed } = note('read: { self: true, row_level: "level = 1" }')
  assert.deepEqual(lines(loadPolicy(schema([user, narrowed]))), [`permit read for ${signedIn} where level = 1`])
})

test('all complaints come at once, in the order of the file', () => {
  const found = complaints(() => policy('read: { admn: true }\nlist: { public: true, row_level: "x = 1 AND" }\ncreate: { role: [nobody] }'))
  assert.deepEqual(
    found.map((c) => c.field),
    ['Note.yaml:1:15', 'Note.yaml:2:44', 'Note.yaml:3:18'],
  )
})

test('places inside texts are those of the file, whatever their YAML style', () => {
  const styles: readonly (readonly [string, string])[] = [
    ['level = 1 AND lvl = 2', '2:28'],
    ['"level = 1 AND lvl = 2"', '2:29'],
    ["'slug = ''x'' AND lvl = 2'", '2:15'],
    ["'title = ''x'' AND lvl = 2'", '2:33'],
    ['"title = \\"x\\" AND lvl = 2"', '2:23'],
    ['|\n    level = 1 AND\n      lvl = 2', '4:7'],
    ['|\n\n    level = 1 AND\n    lvl = 2', '5:5'],
    ['>\n    level = 1 AND\n    lvl = 2', '4:5'],
    ['>-\n    level = 1 AND\n\n    level = 2\n    AND lvl = 2', '6:9'],
    ['level = 1\n    AND level = 2\n    AND lvl = 3', '4:9'],
    ['"level = 1\n    AND level = 2\n    AND lvl = 3"', '4:9'],
  ]
  for (const [text, at] of styles) {
    const found = complaints(() => policy(`read:\n  row_level: ${text}\n  public: true`))
    assert.deepEqual(
      found.map((c) => c.field),
      [`Note.yaml:${at}`],
      `${text} ${JSON.stringify(found)}`,
    )
  }
})

test('a validation that cannot be read is a complaint too', () => {
  const validations = [{ name: 'v', expression: 'levl > 1', message: 'm', place: { file: 'Note.yaml', line: 9, column: 5 } }]
  assert.deepEqual(
    complaints(() => policy('read: false', { validations })).map((c) => c.field),
    ['Note.yaml:9:5'],
  )
})

test('for an entity that the rules file names, the file alone counts', () => {
  const acl = 'read: { public: true }\nupdate: { nonsense: true }'
  const text = 'rules:\n  - { entity: Note, role: [admin], operations: [read] }\n'
  assert.deepEqual(lines(filed(text, acl)), ['permit read for admin where always'])
  assert.deepEqual(lines(filed('rules: [{ entity: User, role: [user], operations: [read] }]', 'read: { public: true }')), [
    'permit read for public where always',
    'permit read for user where always',
  ])
  assert.deepEqual(lines(filed('rules: [{ entity: Note, role: [], operations: [read] }]', 'read: { public: true }')), [
    'permit read for  where always',
  ])
  assert.deepEqual(lines(filed('', 'read: { public: true }')), ['permit read for public where always'])
  assert.deepEqual(lines(filed('rules: []')), [])
})

test('the rules file complains about itself', () => {
  const at = (text: string) =>
    complaints(() => filed(text))
      .map((c) => `${c.field} ${c.error}`)
      .join('\n')
  assert.match(at('rulez: []'), /^rules\.yaml:1:8 Unknown keyword "rulez"; did you mean "rules"/)
  assert.match(at('[]'), /^rules\.yaml:1:1 A rules file is a map/)
  assert.match(at('rules:\n  - { role: [user], operations: [read] }'), /^rules\.yaml:2:5 The rule has no "entity"/)
  assert.match(at('rules:\n  - { entity: Nte, role: [user], operations: [read] }'), /^rules\.yaml:2:15 There is no entity "Nte"; did you mean "Note"/)
  assert.match(at('rules: [\n'), /^rules\.yaml:/)
  assert.match(at('rules: [{ entity: Note, entity: User }]'), /stands twice/)
})

test('an entity without rules grants nothing', () => {
  const loaded = loadPolicy(world())
  assert.deepEqual(loaded.rules, [])
  for (const role of ladder.keys()) assert.deepEqual(loaded.governing('Note', role, 'read', 'read'), [])
})

test('presets mean the same in any order', () => {
  const preset = (presets: string) => {
    const { rules, version } = policy(`create: { role: [user], presets: { ${presets} } }`)
    return { version, names: rules.map((rule) => [...rule.presets.keys()]) }
  }
  assert.deepEqual(preset('title: a, level: 1'), preset('level: 1, title: a'))
  assert.deepEqual(preset('title: a, level: 1').names, [['level', 'title']])
})

test('of equal rules the first one in the file is shown, on one line too', () => {
  const general = 'rules: [{ role: [user], operations: [read] }]'
  const short = 'read: { role: [user] }'
  const columns = (acl: string) => policy(acl).rules.map(({ place }) => [place.line, place.column])
  assert.deepEqual(columns(`{ ${short}, ${general} }`), [[1, 9]])
  assert.deepEqual(columns(`{ ${general}, ${short} }`), [[1, 11]])
})
