/** Ways into json documents. In charge of paths and of JSON's types; must not know queries. */
import type { Dialect } from '../../dialect.ts'
import { collationOf, type Flavour } from './flavour.ts'

/** JSON_TYPE's names; a number may be any of several. */
const types = { string: `= 'STRING'`, boolean: `= 'BOOLEAN'`, number: `IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER')` } as const
/** Positions above lead nowhere: no array within 1 MiB is so long, and the server refuses larger numbers. */
const lastPosition = 2 ** 21

function indexOf(step: string): number | undefined {
  return /^[0-9]+$/.test(step) ? Number(step) : undefined
}

function pathText(steps: readonly string[]): string {
  const parts = steps.map((step) => {
    const index = indexOf(step)
    return index === undefined ? `.${JSON.stringify(step)}` : `[${Math.min(index, lastPosition)}]`
  })
  return `$${parts.join('')}`
}

/** Where a position 0 is asked for: the server would take anything else than an array for an array of one. */
function doubtful(steps: readonly string[]): readonly (readonly string[])[] {
  return steps.flatMap((step, i) => (indexOf(step) === 0 ? [steps.slice(0, i)] : []))
}

/** The bound text is the path; where arrays have to be looked at, a JSON array of the path and of theirs. */
function jsonPath(steps: readonly string[]): string {
  const arrays = doubtful(steps)
  return arrays.length === 0 ? pathText(steps) : JSON.stringify([steps, ...arrays].map(pathText))
}

function lead(column: string, path: string, steps: readonly string[]): { readonly found: string; readonly arrays: readonly string[] } {
  const arrays = doubtful(steps)
  if (arrays.length === 0) return { found: `JSON_EXTRACT(${column}, ${path})`, arrays: [] }
  const nth = (n: number): string => `JSON_EXTRACT(${column}, JSON_UNQUOTE(JSON_EXTRACT(${path}, '$[${n}]')))`
  return { found: nth(0), arrays: arrays.map((_, i) => `JSON_TYPE(${nth(i + 1)}) = 'ARRAY'`) }
}

/** MariaDB sees nothing in what is 32 levels deep, and fails (1242) rather than take that for an answer. */
function unseen({ kind }: Flavour, column: string, found: string, fails: string): string {
  return kind === 'mysql' ? '' : `WHEN ${found} IS NULL AND NOT JSON_VALID(${column}) THEN ${fails} `
}

export function jsonDialect(flavour: Flavour): Pick<Dialect, 'jsonPath' | 'json' | 'jsonMissing'> {
  const text = (found: string): string => `CONVERT(JSON_UNQUOTE(${found}) USING utf8mb4) COLLATE ${collationOf(flavour)}`
  const scalar = { string: text, number: (found: string) => `(${found} + 0e0)`, boolean: (found: string) => `(${text(found)} = 'true')` } as const
  const two = '(SELECT 0 UNION ALL SELECT 0)'
  return {
    jsonPath,
    json(column, path, as, steps) {
      const { found, arrays } = lead(column, path, steps)
      const when = [...arrays, `JSON_TYPE(${found}) ${types[as]}`].join(' AND ')
      const fails = unseen(flavour, column, found, as === 'string' ? "(SELECT '' UNION ALL SELECT '')" : two)
      return `CASE ${fails}WHEN ${when} THEN ${scalar[as](found)} END`
    },
    jsonMissing(column, path, steps) {
      const { found, arrays } = lead(column, path, steps)
      const missing = `COALESCE(${[`JSON_TYPE(${found}) = 'NULL'`, ...arrays.map((array) => `NOT (${array})`)].join(' OR ')}, 1)`
      const fails = unseen(flavour, column, found, two)
      return fails === '' ? missing : `CASE ${fails}ELSE ${missing} END`
    },
  }
}
