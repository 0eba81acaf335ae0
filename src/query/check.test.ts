import assert from 'node:assert/strict'
import { test } from 'node:test'
import { library, viewOf } from '../../test/support/library-schema.ts'
import { DBALError } from '../errors/error.ts'
import { check } from './check.ts'
import { nameParams, parse } from './parse.ts'
import { printOrder, printPredicate } from './print.ts'
import type { Checked, Request, View } from './request.ts'

const everything = viewOf(library)

function ask(method: string, args: Record<string, unknown>, view: View = everything): Checked {
  return check(parse(method, args), library, view)
}

function request<K extends Request['kind']>(
  kind: K,
  method: string,
  args: Record<string, unknown>,
  view: View = everything,
): Extract<Request, { kind: K }> {
  const made = ask(method, args, view).request
  assert.equal(made.kind, kind)
  return made as Extract<Request, { kind: K }>
}

function refusal(work: () => unknown): DBALError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof DBALError, String(error))
    return error
  }
  throw new Error('accepted')
}

const complaints = (method: string, args: Record<string, unknown>, view: View = everything) =>
  (refusal(() => ask(method, args, view)).details.fields ?? []).map(({ field, error }) => `${field}: ${error}`)
const where = (filter: unknown, entity = 'Author') => printPredicate(request('count', 'count', { entity, filter }).where)
const filterComplaints = (filter: unknown, entity = 'Author') => complaints('count', { entity, filter })

test('operators', () => {
  assert.equal(where({ name: 'x' }), 'name = ?0')
  assert.equal(where({ name: null }), 'name is null')
  assert.equal(where({ name: { ne: null } }), 'not name is null')
  assert.equal(where({ name: { isNull: false } }), 'not name is null')
  assert.equal(where({ level: { gt: 1, lte: 3 } }), 'level > ?0 and level <= ?1')
  assert.equal(where({ name: { contains: 'x', mode: 'insensitive' } }), 'name contains ?0 (insensitive)')
  assert.equal(where({ role: { notIn: ['reader'] } }), 'not role in ?0')
  assert.equal(where({ photo: { in: ['AA=='] } }), 'photo in ?0')
  assert.equal(where({ or: [{ level: 1 }, { and: [{ level: 2 }, { name: 'x' }] }] }), 'level = ?0 or (level = ?1 and name = ?2)')
  assert.equal(where({ not: [{ level: 1 }, { level: 2 }] }), '(not level = ?0) and (not level = ?1)')
  assert.equal(where({ not: { level: 1, name: 'x' } }), 'not (level = ?0 and name = ?1)')
  assert.equal(where({ or: [] }), 'never')
  assert.equal(where({}), 'always')
})

test('complaints about operators, all at once', () => {
  assert.deepEqual(
    filterComplaints({ name: { like: 'x' }, level: { contains: 1 }, profile: { eq: 1 }, photo: { gt: 'AA==' }, nosuch: 1, active: {} }),
    [
      'filter.name.like: Unknown operator',
      'filter.level.contains: Does not apply to integer',
      'filter.profile.eq: Does not apply to json',
      'filter.photo.gt: Does not apply to bytes',
      'filter.nosuch: Unknown field',
      'filter.active: Must name an operator',
    ],
  )
  assert.deepEqual(filterComplaints({ profile: { a: { b: 1 } } }), ['filter.profile.a: Unknown operator'])
  assert.deepEqual(filterComplaints({ profile: 'x' }), ['filter.profile: Values of type json cannot be compared'])
  assert.deepEqual(filterComplaints({ level: { eq: 1, mode: 'insensitive' } }), ['filter.level.mode: Does not apply to integer'])
  assert.deepEqual(filterComplaints({ name: { eq: 'x', mode: 'loud' } }), ['filter.name.mode: Must be "insensitive"'])
  assert.deepEqual(filterComplaints({ name: { gt: null } }), ['filter.name.gt: Must not be null'])
  assert.deepEqual(filterComplaints({ name: { isNull: 1 } }), ['filter.name.isNull: Must be true or false'])
  assert.deepEqual(filterComplaints({ or: [{ level: 1 }, { x: 1 }] }), ['filter.or[1].x: Unknown field'])
  assert.deepEqual(filterComplaints({ name: { $ne: null } }), ['filter.name.$ne: Unknown operator; did you mean "ne"?'])
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '$where', 'name ', 'NAME', 'name"; --']) {
    assert.deepEqual(filterComplaints(JSON.parse(`{${JSON.stringify(name)}: 1}`)), [`filter.${name}: Unknown field`])
  }
})

