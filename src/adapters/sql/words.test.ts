/**
 * What dialects say apart from statements: what they make of a database's answers, how tables change, sums, functions. Written down in
 * conformance/golden/words. DBAL_UPDATE_GOLDEN=1 writes the files anew: read the difference like code.
 */
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { compareGolden } from '../../../test/support/golden.ts'
import { makeSchema } from '../../../test/support/make-schema.ts'
import { variants } from '../../../test/support/statements/dialects.ts'
import { Thing, type TypeName, types } from '../../../test/support/statements/entities.ts'
import { answers, columns, indexOf, limits, operations } from '../../../test/support/statements/physical.ts'
import { shown, told } from '../../../test/support/statements/print.ts'
import type { ValueType } from '../../schema/entity.ts'
import type { Codec, Dialect, Typed } from './dialect.ts'
import { flavourOf, isSupported, titleOf } from './dialects/mysql/flavour.ts'
import { createFold } from './dialects/mysql/fold.ts'
import { foreignColumnsSql as postgresColumns, foreignDialect as postgresForeign } from './dialects/postgres/foreign.ts'
import { helperFunctions } from './dialects/postgres/functions.ts'
import { totalOf } from './dialects/prisma/wide.ts'
import { fromScaled, fromSortable, fromWide, plainDigits, toScaled, toSortable, toWide } from './dialects/sqlite/decimal.ts'
import {
  foreignWay,
  isStranger,
  momentOf,
  numberOfUnits,
  foreignColumnsSql as sqliteColumns,
  foreignDialect as sqliteForeign,
  unitsOf,
} from './dialects/sqlite/foreign.ts'
import { fieldsOfColumns } from './errors.ts'
import { ddl } from './model/ddl.ts'

const names = Object.keys(types) as TypeName[]
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
/** A driver does not answer what cannot be read at all; that it fails is all that is said of it. */
const tried = (make: () => unknown): string => {
  try {
    return told(() => {
      const made = make()
      return made === undefined ? 'nothing' : typeof made === 'string' ? made : shown(made as never)
    })
  } catch {
    return 'fails'
  }
}

/** A number is read from digits and what is made of them; what no driver gives for one is left out. */
const numeric = (answer: unknown): boolean => typeof answer !== 'string' || /^[-\d.:,[\] e+]*$|^NaN$|^-?Infinity$/.test(answer)

function readings({ decode, family }: Codec): string {
  if (decode === undefined) return 'as it is'
  const fitting = answers.filter((answer) => (family !== 'number' && family !== 'decimal') || numeric(answer))
  const read = fitting.map((answer) => [shown(answer), tried(() => shown(decode(answer) as never))] as const)
  const refused = read.filter(([, value]) => value.startsWith('refused'))
  const given = read.filter(([, value]) => value !== 'fails' && !value.startsWith('refused'))
  return [
    `${refused.length} refused, ${read.length - refused.length - given.length} not read`,
    ...(refused[0] === undefined ? [] : refused[0]),
    ...given.map(([answer, value]) => `${answer} → ${value}`),
  ].join('\n  ')
}

const typed = (make: () => Typed): string =>
  tried(() => {
    const { sql, codec, undecided } = make()
    return `${sql} as ${codec.family} ${codec.form}${undecided ? ', undecided' : ''}\n  ${readings(codec)}`
  })

function measures(dialect: Dialect): string[] {
  const kinds: readonly [string, ValueType][] = [
    ...names.map((name): [string, ValueType] => [name, types[name]]),
    ['string of 100', { type: 'string', maxLength: 100 } as ValueType],
    ['decimal of no size', { type: 'decimal' }],
    ['decimal of 18', { type: 'decimal', precision: 18, scale: 2 }],
    ['decimal of 19', { type: 'decimal', precision: 19, scale: 2 }],
  ]
  return kinds.flatMap(([name, type]) => [
    ...(['integer', 'bigint', 'decimal', 'float'].includes(type.type)
      ? [`sum of ${name}: ${typed(() => dialect.sum('x', type))}`, `mean of ${name}: ${typed(() => dialect.avg('x', type))}`]
      : []),
    `least of ${name}: ${tried(() => dialect.extreme('min', 'x', dialect.codec(type)).sql)}`,
    `sorted by ${name}: ${(['asc', 'desc'] as const).map((way) => tried(() => [true, false].map((none) => dialect.orderKey('x', way, dialect.codec(type), none)).join(', '))).join('; ')}`,
    `read as ${name}: ${readings(dialect.codec(type))}`,
    `one codec for all of ${name}: ${dialect.codec(type) === dialect.codec({ ...type })}`,
  ])
}

