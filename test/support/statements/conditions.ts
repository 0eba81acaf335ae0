/** Conditions about a thing: each kind of question with each kind of operand. In charge of the list; knows no dialect. */
import { always, type CompareOp, type Operand, type Predicate } from '../../../src/query/ast.ts'
import { and, compare, constant, field, not, or, session, when } from '../../../src/query/build.ts'
import { Held, Owner, Place, type TypeName, types } from './entities.ts'
import { always1, among, byHandle, exists, folded, given, json, level, many, me, one, own, path, seen, toOwner, toPlace, toUp } from './given.ts'

export type Conditions = Readonly<Record<string, Predicate>>

const numbers = ['integer', 'bigint', 'price', 'rate', 'total', 'float'] as const
const texts = ['uuid', 'string', 'enum', 'datetime', 'date'] as const
const named = (entries: readonly (readonly [string, Predicate])[]): Conditions => Object.fromEntries(entries)
const ops: readonly CompareOp[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte']
const parts = ['contains', 'startsWith', 'endsWith'] as const
const isNull = (of: Operand): Predicate => ({ kind: 'isNull', of })
const self = constant('user', types.string)

/** Fields and values of different types: in the form in which both are exact. */
export function meetings(): Conditions {
  const fields = [numbers, texts].flatMap((kind) =>
    kind.flatMap((a, i) => kind.slice(i + 1).map((b) => [`field ${a} < field ${b}`, compare('lt', field(a), field(b))] as const)),
  )
  const values = [numbers, texts].flatMap((kind) =>
    kind.flatMap((a) => kind.filter((b) => a !== b).map((b) => [`field ${a} = value ${b}`, compare('eq', field(a), one(b))] as const)),
  )
  const lists = [numbers, texts].flatMap((kind) =>
    kind.flatMap((a) => kind.filter((b) => a !== b).map((b) => [`field ${a} in values ${b}`, among(field(a), many(b))] as const)),
  )
  return named([...fields, ...values, ...lists])
}

/** A value of a field's own type, however it comes. */
export function comparisons(): Conditions {
  const plain = (Object.keys(types) as TypeName[]).filter((name) => name !== 'json')
  return named([
    ...plain.map((name) => [`${name} = value`, compare('eq', field(name), one(name))] as const),
    ...plain.map((name) => [`${name} <> constant`, compare('ne', field(name), always1(name))] as const),
    ...plain.map((name) => [`value >= ${name}`, compare('gte', one(name), field(name))] as const),
    ...plain.map((name) => [`${name} in values`, among(field(name), many(name))] as const),
    ...plain.map((name) => [`${name} of the session`, compare('lt', field(name), session('user.unfit', types[name]))] as const),
    ...ops.map((op) => [`name ${op} value`, compare(op, field('name'), one('string'))] as const),
    ...parts.map((op) => [`name ${op} value`, compare(op, field('name'), one('string'))] as const),
    ...parts.map((op) => [`guarded nick ${op} name`, compare(op, seen('nick'), field('name'))] as const),
    ...(['eq', 'ne', 'lt', 'gte', ...parts] as const).map((op) => [`name ${op} value, folded`, folded(op, field('name'), one('string'))] as const),
    ['nick = name, folded', folded('eq', field('nick'), field('name'))],
    ['guarded name = value, folded', folded('eq', seen('name'), one('string'))],
    ['guarded nick = value, folded', folded('eq', seen('nick'), constant('ADA', types.string))],
    ['path folded', folded('eq', path('handle', toOwner), one('string'))],
    ['value = value', compare('eq', one('string'), constant('Ada', types.string))],
    ['value < value of another type', compare('lt', one('integer'), one('price'))],
    ['no value', compare('eq', field('integer'), constant(null, types.integer))],
    ['no value, folded', folded('eq', field('name'), constant(null, types.string))],
    ['own id', compare('eq', field('id'), me)],
    ['members of one enum', compare('lt', field('enum'), seen('enum'))],
    ['members of one enum that are one', compare('eq', field('enum'), seen('enum'))],
    ['a value that fits no type', compare('eq', field('datetime'), session('user.unfit', types.datetime))],
    ['now', compare('lte', field('datetime'), session('context.now', types.datetime))],
    ['one value of two types', and(compare('eq', field('integer'), given(7, types.integer)), compare('eq', field('float'), given(7, types.float)))],
  ])
}

/** Guards, levels, paths and places within documents. */
export function operands(): Conditions {
  const ways: Readonly<Record<string, Operand>> = {
    'a guarded field': seen('integer'),
    'a guarded text': seen('string', not(own)),
    'a value of the owner': path('level', toOwner),
    'a value over a key of two': path('label', toPlace),
    'a value over two': path('handle', toOwner, { ...toPlace }),
    'a value over three': path('row', toUp, toOwner, toPlace),
    'the level of a field': level(field('enum')),
    'the level of a guarded field': level(seen('enum')),
    'the level of a value': level(one('enum')),
    'the level of the session': level(session('user.role', types.string)),
    'the level of a constant': level(constant('god', types.string)),
    'the level of a path': level(path('role', toOwner)),
    'the level of a path of two': level(path('role', toUp, toOwner)),
    'a level where there is none': level(field('enum'), new Map()),
    'a document: text': json(['a', 'b'], 'string'),
    'a document: number': json(['a', '0'], 'number'),
    'a document: flag': json(['it\'s "so"'], 'boolean'),
    'a document: itself': json([], 'string'),
    'a document: far': json(['9999999999', '12', 'x'], 'number'),
    'a document: first of first': json(['0', '00', 'x', '0'], 'string'),
    'a document: guarded': json(['a'], 'string', own),
    'a document: guarded number': json(['n'], 'number', own),
  }
  const typeOf = (name: string): 'string' | 'integer' | 'float' | 'boolean' =>
    /: (flag)/.test(name)
      ? 'boolean'
      : /(document).*(number|far)/.test(name)
        ? 'float'
        : /text|two$|: |label/.test(name) && !/level/.test(name)
          ? 'string'
          : 'integer'
  return named(
    Object.entries(ways).flatMap(([name, left]) => [
      [`${name} = value`, compare('eq', left, one(typeOf(name)))] as const,
      [`constant > ${name}`, compare('gt', always1(typeOf(name)), left)] as const,
      [`${name} in values`, among(left, many(typeOf(name)))] as const,
      [`${name} is none`, isNull(left)] as const,
      [`${name} is there`, not(isNull(left))] as const,
      [`no: ${name} <> field`, not(compare('ne', left, field(typeOf(name))))] as const,
    ]),
  )
}

/** Lists, keys, other rows, and what is made of conditions. */
export function compositions(): Conditions {
  const ofOwner = compare('eq', field('handle'), one('string'))
  const listed = (value: string[]): Operand => constant(value, types.string)
  const chain = (n: number): readonly Predicate[] =>
    Array.from({ length: n }, (_, i) => compare('eq', field('integer'), given(100 + i, types.integer)))
  const find = (left: Operand, name: string, where: Predicate = always): Predicate => ({ kind: 'inSelect', left, entity: Owner, field: name, where })
  return {
    'in a list of constants': among(field('name'), listed(['a', 'B'])),
    'in a list of constants, folded': among(field('name'), listed(['a', 'B']), true),
    'in values, folded': among(field('nick'), many('string'), true),
    'one list as it is and folded': and(among(field('string'), many('string')), among(field('nick'), many('string'), true)),
    'guarded in values, folded': among(seen('name'), many('string'), true),
    'in an empty list': among(field('name'), listed([])),
    'in a list of the session': among(field('ownerId'), session('user.teams', types.uuid)),
    'in numbers of the session': among(field('price'), session('user.numbers', types.integer)),
    'in a list that fits no type': among(field('integer'), session('user.unfits', types.integer)),
    'in what is no list': among(field('integer'), session('user.unfit', types.integer), true),
    'a value in a list': among(self, listed(['user', 'god'])),
    'a key': { kind: 'keyIn', fields: ['id'], list: given([['018f0000-0000-7000-8000-000000000001'], [null]], types.uuid) },
    'a key of two': exists(toPlace, {
      kind: 'keyIn',
      fields: ['row', 'column'],
      list: given(
        [
          [1, 'a,"}'],
          [null, 'b'],
        ],
        types.json,
      ),
    }),
    'two fields of which others made one': { kind: 'keyIn', fields: ['nick', 'string'], list: given([['a', 'b']], types.json) },
    'two fields of other types': { kind: 'keyIn', fields: ['price', 'bytes', 'datetime'], list: given([['1.50', 'AP8=', null]], types.json) },
    'another row': exists(toOwner, ofOwner),
    'any other row': exists(toOwner, always),
    'no other row': not(exists(toOwner, ofOwner)),
    'another row by two': exists(toPlace, compare('eq', field('label'), one('string'))),
    'rows behind it': exists({ entity: Held, local: ['id'], foreign: ['thingId'] }, compare('gt', field('size'), one('integer'))),
    'rows behind another': exists(toOwner, exists({ entity: Held, local: ['id'], foreign: ['id'] }, compare('gt', field('size'), one('integer')))),
    'found by a select': find(field('ownerId'), 'id', ofOwner),
    'found by any select': find(field('ownerId'), 'id'),
    'found by a select of another type': find(field('string'), 'id', ofOwner),
    'found by a select of numbers': find(field('price'), 'level', ofOwner),
    'a guarded field found': find(seen('ownerId'), 'id', ofOwner),
    'a path found': find(path('handle', toPlace), 'handle', ofOwner),
    'a value found': find(me, 'id', ofOwner),
    'not found': not(find(field('ownerId'), 'id', ofOwner)),
    'found in places': {
      kind: 'inSelect',
      left: field('placeColumn'),
      entity: Place,
      field: 'column',
      where: compare('eq', field('row'), one('integer')),
    },
    'where a guard is': when(own, compare('eq', field('name'), one('string'))),
    'no: where a guard is': not(when(own, compare('eq', field('name'), one('string')))),
    surely: { kind: 'isTrue', of: compare('eq', field('nick'), one('string')) },
    'surely where a guard is': { kind: 'isTrue', of: when(own, compare('eq', path('level', toOwner), one('integer'))) },
    'not surely': not({ kind: 'isTrue', of: compare('eq', path('level', toOwner), one('integer')) }),
    everything: always,
    nothing: or(),
    'not everything': { kind: 'not', of: always },
    'one of one': { kind: 'or', any: [own] },
    'thirty-two': { kind: 'or', any: chain(32) },
    'thirty-three': { kind: 'and', all: chain(33) },
    'both and either': and(or(own, compare('eq', field('name'), one('string'))), not(and(own, isNull(field('nick'))))),
    'either with none': { kind: 'or', any: [own, { kind: 'and', all: [] }] },
    'an owner by its handle': exists({ ...byHandle, local: ['nick'] }, own2()),
    'an owner by a code': exists({ ...byHandle, local: ['code'] }, own2()),
    'a place by a code': exists({ entity: Place, local: ['code'], foreign: ['handle'] }, always),
  }
}

function own2(): Predicate {
  return compare('eq', field('id'), me)
}
