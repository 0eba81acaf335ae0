import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { entity, field, schema, toMany, toOne } from '../../test/support/entities.ts'
import { DBALError } from '../errors/error.ts'
import { always, never, type Predicate } from '../query/ast.ts'
import { printPredicate } from '../query/print.ts'
import { visitPredicate } from '../query/walk.ts'
import { parseExpression } from './expression.ts'

const roleValues = ['user', 'admin', 'god', 'supergod']
const user = entity('User', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('username', 'string'),
    field('role', 'enum', { values: roleValues }),
    field('team', 'string', { nullable: true }),
    field('points', 'integer'),
    field('prefs', 'json'),
    field('pin', 'string', { sensitive: true }),
    field('hash', 'string', { neverExposed: true }),
  ],
})
const page = entity('Page', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('slug', 'string'),
    field('title', 'text'),
    field('level', 'integer'),
    field('views', 'bigint'),
    field('ratio', 'float'),
    field('price', 'decimal', { precision: 10, scale: 2 }),
    field('cost', 'decimal', { precision: 10, scale: 3 }),
    field('isActive', 'boolean'),
    field('ownerId', 'uuid', { nullable: true }),
    field('publishedAt', 'datetime', { nullable: true }),
    field('day', 'date'),
    field('status', 'enum', { values: ['draft', 'live'] }),
    field('props', 'json'),
    field('blob', 'bytes'),
    field('role', 'string'),
    field('min', 'integer'),
  ],
  relations: [toOne('owner', 'User', 'ownerId'), toMany('blocks', 'Block', 'pageId')],
})
const block = entity('Block', {
  fields: [field('id', 'uuid', { primary: true }), field('pageId', 'uuid'), field('order', 'integer')],
  relations: [toOne('page', 'Page', 'pageId')],
})
const world = schema([user, page, block])
const place = { file: 'page.yaml', line: 7, column: 11 }
const parse = (text: string, of = page): Predicate => parseExpression(text, of, world, place)
const integer = { type: 'integer' } as const
const f = (name: string) => ({ kind: 'field', field: name }) as const
const c = (value: never | unknown, type: object) => ({ kind: 'const', value, type })
const cmp = (op: string, left: object, right: object) => ({ kind: 'compare', op, left, right, insensitive: false })

const uuid = '0190163d-8694-739b-aea5-966c26f8ad91'

