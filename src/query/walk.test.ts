import assert from 'node:assert/strict'
import { test } from 'node:test'
import { library } from '../../test/support/library-schema.ts'
import type { Entity } from '../schema/entity.ts'
import { always, type Predicate } from './ast.ts'
import { compare, field, param } from './build.ts'
import { printPredicate } from './print.ts'
import { mapPredicate, visitPredicate } from './walk.ts'

const author = library.entities.get('Author') as Entity
const book = library.entities.get('Book') as Entity
const number = { type: 'integer' } as const
const guarded = { kind: 'field', field: 'level', guard: compare('eq', field('active'), param(0, number)) } as const
/** One of every kind of node. */
const tree: Predicate = {
  kind: 'and',
  all: [
    {
      kind: 'or',
      any: [
        { kind: 'not', of: compare('gt', guarded, { kind: 'level', of: field('role'), levels: new Map() }) },
        { kind: 'isTrue', of: always },
      ],
    },
    { kind: 'in', left: field('level'), list: param(1, number), insensitive: false },
    { kind: 'isNull', of: { kind: 'json', field: 'profile', path: ['a'], as: 'string', guard: { kind: 'isNull', of: field('photo') } } },
    { kind: 'keyIn', fields: ['id'], list: param(2, number) },
    {
      kind: 'exists',
      entity: book,
      local: ['id'],
      foreign: ['authorId'],
      where: compare('eq', field('pages'), { kind: 'session', name: 'user.level', type: number }),
    },
    {
      kind: 'inSelect',
      left: field('id'),
      entity: book,
      field: 'authorId',
      where: compare('eq', field('title'), { kind: 'const', value: 'x', type: { type: 'text' } }),
    },
    {
      kind: 'when',
      guard: compare('eq', { kind: 'path', hops: [], field: 'name' }, param(3, number)),
      then: compare('lt', field('balance'), param(4, number)),
    },
  ],
}

test('visit meets every node with the entity of its row', () => {
  const fields: string[] = []
  visitPredicate(tree, author, { operand: (node, entity) => void (node.kind === 'field' && fields.push(`${entity.name}.${node.field}`)) })
  assert.deepEqual(fields, [
    'Author.level',
    'Author.active',
    'Author.role',
    'Author.level',
    'Author.photo',
    'Book.pages',
    'Author.id',
    'Book.title',
    'Author.balance',
  ])
  const params: number[] = []
  visitPredicate(tree, author, { operand: (node) => void (node.kind === 'param' && params.push(node.index)) })
  assert.deepEqual(params, [0, 1, 2, 3, 4])
})

test('map that changes nothing answers the same tree', () => {
  assert.equal(mapPredicate(tree, author, { predicate: (node) => node, operand: (node) => node }), tree)
})

test('map reaches every node and leaves the old tree alone', () => {
  const before = printPredicate(tree)
  const shifted = mapPredicate(tree, author, {
    operand: (node) =>
      node.kind === 'param' ? param(node.index + 10, node.type) : node.kind === 'field' ? { ...node, field: `x${node.field}` } : node,
  })
  assert.equal(printPredicate(tree), before)
  assert.equal(
    printPredicate(shifted),
    before
      .replaceAll(/\?(\d)/g, '?1$1')
      .replaceAll(/(?<![\w.$])(level|active|role|photo|pages|title|balance)(?!\()\b/g, 'x$1')
      .replace(/\bid in \(select/, 'xid in (select'),
  )
  const counted = { nodes: 0 }
  mapPredicate(tree, author, {
    predicate: (node) => {
      counted.nodes++
      return node
    },
  })
  let visited = 0
  visitPredicate(tree, author, { predicate: () => void visited++ })
  assert.equal(counted.nodes, visited)
})

test('print is readable', () => {
  assert.equal(
    printPredicate(tree),
    '((not [level if active = ?0] > level(role)) or (always is true)) and level in ?1 and [profile.a::string if photo is null] is null and ((id) in ?2)' +
      ' and (exists Book (authorId = outer id) where pages = $user.level) and (id in (select authorId from Book where title = "x")) and (when name = ?3 then balance < ?4)',
  )
})