test('relations become exists', () => {
  assert.equal(where({ author: { level: 1 } }, 'Book'), 'exists Author (id = outer authorId) where level = ?0')
  assert.equal(where({ author: null }, 'Book'), 'not (exists Author (id = outer authorId) where always)')
  assert.equal(
    where({ books: { some: { pages: 1 }, none: { pages: 2 } } }),
    '(exists Book (authorId = outer id) where pages = ?0) and (not (exists Book (authorId = outer id) where pages = ?1))',
  )
  assert.equal(where({ books: { every: { pages: 1 } } }), 'not (exists Book (authorId = outer id) where (not (pages = ?0 is true)))')
  assert.equal(
    where({ tags: { some: { label: 'x' } } }, 'Book'),
    'exists BookTag (bookId = outer id) where (exists Tag (id = outer tagId) where label = ?0)',
  )
  assert.equal(where({ author: { books: { some: { author: { name: 'x' } } } } }, 'Book').match(/exists/g)?.length, 3)
  assert.deepEqual(filterComplaints({ books: { pages: 1 } }), ['filter.books.pages: Unknown operator; a list takes some, every or none'])
  assert.deepEqual(filterComplaints({ books: {} }), ['filter.books: Must be an object with some, every or none'])
  assert.deepEqual(filterComplaints({ author: 3 }, 'Book'), ['filter.author: Must be an object of conditions on Author'])
  assert.deepEqual(filterComplaints({ author: { some: { level: 1 } } }, 'Book'), ['filter.author.some: Unknown field'])
})

test('places in json', () => {
  assert.equal(where({ 'profile.color': 'red' }), 'profile.color::string = ?0')
  assert.equal(where({ 'profile.size.0': { gt: 1, ne: 'x' } }), 'profile.size.0::number > ?0 and profile.size.0::string != ?1')
  assert.equal(where({ 'profile.on': true }), 'profile.on::boolean = ?0')
  assert.equal(where({ 'profile.on': null }), 'profile.on::string is null')
  assert.equal(where({ 'profile.x': { in: [1, 2] } }), 'profile.x::number in ?0')
  assert.equal(where({ 'profile.x y': 'z' }), 'profile."x y"::string = ?0')
  assert.equal(where({ 'profile.a': { contains: 'X', mode: 'insensitive' } }), 'profile.a::string contains ?0 (insensitive)')
  assert.deepEqual(filterComplaints({ 'name.first': 'x', 'profile.': 1, 'profile..a': 1, '.a': 1, 'profile.b': { contains: 1 } }), [
    'filter.name.first: Unknown field',
    'filter.profile.: Must be a field and names or positions, with a point between them',
    'filter.profile..a: Must be a field and names or positions, with a point between them',
    'filter..a: Unknown field',
    'filter.profile.b.contains: Does not apply to number',
  ])
})