/** Text and the tree that it becomes. */
const trees: readonly (readonly [string, object])[] = [
  ['level <= $user.level', cmp('lte', f('level'), { kind: 'session', name: 'user.level', type: integer })],
  ['level=3', cmp('eq', f('level'), c(3, integer))],
  ['level > -2147483648', cmp('gt', f('level'), c(-2147483648, integer))],
  ['3 <= level', cmp('gte', f('level'), c(3, integer))],
  ['$user.id = ownerId', cmp('eq', f('ownerId'), { kind: 'session', name: 'user.id', type: { type: 'uuid' } })],
  ['views = 9223372036854775807', cmp('eq', f('views'), c('9223372036854775807', { type: 'bigint' }))],
  ['price >= 1.5', cmp('gte', f('price'), c('1.50', { type: 'decimal', precision: 10, scale: 2 }))],
  ['price = 12345678.90', cmp('eq', f('price'), c('12345678.90', { type: 'decimal', precision: 10, scale: 2 }))],
  ['ratio < 0.1', cmp('lt', f('ratio'), c(0.1, { type: 'float' }))],
  ["slug = 'it''s'", cmp('eq', f('slug'), c("it's", { type: 'string' }))],
  ["slug = ''", cmp('eq', f('slug'), c('', { type: 'string' }))],
  ["slug = ''' OR 1=1 --'", cmp('eq', f('slug'), c("' OR 1=1 --", { type: 'string' }))],
  ["slug = '$user.id'", cmp('eq', f('slug'), c('$user.id', { type: 'string' }))],
  ["status != 'live'", cmp('ne', f('status'), c('live', { type: 'enum', values: ['draft', 'live'] }))],
  [`ownerId = '${uuid.toUpperCase()}'`, cmp('eq', f('ownerId'), c(uuid, { type: 'uuid' }))],
  ["publishedAt < '2026-01-01T02:00:00+02:00'", cmp('lt', f('publishedAt'), c('2026-01-01T00:00:00.000Z', { type: 'datetime' }))],
  ['publishedAt <= $context.now', cmp('lte', f('publishedAt'), { kind: 'session', name: 'context.now', type: { type: 'datetime' } })],
  ["day = '2024-02-29'", cmp('eq', f('day'), c('2024-02-29', { type: 'date' }))],
  ["blob = 'AAE='", cmp('eq', f('blob'), c('AAE=', { type: 'bytes' }))],
  ['isActive = true', cmp('eq', f('isActive'), c(true, { type: 'boolean' }))],
  ['isActive', cmp('eq', f('isActive'), c(true, { type: 'boolean' }))],
  ['NOT isActive', { kind: 'not', of: cmp('eq', f('isActive'), c(true, { type: 'boolean' })) }],
  ['true', always],
  ['FALSE', never],
  ['ownerId IS NULL', { kind: 'isNull', of: f('ownerId') }],
  ['ownerId is not null', { kind: 'not', of: { kind: 'isNull', of: f('ownerId') } }],
  ['slug = title', cmp('eq', f('slug'), f('title'))],
  ['level IN (1, 2, 2)', { kind: 'in', left: f('level'), list: c([1, 2], integer), insensitive: false }],
  [
    "status NOT IN ('draft')",
    { kind: 'not', of: { kind: 'in', left: f('status'), list: c(['draft'], { type: 'enum', values: ['draft', 'live'] }), insensitive: false } },
  ],
  [
    '$user.id IN (ownerId, id)',
    {
      kind: 'or',
      any: [f('ownerId'), f('id')].map((o) => cmp('eq', o, { kind: 'session', name: 'user.id', type: { type: 'uuid' } })),
    },
  ],
  ["props.color = 'red'", cmp('eq', { kind: 'json', field: 'props', path: ['color'], as: 'string' }, c('red', { type: 'string' }))],
  ['props.sizes.0 > 1.5', cmp('gt', { kind: 'json', field: 'props', path: ['sizes', '0'], as: 'number' }, c(1.5, { type: 'float' }))],
  ['props.on = true', cmp('eq', { kind: 'json', field: 'props', path: ['on'], as: 'boolean' }, c(true, { type: 'boolean' }))],
  ['props.level = level', cmp('eq', f('level'), { kind: 'json', field: 'props', path: ['level'], as: 'number' })],
  [
    'props.team = $user.team',
    cmp('eq', { kind: 'json', field: 'props', path: ['team'], as: 'string' }, { kind: 'session', name: 'user.team', type: { type: 'string' } }),
  ],
  ['props.color IS NULL', { kind: 'isNull', of: { kind: 'json', field: 'props', path: ['color'], as: 'string' } }],
  ['props IS NULL', { kind: 'isNull', of: f('props') }],
  [
    'level(role) < $user.level',
    cmp('lt', { kind: 'level', of: f('role'), levels: world.roles }, { kind: 'session', name: 'user.level', type: integer }),
  ],
  ["$user.level >= level('admin')", cmp('gte', { kind: 'session', name: 'user.level', type: integer }, c(3, integer))],
  [
    'owner.username = $user.username',
    cmp(
      'eq',
      { kind: 'path', hops: [{ entity: user, local: ['ownerId'], foreign: ['id'] }], field: 'username' },
      { kind: 'session', name: 'user.username', type: { type: 'string' } },
    ),
  ],
  ["$user.role = 'god'", cmp('eq', { kind: 'session', name: 'user.role', type: { type: 'string' } }, c('god', { type: 'string' }))],
  ['$user.points > views', cmp('lt', f('views'), { kind: 'session', name: 'user.points', type: { type: 'bigint' } })],
  [
    '$user.tenantId = $context.tenantId',
    cmp(
      'eq',
      { kind: 'session', name: 'user.tenantId', type: { type: 'string' } },
      { kind: 'session', name: 'context.tenantId', type: { type: 'string' } },
    ),
  ],
  ['id IN (SELECT pageId FROM Block)', { kind: 'inSelect', left: f('id'), entity: block, field: 'pageId', where: always }],
  [
    '$user.id in (select id from User where points > 3 AND id IN (SELECT ownerId FROM Page WHERE level = 1))',
    {
      kind: 'inSelect',
      left: { kind: 'session', name: 'user.id', type: { type: 'uuid' } },
      entity: user,
      field: 'id',
      where: {
        kind: 'and',
        all: [
          cmp('gt', f('points'), c(3, integer)),
          { kind: 'inSelect', left: f('id'), entity: page, field: 'ownerId', where: cmp('eq', f('level'), c(1, integer)) },
        ],
      },
    },
  ],
]

