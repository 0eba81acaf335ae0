/** Where a character of a YAML text stands in the file: behind quotes, escapes, indentation and folds. Must not know what texts mean. */

export type TextStyle = 'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE' | 'BLOCK_LITERAL' | 'BLOCK_FOLDED'

/**
 * Offset in `source` of character `wanted` of the scalar that begins at `start`. Exact but for double-quoted escapes longer than
 * two characters and for lines of a folded block that are indented further than its first.
 */
export function offsetWithin(source: string, start: number, style: TextStyle, wanted: number): number {
  const block = style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED'
  const { at: first, indent } = block ? blockOf(source, start) : { at: style === 'PLAIN' ? start : start + 1, indent: 0 }
  let at = first
  for (let seen = 0; seen < wanted && at < source.length; ) {
    if (source[at] === '\n' && style === 'BLOCK_LITERAL') {
      at += 1
      seen += 1
      for (let blanks = 0; blanks < indent && source[at] === ' '; blanks++) at += 1
    } else if (source[at] === '\n' || (!block && /[ \t]*\r?\n/y.test(source.slice(at, at + 200)))) {
      const fold = /^[ \t\r\n]*/.exec(source.slice(at))?.[0] ?? ''
      at += fold.length
      seen += Math.max(1, fold.split('\n').length - 2)
    } else {
      const escaped = (style === 'QUOTE_SINGLE' && source.startsWith("''", at)) || (style === 'QUOTE_DOUBLE' && source[at] === '\\')
      at += escaped ? 2 : 1
      seen += 1
    }
  }
  return at
}

/** First character of the content, and how far its lines are indented. Blank lines before the first word are content too. */
function blockOf(source: string, start: number): { readonly at: number; readonly indent: number } {
  const line = source.indexOf('\n', start) + 1
  if (line === 0) return { at: source.length, indent: 0 }
  const rest = source.slice(line)
  const indent = /^(?:[ \t]*\r?\n)*( *)/.exec(rest)?.[1]?.length ?? 0
  return { at: line + Math.min(indent, /^ */.exec(rest)?.[0].length ?? 0), indent }
}