test('what the caller may not see is unknown, byte for byte', () => {
  const hidden = viewOf(library, ['Author.secret', 'Tag', 'Book.authorId'])
  const uses: readonly [string, (name: string) => Record<string, unknown>][] = [
    ['list', (name) => ({ filter: { [name]: 'x' } })],
    ['list', (name) => ({ sort: { [name]: 'asc' } })],
    ['list', (name) => ({ select: [name] })],
    ['read', (name) => ({ id: 1, select: [name] })],
    ['count', (name) => ({ filter: { not: { [name]: { contains: 'x' } } } })],
    ['aggregate', (name) => ({ groupBy: [name] })],
    ['aggregate', (name) => ({ min: [name] })],
    ['update', (name) => ({ id: 1, data: { [name]: 'x' } })],
    ['updateMany', (name) => ({ filter: { [name]: 1 }, data: { level: 1 } })],
    ['upsert', (name) => ({ where: { [name]: 1 }, create: {}, update: {} })],
    ['deleteMany', (name) => ({ filter: { [`${name}.x`]: 1 } })],
    ['list', (name) => ({ include: { books: { filter: { author: { [name]: 1 } } } } })],
  ]
  for (const [method, args] of uses) {
    const answer = (name: string, view: View) =>
      JSON.stringify(refusal(() => ask(method, { entity: 'Author', ...args(name) }, view)).toPublic()).replaceAll(name, 'NAME')
    assert.equal(answer('secret', hidden), answer('nosuch', hidden), method)
    if (method !== 'update') assert.equal(answer('hash', everything), answer('nosuch', everything), `${method}: never exposed, so never asked about`)
  }
  assert.deepEqual(complaints('list', { entity: 'Book', include: { tags: true }, filter: { tags: { some: {} }, author: { level: 1 } } }, hidden), [
    'filter.tags: Unknown field',
    'filter.author: Unknown field',
    'include.tags: Unknown relation',
  ])
  assert.deepEqual(complaints('list', { entity: 'Author', include: { books: true } }, hidden), ['include.books: Unknown relation'])
  const answer = (name: string) => JSON.stringify(refusal(() => ask('list', { entity: name }, hidden)).toPublic()).replace(name, 'NAME')
  assert.equal(answer('Tag'), answer('Nix'))
  assert.equal(refusal(() => ask('list', { entity: 'Autor' })).details.reason, 'There is no entity "Autor"; did you mean "Author"?')
  assert.equal(refusal(() => ask('list', { entity: 'constructor' })).code, 'NOT_FOUND')
})

test('what the caller knows of a key settles ties before what it does not', () => {
  const order = (sort?: unknown, ...hidden: string[]) =>
    printOrder(request('list', 'list', { entity: 'BookTag', sort }, viewOf(library, hidden)).order)
  assert.equal(order(undefined), 'bookId asc, tagId asc')
  assert.equal(order(undefined, 'BookTag.bookId'), 'tagId asc, bookId asc')
  assert.equal(order({ tagId: 'desc' }, 'BookTag.bookId'), 'tagId desc, bookId desc')
  assert.equal(order(undefined, 'BookTag.tagId'), 'bookId asc, tagId asc')
})

test('lists: order with key, paging, selection, includes', () => {
  const list = request('list', 'list', { entity: 'Book', sort: { pages: 'desc' }, include: { author: { select: ['name'] }, tags: true }, limit: 5 })
  assert.equal(printOrder(list.order), 'pages desc, id desc')
  assert.equal(printOrder(request('list', 'list', { entity: 'Book' }).order), 'id asc')
  assert.equal(printOrder(request('list', 'list', { entity: 'Book', sort: [{ id: 'desc' }, { pages: 'asc' }] }).order), 'id desc, pages asc')
  assert.equal(list.total, true)
  assert.equal(request('list', 'list', { entity: 'Book', total: 'none' }).total, false)
  assert.deepEqual(
    list.selection.include.map((include) => [include.name, include.selection.fields, include.limit === undefined]),
    [
      ['author', ['name'], true],
      ['tags', ['id', 'label'], false],
    ],
  )
  assert.deepEqual(request('list', 'list', { entity: 'Author' }).selection.fields.includes('hash'), false)
  assert.deepEqual(request('list', 'list', { entity: 'Author', select: ['name', 'id'] }).selection.fields, ['name', 'id'])
  assert.deepEqual(complaints('list', { entity: 'Author', sort: { photo: 'asc', nosuch: 'asc' }, include: { nosuch: true } }), [
    'sort.photo: Values of type bytes have no order',
    'sort.nosuch: Unknown field',
    'include.nosuch: Unknown relation',
  ])
  assert.deepEqual(complaints('list', { entity: 'Book', include: { author: { limit: 1, sort: { name: 'asc' }, filter: { x: 1 } } } }), [
    'include.author.sort: Applies to lists only',
    'include.author.limit: Applies to lists only',
    'include.author.filter.x: Unknown field',
  ])
  const after = request('list', 'list', { entity: 'Book', after: 'token', sort: { createdAt: 'asc' } })
  assert.equal(after.offset, undefined)
  assert.deepEqual(
    after.after?.values.map((value) => value.kind === 'param' && value.type.type),
    ['datetime', 'uuid'],
  )
})