for (const [text, tree] of trees) test(`accepts ${text}`, () => assert.deepEqual(parse(text), tree))

test('a path takes several relations', () => {
  const tree = parse("page.owner.role = 'god'", block)
  assert.deepEqual(tree.kind === 'compare' && tree.left.kind === 'path' && tree.left.hops.map((hop) => hop.entity.name), ['Page', 'User'])
})

/** NOT binds closer than AND, AND closer than OR; parentheses turn it around. */
const shapes: readonly (readonly [string, string])[] = [
  ['isActive OR level = 1 AND level = 2', 'isActive = true or (level = 1 and level = 2)'],
  ['(isActive OR level = 1) AND level = 2', '(isActive = true or level = 1) and level = 2'],
  ['NOT level = 1 AND level = 2', '(not level = 1) and level = 2'],
  ['NOT (level = 1 AND level = 2)', 'not (level = 1 and level = 2)'],
  ['not not isActive', 'not (not isActive = true)'],
  ['level = 1 AND level = 2 AND level = 3', 'level = 1 and level = 2 and level = 3'],
]
for (const [text, shape] of shapes) test(`reads ${text} as ${shape}`, () => assert.equal(printPredicate(parse(text)), shape))

/** Text, where the complaint points to, and what it says. */
const refused: readonly (readonly [string, string, RegExp])[] = [
  ['', '7:11', /empty/],
  ['  \n ', '7:11', /empty/],
  ['levl = 1', '7:11', /Page has no field "levl"; did you mean "level"\?/],
  ['Level = 1', '7:11', /did you mean "level"/],
  ['isActive AND\n  lvel = 1', '8:13', /did you mean "level"/],
  ['level = 1 AND\n\nlevel = 1.0', '9:19', /whole number: 1\.0/],
  ['level = 1.5', '7:19', /whole number/],
  ["level = '1'", '7:19', /number without quotes: '1'/],
  ['level = 2147483648', '7:19', /2147483647/],
  ['views = 9223372036854775808', '7:19', /64 bits/],
  ['views = 1.0', '7:19', /whole number/],
  ['price = 1.234', '7:19', /2 digits behind the point/],
  ['ratio = 9007199254740993', '7:19', /no such number/],
  ['slug = 1', '7:18', /single quotes/],
  ["status = 'lives'", '7:20', /did you mean "live"/],
  ["ownerId = 'x'", '7:21', /UUID/],
  ["day = '2023-02-29'", '7:17', /2023-02-29/],
  ["publishedAt > 'now'", '7:25', /'now'/],
  ['isActive = 1', '7:22', /true or false/],
  ['isActive > false', '7:20', /needs an order/],
  ["blob > 'AAE='", '7:16', /needs an order/],
  ['props = 1', '7:11', /JSON/],
  ['props < 1', '7:17', /needs an order/],
  ['props.color = props.shape', '7:25', /Two members of JSON/],
  ['props.n = views', '7:11', /cannot be compared/],
  ['owner.prefs.x = 1', '7:17', /not supported/],
  ['slug.length = 1', '7:11', /no member "length"/],
  ['owner = 1', '7:11', /is a relation/],
  ['owner.nam = 1', '7:17', /User has no field "nam"/],
  ['blocks.order = 1', '7:11', /many rows/],
  ['level = slug', '7:19', /cannot be compared/],
  ['price = cost', '7:19', /cannot be compared/],
  ['level = views', '7:19', /cannot be compared/],
  ['id = slug', '7:16', /cannot be compared/],
  ['slug = $user.level', '7:18', /cannot be compared/],
  ['day < $context.now', '7:17', /cannot be compared/],
  ['ownerId = NULL', '7:21', /IS NULL/],
  ['NULL != ownerId', '7:11', /IS NOT NULL/],
  ['level IN (1, NULL)', '7:24', /NULL in a list/],
  ['level IN ()', '7:21', /at least one value/],
  ['level IN (1', '7:22', /"\)"/],
  ['level IN $user.teams', '7:20', /not a list/],
  ['level NOT 3', '7:21', /IN is expected/],
  ['level IS 3', '7:20', /NULL or NOT NULL/],
  ['3 IS NULL', '7:11', /asks about a field/],
  ['$user.pin = slug', '7:11', /secret/],
  ['$user.hash = slug', '7:11', /secret/],
  ['$user.tema = slug', '7:11', /did you mean "team"/],
  ['$usr.id = ownerId', '7:11', /did you mean "user"/],
  ['$user = ownerId', '7:11', /name one member/],
  ['$user.prefs.x = slug', '7:11', /name one member/],
  ['$context.date = day', '7:11', /\$context/],
  ["$user.role = 'Admin'", '7:24', /did you mean "admin"/],
  ['$ = 1', '7:11', /After "\$"/],
  ['level(level) = 1', '7:17', /role names/],
  ['level(status) = 1', '7:17', /none of the values/],
  ["level('amdin') = 1", '7:17', /did you mean "admin"/],
  ['level($user.role) = 1', '7:17', /\$user\.level/],
  ["lower(slug) = 'a'", '7:11', /no function "lower"/],
  ["slug LIKE 'a%'", '7:16', /LIKE is not part/],
  ['level BETWEEN 1 AND 2', '7:17', /BETWEEN/],
  ['slug = "a"', '7:18', /single quotes/],
  ["slug = 'a", '7:18', /no closing quote/],
  ["slug = 'a''", '7:18', /no closing quote/],
  ['level == 1', '7:17', /write "="/],
  ['level <> 1', '7:17', /write "!="/],
  ['isActive && isActive', '7:20', /write AND/],
  ['level = 1; DROP TABLE pages', '7:20', /one expression only/],
  ['level = 1 -- x', '7:21', /comments/],
  ['level = 1e5', '7:19', /not a number/],
  ['level = 007', '7:19', /zero too many/],
  ['level = 1 level = 2', '7:21', /AND, OR or the end/],
  ['level = 1 adn level = 2', '7:21', /did you mean AND/],
  ['level = 1 = 1', '7:21', /cannot be compared/],
  ['(level) = 1', '7:19', /a condition cannot be compared/],
  ['(level = 1', '7:21', /"\)"/],
  ['level = 1)', '7:20', /AND, OR or the end/],
  ['level =', '7:18', /the expression ends/],
  ['AND level = 1', '7:11', /a field, a value/],
  ['level', '7:11', /not a condition/],
  ['owner. = 1', '7:11', /breaks off/],
  ['owner..id = 1', '7:11', /breaks off/],
  ['lével = 1', '7:12', /U\+00E9/],
  ['level\u00a0= 1', '7:16', /U\+00A0/],
  ["slug = 'a\u0000b'", '7:18', /NUL/],
  ["slug = '\ud800'", '7:18', /well-formed/],
  ["1 = '1'", '7:15', /different types/],
  ['id IN (SELECT pageID FROM Block)', '7:25', /did you mean "pageId"/],
  ['id IN (SELECT pageId FROM Blok)', '7:37', /did you mean "Block"/],
  ['id IN (SELECT order FROM Block)', '7:25', /cannot be compared/],
  ['id IN (SELECT pageId FROM Block WHERE slug = 1)', '7:49', /Block has no field "slug"/],
  ['ownerId IN (SELECT prefs FROM User)', '7:30', /no equality/],
  ['id IN (SELECT Block.pageId FROM Block)', '7:25', /name of a field/],
  ['__proto__ = 1', '7:11', /no field/],
  ['$user.constructor = slug', '7:11', /no "constructor"/],
]

