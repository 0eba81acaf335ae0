/**
 * A wide list of queries in every dialect, with the values that they bind, in conformance/golden/corpus. A dialect that is a variant of
 * another says there only what it says otherwise. DBAL_UPDATE_GOLDEN=1 writes the files anew: read the difference like code.
 */
import { test } from 'node:test'
import { compareGolden } from '../../../test/support/golden.ts'
import { makeSchema } from '../../../test/support/make-schema.ts'
import { choices } from '../../../test/support/statements/choices.ts'
import { comparisons, compositions, meetings, operands } from '../../../test/support/statements/conditions.ts'
import { variants } from '../../../test/support/statements/dialects.ts'
import { entities, samples, Thing, type TypeName, types } from '../../../test/support/statements/entities.ts'
import { args } from '../../../test/support/statements/given.ts'
import { insertion, type Printed, shown, statement, typeText } from '../../../test/support/statements/print.ts'
import { aggregates, insertions, reads, writes } from '../../../test/support/statements/wholes.ts'
import type { Insert, Predicate, Query, Read } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'
import type { Dialect } from './dialect.ts'
import { ddl } from './model/ddl.ts'

type Asked = Exclude<Query, Insert>
type Chapter = (dialect: Dialect) => Printed

const asking = (where: Predicate, more: Partial<Read>): Read => ({
  kind: 'read',
  entity: Thing,
  where,
  columns: [],
  probes: [],
  order: [],
  total: false,
  reach: 'one',
  ...more,
})
const of =
  (queries: Readonly<Record<string, Asked>>): Chapter =>
  (dialect) =>
    new Map(Object.entries(queries).map(([name, query]) => [name, statement(query, dialect, args)]))
const each = (conditions: Readonly<Record<string, Predicate>>, make: (condition: Predicate) => Asked): Chapter =>
  of(Object.fromEntries(Object.entries(conditions).map(([name, condition]) => [name, make(condition)])))

/** Three rows, the first of which refers to the last. */
function rowsOf({ entity, fields }: Insert): Value[][] {
  const ids = ['b', 'c', 'd'].map((digit) => `018f0000-0000-7000-8000-00000000000${digit}`)
  return ids.map((id, n) =>
    fields.map((name) => {
      if (name === 'id') return id
      if (name === 'upId') return n === 0 ? (ids[2] as string) : null
      const type = entity.fields.get(name)?.name as TypeName
      return n === 2 ? null : (samples[type]?.[n] ?? `İ${n}`)
    }),
  )
}

const chapters: Readonly<Record<string, Chapter>> = {
  types: (dialect) =>
    new Map([
      ...(Object.keys(types) as TypeName[]).map((name): [string, string] => [name, typeText(dialect, types[name], samples[name])]),
      ...(Object.keys(types) as TypeName[]).map((name): [string, string] => [
        `field ${name}`,
        typeText(dialect, Thing.fields.get(name) ?? types[name], samples[name]),
      ]),
      ['literals', ["it's", null, 7, new Uint8Array([0, 255])].map((value) => `${shown(value)}: ${dialect.literal(value)}`).join('\n  ')],
    ]),
  meetings: each(meetings(), (where) => asking(where, {})),
  comparisons: each(comparisons(), (where) => asking(where, {})),
  operands: each(operands(), (where) => asking(where, { probes: [where] })),
  compositions: each(compositions(), (where) => asking(where, { probes: [where] })),
  choices: each(choices(), (where) => asking(where, { reach: 'many' })),
  'choices of one row': each(choices(), (where) => asking(where, {})),
  reads: of(reads()),
  aggregates: of(aggregates()),
  writes: of(writes()),
  insertions: (dialect) => new Map(Object.entries(insertions).map(([name, query]) => [name, insertion(query, dialect, rowsOf(query))])),
  tables: (dialect) => new Map(ddl(makeSchema(entities), dialect).map((text, i) => [`statement ${i}`, text])),
}

function textOf(name: string): string {
  const { dialect, of: model, alike = String } = variants[name] as (typeof variants)[string]
  const base = model === undefined ? undefined : variants[model]?.dialect
  return Object.entries(chapters)
    .flatMap(([title, chapter]) => {
      const known = base === undefined ? undefined : chapter(base)
      const own = [...chapter(dialect)].filter(([key, text]) => known?.get(key) !== alike(text))
      return [
        `# ${title}${known === undefined ? '' : `: ${own.length} of ${known.size} otherwise than ${model}`}`,
        ...own.map(([key, text]) => `${key}\n  ${text}`),
        '',
      ]
    })
    .join('\n')
}

for (const name of Object.keys(variants))
  test(`what ${name} is asked`, () => compareGolden(`corpus/${name.replaceAll(/\W+/g, '-')}.txt`, textOf(name)))
