/** Conditions that choose rows, which a database may answer from either end. In charge of the list; knows no dialect. */
import { always, type Hop, type Operand, type Predicate } from '../../../src/query/ast.ts'
import { compare, constant, field, not, session, when } from '../../../src/query/build.ts'
import { Held, Owner, Place, Thing, types } from './entities.ts'
import { among, byHandle, exists, folded, level, many, me, one, own, path, seen, toOwner, toPlace, toUp } from './given.ts'

const text = one('string')
const number = one('integer')
const is = (name: string, value: Operand = text): Predicate => compare('eq', field(name), value)
const all = (...parts: Predicate[]): Predicate => ({ kind: 'and', all: parts })
const any = (...parts: Predicate[]): Predicate => ({ kind: 'or', any: parts })
const select = (left: Operand, name: string, where: Predicate): Predicate => ({ kind: 'inSelect', left, entity: Owner, field: name, where })
const held: Hop = { entity: Held, local: ['id'], foreign: ['thingId'] }
const slugged: Hop = { entity: Held, local: ['code'], foreign: ['slug'] }
const keyed: Hop = { entity: Held, local: ['id'], foreign: ['id'] }
const halfKey: Hop = { entity: Place, local: ['placeRow'], foreign: ['row'] }
const named: Hop = { entity: Thing, local: ['nick'], foreign: ['name'] }
const handled: Hop = { ...byHandle, local: ['nick'] }

/** Questions to the row that a path leads to. */
const paths: Readonly<Record<string, Predicate>> = {
  'a path': compare('eq', path('handle', toOwner), text),
  'a value and a path': compare('lt', number, path('level', toOwner)),
  'two hops': compare('eq', path('level', toUp, toOwner), number),
  'three hops': compare('ne', path('label', toUp, toOwner, toPlace), text),
  'two ends of one path': compare('gt', path('placeRow', toOwner), path('level', toOwner)),
  'two ends that part later': compare('gt', path('listed', toUp), path('level', toUp, toOwner)),
  'two ends that part at once': compare('gt', path('listed', toUp), path('level', toOwner)),
  'a path and a field': compare('eq', path('level', toOwner), field('integer')),
  'a field and a path': compare('eq', field('integer'), path('level', toOwner)),
  'a path in a list': among(path('handle', toOwner), many('string')),
  'a path in a list of the session': among(path('id', toUp), session('user.teams', types.uuid)),
  'a path among selected': select(path('ownerId', toUp), 'id', is('handle')),
  'the level of a path': compare('lte', level(path('role', toOwner)), session('user.level', types.integer)),
  'the level of a field': compare('lte', level(field('enum')), session('user.level', types.integer)),
  'the level of a value and a path': compare('lte', level(session('user.role', types.string)), path('level', toOwner)),
  'the level of two hops': compare('gt', level(path('role', toUp, toOwner)), number),
  'a path that is there': not({ kind: 'isNull', of: path('level', toOwner) }),
  'two hops that are there': not({ kind: 'isNull', of: path('level', toUp, toOwner) }),
  'a path that is none': { kind: 'isNull', of: path('level', toOwner) },
  'a field that is there': not({ kind: 'isNull', of: field('nick') }),
  'not a path': not(compare('eq', path('handle', toOwner), text)),
  'two values': compare('eq', text, constant('x', types.string)),
}

/** Questions that are one subquery or two. */
const together: Readonly<Record<string, Predicate>> = {
  'both of one owner': all(compare('eq', path('handle', toOwner), text), compare('gt', path('level', toOwner), number)),
  'either of one owner': any(compare('eq', path('handle', toOwner), text), compare('gt', path('level', toOwner), number)),
  'both of many': all(exists(held, is('size', number)), exists(held, is('slug'))),
  'both of a tenant by its unique': all(exists(slugged, is('size', number)), exists(slugged, is('id', me))),
  'both of a tenant by its key': all(exists(keyed, is('size', number)), exists(keyed, is('slug'))),
  'both by a unique': all(exists(handled, is('level', number)), exists(handled, is('id', me))),
  'both by a folded unique': all(exists(named, is('integer', number)), exists(named, is('id', me))),
  'both by half a key': all(exists(halfKey, is('label')), exists(halfKey, is('handle'))),
  'both by a whole key': all(exists(toPlace, is('label')), exists(toPlace, is('handle'))),
  'one owner by two ways': all(exists(toOwner, is('handle')), exists({ ...toOwner, local: ['id'] }, is('handle'))),
  'owner and place': all(exists(toOwner, is('placeRow', number)), exists(toPlace, is('label'))),
  'three of one owner': all(
    exists(toOwner, is('handle')),
    own,
    exists(toOwner, is('level', number)),
    exists(toOwner, all(is('role', one('enum')), is('id', me))),
  ),
  'either of three': any(
    exists(toOwner, is('handle')),
    exists(toOwner, any(is('level', number), is('id', me))),
    exists(toOwner, is('placeRow', number)),
  ),
  'of an owner in an either': all(any(exists(toOwner, is('handle')), own), exists(toOwner, is('level', number))),
  'nested in one': all(exists(toUp, exists(toOwner, is('handle'))), exists(toUp, exists(toOwner, is('level', number)))),
  'first a field, then owners': all(is('name'), exists(toOwner, is('handle')), exists(toOwner, is('level', number))),
}