for (const [text, at, message] of refused) {
  test(`refuses ${JSON.stringify(text)} at ${at}`, () => {
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR')
        const [complaint] = error.details.fields ?? []
        assert.equal(complaint?.field, `page.yaml:${at}`)
        assert.match(complaint?.error ?? '', message)
        return true
      },
    )
  })
}

test('an attribute of a schema without User takes the type of the other side', () => {
  const lone = schema([page])
  const tree = parseExpression('views = $user.quota', page, lone, place)
  assert.deepEqual(tree, cmp('eq', f('views'), { kind: 'session', name: 'user.quota', type: { type: 'bigint' } }))
})

test('length and depth are bounded before any recursion', () => {
  const long = `slug = '${'a'.repeat(9_991)}'`
  assert.equal(long.length, 10_000)
  parse(long)
  assert.throws(() => parse(`${long} `), { code: 'VALIDATION_ERROR' })
  parse(`${'('.repeat(50)}isActive${')'.repeat(50)}`)
  assert.throws(() => parse(`${'('.repeat(51)}isActive${')'.repeat(51)}`), { code: 'VALIDATION_ERROR' })
  parse(`${'NOT '.repeat(50)}isActive`)
  for (const deep of ['('.repeat(9_000), 'NOT '.repeat(2_400), 'level('.repeat(1_500), 'id IN (SELECT id FROM Page WHERE '.repeat(300)]) {
    assert.throws(() => parse(`${deep}isActive`), { code: 'VALIDATION_ERROR' })
  }
  parse(
    Array.from({ length: 1_100 }, () => 'level=1')
      .join(' OR ')
      .slice(0, 9_999)
      .replace(/ OR [^)]{0,8}$/, ''),
  )
})

