/** Answers of the methods that only read: read, list, search, count, aggregate. */
import type { Value } from '../../../src/schema/entity.ts'
import { compareValues, isOrdered, isText } from '../../../src/schema/field-type.ts'
import { fold } from '../../../src/schema/fold.ts'
import { filter, has, keyOf, type Options, Refusal, shape, sorted, whole } from './ask.ts'
import type { Row } from './logic.ts'
import type { Sight } from './sight.ts'

export function read(sight: Sight, id: Value | undefined, options: Options): Value {
  const asked = shape(sight, options)
  const key = keyOf(sight.entity, id)
  const row = sight.visible().find((one) => has(one, key))
  if (row === undefined) throw new Refusal('NOT_FOUND')
  return asked(row)
}

/** A page, or as many as `pages` says, as one goes on by cursor. `nextCursor` is only said to be there. */
export function list(sight: Sight, options: Options, text: Value | undefined, pages: number | undefined): Value {
  const test = filter(sight, options['filter'] ?? {})
  const terms = String(text ?? '')
    .split(/\s+/)
    .filter((term) => term !== '')
  const fields = sight.fields.filter((f) => isText(f.type) && !f.sensitive)
  if (terms.length > 0 && fields.length === 0) throw new Refusal('VALIDATION_ERROR')
  const found = (row: Row, term: string) =>
    fields.some((f) => sight.shows(row, f.name) && row[f.name] !== null && fold(String(row[f.name])).includes(fold(term)))
  const limit = whole(options['limit'], 20, 100)
  const page = whole(options['page'], 1, 2 ** 31)
  const asked = shape(sight, options)
  const rows = sorted(
    sight,
    sight.visible().filter((row) => test(row) === true && terms.every((term) => found(row, term))),
    options['sort'],
  )
  const answer = (at: number, number: number | null): { [name: string]: Value } => {
    const hasMore = rows.length > at + limit
    const data = rows.slice(at, at + limit).map(asked)
    return { data, total: options['total'] === 'none' ? null : rows.length, page: number, limit, hasMore, nextCursor: hasMore ? 'cursor' : null }
  }
  if (pages === undefined) return answer((page - 1) * limit, page)
  const out = [answer(0, 1)]
  while (out.length < pages && out.at(-1)?.['hasMore'] === true) out.push(answer(out.length * limit, null))
  return out
}

export function count(sight: Sight, options: Options): Value {
  const test = filter(sight, options['filter'] ?? {})
  return sight.visible().filter((row) => test(row) === true).length
}

type Group = { readonly [name: string]: Value }

/** Contract 4: groups of the visible rows; a hidden field counts as null. */
export function aggregate(sight: Sight, options: Options): Value {
  const groupBy = (options['groupBy'] ?? []) as readonly string[]
  const typeOf = (name: string) => {
    const field = sight.field(name)
    if (field === undefined || !isOrdered(field.type)) throw new Refusal('VALIDATION_ERROR')
    return field
  }
  groupBy.forEach(typeOf)
  const measures = (['sum', 'avg', 'min', 'max'] as const).flatMap((fn) => ((options[fn] ?? []) as readonly string[]).map((name) => ({ fn, name })))
  for (const { fn, name } of measures)
    if (!['integer', 'decimal'].includes(typeOf(name).type) && (fn === 'sum' || fn === 'avg')) throw new Refusal('VALIDATION_ERROR')
  const test = filter(sight, options['filter'] ?? {})
  const shown = (row: Row, name: string): Value => (sight.shows(row, name) ? (row[name] as Value) : null)
  const groups = new Map<string, Row[]>(groupBy.length === 0 ? [['[]', []]] : [])
  for (const row of sight.visible().filter((one) => test(one) === true)) {
    const id = JSON.stringify(groupBy.map((name) => shown(row, name)))
    groups.set(id, [...(groups.get(id) ?? []), row])
  }
  let out = [...groups].map(([id, rows]): Group => {
    const group: { [name: string]: Value } = {
      ...Object.fromEntries(groupBy.map((name, i) => [name, (JSON.parse(id) as Value[])[i] as Value])),
      count: rows.length,
    }
    for (const { fn, name } of measures)
      group[fn] = {
        ...((group[fn] ?? {}) as Group),
        [name]: measure(
          fn,
          rows.map((row) => shown(row, name)).filter((v) => v !== null),
          typeOf(name),
        ),
      }
    return group
  })
  const having = ((options['having'] ?? {}) as Options)['count'] as { [op: string]: number } | undefined
  for (const [op, n] of Object.entries(having ?? {}))
    out = out.filter(
      (g) =>
        (({ gte: Number(g['count']) >= n, gt: Number(g['count']) > n, lt: Number(g['count']) < n, eq: g['count'] === n }) as Record<string, boolean>)[
          op
        ],
    )
  out = orderGroups(out, groupBy, options['sort'] as Options | undefined, typeOf)
  const limited = out.slice(0, whole(options['limit'], out.length, 100))
  return limited.map(({ count: n, ...rest }) => (options['count'] === false ? rest : { ...rest, count: n as Value }))
}

function measure(fn: 'sum' | 'avg' | 'min' | 'max', values: readonly Value[], type: Parameters<typeof compareValues>[0]): Value {
  if (values.length === 0) return null
  if (fn === 'min' || fn === 'max') return values.toSorted((a, b) => compareValues(type, a, b)).at(fn === 'min' ? 0 : -1) as Value
  const scale = 10 ** (type.scale ?? 0)
  const sum = values.reduce((total: number, v) => total + Math.round(Number(v) * scale), 0)
  if (fn === 'avg') return sum / scale / values.length
  return type.type === 'decimal' ? (sum / scale).toFixed(type.scale ?? 0) : sum
}

function orderGroups(
  groups: Group[],
  groupBy: readonly string[],
  sort: Options | undefined,
  typeOf: (name: string) => Parameters<typeof compareValues>[0],
): Group[] {
  const keys: { path: readonly string[]; direction: string }[] = Object.entries(sort ?? {}).map(([name, given]) =>
    typeof given === 'string'
      ? { path: [name], direction: given }
      : { path: [name, Object.keys(given as object)[0] as string], direction: Object.values(given as object)[0] as string },
  )
  for (const { path } of keys)
    if (path.length === 1 && path[0] !== 'count' && !groupBy.includes(path[0] as string)) throw new Refusal('VALIDATION_ERROR')
  const last = keys.at(-1)?.direction ?? 'asc'
  const all = [...keys, ...groupBy.map((name) => ({ path: [name], direction: last }))]
  const at = (g: Group, path: readonly string[]) => path.reduce<Value>((value, name) => (value as Group)[name] as Value, g)
  return groups.toSorted((a, b) => {
    for (const { path, direction } of all) {
      const [x, y] = [at(a, path), at(b, path)]
      const name = path.at(-1) as string
      const order =
        x === null || y === null ? Number(x !== null) - Number(y !== null) : typeof x === 'number' ? x - Number(y) : compareValues(typeOf(name), x, y)
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return 0
  })
}
