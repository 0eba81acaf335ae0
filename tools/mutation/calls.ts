/** Mistakes in calls and lists: something left out, one for another. Knows TypeScript's tree only. */
import ts from 'typescript'
import type { Mistake } from './mutants.ts'

const methods: ReadonlyMap<string, string> = new Map([
  ['every', 'some'],
  ['some', 'every'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['min', 'max'],
  ['max', 'min'],
])
/** The list or text as it is. */
const skipped: ReadonlySet<string> = new Set(['filter', 'sort', 'toSorted', 'slice', 'reverse', 'toReversed', 'trim', 'toLowerCase', 'toUpperCase'])
/** Constructors of conditions: one for the other, and a condition forgotten, are the mistakes that matter most. */
const conditions: ReadonlyMap<string, string> = new Map([
  ['and', 'or'],
  ['or', 'and'],
])

type TextOf = (node: ts.Node) => string

export function* callMistakes(node: ts.Node, textOf: TextOf): Generator<Mistake> {
  if (ts.isCallExpression(node)) {
    if (ts.isPropertyAccessExpression(node.expression)) yield* methodMistakes(node, node.expression, textOf)
    else if (ts.isIdentifier(node.expression)) yield* constructorMistakes(node, node.expression, textOf)
  }
  if (ts.isExpressionStatement(node)) {
    const { expression } = node
    const called = ts.isAwaitExpression(expression) ? expression.expression : expression
    if (ts.isCallExpression(called) && called.expression.kind !== ts.SyntaxKind.SuperKeyword)
      yield { node: expression, text: 'undefined', change: `left out: ${textOf(expression)}` }
  }
  yield* entryMistakes(node, textOf)
}

function* methodMistakes(
  node: ts.CallExpression,
  { name, expression, questionDotToken }: ts.PropertyAccessExpression,
  textOf: TextOf,
): Generator<Mistake> {
  const other = methods.get(name.text)
  if (other !== undefined) yield { node, span: { start: name.getStart(), end: name.end }, text: other, change: `.${name.text} → .${other}` }
  // What comes after is still skipped where there is nothing.
  const itself = questionDotToken === undefined ? '' : '?.valueOf()'
  if (skipped.has(name.text))
    yield { node, span: { start: expression.end, end: node.end }, text: itself, change: `left out: ${textOf(node).slice(textOf(expression).length)}` }
}

function* constructorMistakes(node: ts.CallExpression, name: ts.Identifier, textOf: TextOf): Generator<Mistake> {
  const { arguments: parts } = node
  if (name.text === 'not' && parts.length === 1) yield { node, text: textOf(parts[0] as ts.Expression), change: `${textOf(node)}: without not` }
  const other = conditions.get(name.text)
  if (other === undefined || parts.length === 0) return
  // By its own arguments alone: the other constructor is not known in every file. An empty `or` is never, an empty `and` always.
  if (isImported(node.getSourceFile(), other)) yield { node, text: `${other}(${parts.map(textOf).join(', ')})`, change: `${name.text} → ${other}` }
  if (parts.length < 2) return
  for (const [i, part] of parts.entries())
    yield {
      node,
      text: `${name.text}(${parts
        .filter((_, at) => at !== i)
        .map(textOf)
        .join(', ')})`,
      change: `${name.text} without ${textOf(part)}`,
    }
}

const isImported = (file: ts.SourceFile, name: string): boolean => new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\}`).test(file.text)

const isLiteral = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.TrueKeyword || (ts.isArrayLiteralExpression(node) && node.elements.every(isLiteral))

/** Entries of sets, maps and tables of literals, one left out at a time. */
function* entryMistakes(node: ts.Node, textOf: TextOf): Generator<Mistake> {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && /^(Set|Map)$/.test(node.expression.text)) {
    const [list] = node.arguments ?? []
    if (list !== undefined && ts.isArrayLiteralExpression(list) && list.elements.every(isLiteral))
      yield* without(list, list.elements, '[', ']', textOf)
  }
  const { parent } = node
  if (
    ts.isObjectLiteralExpression(node) &&
    parent !== undefined &&
    ts.isVariableDeclaration(parent) &&
    ts.isSourceFile(parent.parent.parent.parent)
  ) {
    const { properties } = node
    if (properties.length > 1 && properties.every((one) => ts.isPropertyAssignment(one) && isLiteral(one.initializer)))
      yield* without(node, properties, '{', '}', textOf)
  }
}

function* without(node: ts.Node, parts: readonly ts.Node[], open: string, close: string, textOf: TextOf): Generator<Mistake> {
  for (const [i, part] of parts.entries()) {
    const others = parts.filter((_, at) => at !== i).map(textOf)
    yield { node, text: `${open}${others.join(', ')}${close}`, change: `entry left out: ${textOf(part)}` }
  }
}
