/** Does an answer match what a case expects? In charge of matchers and of naming the place of a difference; must not know calls. */
import type { PublicError } from '../src/errors/error.ts'
import type { ExpectedError } from './case.ts'

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const datetimeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** By name, behind `$`. `$absent` is looked at where the member would stand. */
const matchers: Readonly<Record<string, (actual: unknown) => boolean>> = {
  $any: (actual) => actual !== undefined,
  $uuid: (actual) => typeof actual === 'string' && uuidForm.test(actual),
  $datetime: (actual) => typeof actual === 'string' && datetimeForm.test(actual),
  $string: (actual) => typeof actual === 'string' && actual !== '',
  $number: (actual) => typeof actual === 'number',
  $absent: (actual) => actual === undefined,
}

/** Differences, each as `place: what`. Objects match as subsets, lists element by element; empty: it matches. */
export function differences(expected: unknown, actual: unknown, place = 'output'): string[] {
  if (typeof expected === 'string' && Object.hasOwn(matchers, expected)) {
    return matchers[expected]?.(actual) === true ? [] : [`${place}: expected ${expected}, got ${show(actual)}`]
  }
  if (Array.isArray(expected)) return listDifferences(expected, actual, place)
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(expected, actual) ? [] : [`${place}: expected ${show(expected)}, got ${show(actual)}`]
  }
  const entries = Object.entries(expected)
  const [only] = entries
  if (entries.length === 1 && only !== undefined && Object.hasOwn(special, only[0])) return special[only[0]]?.(only[1], actual, place) ?? []
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return [`${place}: expected an object, got ${show(actual)}`]
  return entries.flatMap(([name, member]) => differences(member, memberOf(actual, name), `${place}.${name}`))
}

const memberOf = (object: object, name: string): unknown => (Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined)

type Special = (expected: unknown, actual: unknown, place: string) => string[]

const special: Readonly<Record<string, Special>> = {
  /** No members but these. */
  $exactly: (expected, actual, place) => {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return [`${place}: expected an object, got ${show(actual)}`]
    const strangers = Object.keys(actual).filter((name) => !Object.hasOwn(expected as object, name))
    return [
      ...strangers.map((name) => `${place}.${name}: expected nothing, got ${show(memberOf(actual, name))}`),
      ...differences(expected, actual, place),
    ]
  },
  $length: (expected, actual, place) => {
    const length = Array.isArray(actual) || typeof actual === 'string' ? actual.length : undefined
    return length === expected ? [] : [`${place}: expected length ${show(expected)}, got ${show(actual)}`]
  },
  /** Each is matched by some element. */
  $contains: (expected, actual, place) => {
    const found = Array.isArray(actual) ? actual : []
    return (expected as unknown[]).flatMap((part) =>
      found.some((item) => differences(part, item).length === 0) ? [] : [`${place}: ${show(part)} is not in ${show(actual)}`],
    )
  },
  /** No element matches. */
  $lacks: (expected, actual, place) => {
    const found = Array.isArray(actual) ? actual : []
    return (expected as unknown[]).flatMap((part) =>
      found.some((item) => differences(part, item).length === 0) ? [`${place}: ${show(part)} is in ${show(actual)}`] : [],
    )
  },
  /** The same elements, in any order. */
  $unordered: (expected, actual, place) => {
    if (!Array.isArray(actual) || actual.length !== (expected as unknown[]).length)
      return [`${place}: expected ${show(expected)} in any order, got ${show(actual)}`]
    return special['$contains']?.(expected, actual, place) ?? []
  },
  $matches: (expected, actual, place) =>
    typeof actual === 'string' && new RegExp(String(expected), 'u').test(actual)
      ? []
      : [`${place}: expected text like ${show(expected)}, got ${show(actual)}`],
  $not: (expected, actual, place) => (differences(expected, actual).length > 0 ? [] : [`${place}: expected something else than ${show(expected)}`]),
}

function listDifferences(expected: readonly unknown[], actual: unknown, place: string): string[] {
  if (!Array.isArray(actual)) return [`${place}: expected a list, got ${show(actual)}`]
  if (actual.length !== expected.length) return [`${place}: expected ${expected.length} elements, got ${actual.length}: ${show(actual)}`]
  return expected.flatMap((item, i) => differences(item, actual[i], `${place}[${i}]`))
}

/** What is different about an error. `saved`: errors of earlier steps, without the request's id. */
export function errorDifferences(expected: ExpectedError, actual: PublicError, saved: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = []
  for (const part of ['code', 'name', 'message'] as const) {
    if (expected[part] !== undefined) found.push(...differences(expected[part], actual[part], `error.${part}`))
  }
  const fields = actual.details?.fields ?? []
  for (const { field, error } of expected.fields ?? []) {
    const named = fields.filter((complaint) => complaint.field === field)
    if (named.length === 0) found.push(`error.fields: no complaint about ${field} in ${show(fields)}`)
    else if (error !== undefined && !named.some((complaint) => complaint.error === error))
      found.push(`error.fields.${field}: expected ${show(error)}, got ${show(named)}`)
  }
  if (expected.details !== undefined) found.push(...differences(expected.details, actual.details ?? {}, 'error.details'))
  if (expected.same !== undefined) found.push(...differences({ $exactly: saved[expected.same] }, publicPart(actual), 'error'))
  return found.length === 0 ? [] : [...found, `error was ${show(publicPart(actual))}`]
}

export function publicPart(error: PublicError): unknown {
  const { requestId: _, ...rest } = error
  return rest
}

const longest = 300

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
