/** Mistakes in texts of SQL: one word for another. Knows TypeScript's tree only. */
import ts from 'typescript'
import type { Mistake } from './mutants.ts'

/** The first of each in a text; what stands for it. */
const words: readonly (readonly [RegExp, string])[] = [
  [/ AND /, ' OR '],
  [/ OR /, ' AND '],
  [/ IS NOT NULL/, ' IS NULL'],
  [/ IS NULL/, ' IS NOT NULL'],
  [/\bNOT EXISTS/, 'EXISTS'],
  [/(?<!NOT )\bEXISTS/, 'NOT EXISTS'],
  [/\bNOT (?!NULL|EXISTS)/, ''],
  [/\bASC\b/, 'DESC'],
  [/\bDESC\b/, 'ASC'],
  [/\bDISTINCT /, ''],
  [/ >= /, ' > '],
  [/ <= /, ' < '],
  [/ > /, ' >= '],
  [/ < /, ' <= '],
  [/ = /, ' <> '],
  [/ <> /, ' = '],
  [/ UNION ALL /, ' UNION '],
  [/\bLEFT JOIN\b/, 'JOIN'],
  [/\bFIRST\b/, 'LAST'],
  [/\bLAST\b/, 'FIRST'],
]

export function* wordMistakes(node: ts.Node, tree: ts.SourceFile): Generator<Mistake> {
  const pieces = piecesOf(node)
  if (pieces.length === 0 || !isValue(node)) return
  for (const piece of pieces) {
    const start = piece.getStart(tree)
    const text = tree.text.slice(start, piece.end)
    for (const [pattern, other] of words) {
      const found = pattern.exec(text)
      if (found === null) continue
      const at = start + found.index
      yield {
        node,
        span: { start: at, end: at + found[0].length },
        text: other,
        change: `${found[0].trim()} → ${other.trim() || 'nothing'} in ${text}`,
      }
    }
  }
}

function piecesOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isStringLiteralLike(node)) return [node]
  return ts.isTemplateExpression(node) ? [node.head, ...node.templateSpans.map(({ literal }) => literal)] : []
}

/** Names of members and tags are no texts. */
const isValue = (node: ts.Node): boolean =>
  !ts.isTaggedTemplateExpression(node.parent) && !(ts.isPropertyAssignment(node.parent) && node.parent.name === node) && !ts.isTypeNode(node.parent)
