/** A policy test file as YAML to tests that can run, with a complaint at its place for every mistake. Must not run anything. */
import { DBALError } from '../errors/error.ts'
import type { ErrorName } from '../errors/table.ts'
import type { Principal } from '../policy/principal.ts'
import { methods, parameters } from '../protocol/message.ts'
import { Complaints, quote, suggestion } from '../schema/complaint.ts'
import { policyTestShape } from '../schema/document/policy-test.ts'
import { fit, isList, isRecord } from '../schema/document/shape.ts'
import type { Schema, Value } from '../schema/entity.ts'
import { type Document, readDocuments, type SourceFile } from '../schema/source.ts'
import { normaliseDatetime } from '../schema/value/time.ts'
import { accountsOf, accountValues, callerNamed, callersOf, type PrincipalSource } from './callers.ts'
import type { Expected, ExpectedRow, PolicyTest, Step, TestFile } from './document.ts'
import { Given, type Values } from './given.ts'

/** What a file's name ends in. */
export const testFileName = /\.policy\.test\.ya?ml$/

const usualNow = '2030-01-01T00:00:00.000Z'

type Members = { readonly [name: string]: Value }

/** All tests of the files. Throws one VALIDATION_ERROR with every mistake as `file:line:column`. */
export function readTests(files: readonly SourceFile[], schema: Schema): TestFile[] {
  const complaints = new Complaints()
  const read = files.flatMap((file) => {
    const [document, second] = readDocuments(file, complaints)
    if (second !== undefined) complaints.add(second.place(''), 'A file of policy tests holds one document')
    return document === undefined ? [] : [new FileReader(document, schema, complaints).read()]
  })
  if (complaints.count > 0) {
    const fields = complaints.list()
    throw new DBALError('VALIDATION_ERROR', {
      fields,
      reason: `The policy tests have ${fields.length === 1 ? 'a mistake' : `${fields.length} mistakes`}`,
    })
  }
  return read
}

class FileReader {
  readonly #document: Document
  readonly #schema: Schema
  readonly #complaints: Complaints
  #callers: ReadonlyMap<string, Principal> = new Map()
  #given: Given

  constructor(document: Document, schema: Schema, complaints: Complaints) {
    this.#document = document
    this.#schema = schema
    this.#complaints = complaints
    this.#given = new Given(schema, complaints, usualNow)
  }

