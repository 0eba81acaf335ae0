/** A source file with all its mistakes in it, each behind a switch that is off. In charge of the text only; must not know what the mistakes are for. */
import ts from 'typescript'
import type { Mutant } from './mutants.ts'

interface Place {
  readonly start: number
  readonly end: number
  readonly statement: boolean
  readonly mutants: { readonly number: number; readonly mutant: Mutant }[]
}

/** `mutants` of this `source`; the first has the number `first`. */
export function planted(source: string, mutants: readonly Mutant[], first: number): string {
  const places = new Map<string, Place>()
  for (const [i, mutant] of mutants.entries()) {
    const { around } = mutant
    const key = `${around.start} ${around.end}`
    const place = places.get(key) ?? { ...around, mutants: [] }
    place.mutants.push({ number: first + i, mutant })
    places.set(key, place)
  }
  const sorted = [...places.values()].sort((a, b) => a.start - b.start || b.end - a.end)
  return render(source, 0, source.length, sorted, beginnings(source))
}

/** A statement that begins with a bracket would go on with the line before it. */
function beginnings(source: string): ReadonlySet<number> {
  const tree = ts.createSourceFile('planted.ts', source, ts.ScriptTarget.Latest, true)
  const found = new Set<number>()
  const visit = (node: ts.Node): void => {
    const inList = node.parent !== undefined && (ts.isBlock(node.parent) || ts.isSourceFile(node.parent) || ts.isCaseOrDefaultClause(node.parent))
    if (ts.isExpressionStatement(node) && inList) found.add(node.getStart(tree))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** The text from `from` to `to` with its places; those within a place are within its last branch only, as one mistake is made at a time. */
function render(source: string, from: number, to: number, places: readonly Place[], begins: ReadonlySet<number>): string {
  let text = ''
  let at = from
  for (let i = 0; i < places.length; ) {
    const place = places[i] as Place
    let next = i + 1
    while (next < places.length && (places[next] as Place).start < place.end) next++
    const inner = places.slice(i + 1, next)
    // Only the outermost of those that begin a statement.
    const begin = begins.has(place.start) ? ';' : ''
    const outside = begin === '' ? begins : new Set([...begins].filter((one) => one !== place.start))
    text += source.slice(at, place.start) + begin + chosen(source, place, render(source, place.start, place.end, inner, outside))
    at = place.end
    i = next
  }
  return text + source.slice(at, to)
}

function chosen(source: string, { start, end, statement, mutants }: Place, right: string): string {
  if (statement) return `{ if (!__planted(${mutants[0]?.number})) ${right} }`
  const branches = mutants.map(
    ({ number, mutant }) => `__planted(${number}) ? (${source.slice(start, mutant.start)}${mutant.text}${source.slice(mutant.end, end)}) : `,
  )
  return `(${branches.join('')}(${right}))`
}