function tableWords({ tables }: Dialect): string[] {
  const { convert, keyPart, dropIndex, dropCheck, dropReference, defaultText, renameIndex, parameter, tableExists, probe, undo, ...flags } = tables
  const short = indexOf(false, ['i'])
  const pairs = columns.map((from) =>
    columns
      .flatMap((to) => {
        const way = convert('x', from, to)
        return way === undefined ? [] : [`${from.name} → ${to.name}: ${way}`]
      })
      .join('; '),
  )
  const parts = columns.flatMap((column) =>
    [false, true].map((unique) => {
      const texts = [[column], [column, columns[9] as (typeof columns)[0]], [column, columns[10] as (typeof columns)[0]]]
      return `key of ${column.name}${unique ? ', unique' : ''}: ${texts.map((all) => keyPart(column, indexOf(unique, ['x']), all)).join('; ')}`
    }),
  )
  return [
    JSON.stringify(flags),
    `${parameter(1)} ${parameter(12)}; ${JSON.stringify(tableExists('a table'))}`,
    `${dropIndex(short, true)}; ${dropIndex(short, false)}; ${renameIndex?.('a table', 'a', 'b') ?? 'made again'}`,
    `${tried(() => dropCheck('t', 'a`"'))}; ${tried(() => dropReference('t', 'a'))}`,
    columns.map((column) => `${column.name}: ${defaultText("'x'", column)}`).join(', '),
    ...operations.map(
      (one) => `${one.op}${'online' in one ? ` ${one.online}` : ''}: ${JSON.stringify(probe?.(one)) ?? 'not asked'}; ${undo?.(one) ?? 'no undoing'}`,
    ),
    ...parts,
    ...pairs,
  ]
}

const wordsOf = (dialect: Dialect): string[] => [
  `without a look at references: ${dialect.unreferenced?.('INSERT INTO t') ?? 'never'}`,
  ...measures(dialect),
  ...tableWords(dialect),
  ...ddl(makeSchema(limits), dialect),
]

for (const [name, { dialect, of }] of Object.entries(variants))
  test(`words of ${name}`, () => {
    const base = of === undefined ? undefined : variants[of]
    const known = new Set(base === undefined ? [] : wordsOf(base.dialect))
    const lines = [`of ${of ?? 'itself'}`, ...wordsOf(dialect).filter((line) => !known.has(line))]
    compareGolden(`words/${name.replaceAll(/\W+/g, '-')}.txt`, `${lines.join('\n')}\n`)
  })

const versions = ['10.11.19-MariaDB-0+deb12u1', '5.5.5-10.6.2-MariaDB', '10.5.9-mariadb', '11.0-MariaDB', '8.0.42', '5.7.1', '9.1', 'none']
const moments = ['2026-01-31', '2026-01-31 09:30', '2026-01-31T09:30:05', '2026-01-31 09:30:05.1', '2026-01-31 09:30:05.123999z', '2026-02-30']
const zoned = ['2026-01-31 09:30+02:00', '2026-01-31 09:30:00 -00:30', '2026-01-31 24:00', '2026-01-31x', '12:00', 7, null]
const decimals = ['0', '-0.00', '1.5', '-1.50', '12.345', '0.001', '99999999999999999999', `1${'0'.repeat(61)}`, `0.${'0'.repeat(37)}19`, '0.1']
const doubles = [0, -0, 1.5, 1e21, -1.25e-7, 1.5e300, 123456789012345680000]

function loose(): string[] {
  const column = (field: string): string => Thing.fields.get(field)?.column ?? field
  return [
    ...versions.map((version) => `${version}: ${JSON.stringify(flavourOf(version))} ${titleOf(version)} ${isSupported(flavourOf(version))}`),
    ...[...moments, ...zoned].map((moment) => `moment ${shown(moment)}: ${momentOf(moment)} ${isStranger(momentOf(moment))}`),
    ...[...decimals, ...doubles, null, 'x', '1e5'].map(
      (value) => `units ${shown(value)}: ${[0, 2, 9].map((scale) => shown(unitsOf(value, scale))).join(' ')}`,
    ),
    ...[150n, -7n, 0n].map((units) => `number of ${units}: ${numberOfUnits(units, 2)} ${numberOfUnits(units, 0)}`),
    ...decimals.map((value) => {
      const ways = [() => shown(toScaled(value, 2)), () => fromScaled(toScaled(value, 3), 3), () => toSortable(value, 30, 4)]
      const back = [() => fromSortable(toSortable(value, 30, 4), 4), () => toWide(value), () => fromWide(toWide(value), 2)]
      return `decimal ${value}: ${[...ways, ...back].map(tried).join(' ')}`
    }),
    ...doubles.map((value) => `digits ${shown(value)}: ${plainDigits(value)}`),
    ...['2 1 5 7 9', '0', '3 0 1'].map((text) => `total ${text}: ${tried(() => `${totalOf(text, 19).sum} ${totalOf(text, 30).count}`)}`),
    ...names.flatMap((name) =>
      ['DATETIME', 'TIMESTAMP', 'DATE', 'NUMERIC', 'DECIMAL', 'BOOLEAN', 'CHAR', 'JSON', 'BIGINT', 'DOUBLE', 'BLOB', 'VARCHAR', ''].map(
        (base) =>
          `${name} in ${base}: ${foreignWay(types[name].type, base.toLowerCase()) ?? 'plain'} ${foreignWay(types[name].type, base) ?? 'plain'}`,
      ),
    ),
    `no foreign columns: ${sqliteForeign([]) === undefined} ${postgresForeign([]) === undefined}`,
    sqliteColumns,
    postgresColumns,
    ...helperFunctions().map(({ name, text }) => `${name}: ${text.length} ${hash(text)}`),
    ...(['mariadb', 'mysql'] as const).map((kind) => `folding of ${kind}: ${hash(createFold({ kind, version: [10, 11] }))}`),
    `columns: ${JSON.stringify(fieldsOfColumns(Thing, ['name__fold', 'nick', column('price'), 'nick', 'none', 'name']))}`,
  ]
}

test('words that no dialect has to itself', () => compareGolden('words/all.txt', `${loose().join('\n')}\n`))
