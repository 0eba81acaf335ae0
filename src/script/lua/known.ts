/** What is known of an expression before anything runs: a text, or one of the libraries. In charge of following constants; must not judge. */
import { answeringText, libraries } from './names.ts'
import type { Binding, Resolved } from './resolve.ts'
import type { Any } from './syntax.ts'

export interface Known {
  readonly is: 'text' | 'number' | 'library'
  /** The text itself, the digits, the library's name; absent for a text that is not known. */
  readonly text?: string
}

/** Names that matter are short; a longer text is a text and no more. */
const longest = 64

const someText: Known = { is: 'text' }
const said = (text: string): Known => (text.length <= longest ? { is: 'text', text } : someText)

/** What is known of each node. Children come before parents and declarations before uses, so that nothing has to recurse. */
export function knowledge({ nodes, variables }: Resolved): ReadonlyMap<Any, Known> {
  const known = new Map<Any, Known>()
  for (const node of nodes) {
    const found = learn(node, known, variables)
    if (found !== undefined) known.set(node, found)
  }
  return known
}

function learn(node: Any, known: ReadonlyMap<Any, Known>, variables: ReadonlyMap<Any, Binding | null>): Known | undefined {
  switch (node.type) {
    case 'StringLiteral':
      return said(String(node.value))
    case 'NumericLiteral':
      return { is: 'number', text: String(node.value) }
    case 'Identifier': {
      const binding = variables.get(node)
      if (binding === null) return libraries.has(node.name) ? { is: 'library', text: node.name } : undefined
      return binding === undefined || binding.assigned || binding.init === undefined ? undefined : known.get(binding.init)
    }
    case 'BinaryExpression': {
      if (node.operator !== '..') return undefined
      const [left, right] = [known.get(node.left)?.text, known.get(node.right)?.text]
      return left === undefined || right === undefined ? someText : said(left + right)
    }
    case 'CallExpression':
    case 'StringCallExpression':
    case 'TableCallExpression':
      return answer(node, known, variables)
    default:
      return undefined
  }
}

/** Calls of what answers a text. */
function answer(node: Any, known: ReadonlyMap<Any, Known>, variables: ReadonlyMap<Any, Binding | null>): Known | undefined {
  const { base } = node
  if (base.type === 'Identifier') return variables.get(base) === null && base.name === 'tostring' ? someText : undefined
  const name = memberOf(base, known)
  if (name === undefined || !answeringText.has(name)) return undefined
  const of = known.get(base.base)
  const given = node.type === 'CallExpression' ? (node.arguments as readonly Any[]).map((argument) => known.get(argument)) : []
  if (of?.is === 'library' && of.text === 'string') return folded(name, given)
  if (of?.is === 'text' && base.indexer === ':') return folded(name, [of, ...given])
  return undefined
}

function folded(name: string, given: readonly (Known | undefined)[]): Known {
  const text = given[0]?.text
  if (name === 'char') {
    const codes = given.map((one) => (one?.is === 'number' ? Number(one.text) : Number.NaN))
    return codes.every((code) => code >= 0 && code < 256) ? said(String.fromCharCode(...codes.slice(0, longest + 1))) : someText
  }
  if (text === undefined) return someText
  if (name === 'reverse') return said([...text].reverse().join(''))
  if (name === 'lower') return said(text.toLowerCase())
  if (name === 'upper') return said(text.toUpperCase())
  return someText
}

/** The name of a member as it is written or as it is known to come out; undefined where only running would tell. */
export function memberOf(node: Any, known: ReadonlyMap<Any, Known>): string | undefined {
  if (node.type === 'MemberExpression') return (node.identifier as Any).name
  return node.type === 'IndexExpression' ? known.get(node.index)?.text : undefined
}
