/** Mistakes that could be made in a source file, one at a time: places in its text and what would stand there. Knows TypeScript's tree and no test. */
import ts from 'typescript'

export interface Mutant {
  /** Path from the root of the repository. */
  readonly file: string
  readonly start: number
  readonly end: number
  readonly text: string
  /** For people, and for the list of reviewed ones: line from 1, and what becomes of what. */
  readonly line: number
  readonly change: string
}

const swapped: Readonly<Record<number, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
}
const methods: ReadonlyMap<string, string> = new Map([
  ['every', 'some'],
  ['some', 'every'],
])
/** Constructors of conditions, of which one for the other is the mistake that matters most. */
const calls: ReadonlyMap<string, string> = new Map([
  ['and', 'or'],
  ['or', 'and'],
])

export function mutantsOf(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const found: Mutant[] = []
  const add = (node: ts.Node, text: string): void => {
    const start = node.getStart(tree)
    const was = source.slice(start, node.end)
    const line = tree.getLineAndCharacterOfPosition(start).line + 1
    found.push({
      file,
      start,
      end: node.end,
      text,
      line,
      change: `${was.replace(/\s+/g, ' ').slice(0, 60)} → ${text.replace(/\s+/g, ' ').slice(0, 60)}`,
    })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return
    if (ts.isBinaryExpression(node)) {
      const other = swapped[node.operatorToken.kind]
      if (other !== undefined && !isText(node)) add(node.operatorToken, other)
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) add(node, `(${node.operand.getText(tree)})`)
    else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false')
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true')
    else if (ts.isConditionalExpression(node)) add(node.condition, `!(${node.condition.getText(tree)})`)
    else if (ts.isIfStatement(node)) add(node.expression, `!(${node.expression.getText(tree)})`)
    else if (ts.isCallExpression(node)) call(node)
    ts.forEachChild(node, visit)
  }
  const call = (node: ts.CallExpression): void => {
    const { expression } = node
    if (ts.isPropertyAccessExpression(expression)) {
      const { name } = expression
      const other = methods.get(name.text)
      if (other !== undefined) add(name, other)
      // The list as it is, with nothing left out.
      if (name.text === 'filter') add(node, `(${expression.expression.getText(tree)})`)
    } else if (ts.isIdentifier(expression)) {
      const other = calls.get(expression.text)
      if (other !== undefined && node.arguments.length > 0 && imports(source, other))
        add(node, `${other}(${node.arguments.map((one) => one.getText(tree)).join(', ')})`)
    }
  }
  visit(tree)
  return found
}

/** Sums of texts are messages. */
const isText = (node: ts.BinaryExpression): boolean =>
  node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
  (ts.isStringLiteralLike(node.left) || ts.isStringLiteralLike(node.right) || ts.isTemplateExpression(node.left))

/** A condition whose other form the file does not know could not even be loaded, which says nothing of the tests. */
const imports = (source: string, name: string): boolean => new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\}`).test(source)