  read(): TestFile {
    const fitted = fit({ document: this.#document, complaints: this.#complaints }, policyTestShape, this.#document.value, '')
    const file: Members = isRecord(fitted) ? fitted : {}
    const now = this.#time(file['now'])
    const tenant = typeof file['tenant'] === 'string' ? file['tenant'] : undefined
    this.#given = new Given(this.#schema, this.#complaints, now, tenant)
    const principals = this.#principals(membersOf(file['principals']), tenant)
    this.#rows(membersOf(file['rows']), principals)
    const given = this.#given.complete()
    this.#callers = callersOf(this.#schema, principals, given)
    const tests = listOf(file['tests']).flatMap((test, i) => (isRecord(test) ? this.#tests(test, `tests.${i}`) : []))
    return { path: this.#document.file, now: Date.parse(now), given, principals: this.#callers, tests }
  }

  #complain(path: string, error: string): void {
    this.#complaints.add(this.#document.place(path), error)
  }

  #time(value: Value | undefined): string {
    if (value === undefined) return usualNow
    const result = normaliseDatetime(value)
    if (result.ok) return String(result.value)
    this.#complain('now', `${quote(value)} is no time. ${result.error}`)
    return usualNow
  }

  #principals(members: Members, usualTenant?: string): PrincipalSource[] {
    return Object.entries(members).flatMap(([name, value]): PrincipalSource[] => {
      const path = `principals.${name}`
      const given = isRecord(value) ? value : { role: value }
      const role = given['role']
      if (typeof role !== 'string') return []
      const tenant = typeof given['tenant'] === 'string' ? given['tenant'] : usualTenant
      const known = [...this.#schema.roles.keys()].filter((each) => each !== 'public')
      if (!known.includes(role)) this.#complain(isRecord(value) ? `${path}.role` : path, `Unknown role ${quote(role)}${suggestion(role, known)}`)
      return [
        {
          name,
          role,
          attributes: membersOf(given['attributes']),
          account: given['account'] !== false,
          place: this.#document.keyPlace(path),
          ...(typeof given['id'] === 'string' ? { id: given['id'] } : {}),
          ...(tenant === undefined ? {} : { tenant }),
        },
      ]
    })
  }

  #rows(tables: Members, principals: readonly PrincipalSource[]): void {
    const accounts = accountsOf(this.#schema)
    const written = membersOf(accounts === undefined ? undefined : tables[accounts.name])
    for (const principal of principals) {
      if (accounts === undefined || (!principal.account && !Object.hasOwn(written, principal.name))) continue
      const path = `rows.${accounts.name}.${principal.name}`
      const values = accountValues(this.#schema, principal, membersOf(written[principal.name]))
      this.#given.add(accounts, {
        label: principal.name,
        values,
        place: (field) =>
          Object.hasOwn(written, principal.name) ? this.#document.place(field === undefined ? path : `${path}.${field}`) : principal.place,
      })
    }
    const names = [...this.#schema.entities.values()].filter((entity) => !entity.internal).map((entity) => entity.name)
    for (const [name, rows] of Object.entries(tables)) {
      const entity = names.includes(name) ? this.#schema.entities.get(name) : undefined
      if (entity === undefined) {
        this.#complaints.add(this.#document.keyPlace(`rows.${name}`), `There is no entity ${quote(name)}${suggestion(name, names)}`)
        continue
      }
      for (const [label, values] of Object.entries(membersOf(rows))) {
        if (entity === accounts && principals.some((principal) => principal.name === label)) continue
        const path = `rows.${name}.${label}`
        this.#given.add(entity, {
          label,
          values: membersOf(values),
          place: (field) => (field === undefined ? this.#document.keyPlace(path) : this.#document.place(`${path}.${field}`)),
        })
      }
    }
  }

  /** One test, or one for each caller. */
  #tests(test: Members, path: string): PolicyTest[] {
    const ways = ['call', 'steps'].filter((name) => test[name] !== undefined)
    if (ways.length !== 1) {
      this.#complain(path, 'A test has either a "call" or "steps"')
      return []
    }
    const name = typeof test['name'] === 'string' ? test['name'] : undefined
    const made = (steps: readonly Step[]): PolicyTest[] => {
      const [first] = steps
      if (first === undefined) return []
      const told = name ?? steps.map((step) => step.shown).join(', then ')
      return [{ name: steps.length === 1 ? `${told} as ${first.as}` : told, path: this.#document.file, place: this.#document.place(path), steps }]
    }
    if (ways[0] === 'steps') {
      for (const other of ['as', 'expect', 'who'])
        if (test[other] !== undefined) this.#complain(`${path}.${other}`, `Beside "steps" there is no "${other}"; it stands in each step`)
      return made(
        listOf(test['steps']).flatMap((step, i) =>
          isRecord(step) ? this.#step(step, String(step['as']), step['expect'], `${path}.steps.${i}`) : [],
        ),
      )
    }
    return this.#answers(test, path).flatMap(([as, expected, at]) => made(this.#step(test, as, expected, path, at)))
  }

  /** Who calls, what is expected, and where both stand. */
  #answers(test: Members, path: string): (readonly [string, Value | undefined, string])[] {
    if (test['who'] !== undefined) {
      for (const other of ['as', 'expect'])
        if (test[other] !== undefined) this.#complain(`${path}.${other}`, `"who" says both who calls and what is expected; leave out "${other}"`)
      return Object.entries(membersOf(test['who'])).map(([as, expected]) => [as, expected, `${path}.who.${as}`] as const)
    }
    const as = test['as']
    if (as === undefined) {
      this.#complain(path, 'Nobody calls: say "as", or "who"')
      return []
    }
    const names = (isList(as) ? as : [as]).filter((one) => typeof one === 'string')
    return names.map((one) => [one, test['expect'], `${path}.expect`] as const)
  }

  #step(step: Members, as: string, expect: Value | undefined, path: string, expectPath = `${path}.expect`): Step[] {
    const call = listOf(step['call'])
    const [method, ...rest] = call
    if (typeof method !== 'string' || !(methods as readonly string[]).includes(method)) {
      this.#complain(`${path}.call.0`, `A call begins with a method${typeof method === 'string' ? suggestion(method, methods) : ''}`)
      return []
    }
    const place = this.#document.place(step['who'] === undefined ? path : expectPath)
    const who = callerNamed(
      as,
      this.#callers,
      this.#schema,
      this.#complaints,
      step['who'] === undefined ? this.#document.place(`${path}.as`) : this.#document.keyPlace(expectPath),
    )
    const params = rest.map((value, i) => this.#given.resolve(value, this.#document.place(`${path}.call.${i + 1}`)))
    const about = this.#about(method, params, path)
    const expected = this.#expected(expect, about.entity, expectPath)
    return [{ as, who, method, params, shown: shownCall(method, rest), expected, place, ...about }]
  }

  #about(method: string, params: readonly Value[], path: string): Pick<Step, 'entity' | 'operation'> {
    if (parameters[method as keyof typeof parameters][0] !== 'entity') return {}
    const [name, operation] = params
    const known = [...this.#schema.entities.values()].filter((entity) => !entity.internal)
    const entity = known.find((each) => each.name === name)
    if (entity === undefined) {
      this.#complain(
        `${path}.call.1`,
        `There is no entity ${quote(name ?? null)}${suggestion(
          String(name),
          known.map((each) => each.name),
        )}`,
      )
      return {}
    }
    if (method !== 'call') return { entity: entity.name, operation: method }
    if (typeof operation === 'string' && entity.operations.has(operation)) return { entity: entity.name, operation }
    this.#complain(
      `${path}.call.2`,
      `${entity.name} has no operation ${quote(operation ?? null)}${suggestion(String(operation), entity.operations.keys())}`,
    )
    return { entity: entity.name }
  }