test('whatever a quoted text holds, it stays one constant', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }).filter((s) => s.isWellFormed() && !s.includes('\0')),
      (text) => {
        const tree = parse(`isActive AND slug = '${text.replaceAll("'", "''")}'`)
        const found: unknown[] = []
        visitPredicate(tree, page, { operand: (o) => void (o.kind === 'const' && o.type.type === 'string' && found.push(o.value)) })
        assert.deepEqual(found, [text])
        assert.equal(tree.kind === 'and' && tree.all.length, 2)
      },
    ),
  )
})

test('any text gives a predicate or a complaint with a place, never another error', () => {
  const word = fc.constantFrom(
    'level',
    '=',
    '(',
    ')',
    'AND',
    'OR',
    'NOT',
    'IN',
    'IS',
    'NULL',
    '1',
    "'a'",
    '$user.id',
    'owner.id',
    'props.x',
    ',',
    'SELECT',
    'FROM',
    'Block',
    'WHERE',
    'level(',
    "'",
    '.',
    '$',
  )
  const text = fc.oneof(
    fc.array(word, { maxLength: 14 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        parse(candidate)
      } catch (error) {
        assert.ok(error instanceof DBALError)
        assert.match(error.details.fields?.[0]?.field ?? '', /^page\.yaml:\d+:\d+$/)
      }
    }),
    { numRuns: 1_000 },
  )
})
