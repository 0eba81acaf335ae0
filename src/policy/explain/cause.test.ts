/** Causes of random formulas, held against trying every change there is. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { causeOf, type Flip, flipped, type Truth, truthOf } from './cause.ts'
import { all, any, type Clause, type Formula, negated, type Site } from './clause.ts'

/** A small generator with a seed (mulberry32), so that a failure can be run again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Made {
  readonly formula: Formula
  readonly sites: readonly Site[]
  readonly truths: Map<string, Truth>
}

function make(random: () => number): Made {
  const sites: Site[] = []
  const truths = new Map<string, Truth>()
  const leaf = (): Formula => {
    // One in five asks a clause that is asked elsewhere of another row; with the same sign, as rules do.
    const again = sites.length > 0 && random() < 0.2 ? sites[Math.floor(random() * sites.length)] : undefined
    const clause: Clause = again?.clause ?? { id: `c${sites.length}`, kind: 'condition', says: 'x' }
    const site: Site = { kind: 'site', clause, key: `s${sites.length}`, moment: '' }
    sites.push(site)
    truths.set(site.key, [true, false, null][Math.floor(random() * 3)] as Truth)
    // A sign of its own for each clause: every other one stands under NOT.
    return Number(clause.id.slice(1)) % 2 === 0 ? site : negated(site)
  }
  const node = (depth: number): Formula => {
    if (depth === 0 || random() < 0.3) return leaf()
    const parts = Array.from({ length: 1 + Math.floor(random() * 3) }, () => node(depth - 1))
    return random() < 0.5 ? all(...parts) : any(...parts)
  }
  let formula: Formula
  do {
    sites.length = 0
    truths.clear()
    formula = node(3)
  } while (new Set(sites.map((site) => site.clause.id)).size > 7)
  return { formula, sites, truths }
}

/** Every way to make some clauses constants, by brute force: 3 to the number of clauses. */
function everyFlip(clauses: readonly Clause[]): Flip[][] {
  let sets: Flip[][] = [[]]
  for (const clause of clauses) sets = sets.flatMap((set) => [set, [...set, { clause, to: true }], [...set, { clause, to: false }]])
  return sets
}

test('changes are exactly the least ones that turn the answer, and reasons hold it by themselves and no fewer do', () => {
  const seed = Number(process.env['SEED'] ?? 20260727)
  const random = randomOf(seed)
  let told = 0
  for (let run = 0; run < 400; run++) {
    const { formula, sites, truths } = make(random)
    const truth = (site: Site): Truth => truths.get(site.key) as Truth
    const clauses = [...new Map(sites.map((site) => [site.clause.id, site.clause])).values()]
    const cause = causeOf(formula, truth)
    const answer = (flips: readonly Flip[]) => truthOf(formula, flipped(truth, flips)) === true
    const at = `seed ${seed}, run ${run}`
    assert.equal(cause.holds, answer([]), at)

    const turning = everyFlip(clauses).filter((flips) => answer(flips) !== cause.holds)
    const ids = (flips: readonly Flip[]) => flips.map((flip) => flip.clause.id).sort()
    const has = (more: readonly string[], less: readonly string[]) => less.every((id) => more.includes(id))
    const least = turning.filter((flips) => !turning.some((other) => other.length < flips.length && has(ids(flips), ids(other))))
    const expected = [...new Set(least.map((flips) => ids(flips).join()))].sort()
    assert.ok(!cause.more || expected.length > 20, at)
    if (!cause.more) assert.deepEqual(cause.changes.map((flips) => ids(flips).join()).sort(), expected, at)
    for (const flips of cause.changes) assert.notEqual(answer(flips), cause.holds, at)
    told += cause.changes.length

    const holding = (kept: readonly Clause[]) =>
      everyFlip(clauses.filter((clause) => !kept.includes(clause))).every((flips) => answer(flips) === cause.holds)
    assert.ok(holding(cause.because), at)
    for (const clause of cause.because) assert.ok(!holding(cause.because.filter((other) => other !== clause)), at)
  }
  assert.ok(told > 400, `only ${told} changes were told`)
})