  #expected(given: Value | undefined, entity: string | undefined, path: string): Expected {
    if (given === undefined || given === 'ok') return {}
    if (typeof given === 'string') return { error: given as ErrorName }
    if (typeof given === 'number') return { count: given }
    if (isList(given)) return { rows: this.#expectedRows(given, entity, path) }
    if (!isRecord(given)) return {}
    const resolved = (name: string) => this.#given.resolve(given[name] as Value, this.#document.place(`${path}.${name}`))
    const { rows, row, value, ...plain } = given
    const clash = ['rows', 'count', 'total', 'fields', 'hides', 'row', 'value'].find((name) => Object.hasOwn(given, name))
    if (clash !== undefined && given['error'] !== undefined) this.#complain(`${path}.${clash}`, `A call that is refused has no "${clash}"`)
    if (given['error'] === undefined) {
      for (const name of ['reason', 'at'])
        if (Object.hasOwn(given, name)) this.#complain(`${path}.${name}`, `"${name}" is about a refusal; say which with "error"`)
    }
    return {
      ...plain,
      ...(isList(rows) ? { rows: this.#expectedRows(rows, entity, `${path}.rows`) } : {}),
      ...(isRecord(row) ? { row: resolved('row') as Values } : {}),
      ...(value === undefined ? {} : { value: resolved('value') }),
    }
  }

  #expectedRows(rows: readonly Value[], entity: string | undefined, path: string): ExpectedRow[] {
    return rows.flatMap((row, i): ExpectedRow[] => {
      const at = `${path}.${i}`
      if (isRecord(row)) return [{ has: this.#given.resolve(row, this.#document.place(at)) as Values }]
      const label = typeof row === 'string' ? row.replace(/^\$/, '') : ''
      const found = this.#given.entityOf(label)
      const known = this.#given.labels().filter((each) => this.#given.entityOf(each)?.name === entity)
      if (found === undefined) this.#complain(at, `No row is called ${quote(row)}${suggestion(label, known)}`)
      else if (entity !== undefined && found.name !== entity)
        this.#complain(at, `${quote(label)} is a row of ${found.name}, and the call is about ${entity}`)
      return [{ label }]
    })
  }
}

/** The call as the file has it, short enough for a line. */
function shownCall(method: string, params: readonly Value[]): string {
  const words = params.map((value) => (typeof value === 'string' ? value.replace(/^\$/, '') : JSON.stringify(value).replace(/"/g, '')))
  const text = [method, ...words].join(' ')
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

const membersOf = (value: Value | undefined): Members => (isRecord(value) ? value : {})
const listOf = (value: Value | undefined): readonly Value[] => (isList(value) ? value : [])
