/**
 * What conditions mean and what is made of them, over wide lists: each operand with each operator, each condition with each other one.
 * Written down in conformance/golden/language; DBAL_UPDATE_GOLDEN=1 writes it anew: read the difference like code.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entity, field, schema, toMany, toOne } from '../../test/support/entities.ts'
import { compareGolden } from '../../test/support/golden.ts'
import { DBALError } from '../errors/error.ts'
import { always, never, type Operand, type Predicate } from '../query/ast.ts'
import { printPredicate } from '../query/print.ts'
import type { Value } from '../schema/entity.ts'
import { parseExpression } from './expression.ts'
import { implies, reduce } from './reduce.ts'
import { simplify } from './simplify.ts'

const user = entity('User', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('role', 'enum', { values: ['user', 'god'] }),
    field('team', 'string', { nullable: true }),
    field('secret', 'string', { sensitive: true }),
    field('born', 'date'),
    field('bossId', 'uuid', { nullable: true }),
  ],
  relations: [toOne('boss', 'User', 'bossId')],
})
const row = entity('Row', {
  fields: [
    field('id', 'uuid', { primary: true }),
    field('a', 'integer', { nullable: true }),
    field('b', 'integer', { nullable: true }),
    field('big', 'bigint'),
    field('price', 'decimal', { precision: 6, scale: 2 }),
    field('weight', 'float'),
    field('s', 'string', { nullable: true }),
    field('mail', 'email'),
    field('kind', 'enum', { values: ['draft', 'live'] }),
    field('role', 'enum', { values: ['user', 'god'] }),
    field('on', 'boolean'),
    field('at', 'datetime'),
    field('day', 'date'),
    field('bin', 'bytes'),
    field('props', 'json', { nullable: true }),
    field('ownerId', 'uuid', { nullable: true }),
    field('tenantId', 'string'),
  ],
  relations: [toOne('owner', 'User', 'ownerId'), toMany('rows', 'Row', 'ownerId')],
})
const world = schema([row, user])

/** The condition, or the complaint and its place in the text. */
function parsed(text: string): Predicate | string {
  try {
    return parseExpression(text, row, world, { file: 'row.yaml', line: 1, column: 1 })
  } catch (error) {
    assert.ok(error instanceof DBALError && error.code === 'VALIDATION_ERROR', String(error))
    return (error.details.fields ?? []).map((one) => `! ${one.field.replace('row.yaml:1:', '')} ${one.error}`).join(' | ')
  }
}
const shown = (text: string): string => {
  const made = parsed(text)
  return `${text}  ⇒  ${typeof made === 'string' ? made : `${printPredicate(made)}  ${typesOf(made)}`}`
}

/** The types of constants and session values, which printing leaves out. */
function typesOf(node: unknown): string {
  const found: string[] = []
  JSON.stringify(node, (_, value: unknown) => {
    const one = value as { kind?: string; type?: { type?: string; scale?: number } } | null
    if (one !== null && typeof one === 'object' && 'fields' in one) return undefined
    if (one !== null && typeof one === 'object' && (one.kind === 'const' || one.kind === 'session'))
      found.push(`${one.type?.type}${one.type?.scale ?? ''}`)
    return value
  })
  return `[${found.join(' ')}]`
}

const fields = ['a', 'big', 'price', 'weight', 's', 'mail', 'kind', 'role', 'on', 'at', 'day', 'bin', 'props', 'props.x', 'ownerId', 'owner.team']
const others = ['owner.boss.born', 'owner.role', 'level(role)', 'level(owner.role)', 'level($user.role)', "level('god')"]
const values = ['3', '-3', '1.5', '1e3', '9007199254740993', "'text'", "'live'", "'god'", "'2026-01-31'", "'2026-01-31T00:00:00Z'", 'true', 'NULL']
const sessions = [
  '$user.id',
  '$user.level',
  '$user.role',
  '$user.team',
  '$user.secret',
  '$user.none',
  '$user.tenantId',
  '$context.tenantId',
  '$context.now',
]
const odd = [
  'none',
  'owner',
  'rows',
  'owner.none',
  'owner.rows.id',
  'props.',
  'level(a)',
  'level(3)',
  'level()',
  'lower(s)',
  '$user',
  '$other.id',
  '$context.x',
]