/** What only tells false from unknown. */
const truths: Readonly<Record<string, Predicate>> = {
  surely: { kind: 'isTrue', of: compare('eq', path('handle', toOwner), text) },
  'where it is seen': when(own, compare('eq', path('handle', toOwner), text)),
  'where it is seen, twice': when(exists(toOwner, is('handle')), compare('gt', path('level', toOwner), number)),
  'not where it is seen': not(when(own, is('name'))),
  'surely of an owner': exists(toOwner, { kind: 'isTrue', of: is('handle') }),
  'where it is seen of an owner': exists(toOwner, when(is('id', me), is('handle'))),
  'surely either': any({ kind: 'isTrue', of: is('name') }, when(own, is('nick'))),
}

/** Which rows of a subquery are found by an index. */
function listings(): Readonly<Record<string, Predicate>> {
  const ofThing: Hop = { entity: Thing, local: ['upId'], foreign: ['id'] }
  const wheres: Readonly<Record<string, Predicate>> = {
    'nothing asked': always,
    'its key': is('id', me),
    'a unique': is('code'),
    'a unique from the right': compare('eq', text, field('code')),
    'a unique that may be none': is('nick'),
    'a folded unique': folded('eq', field('name'), text),
    'a folded unique as written': is('name'),
    'a unique folded': folded('eq', field('code'), text),
    'an index': is('listed', number),
    'the first of an index': is('first', number),
    'the second of an index': is('second', number),
    'a reference': is('ownerId', me),
    'a guarded unique': compare('eq', seen('code'), text),
    'two fields': compare('eq', field('code'), field('nick')),
    'a path': compare('eq', path('handle', toOwner), text),
    'not equal': compare('ne', field('code'), text),
    greater: compare('gt', field('listed'), number),
    'a part': compare('startsWith', field('code'), text),
    'one of a list': among(field('code'), many('string')),
    'one of a list, folded': among(field('code'), many('string'), true),
    'one of a list, by nothing': among(field('second'), many('integer')),
    keys: { kind: 'keyIn', fields: ['id'], list: many('uuid') },
    'selected by an index': select(field('ownerId'), 'id', is('handle')),
    'selected by nothing': select(field('ownerId'), 'id', is('level', number)),
    'selected into nothing': select(field('string'), 'handle', is('handle')),
    'both, one by an index': all(is('second', number), is('code')),
    'both, none by an index': all(is('second', number), is('integer', number)),
    'either by an index': any(is('listed', number), is('code')),
    'either, one by nothing': any(is('second', number), is('code')),
    'either of none': any(),
    'an owner by an index': exists(toOwner, is('handle')),
    'an owner by nothing': exists(toOwner, is('level', number)),
    'not by an index': not(is('code')),
    'surely by an index': { kind: 'isTrue', of: is('code') },
  }
  return Object.fromEntries(Object.entries(wheres).map(([name, where]) => [`behind: ${name}`, exists(ofThing, where)]))
}

const wider: Readonly<Record<string, Predicate>> = {
  'behind two: an index': exists(toPlace, all(is('row', number), is('label'))),
  'behind a key of two: its first': exists(halfKey, is('row', number)),
  'behind a key of two: its second': exists(halfKey, is('column')),
  'either behind': any(exists(toOwner, is('handle')), is('name')),
  'both behind': all(exists(toOwner, is('handle')), is('name'), exists(toUp, is('code'))),
  'not behind': not(exists(toOwner, is('handle'))),
  'a chain behind': exists(toUp, exists(toUp, exists(toOwner, is('handle')))),
  'of a tenant behind': exists(held, is('slug')),
}

export const choices = (): Readonly<Record<string, Predicate>> => ({ ...paths, ...together, ...truths, ...listings(), ...wider })