test('two conditions that both fail are one change of both, and two denies are lifted together', () => {
  const site = (id: string): Site => ({ kind: 'site', clause: { id, kind: 'condition', says: id }, key: id, moment: '' })
  const [a, b, c] = [site('a'), site('b'), site('c')]
  const ways = (formula: Formula, truths: Record<string, Truth>) =>
    causeOf(formula, (at) => truths[at.key] as Truth).changes.map((flips) => flips.map((flip) => `${flip.clause.id}:${flip.to}`))
  assert.deepEqual(ways(all(a, b), { a: false, b: null }), [['a:true', 'b:true']])
  assert.deepEqual(ways(any(all(a, b), c), { a: false, b: true, c: false }), [['a:true'], ['c:true']])
  assert.deepEqual(ways(all(a, negated(b), negated(c)), { a: true, b: true, c: null }), [['b:false', 'c:false']])
})

test('what nobody can change is in no change, and is the reason where it is reason enough', () => {
  const site = (id: string, firm = false): Site => ({
    kind: 'site',
    clause: { id, kind: firm ? 'schema' : 'condition', says: id, ...(firm ? { firm: true, fixed: id.endsWith('!') } : {}) },
    key: id,
    moment: '',
  })
  const [shut, open, a, b] = [site('shut', true), site('open!', true), site('a'), site('b')]
  const cause = (formula: Formula, truths: Record<string, Truth>) => {
    const { holds, because, changes, more } = causeOf(formula, (at) => at.clause.fixed ?? (truths[at.key] as Truth))
    return { holds, because: because.map(({ id }) => id).sort(), changes: changes.map((flips) => flips.map((flip) => flip.clause.id)), more }
  }
  assert.deepEqual(cause(all(shut, a), { a: false }), { holds: false, because: ['shut'], changes: [], more: false })
  assert.deepEqual(cause(any(shut, a), { a: false }), { holds: false, because: ['a', 'shut'], changes: [['a']], more: false })
  assert.deepEqual(cause(any(open, a), { a: true }), { holds: true, because: ['open!'], changes: [], more: false })
  assert.deepEqual(cause(all(open, a), { a: true }), { holds: true, because: ['a', 'open!'], changes: [['a']], more: false })
  assert.deepEqual(cause(any(a, b), { a: true, b: true }), { holds: true, because: ['b'], changes: [['a', 'b']], more: false })
})

test('the shortest twenty changes are told, and that there are more', () => {
  const site = (id: string): Site => ({ kind: 'site', clause: { id, kind: 'condition', says: id }, key: id, moment: '' })
  const parts = Array.from({ length: 21 }, (_, i) => site(`c${String(i).padStart(2, '0')}`))
  const some = (count: number) => causeOf(any(...parts.slice(0, count)), () => false)
  assert.deepEqual([some(20).changes.length, some(20).more], [20, false])
  assert.deepEqual([some(21).changes.length, some(21).more], [20, true])
  const mixed = causeOf(any(all(parts[0] as Site, parts[1] as Site), parts[2] as Site), () => false)
  assert.deepEqual(
    mixed.changes.map((flips) => flips.length),
    [1, 2],
  )
})

test('a clause that lifts several parts alone is no more than one change, however many ways there are around it', () => {
  const site = (id: string, key = id): Site => ({ kind: 'site', clause: { id, kind: 'condition', says: id }, key, moment: '' })
  const parts = Array.from({ length: 12 }, (_, i) => any(site('one', `one${i}`), site(`own${i}`)))
  const { changes, more } = causeOf(all(...parts), () => false)
  assert.deepEqual(
    changes.map((flips) => flips.map(({ clause }) => clause.id).sort()),
    [['one'], parts.map((_, i) => `own${i}`).sort()],
  )
  assert.equal(more, false)
})
