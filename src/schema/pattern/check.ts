/**
 * Refuses patterns that a hostile text could make run for ever. In charge of that verdict; must not know fields or files.
 *
 * The pattern becomes its position automaton (Glushkov). Matching by backtracking is
 * - exponential if some position is reached again from itself along two different ways on the same text (Weber and Seidl 1991, "EDA");
 * - linear if it is anchored and no text ever leaves a choice of ways;
 * - otherwise polynomial of at most the number of its open-ended repeats, acceptable only where the text is short.
 */
import { type CharSet, overlap, parsePattern, type Tree, Unbounded } from './tree.ts'

const longest = 500
const mostPositions = 400
/** Steps that the worst text may cost: some tens of milliseconds. */
const mostSteps = 20_000_000

/** Why the pattern cannot be used for texts of at most `maxLength` characters, or undefined. */
export function patternFault(source: string, maxLength: number | undefined): string | undefined {
  if (source.length > longest) return `A pattern has at most ${longest} characters`
  try {
    new RegExp(source, 'u')
  } catch (error) {
    return `No regular expression (flag u): ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`
  }
  let machine: Automaton
  let tree: Tree
  try {
    tree = parsePattern(source)
    machine = build(tree)
  } catch (error) {
    if (error instanceof Unbounded) return `${error.message} is not accepted: its running time has no bound`
    throw error
  }
  if (exponential(machine))
    return 'The pattern can take exponential time: a repeat inside a repeat (or overlapping choices in one) matches the same text in many ways'
  const degree = degreeOf(tree, machine)
  if (degree <= 1 || (maxLength !== undefined && (maxLength + 1) ** degree <= mostSteps)) return undefined
  const most = Math.floor(mostSteps ** (1 / degree)) - 1
  return `The pattern does not run in linear time; anchor it with ^, keep repeats from overlapping what follows them, or give a max_length of at most ${most}`
}

interface Automaton {
  readonly sets: readonly CharSet[]
  /** follow[p] maps each next position to the number of ways there: more than one is an ambiguity. */
  readonly follow: readonly Map<number, number>[]
  readonly first: readonly number[]
  /** Open-ended repeats. */
  readonly loops: number
}

interface Part {
  readonly first: readonly number[]
  readonly last: readonly number[]
  readonly nullable: boolean
}

function build(tree: Tree): Automaton {
  const builder = new Builder()
  const { first } = builder.part(tree)
  return { sets: builder.sets, follow: builder.follow, first, loops: builder.loops }
}

/** Positions, first and last sets and links, bottom up (Glushkov's construction). */
class Builder {
  readonly sets: CharSet[] = []
  readonly follow: Map<number, number>[] = []
  loops = 0

  link(from: readonly number[], to: readonly number[]): void {
    for (const p of from) for (const q of to) this.follow[p]!.set(q, (this.follow[p]!.get(q) ?? 0) + 1)
  }

  part(node: Tree): Part {
    switch (node.is) {
      case 'empty':
        return { first: [], last: [], nullable: true }
      case 'chars': {
        if (this.sets.length >= mostPositions)
          throw new Unbounded(`A pattern of more than ${mostPositions} characters when its repeats are written out`)
        this.follow.push(new Map())
        return { first: [this.sets.length], last: [this.sets.push(node.set) - 1], nullable: false }
      }
      case 'sequence':
        return node.of.map((each) => this.part(each)).reduce((a, b) => this.join(a, b), { first: [], last: [], nullable: true })
      case 'choice': {
        const parts = node.of.map((each) => this.part(each))
        return { first: parts.flatMap((p) => p.first), last: parts.flatMap((p) => p.last), nullable: parts.some((p) => p.nullable) }
      }
      case 'repeat':
        return this.repeat(node)
    }
  }

  join(a: Part, b: Part): Part {
    this.link(a.last, b.first)
    return {
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
      nullable: a.nullable && b.nullable,
    }
  }