test('search looks at readable texts only, every term', () => {
  const view = viewOf(library, ['Author.secret'])
  const search = request('list', 'search', { entity: 'Author', text: ' ann  lee ' }, view)
  assert.equal(
    printPredicate(search.where),
    '(name contains ?0 (insensitive) or email contains ?0 (insensitive)) and (name contains ?1 (insensitive) or email contains ?1 (insensitive))',
  )
  assert.deepEqual(complaints('search', { entity: 'BookTag', text: 'x' }), ['search: There is no text of BookTag to search'])
})

test('aggregates', () => {
  const made = request('aggregate', 'aggregate', {
    entity: 'Book',
    groupBy: ['shelf'],
    sum: ['pages'],
    avg: ['pages'],
    max: ['createdAt'],
    having: { count: { gt: 1 }, sum: { pages: { gte: 5 } }, or: [{ shelf: 'a' }, { not: { shelf: null } }] },
    sort: { count: 'desc', sum: { pages: 'asc' } },
    limit: 3,
    filter: { pages: { gt: 0 } },
  })
  assert.deepEqual(
    made.measures.map((measure) => measure.fn),
    ['count', 'sum', 'avg', 'max'],
  )
  assert.deepEqual(
    made.order.map(({ by, direction }) => `${by.kind}${by.index} ${direction}`),
    ['measure0 desc', 'measure1 asc', 'group0 asc'],
  )
  assert.equal(made.having?.kind === 'and' && made.having.all.length, 3)
  assert.equal(made.hideCount, false)
  assert.deepEqual(
    complaints('aggregate', {
      entity: 'Author',
      groupBy: ['profile', 'x'],
      sum: ['name'],
      min: ['photo'],
      having: { sum: { level: { gt: 1 } } },
      sort: { name: 'asc' },
    }),
    [
      'groupBy[0]: Values of type json cannot be grouped',
      'groupBy[1]: Unknown field',
      'sum[0]: Does not apply to string',
      'min[0]: Does not apply to bytes',
      'sort.name: Must be a field of groupBy, count, or a measure that is asked for, such as {sum: {amount: …}}',
      'having.sum.level: Must be a field of groupBy, count, or a measure that is asked for, such as {sum: {amount: …}}',
    ],
  )
})

test('writes', () => {
  assert.deepEqual(complaints('update', { entity: 'Book', id: 'x', data: { id: 'y', nosuch: 1, version: 3, title: 'z' } }), [
    'data.id: Field is not writable',
    'data.nosuch: Unknown field',
    'data.version: Field is not writable',
  ])
  assert.deepEqual(complaints('update', { entity: 'Author', id: 'x', data: { name: 'y' }, expectedVersion: 1 }), [
    'expectedVersion: Author has no version',
  ])
  assert.deepEqual(
    request('update', 'update', { entity: 'Book', id: 'x', data: { title: 'z' }, expectedVersion: 1 }).changes.map((change) => change.field),
    ['title'],
  )
  assert.deepEqual(
    request('delete', 'delete', { entity: 'BookTag', id: { tagId: 1, bookId: 2 } }).match.map((part) => part.field),
    ['bookId', 'tagId'],
  )
  assert.deepEqual(complaints('delete', { entity: 'BookTag', id: 'x' }), ['id: Must be an object with bookId, tagId'])
  assert.deepEqual(complaints('read', { entity: 'BookTag', id: { bookId: 1 } }), ['id: Must be an object with bookId, tagId'])
  for (const filter of [{}, { and: [] }, { and: [{}, { and: {} }] }, { or: [{}, { name: 'x' }] }, { not: { or: [] } }]) {
    assert.deepEqual(
      complaints('deleteMany', { entity: 'Author', filter }),
      ['filter: Must not be empty; say {all: true} to mean every row'],
      JSON.stringify(filter),
    )
    assert.ok(ask('deleteMany', { entity: 'Author', filter, all: true }))
  }
  assert.deepEqual(complaints('updateMany', { entity: 'Author', filter: { x: 1 }, data: { name: 'x' } }), ['filter.x: Unknown field'])
})

test('upsert names exactly one unique key', () => {
  const upsert = (where: Record<string, unknown>) => ({ entity: 'Book', where, create: {}, update: {} })
  for (const where of [{ id: 1 }, { isbn: 1 }, { shelf: 1, place: 2 }, { place: 1, shelf: 2 }]) assert.ok(ask('upsert', upsert(where)))
  for (const where of [{ title: 1 }, { shelf: 1 }, { id: 1, isbn: 1 }])
    assert.deepEqual(complaints('upsert', upsert(where)), ['where: Must name one unique key'])
})

