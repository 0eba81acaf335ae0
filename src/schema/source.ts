/** YAML text to plain values that remember where they stood. In charge of what YAML is accepted; must not know what documents mean. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
  type Document as YamlDocument,
} from 'yaml'
import { type Complaints, quote } from './complaint.ts'
import type { Place, Sourced, Value } from './entity.ts'
import { offsetWithin, type TextStyle } from './text-place.ts'

export interface SourceFile {
  /** Relative to the schema folder, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** One YAML document. `value` holds only what JSON can: no tags, no NaN, no keys that are not text. */
export interface Document extends Sourced {
  readonly file: string
  /** Place of the member's name rather than of its value. */
  keyPlace(path: string): Place
  /** A scalar as it was written, for numbers whose digits matter (`1.10`). */
  written(path: string): string | undefined
  within(path: string, offset: number): Place
}

const mostBytes = 1024 * 1024
const mostDepth = 40
/** Aliases multiply: ten levels of ten are 10^10 values. Both what is written and what it grows to are bounded. */
const mostAliases = 100
const mostValues = 200_000

const plainTags = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`))
/** Names that would reach an object's prototype in somebody's code. */
export const unsafeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** All documents of a file. Complaints go to `complaints`; a document that cannot be read at all is left out. */
export function readDocuments(file: SourceFile, complaints: Complaints): Document[] {
  const start: Place = { file: file.path, line: 1, column: 1 }
  if (file.text.length > mostBytes || new TextEncoder().encode(file.text).length > mostBytes) {
    complaints.add(start, 'The file is larger than 1 MiB; split it')
    return []
  }
  const deep = tooDeep(file.text)
  if (deep !== undefined) {
    const before = file.text.slice(0, deep)
    complaints.add(
      { file: file.path, line: before.split('\n').length, column: deep - before.lastIndexOf('\n') },
      `Nested deeper than ${mostDepth} levels`,
    )
    return []
  }
  const lines = new LineCounter()
  try {
    const parsed = parseAllDocuments(file.text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      prettyErrors: false,
      strict: true,
      // Checked while walking instead: the library compares each key with all before it.
      uniqueKeys: false,
      lineCounter: lines,
      logLevel: 'silent',
    })
    const documents: Document[] = []
    const budget = { values: 0 }
    for (const document of Array.isArray(parsed) ? parsed : []) {
      const read = new Reader(file, document as YamlDocument, lines, complaints, budget).read()
      if (read !== undefined) documents.push(read)
    }
    return documents
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    complaints.add(start, `The file nests deeper than ${mostDepth} levels`)
    return []
  }
}

/**
 * Offset of nesting that would exhaust the stack of the YAML library, which recurses: open brackets, `- - -` on one line, deep indentation.
 * Rough on purpose (it knows no quotes), so its bounds are wide; the exact bound is kept while walking.
 */
function tooDeep(text: string): number | undefined {
  let open = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x5b || c === 0x7b) open += 1
    else if ((c === 0x5d || c === 0x7d) && open > 0) open -= 1
    if (open > 200) return i
  }
  const compact = /^[ ]*(?:[-?:][ \t]+){50}|^ {400}/m.exec(text)
  return compact?.index
}

const sentences: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'A tab cannot indent; use spaces',
  MULTILINE_IMPLICIT_KEY: 'A key has to stand on one line; a ":" or a quote is probably missing above',
  BLOCK_AS_IMPLICIT_KEY: 'A ": " inside a value has to be quoted',
  BAD_ALIAS: 'An alias has to name an anchor that stands before it',
  UNEXPECTED_TOKEN: 'This cannot stand here',
  BAD_DIRECTIVE: 'Only the directive "%YAML 1.2" is known',
}

class Reader {
  readonly #values = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  readonly #written = new Map<string, string>()
  readonly #styles = new Map<string, { readonly offset: number; readonly style: TextStyle }>()
  readonly #open = new Set<Node>()
  #aliases = 0
  #stopped = false
  readonly file: string
  readonly text: string
  readonly document: YamlDocument
  readonly lines: LineCounter
  readonly complaints: Complaints
  readonly budget: { values: number }

  constructor(file: SourceFile, document: YamlDocument, lines: LineCounter, complaints: Complaints, budget: { values: number }) {
    this.file = file.path
    this.text = file.text
    this.document = document
    this.lines = lines
    this.complaints = complaints
    this.budget = budget
  }

  read(): Document | undefined {
    const { document } = this
    for (const problem of document.errors) {
      const own = sentences[problem.code]
      const first = problem.message.split('\n')[0]!
      this.complain(problem.pos[0], own === undefined || own === first ? first : `${own} (${first})`)
    }
    if (document.errors.length > 0) return undefined
    if (document.directives?.yaml.version !== undefined && document.directives.yaml.version !== '1.2') {
      this.complain(0, `YAML ${document.directives.yaml.version} reads words such as "no" as false; only YAML 1.2 is accepted`)
      return undefined
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return undefined
    const value = this.walk(document.contents as Node, '', 0)
    if (this.#stopped) return undefined
    const lookUp = (places: Map<string, number>, path: string): Place => this.place(find(places, path) ?? this.#values.get('') ?? 0)
    return {
      file: this.file,
      value: value ?? null,
      place: (path) => lookUp(this.#values, path),
      keyPlace: (path) => (this.#keys.has(plain(path)) ? lookUp(this.#keys, path) : lookUp(this.#values, path)),
      written: (path) => this.#written.get(plain(path)),
      within: (path, offset) => {
        const text = this.#styles.get(plain(path))
        return text === undefined ? lookUp(this.#values, path) : this.place(offsetWithin(this.text, text.offset, text.style, offset))
      },
    }
  }

  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset)
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  complain(offset: number, error: string): undefined {
    this.complaints.add(this.place(offset), error)
    return undefined
  }

  /** Undefined where the value was refused. */
  walk(node: Node, path: string, depth: number): Value | undefined {
    if (this.#stopped) return undefined
    const offset = node.range?.[0] ?? 0
    if (!this.#values.has(path)) this.#values.set(path, offset)
    this.budget.values += 1
    if (this.budget.values > mostValues) return this.stop(offset, `The file grows to more than ${mostValues} values; use fewer aliases`)
    if (depth > mostDepth) return this.stop(offset, `Nested deeper than ${mostDepth} levels`)
    if (isAlias(node)) return this.alias(node, path, depth, offset)
    const tag = (node as Scalar).tag
    if (tag !== undefined && !plainTags.has(tag))
      return this.complain(
        Math.max(this.text.lastIndexOf('!!', offset), this.text.lastIndexOf(' !', offset) + 1, 0),
        `The tag ${quote(tag.replace('tag:yaml.org,2002:', '!!'))} is not accepted; write a plain value`,
      )
    if (isScalar(node)) return this.scalar(node, path, offset)
    this.#open.add(node)
    let value: Value | undefined
    if (isSeq(node)) {
      const list: Value[] = []
      node.items.forEach((item, i) => {
        const read = this.walk(item as Node, path === '' ? String(i) : `${path}.${i}`, depth + 1)
        if (read !== undefined) list.push(read)
      })
      value = list
    } else if (isMap(node)) value = this.map(node, path, depth)
    this.#open.delete(node)
    return value
  }

  map(node: { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] }, path: string, depth: number): Value {
    const members: Record<string, Value> = {}
    const seen = new Set<string>()
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null
      const offset = keyNode?.range?.[0] ?? 0
      if (!isScalar(keyNode) || typeof keyNode.value !== 'string') {
        const text = isScalar(keyNode) ? (keyNode.source ?? '') : 'a list or map'
        this.complain(offset, `Keys are text: ${quote(text)} is not; put it in quotes if it is meant as a name`)
        continue
      }
      const name = keyNode.value
      if (name === '<<' && keyNode.type === 'PLAIN') {
        this.complain(offset, 'Merge keys ("<<") are not accepted; write the members out')
        continue
      }
      if (unsafeNames.has(name)) {
        this.complain(offset, `${quote(name)} cannot be a name`)
        continue
      }
      if (seen.has(name)) {
        this.complain(offset, `The key ${quote(name)} stands twice in this map`)
        continue
      }
      seen.add(name)
      const below = path === '' ? name : `${path}.${name}`
      this.#keys.set(below, offset)
      if (pair.value === null || pair.value === undefined) {
        this.#values.set(below, offset)
        members[name] = null
        continue
      }
      const value = this.walk(pair.value as Node, below, depth + 1)
      if (value !== undefined) members[name] = value
    }
    return members
  }

  scalar(node: Scalar, path: string, offset: number): Value | undefined {
    const { value } = node
    const source = node.source ?? ''
    if (typeof value === 'string') this.#styles.set(path, { offset, style: (node.type as TextStyle | undefined) ?? 'PLAIN' })
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (typeof value !== 'number' && typeof value !== 'bigint') return this.complain(offset, `${quote(source)} is not accepted`)
    if (typeof value === 'number' && !Number.isFinite(value)) return this.complain(offset, `${quote(source)} is not a finite number`)
    if (/^[-+]?0[0-9ox]/i.test(source)) {
      return this.complain(
        offset,
        `${quote(source)} reads as ${value} here and as something else elsewhere; write it in decimal, or in quotes if it is text`,
      )
    }
    this.#written.set(path, source)
    // Kept as text: its digits do not fit a number. Only bigint and decimal take it.
    if (typeof value === 'bigint' || (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?[0-9]+$/.test(source))) return source
    return value
  }

  alias(node: Alias, path: string, depth: number, offset: number): Value | undefined {
    this.#aliases += 1
    if (this.#aliases > mostAliases) return this.stop(offset, `More than ${mostAliases} aliases in one document`)
    const target = this.anchored(node.source, offset)
    if (target === undefined) return this.complain(offset, `The alias ${quote(`*${node.source}`)} names no anchor before it`)
    if (this.#open.has(target)) return this.stop(offset, `The alias ${quote(`*${node.source}`)} contains itself`)
    return this.walk(target, path, depth)
  }

  #anchors: { readonly name: string; readonly node: Node; readonly offset: number }[] | undefined

  /** The last anchor of that name before `offset`; found by one walk, since the library searches the document anew for each alias. */
  anchored(name: string, offset: number): Node | undefined {
    if (this.#anchors === undefined) {
      const found: { name: string; node: Node; offset: number }[] = []
      visit(this.document as YamlDocument, {
        Node: (_, node) => {
          const anchor = (node as Scalar).anchor
          if (anchor !== undefined && !isAlias(node)) found.push({ name: anchor, node, offset: node.range?.[0] ?? 0 })
        },
      })
      this.#anchors = found
    }
    return this.#anchors.findLast((anchor) => anchor.name === name && anchor.offset < offset)?.node
  }

  stop(offset: number, error: string): undefined {
    if (!this.#stopped) this.complain(offset, error)
    this.#stopped = true
    return undefined
  }
}

/** `rules[0].role` and `rules.0.role` are the same path. */
function plain(path: string): string {
  return path.replace(/\[(\d+)\]/g, '.$1').replace(/^\./, '')
}

function find(places: ReadonlyMap<string, number>, path: string): number | undefined {
  for (let at = plain(path); ; at = at.slice(0, at.lastIndexOf('.'))) {
    const offset = places.get(at)
    if (offset !== undefined) return offset
    if (!at.includes('.')) return undefined
  }
}

/** The part of a document at `path`, as a Sourced of its own: places are asked relative to it. */
export function part(document: Document, path: string, value: Value): Sourced {
  const full = (below: string): string => (below === '' ? path : `${path}.${below}`)
  return { value, place: (below) => document.place(full(below)), within: (below, offset) => document.within(full(below), offset) }
}
