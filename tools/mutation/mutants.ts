/** Mistakes that could be made in a source file: places in its text and what would stand there. Knows TypeScript's tree, and no test and no way of planting. */
import ts from 'typescript'
import { callMistakes } from './calls.ts'
import { wordMistakes } from './words.ts'

export interface Mutant {
  /** Path from the root of the repository. */
  readonly file: string
  /** `text` instead of what stands from `start` to `end`. */
  readonly start: number
  readonly end: number
  readonly text: string
  /** The expression or statement around the place as a whole: what is chosen or not chosen at run time. */
  readonly around: { readonly start: number; readonly end: number; readonly statement: boolean }
  /** For people, and for the list of reviewed ones: line from 1, its text, what becomes of what, which of several alike in the line. */
  readonly line: number
  readonly code: string
  readonly change: string
  readonly nth: number
}

/** A mistake at a node: `text` instead of `node`, or instead of `span` within it. */
export interface Mistake {
  readonly node: ts.Node
  readonly span?: { readonly start: number; readonly end: number }
  readonly text: string
  readonly change: string
}

const swapped: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.QuestionQuestionToken]: '&&',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= 70 ? line : `${line.slice(0, 69)}…`
}

/** Whoever asks of a condition what it is gets the answer `true` and `false` in turn, so that turning it round says nothing more. */
function isCondition(node: ts.Expression): boolean {
  const { parent } = node
  return (ts.isIfStatement(parent) && parent.expression === node) || (ts.isConditionalExpression(parent) && parent.condition === node)
}

/** Sums of texts are messages. */
const isText = (node: ts.BinaryExpression): boolean =>
  node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
  [node.left, node.right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))

function* operatorMistakes(node: ts.Node, textOf: (node: ts.Node) => string): Generator<Mistake> {
  if (ts.isBinaryExpression(node)) {
    const other = swapped[node.operatorToken.kind]
    const isEquality = other === '===' || other === '!=='
    if (other === undefined || isText(node) || (isEquality && isCondition(node))) return
    yield {
      node,
      text: `(${textOf(node.left)}) ${other} (${textOf(node.right)})`,
      change: `${short(textOf(node))}: ${textOf(node.operatorToken)} → ${other}`,
    }
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken && !isCondition(node))
    yield { node, text: textOf(node.operand), change: `${short(textOf(node))}: without !` }
  else if (node.kind === ts.SyntaxKind.TrueKeyword) yield { node, text: 'false', change: 'true → false' }
  else if (node.kind === ts.SyntaxKind.FalseKeyword) yield { node, text: 'true', change: 'false → true' }
}

function* conditionMistakes(node: ts.Node, textOf: (node: ts.Node) => string): Generator<Mistake> {
  const condition = ts.isIfStatement(node) ? node.expression : ts.isConditionalExpression(node) ? node.condition : undefined
  if (condition !== undefined && condition.kind !== ts.SyntaxKind.TrueKeyword)
    for (const text of ['true', 'false']) yield { node: condition, text, change: `if ${short(textOf(condition))}: always ${text}` }
  if (ts.isThrowStatement(node)) yield { node, text: '', change: `left out: ${short(textOf(node))}` }
}

const asIsolated = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node)

/** Within `a?.b.c()` no part but the whole can stand in brackets without changing what is skipped. */
function whole(node: ts.Node): ts.Node {
  let at = node
  const goesOn = (parent: ts.Node): boolean =>
    (ts.isPropertyAccessExpression(parent) ||
      ts.isElementAccessExpression(parent) ||
      ts.isCallExpression(parent) ||
      ts.isNonNullExpression(parent)) &&
    parent.expression === at
  while ((at.flags & ts.NodeFlags.OptionalChain) !== 0 && goesOn(at.parent)) at = at.parent
  return at
}

/** All mistakes in the file, in the order of the text. `sql`: its texts are statements. */
export function mutantsOf(file: string, source: string, sql: boolean): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const textOf = (node: ts.Node): string => node.getText(tree)
  const lines = source.split('\n')
  const seen = new Map<string, number>()
  const found: Mutant[] = []
  const add = ({ node, span, text, change }: Mistake): void => {
    const { start, end } = span ?? { start: node.getStart(tree), end: node.end }
    const outer = whole(node)
    const row = tree.getLineAndCharacterOfPosition(start).line
    const code = (lines[row] ?? '').trim()
    const key = JSON.stringify([code, change])
    const nth = (seen.get(key) ?? 0) + 1
    seen.set(key, nth)
    const around = { start: outer.getStart(tree), end: outer.end, statement: ts.isThrowStatement(node) }
    found.push({ file, start, end, text, around, line: row + 1, code, change, nth })
  }
  const visit = (node: ts.Node): void => {
    if (asIsolated(node)) return
    for (const one of operatorMistakes(node, textOf)) add(one)
    for (const one of conditionMistakes(node, textOf)) add(one)
    for (const one of callMistakes(node, textOf)) add({ ...one, change: short(one.change) })
    if (sql) for (const one of wordMistakes(node, tree)) add({ ...one, change: short(one.change) })
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}
