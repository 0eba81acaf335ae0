/** Case files: their form, read from YAML with a complaint at file, line and column for every mistake. Must not know doors, engines or answers. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments, type YAMLMap } from 'yaml'
import { type FieldError, invalid } from '../src/errors/error.ts'
import { type ErrorName, errorTable } from '../src/errors/table.ts'
import { fromOrigin } from './origin.ts'
import { eachOf } from './reference.ts'

/** What a step expects of an error; what is absent is not looked at. */
export interface ExpectedError {
  readonly code?: number
  readonly name?: string
  readonly message?: string
  /** Each must be complained about; `error` is compared where it is given. */
  readonly fields?: readonly { readonly field: string; readonly error?: string }[]
  readonly details?: unknown
  /** Name of an error saved before: this one must be the same in every public part but the request's id. */
  readonly same?: string
}

export type Expected = { readonly status: 'success'; readonly output?: unknown } | { readonly status: 'error'; readonly error: ExpectedError }

export interface Step {
  /** Who calls: a role of the shipped ladder, `user2`, `system` or an actor of the case. */
  readonly as: string
  /** Instead of `as`: a token, perhaps with a user's id. */
  readonly auth?: unknown
  readonly method: string
  readonly params: unknown
  readonly idempotencyKey?: string
  /** Id of the open transaction that it is a step of. */
  readonly transaction?: string
  /** Sent as it stands, past the client's own checks. */
  readonly raw: boolean
  /** Sent with a signal that is aborted already. */
  readonly cancelled: boolean
  readonly expected: Expected
  /** Name under which later steps find the answer (or the error). */
  readonly save?: string
  readonly line: number
}

export interface Skip {
  readonly adapters?: readonly string[]
  readonly doors?: readonly string[]
  readonly reason: string
}

export interface Case {
  readonly name: string
  readonly description?: string
  readonly line: number
  /** A database of its own. */
  readonly fresh: boolean
  /** Accounts made for this case: name → role and further fields of the user's row. */
  readonly actors: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly skips: readonly Skip[]
  readonly steps: readonly Step[]
}

export interface CaseFile {
  readonly path: string
  /** Folder below `fixtures`; absent: the shipped schema. */
  readonly schema?: string
  /** Rows of earlier cases are removed before each case. */
  readonly clean: boolean
  readonly cases: readonly Case[]
}

/** Throws VALIDATION_ERROR whose fields are `file:line:column`. */
export function parseCases(path: string, text: string): CaseFile {
  return new Reader(path, text).file()
}

const fileKeys = ['description', 'schema', 'clean', 'cases']
const caseKeys = ['name', 'description', 'fresh', 'actors', 'skip', 'steps', 'operations']
const stepKeys = [
  'as',
  'auth',
  'do',
  'method',
  'params',
  'action',
  'entity',
  'input',
  'key',
  'in',
  'raw',
  'cancelled',
  'expected',
  'output',
  'error',
  'save',
  'each',
  'note',
  'name',
  'description',
]

class Reader {
  readonly #path: string
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #complaints: FieldError[] = []
  #document: Document<Node> | undefined

  constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  file(): CaseFile {
    const [document, ...others] = parseAllDocuments(this.#text, { lineCounter: this.#lines, merge: false })
    if (document === undefined || !('contents' in document)) throw invalid({ field: `${this.#path}:1:1`, error: 'The file is empty' })
    this.#document = document as Document<Node>
    for (const fault of document.errors) this.#at(fault.pos[0], fault.message.split('\n')[0] ?? 'Is no YAML')
    if (others.length > 0) this.#complain(others[0]?.contents ?? undefined, 'A case file holds one document')
    if (this.#complaints.length > 0) throw invalid(...this.#complaints)
    const root = document.contents as Node | null
    const members = isMap(root) ? this.#members(root, fileKeys, 'a case file') : new Map<string, Node>()
    const list = isMap(root) ? members.get('cases') : root
    const cases: Case[] = []
    if (isSeq(list)) for (const item of list.items) this.#case(item as Node, cases)
    if (cases.length === 0) this.#complain(list ?? root ?? undefined, 'Must hold a list of cases')
    const schema = members.get('schema')
    if (this.#complaints.length > 0) throw invalid(...this.#complaints)
    return {
      path: this.#path,
      clean: this.#flag(members, 'clean'),
      cases,
      ...(schema === undefined ? {} : { schema: String(this.#plain(schema)) }),
    }
  }

  #case(node: Node, into: Case[]): void {
    if (!isMap(node)) {
      this.#complain(node, 'A case is a mapping with name and steps')
      return
    }
    const members = this.#members(node, caseKeys, 'a case')
    const name = this.#words(members, 'name')
    if (name === undefined) this.#complain(node, 'A case needs a name')
    else if (into.some((other) => other.name === name)) this.#complain(members.get('name'), `Two cases are called '${name}'`)
    const list = members.get('steps') ?? members.get('operations')
    const steps: Step[] = []
    if (isSeq(list)) for (const item of list.items) this.#steps(item as Node, steps)
    if (steps.length === 0) this.#complain(list ?? node, 'A case needs steps')
    const description = this.#words(members, 'description')
    into.push({
      name: name ?? '',
      line: this.#line(node),
      fresh: this.#flag(members, 'fresh'),
      actors: this.#actors(members.get('actors')),
      skips: this.#skips(members.get('skip')),
      steps,
      ...(description === undefined ? {} : { description }),
    })
  }

  /** One step, or one for each value of `each`. */
  #steps(given: Node, into: Step[]): void {
    const node = isAlias(given) ? given.resolve(this.#document as Document<Node>) : given
    if (!isMap(node)) {
      this.#complain(given, 'A step is a mapping')
      return
    }
    const members = this.#members(node, stepKeys, 'a step')
    const each = members.get('each')
    const values = each === undefined ? [undefined] : this.#plain(each)
    if (!Array.isArray(values) || values.length === 0) {
      this.#complain(each, 'Must be a list of values')
      return
    }
    const whole = Object.fromEntries([...members].filter(([name]) => name !== 'each').map(([name, value]) => [name, this.#plain(value)]))
    for (const value of values) {
      const step = (each === undefined ? whole : eachOf(whole, value)) as Record<string, unknown>
      const made = this.#step(node, step)
      if (made !== undefined) into.push(made)
    }
  }

  #step(node: YAMLMap, step: Record<string, unknown>): Step | undefined {
    const call = this.#call(node, step)
    const expected = this.#expected(node, step)
    if (call === undefined || expected === undefined) return undefined
    for (const name of ['as', 'save', 'key', 'in'] as const)
      if (step[name] !== undefined && typeof step[name] !== 'string') this.#complain(node, `'${name}' must be text`)
    return {
      as: typeof step['as'] === 'string' ? step['as'] : 'supergod',
      ...call,
      expected,
      raw: step['raw'] === true,
      cancelled: step['cancelled'] === true,
      line: this.#line(node),
      ...('auth' in step ? { auth: step['auth'] } : {}),
      ...(typeof step['key'] === 'string' ? { idempotencyKey: step['key'] } : {}),
      ...(typeof step['in'] === 'string' ? { transaction: step['in'] } : {}),
      ...(typeof step['save'] === 'string' ? { save: step['save'] } : {}),
    }
  }

  #call(node: YAMLMap, step: Record<string, unknown>): { method: string; params: unknown } | undefined {
    const ways = ['do', 'method', 'action'].filter((name) => name in step)
    if (ways.length !== 1) this.#complain(node, "A step says what to call: one of 'do', 'method' or 'action'")
    else if ('do' in step) return this.#done(node, step['do'])
    else if ('method' in step) return { method: step['method'] as string, params: step['params'] }
    else if (typeof step['action'] !== 'string' || typeof step['entity'] !== 'string') this.#complain(node, "'action' and 'entity' must be text")
    else return fromOrigin(step['action'], step['entity'], step['input'])
    return undefined
  }

  /** `[method, …params]` or `{method, …params by name}`. */
  #done(node: YAMLMap, given: unknown): { method: string; params: unknown } | undefined {
    if (Array.isArray(given) && typeof given[0] === 'string') return { method: given[0], params: given.slice(1) }
    if (typeof given === 'object' && given !== null && 'method' in given) {
      const { method, ...params } = given as { method: string }
      return { method, params }
    }
    this.#complain(node, "'do' must be a list that begins with a method, or a mapping with one")
    return undefined
  }

  #expected(node: YAMLMap, step: Record<string, unknown>): Expected | undefined {
    const ways = ['expected', 'output', 'error'].filter((name) => name in step)
    if (ways.length > 1) this.#complain(node, "A step expects one thing: 'expected', 'output' or 'error'")
    else if ('output' in step) return { status: 'success', output: step['output'] }
    else if ('error' in step) return this.#error(node, step['error'])
    else if (ways.length === 0) return { status: 'success' }
    else {
      const { status, output, error } = (step['expected'] ?? {}) as { status?: unknown; output?: unknown; error?: unknown }
      if (status === 'success') return output === undefined ? { status } : { status, output }
      if (status === 'error') return this.#error(node, error ?? {})
      this.#complain(node, "'expected.status' must be success or error")
    }
    return undefined
  }

  /** A number, a name, or a mapping. */
  #error(node: YAMLMap, given: unknown): Expected | undefined {
    if (typeof given === 'number') return { status: 'error', error: { code: given } }
    if (typeof given === 'string') {
      if (Object.hasOwn(errorTable, given)) return { status: 'error', error: { name: given as ErrorName } }
      this.#complain(node, `There is no error '${given}'`)
      return undefined
    }
    const known = ['code', 'name', 'message', 'fields', 'details', 'same']
    const { fields, ...rest } = (given ?? {}) as { fields?: readonly unknown[] }
    const stranger = Object.keys(rest).find((name) => !known.includes(name))
    if (stranger !== undefined) this.#complain(node, `Unknown part of an error: '${stranger}'`)
    const places = fields?.map((field) => (typeof field === 'string' ? { field } : (field as { field: string })))
    return { status: 'error', error: { ...rest, ...(places === undefined ? {} : { fields: places }) } }
  }

  #actors(node: Node | undefined): Case['actors'] {
    if (node === undefined) return {}
    const given = this.#plain(node) as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(given).map(([name, actor]) => [name, typeof actor === 'string' ? { role: actor } : (actor as Record<string, unknown>)]),
    )
  }

  #skips(node: Node | undefined): Skip[] {
    if (node === undefined) return []
    const given = [this.#plain(node)].flat() as { adapters?: string[]; doors?: string[]; reason?: unknown }[]
    return given.flatMap((skip) => {
      if (typeof skip?.reason === 'string' && skip.reason !== '') return [skip as Skip]
      this.#complain(node, 'A skip needs a reason')
      return []
    })
  }

  #members(node: YAMLMap, known: readonly string[], what: string): Map<string, Node> {
    const members = new Map<string, Node>()
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(pair.key) ? String(pair.key.value) : ''
      if (!known.includes(name)) this.#complain(pair.key, `Unknown key '${name}' of ${what}; known are ${known.join(', ')}`)
      else if (pair.value !== null) members.set(name, pair.value)
    }
    return members
  }

  #words(members: ReadonlyMap<string, Node>, name: string): string | undefined {
    const node = members.get(name)
    return node === undefined ? undefined : String(this.#plain(node))
  }

  #flag(members: ReadonlyMap<string, Node>, name: string): boolean {
    const node = members.get(name)
    return node !== undefined && isScalar(node) && node.value === true
  }

  #plain(node: Node): unknown {
    return node.toJS(this.#document as Document<Node>, { maxAliasCount: 1000 })
  }

  #line(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line
  }

  #complain(node: Node | null | undefined, error: string): void {
    this.#at(node?.range?.[0] ?? 0, error)
  }

  #at(offset: number, error: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.#complaints.push({ field: `${this.#path}:${line}:${col}`, error })
  }
}
