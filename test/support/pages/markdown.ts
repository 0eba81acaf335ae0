/** Fenced blocks of a Markdown page, with what their info strings say. In charge of reading them; must not know how a block is run. */

export interface Block {
  /** Path of the page, from the repository's root. */
  readonly page: string
  /** Line of the first line of the text, from 1. */
  readonly line: number
  readonly language: string
  /** Words behind the language: `run`, `file=first.ts`, `norun="why"`. A word without a value has the value ''. */
  readonly words: ReadonlyMap<string, string>
  readonly text: string
}

const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/
const word = /([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g

/** All blocks of a page in order. Throws for a fence that is never closed. */
export function blocksOf(page: string, text: string): Block[] {
  const lines = text.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const opened = fence.exec(lines[i] as string)
    if (opened === null) continue
    const [, indent = '', mark = '', info = ''] = opened
    const end = lines.findIndex((line, at) => at > i && line.trim() === mark)
    if (end < 0) throw new Error(`${page}:${i + 1} opens a block that is never closed`)
    const inside = lines.slice(i + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    const [language = '', ...rest] = info.trim().split(/\s(.*)/s)
    const words = new Map([...rest.join(' ').matchAll(word)].map(([, name, quoted, bare]) => [name as string, quoted ?? bare ?? '']))
    blocks.push({ page, line: i + 2, language, words, text: inside.join('\n') })
    i = end
  }
  return blocks
}

/** Does `actual` say what `expected` does? `…` in a line stands for any text, a line that is only `…` for any number of lines. */
export function saysTheSame(expected: string, actual: string): boolean {
  const form = `${expected.trimEnd()}\n`
    .split('\n')
    .slice(0, -1)
    .map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*' : `${line.trimEnd().split('…').map(RegExp.escape).join('[^\\n]*')}\\n`))
    .join('')
  const text = actual
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
  return new RegExp(`^${form}$`, 'u').test(`${text}\n`)
}
