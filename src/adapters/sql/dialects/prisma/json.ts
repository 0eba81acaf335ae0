/** Ways into json documents in SQLite's own words, step by step as the definition walks. In charge of paths; must not know queries. */
import type { Dialect } from '../../dialect.ts'

/** Names of json_each for scalars, and what makes the value of each. A number is a double, however it is written. */
const scalars = {
  string: (last: string) => `CASE WHEN ${last}.type = 'text' THEN ${last}.value END`,
  number: (last: string) => `CASE WHEN ${last}.type IN ('integer', 'real') THEN CAST(${last}.value AS REAL) END`,
  boolean: (last: string) => `CASE ${last}.type WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`,
} as const

/**
 * Every step is bound: a number for a place in an array, a text for a name in an object, and no text equals a number. SQLite's own paths
 * are not used, because a name may have a quote in it.
 */
function walk(column: string, path: string, steps: readonly string[]): { readonly from: string; readonly last: string } {
  const alias = (at: number): string => `e${at}`
  const into = (at: number): string => (at === 0 ? column : `CASE WHEN ${alias(at - 1)}.type IN ('object', 'array') THEN ${alias(at - 1)}.value END`)
  const joined = steps.map((_, at) => `json_each(${into(at)}) AS ${alias(at)}`).join(' JOIN ')
  const met = steps.map((_, at) => `${alias(at)}.key = json_extract(${path}, '$[${at}]')`).join(' AND ')
  return { from: `FROM ${joined} WHERE ${met}`, last: alias(steps.length - 1) }
}

export const jsonWords: Pick<Dialect, 'jsonPath' | 'json' | 'jsonMissing'> = {
  jsonPath: (steps) => JSON.stringify(steps.map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step))),
  json(column, path, as, steps) {
    const { from, last } = walk(column, path, steps)
    return `(SELECT ${scalars[as](last)} ${from} LIMIT 1)`
  },
  jsonMissing(column, path, steps) {
    const { from, last } = walk(column, path, steps)
    return `(NOT EXISTS (SELECT 1 ${from} AND ${last}.type <> 'null'))`
  },
}
