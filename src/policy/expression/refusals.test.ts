/** Complaints of the language that stand beside each other: what they say, and what they do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, schema, toMany, toOne } from '../../../test/support/entities.ts'
import { DBALError } from '../../errors/error.ts'
import { printPredicate } from '../../query/print.ts'
import { parseExpression } from '../expression.ts'

const user = entity('User', { fields: [field('id', 'uuid', { primary: true }), field('username', 'string'), field('total', 'bigint')] })
const page = entity('Page', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('level', 'integer'),
    field('slug', 'string'),
    field('mixed', 'enum', { values: ['none', 'god'] }),
    field('status', 'enum', { values: ['draft', 'live'] }),
    field('price', 'decimal', { precision: 10, scale: 2 }),
    field('views', 'bigint'),
    field('props', 'json'),
    field('on', 'boolean'),
    field('ownerId', 'uuid', { nullable: true }),
  ],
  relations: [toOne('owner', 'User', 'ownerId'), toMany('pages', 'Page', 'ownerId')],
})
const world = schema([user, page])
const place = { file: 'page.yaml', line: 1, column: 1 }

function told(text: string): string {
  try {
    return `ok ${printPredicate(parseExpression(text, page, world, place))}`
  } catch (error) {
    assert.ok(error instanceof DBALError)
    const [one] = error.details.fields ?? []
    return `${one?.field.replace('page.yaml:1:', '')} ${one?.error}`
  }
}

const cases: readonly (readonly [string, RegExp])[] = [
  ['$user.id. = slug', /^2 "user\.id\." breaks off: a name has to follow the point$/],
  ['$user.id.x = slug', /^1 "\$user\.id\.x" has to name one member, such as \$user\.id$/],
  ['$context = slug', /such as \$context\.now$/],
  ['level IS NOT 3', /^14 Here there is "3", but NULL is expected$/],
  ['level IS 3', /but NULL or NOT NULL is expected$/],
  ['level NOT 3', /^11 .*but IN is expected$/],
  ["level = 1 'adn'", /^11 Here there is 'adn', but AND, OR or the end is expected$/],
  ['level = 1 adn', /AND, OR or the end \(did you mean AND\?\)/],
  ['level = 1 $adn', /there is "\$adn", but AND, OR or the end is expected$/],
  ['level = 1 < 2', /\(a condition cannot be compared\)/],
  ['level = 1 )', /there is "\)", but AND, OR or the end is expected$/],
  ['level =', /Here the expression ends, but a field, a value or "\(" is expected$/],
  ['level = in', /there is "in"/],
  ['level in', /the expression ends, but "\("/],
  ['level in (1 2)', /there is "2", but "\)"/],
  ['level in (1,)', /a field, a value/],
  ['id in (select id)', /but FROM is expected/],
  ['id in (select id from)', /the name of an entity/],
  ['id in (select not from Page)', /the name of a field/],
  ['id in (select id from Page where)', /a field, a value/],
  ['id in (select id from Page', /but "\)" is expected/],
  ['level exists', /^7 EXISTS is not part of the language/],
  ['slug ilike slug', /^6 ILIKE is not part/],
  ['mixed(level) = 1', /There is no function "mixed"; the only one is level\(role\)/],
  ['level(mixed) = 1', /^ok level\(mixed\) = 1$/],
  ['LEVEL(slug) = 1', /^ok level\(slug\) = 1$/],
  ['level(status) = 1', /none of the values of "status" is one/],
  ['level(level) = 1', /not level$/],
  ['level(owner.username) = 1', /^ok level\(.*username\) = 1$/],
  ['level(props.x) = 1', /holds role names, not props\.x/],
  ['1.5 = 1.25', /^ok "?1\.50"? = "?1\.25"?$/],
  ['1.5 = 2', /^ok/],
  ['2 = 1.25', /^ok/],
  ['1 = true', /'?true'? are values of different types/],
  ['price = $user.total', /^ok price = \$user\.total$/],
  ['level = $user.total', /of type integer and "\$user\.total" of type bigint/],
  ['props.x = price', /of type decimal and "props\.x" of type JSON|JSON and/],
  ['props.x = level', /^ok/],
  ['props.x = props.y', /Two members of JSON/],
  ['props.x IN (1, 2)', /^ok props\.x::number in \[1,2\]$/],
  ['props.x IN (true)', /^ok props\.x::boolean/],
  ["props.x IN ('a')", /^ok props\.x::string/],
  ['props IN (1)', /holds JSON as a whole; compare a member of it$/],
  ['props = level', /cannot be compared|holds JSON/],
  ['on AND slug', /^8 "slug" is not a condition; compare it with something/],
  ['on AND 1', /^8 "1" is not a condition/],
  ['$user.id', /"\$user\.id" is not a condition/],
  ['owner', /"owner" is a relation; name a field of User, such as owner\.id$/],
  ['pages.slug = slug', /"pages" leads to many rows; write: key IN \(SELECT field FROM Page WHERE …\)/],
  ['slug.a = 1', /"slug" is a field of type string and has no member "a"/],
  ['$user.nmae = slug', /"\$user" has no "nmae"/],
  ['$context.nwo = slug', /"\$context" has no "nwo"; did you mean "now"/],
  ['$usr.id = slug', /not "\$usr\.id"; did you mean "user"/],
  ["'a' IS NULL", /'a' is a value; IS NULL asks about a field/],
  ['$user.id IS NULL', /^ok \$user\.id is null$/],
  ['ownerId != null', /write IS NOT NULL/],
  ['null = ownerId', /write IS NULL/],
  ['ownerId IN (null)', /NULL in a list is never equal to anything; write OR … IS NULL/],
  ['NOT true', /^ok never$/],
  ['NOT false', /^ok always$/],
]
for (const [text, expected] of cases) test(`${text}`, () => assert.match(told(text), expected))

test('a path has at most eight links', () => {
  const node = entity('Node', {
    fields: [field('id', 'uuid', { primary: true }), field('upId', 'uuid', { nullable: true })],
    relations: [toOne('up', 'Node', 'upId')],
  })
  const parse = (links: number) => parseExpression(`${'up.'.repeat(links)}id = $user.id`, node, schema([node]), place)
  assert.equal(parse(8).kind, 'compare')
  assert.throws(() => parse(9), { code: 'VALIDATION_ERROR' })
})