  repeat(node: Extract<Tree, { is: 'repeat' }>): Part {
    if (node.max === 0) return { first: [], last: [], nullable: true }
    if (node.of.is === 'chars' && node.max !== Number.POSITIVE_INFINITY) return this.counted(node.of, node.min, node.max)
    const once = this.part(node.of)
    const nullable = once.nullable || node.min === 0
    if (node.max === 1) return { ...once, nullable }
    // Each of its rounds may or may not be an empty one; the automaton does not see those.
    if (once.nullable && node.max !== Number.POSITIVE_INFINITY) throw new Unbounded('A counted repeat of something that may be empty')
    // A counted group is taken as an endless one: thirty times thirty ways are endless enough.
    if (node.max === Number.POSITIVE_INFINITY) this.loops += 1
    this.link(once.last, once.first)
    return { ...once, nullable }
  }

  /** `[a-z]{2,5}` written out: two, then three more, each within the one before. */
  counted(of: Tree, min: number, max: number): Part {
    let whole: Part = { first: [], last: [], nullable: true }
    for (let i = 0; i < min; i++) whole = this.join(whole, this.part(of))
    if (max === min) return whole
    let tail: Part = { ...this.part(of), nullable: true }
    for (let i = min + 1; i < max; i++) {
      const head = this.part(of)
      this.link(head.last, tail.first)
      tail = { first: head.first, last: [...head.last, ...tail.last], nullable: true }
    }
    return this.join(whole, tail)
  }
}

/** Is there a position that is reached from itself in two ways on one text? */
function exponential({ sets, follow }: Automaton): boolean {
  const size = sets.length
  const reach = follow.map((_, p) => reachable(p, (q) => follow[q]!.keys()))
  for (let p = 0; p < size; p++) {
    for (const [q, ways] of follow[p]!) if (ways > 1 && (q === p || reach[q]!.has(p))) return true
  }
  // Two runs side by side on the same text: states are pairs. A pair of different positions on a circle through (p, p) is the ambiguity.
  const steps = (pair: number): Iterable<number> => {
    const found: number[] = []
    for (const a of follow[Math.floor(pair / size)]!.keys()) {
      for (const b of follow[pair % size]!.keys()) if (overlap(sets[a]!, sets[b]!)) found.push(a * size + b)
    }
    return found
  }
  for (let p = 0; p < size; p++) {
    if (!reach[p]!.has(p)) continue
    const start = p * size + p
    const onward = reachable(start, steps)
    // The relation is symmetric, so one search back from (p, p) is a search along reversed edges within `onward`.
    if (onward.has(start) && meetsAgain(start, onward, steps, size)) return true
  }
  return false
}

function meetsAgain(start: number, within: ReadonlySet<number>, steps: (pair: number) => Iterable<number>, size: number): boolean {
  const back = new Map<number, number[]>()
  for (const pair of [start, ...within]) {
    for (const next of steps(pair)) {
      const sources = back.get(next)
      if (sources === undefined) back.set(next, [pair])
      else sources.push(pair)
    }
  }
  for (const pair of reachable(start, (at) => back.get(at) ?? [])) {
    if (Math.floor(pair / size) !== pair % size && within.has(pair)) return true
  }
  return false
}

function reachable(from: number, steps: (at: number) => Iterable<number>): Set<number> {
  const seen = new Set<number>()
  const open = [from]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of steps(at)) {
      if (seen.has(next)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return seen
}

/** Exponent of the running time, never too small. */
function degreeOf(tree: Tree, { sets, follow, first, loops }: Automaton): number {
  const ambiguous = [first, ...follow.map((next) => [...next.keys()])].some((next) =>
    next.some((a, i) => next.some((b, j) => i < j && overlap(sets[a]!, sets[b]!))),
  )
  const inside = ambiguous ? loops : Math.min(loops, 1)
  return anchored(tree) || inside === 0 || (loops === 1 && endsWithLoop(tree)) ? inside : inside + 1
}

function anchored(tree: Tree): boolean {
  if (tree.is === 'empty') return tree.start === true
  if (tree.is === 'sequence') return tree.of.length > 0 && anchored(tree.of[0]!)
  return tree.is === 'choice' && tree.of.every(anchored)
}

/** Nothing behind the repeat can fail, so a start is tried once. */
function endsWithLoop(tree: Tree): boolean {
  if (tree.is === 'repeat') return tree.max === Number.POSITIVE_INFINITY && tree.of.is === 'chars'
  return tree.is === 'sequence' && tree.of.length > 0 && endsWithLoop(tree.of.at(-1)!)
}