test('each operand with each other', () => {
  const operands = [...fields, ...others, ...values, ...sessions]
  const lines = operands.flatMap((left) => operands.map((right) => shown(`${left} = ${right}`)))
  const wrong = odd.flatMap((one) => [shown(`${one} = 3`), shown(`s = ${one}`), shown(one), shown(`${one} IS NULL`), shown(`${one} IN ('a')`)])
  compareGolden('language/operands.txt', `${[...lines, ...wrong].join('\n')}\n`)
})

test('each operand in each form', () => {
  const forms = (x: string): string[] => [
    x,
    `NOT ${x}`,
    `${x} IS NULL`,
    `${x} IS NOT NULL`,
    `${x} < 3`,
    `${x} >= 'b'`,
    `${x} <> 3`,
    `${x} IN (1, 2.5)`,
    `${x} NOT IN ('a', 'live', NULL)`,
    `${x} IN ()`,
    `${x} IN ($user.id)`,
    `${x} IN $user.teams`,
    `${x} IN (SELECT id FROM User)`,
    `${x} IN (SELECT team FROM User WHERE role = 'god')`,
    `${x} IN (SELECT nothing FROM User)`,
    `${x} IN (SELECT id FROM Nothing)`,
    `${x} LIKE 'a%'`,
    `${x} = ANY (1)`,
    `${x} BETWEEN 1 AND 2`,
    `(${x} = 3`,
    `${x} = 3)`,
    `${x} == 3`,
    `${x} = 3 AND`,
    `${x} = 3 OR OR ${x} = 4`,
    `"${x}" = 3`,
    `${x} = 'open`,
    `${x} = 3 -- so`,
    `${x} = 3; ${x}`,
    `${x}\t=\n3`,
    `${x} = '\u0001'`,
    `${x} = 'a\u001fb '' c\u0020'`,
    `${x} + 1 = 3`,
    `${x} = \u00e9`,
    `${x} = 3.`,
    `${x} = .5`,
    `${x} = 3a`,
    `${x} = 1e999`,
    `${x} is not null And ${x} in (3) oR noT ${x} = 3`,
  ]
  const lines = [...fields, ...others, ...values.slice(0, 6), ...sessions].flatMap((one) => forms(one).map(shown))
  compareGolden('language/forms.txt', `${['', ' ', '()', 'AND', "'", ...odd].map(shown).join('\n')}\n${lines.join('\n')}\n`)
})

const clauses = [
  'a = 1',
  'a != 1',
  'a > 1',
  'a >= 1',
  'a < 3',
  'a <= 1',
  'a IN (1, 2)',
  'a NOT IN (1, 2)',
  'a IN (2, 3, 9)',
  'a IS NULL',
  'a IS NOT NULL',
  'a = b',
  'a < b',
  'NOT a <= b',
  'a = $user.level',
  "s = 'a'",
  "NOT s = 'a'",
  "s > 'a'",
  'on',
  'NOT on',
  'price > 1.50',
  'price IN (1.5, 2)',
  '$user.level > 3',
  "$user.role = 'god'",
  "$user.role IN ('user', 'admin')",
  '$user.role IS NULL',
  'level(role) < $user.level',
  'tenantId = $user.tenantId',
  'tenantId = $context.tenantId',
  "owner.team = 'a'",
  'ownerId IN (SELECT id FROM User WHERE team = $user.team)',
  "ownerId IN (SELECT id FROM User WHERE team = 'a' AND team = 'b')",
  'a = 1 AND s IS NULL',
  'a = 1 OR on',
  'NOT (a = 1 AND on)',
  'NOT (a > 3 OR s IS NULL)',
  'bin IS NULL',
  '1 = 2',
  '1 = 1',
]
const conditions = clauses.map((text) => parsed(text) as Predicate)
const god = new Map<string, Value>([
  ['user.role', 'god'],
  ['user.level', 4],
])
const part = (i: number): Predicate => conditions[i] as Predicate