test('domain operations', () => {
  const call = (entity: string, operation: string, input?: unknown) => ({ entity, operation, ...(input === undefined ? {} : { input }) })
  assert.deepEqual(
    request('read', 'call', call('Author', 'byEmail', ['a@b.org'])).match.map((part) => part.field),
    ['email'],
  )
  assert.deepEqual(complaints('call', call('Author', 'byEmail', { email: 'x', name: 'y' })), ['input.name: Unknown input'])
  assert.deepEqual(complaints('call', call('Author', 'byEmail')), ['input.email: Is required'])
  assert.deepEqual(complaints('call', call('Author', 'byEmail', ['a', 'b'])), ['input: Must have at most 1 values'])
  assert.deepEqual(complaints('call', call('Author', 'byMail', [])), ['operation: Author has no operation "byMail"; did you mean "byEmail"?'])
  assert.deepEqual(complaints('call', call('Author', 'create', {})), ['operation: Use the method create'])
  const listed = request('list', 'call', call('Book', 'byShelf', { shelf: 'a', sort: { pages: 'asc' }, limit: 3, filter: { pages: 1 } }))
  assert.equal(printPredicate(listed.where), 'shelf = ?0 and pages = ?4')
  assert.equal(printOrder(listed.order), 'pages asc, id asc')
  assert.ok(request('list', 'call', call('Book', 'byShelf', ['a'])))
  assert.deepEqual(complaints('call', call('Book', 'byShelf', { shelf: 'a', sort: { pages: 'up' } })), ['sort.pages: Must be "asc" or "desc"'])
  assert.deepEqual(
    request('tree', 'call', call('Book', 'tree', ['a'])).scope.map((part) => part.field),
    ['shelf'],
  )
  assert.equal(request('reorder', 'call', call('Book', 'reorder', { ids: ['a', 'b'] })).ids.kind, 'param')
  assert.deepEqual(
    request('move', 'call', call('Book', 'move', { id: 'a', parentId: null, place: 2 })).match.map((part) => part.field),
    ['id'],
  )
})

test('what an operation declares counts, by name and by position', () => {
  const optional = ['pages', 'limit', 'page', 'sort']
  const entity = library.entities.get('Book') ?? assert.fail()
  const byShelf = { ...(entity.operations.get('byShelf') ?? assert.fail()), input: { required: ['shelf'], optional } }
  const book = { ...entity, operations: new Map([...entity.operations, ['byShelf', byShelf]]) }
  const schema = { ...library, entities: new Map([...library.entities, ['Book', book]]) }
  const listed = (input: unknown) => {
    const made = check(parse('call', { entity: 'Book', operation: 'byShelf', input }), schema, viewOf(schema))
    assert.ok(made.request.kind === 'list')
    return { where: printPredicate(made.request.where), order: printOrder(made.request.order), uses: made.slots.map((slot) => slot.use) }
  }
  const named = listed({ shelf: 'a', pages: 3, sort: { title: 'desc' }, limit: 2, page: 2 })
  assert.match(named.where, /^shelf = \?\d+ and pages = \?\d+$/)
  assert.equal(named.order, 'title desc, id desc')
  assert.equal(named.uses.filter((use) => use === 'limit' || use === 'page').length, 2)
  const placed = listed(['a', 3, 2, 1])
  assert.equal(placed.where, 'shelf = ?0 and pages = ?1')
  assert.deepEqual(placed.uses.slice(2), ['limit', 'page'])
  assert.throws(() => listed(['a', 3, 2, 1, { title: 'asc' }]), { code: 'VALIDATION_ERROR' })
})

test('a plan depends on the shape alone', () => {
  const one = ask('list', nameParams(['entity', 'options?'], ['Author', { filter: { name: 'a', level: { in: [1] } }, search: 'x', limit: 1 }]))
  const two = ask('list', nameParams(['entity', 'options?'], ['Author', { filter: { name: 'b', level: { in: [2, 3] } }, search: 'y', page: 9 }]))
  assert.deepEqual(one, two)
})