test('each condition reduced beside each other', () => {
  const lines = clauses.flatMap((one, i) => [
    `${one}  ⇒  ${printPredicate(simplify(part(i), row))}  ⇒  ${printPredicate(reduce(part(i), row, god))}`,
    ...clauses.slice(i + 1).flatMap((other, n) => {
      const pair = [part(i), part(i + 1 + n)]
      const made: [string, Predicate][] = [
        ['AND', { kind: 'and', all: pair }],
        ['OR', { kind: 'or', any: pair }],
        ['NAND', { kind: 'not', of: { kind: 'and', all: pair } }],
        ['NOR', { kind: 'not', of: { kind: 'or', any: pair } }],
        ['WHERE', { kind: 'when', guard: pair[1] as Predicate, then: pair[0] as Predicate }],
      ]
      const [plain = '', known = ''] = [new Map<string, Value>(), god].map((of) =>
        made.map(([word, node]) => `${word} ${printPredicate(reduce(node, row, of))}`).join('; '),
      )
      return [`${one}  with  ${other}: ${plain}${plain === known ? '' : `\n  god: ${known}`}`]
    }),
  ])
  compareGolden('language/reduced.txt', `${lines.join('\n')}\n`)
})

test('which condition is implied by which', () => {
  const both = conditions.flatMap((one, i) => [
    one,
    { kind: 'not', of: one } as Predicate,
    { kind: 'or', any: [one, part((i + 7) % clauses.length)] } as Predicate,
  ])
  const lines = both.map((one) => {
    const found = both.flatMap((other) => (one !== other && implies(one, other) ? [printPredicate(other)] : []))
    return `${printPredicate(one)}  ⇒  ${found.join('; ')}`
  })
  compareGolden('language/implied.txt', `${lines.join('\n')}\n`)
})

test('forms that no text has are simplified and reduced', () => {
  const own = part(0)
  const left = (guard: Predicate): Operand => ({ kind: 'field', field: 'a', guard })
  const nodes: Predicate[] = [
    ...[own, always, never, part(9)].flatMap((of): Predicate[] => [
      { kind: 'isTrue', of },
      { kind: 'not', of: { kind: 'isTrue', of } },
      { kind: 'when', guard: of, then: part(2) },
      { kind: 'not', of: { kind: 'when', guard: of, then: part(2) } },
      { kind: 'exists', entity: user, local: ['ownerId'], foreign: ['id'], where: of === own ? always : of },
      { kind: 'isNull', of: left(of) },
      { kind: 'isTrue', of: { kind: 'or', any: [part(9), { kind: 'isTrue', of }] } },
      { kind: 'isTrue', of: { kind: 'and', all: [part(9), of] } },
      { kind: 'isTrue', of: { kind: 'not', of: { kind: 'isNull', of: left(of) } } },
    ]),
    ...(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains'] as const).flatMap((op) =>
      [
        [1, 2],
        [2, 2],
        [3, 2],
        [null, 2],
        [2, null],
      ].flatMap(([a = null, b = null]): Predicate[] =>
        [true, false].map((insensitive) => ({
          kind: 'compare',
          op,
          left: { kind: 'const', value: a, type: { type: 'integer' } },
          right: { kind: 'const', value: b, type: { type: op === 'ne' && insensitive ? 'bigint' : 'integer' } },
          insensitive,
        })),
      ),
    ),
    { kind: 'isNull', of: { kind: 'const', value: null, type: { type: 'integer' } } },
    { kind: 'isNull', of: { kind: 'const', value: 1, type: { type: 'integer' } } },
    { kind: 'keyIn', fields: ['id'], list: { kind: 'param', index: 0, type: { type: 'uuid' } } },
    { kind: 'in', left: left(always), list: { kind: 'const', value: [], type: { type: 'integer' } }, insensitive: false },
    {
      kind: 'and',
      all: [
        { kind: 'or', any: [own, own] },
        { kind: 'not', of: { kind: 'not', of: own } },
      ],
    },
  ]
  const lines = nodes.map(
    (node) => `${printPredicate(node)}  ⇒  ${printPredicate(simplify(node, row))}  ⇒  ${printPredicate(reduce(node, row, god))}`,
  )
  compareGolden('language/composed.txt', `${lines.join('\n')}\n`)
})
