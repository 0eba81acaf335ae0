/** One column as a member of a Prisma model. In charge of its type, default and comments; must not know relations. */
import type { Dialect } from '../../adapters/sql/dialect.ts'
import { shadowColumn } from '../../adapters/sql/scope.ts'
import type { Entity, Field, Value } from '../../schema/entity.ts'
import { memberName } from './names.ts'
import { type Native, nativeOf, type Provider } from './native.ts'

export interface Member {
  readonly comments: readonly string[]
  readonly name: string
  readonly type: string
  readonly attributes: readonly string[]
  /** Empty for relations. */
  readonly column: string
}

const unbroken = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')

/** A text of Prisma's language: JSON's, which it follows. */
export const quoted = (text: string): string => JSON.stringify(text)

/** The column of a field, and behind it the one with its folded form. */
export function membersOf(entity: Entity, field: Field, provider: Provider, dialect: Dialect): Member[] {
  const column = dialect.codec(field).column
  const native = nativeOf(provider, column, field.type)
  const member: Member = {
    comments: commentsOf(field, native, provider, dialect),
    name: memberName(field.name),
    type: `${native.scalar}${field.nullable ? '?' : ''}`,
    attributes: [
      ...(entity.key.length === 1 && entity.key[0] === field.name ? ['@id'] : []),
      ...defaultOf(field, native, dialect),
      ...(field.autoUpdate && native.scalar === 'DateTime' ? ['@updatedAt'] : []),
      ...mapped(field.name, field.column),
      ...(native.attribute === undefined ? [] : [native.attribute]),
    ],
    column: field.column,
  }
  return field.unique === 'insensitive' ? [member, shadowOf(field, native)] : [member]
}

function shadowOf(field: Field, native: Native): Member {
  const column = shadowColumn(field)
  const name = `${field.name}__fold`
  return {
    comments: [
      `// The folded form of ${field.name}, by which it is unique. DBAL keeps it: rows that are written past DBAL must bring it themselves.`,
    ],
    name: memberName(name),
    type: `${native.scalar}${field.nullable ? '?' : ''}`,
    attributes: [...mapped(name, column), ...(native.attribute === undefined ? [] : [native.attribute])],
    column,
  }
}

function mapped(name: string, column: string): string[] {
  return memberName(name) === column ? [] : [`@map(${quoted(column)})`]
}

/** What a reader of the database must know and Prisma's language has no word for. */
function commentsOf(field: Field, native: Native, provider: Provider, dialect: Dialect): string[] {
  const comments: string[] = []
  if (field.description !== undefined) comments.push(`/// ${unbroken(field.description.trim())}`)
  if (provider === 'sqlite' && field.type === 'decimal') {
    comments.push(
      native.scalar === 'BigInt'
        ? `// A decimal with ${field.scale ?? 0} digits behind the point, as a whole number of its smallest unit.`
        : '// A decimal as text whose order is the order of the numbers.',
    )
  }
  if (provider === 'sqlite' && field.type === 'datetime') comments.push('// A moment as text: YYYY-MM-DDTHH:mm:ss.sssZ.')
  if (field.generated && (field.type === 'integer' || field.type === 'bigint'))
    comments.push('// Counted by DBAL: rows that are written past it must bring it themselves.')
  const checks = dialect.checks(dialect.quote(field.column), field)
  if (checks.length > 0) comments.push(`// CHECK (${unbroken(checks.join(' AND '))})`)
  return comments
}

/** Prisma's client fills these in by itself, whatever the table has. */
function defaultOf(field: Field, native: Native, dialect: Dialect): string[] {
  const { type, default: given } = field
  if (field.generated && type === 'uuid') return ['@default(uuid(7))']
  if (field.generated && type === 'cuid') return ['@default(cuid(2))']
  if ((field.generated && (type === 'datetime' || type === 'date')) || given === 'now') return native.scalar === 'DateTime' ? ['@default(now())'] : []
  if (given === undefined || given === null) return []
  return [`@default(${constant(given, type, native, dialect, field)})`]
}

function constant(value: Value, type: Field['type'], { scalar }: Native, dialect: Dialect, field: Field): string {
  if (type === 'json') return quoted(JSON.stringify(value))
  if (type === 'date' && scalar === 'DateTime') return quoted(`${String(value)}T00:00:00.000Z`)
  // What a decimal looks like in the column is the dialect's own affair.
  if (type === 'decimal' && scalar !== 'Decimal') {
    const physical = dialect.codec(field).encode(value)
    return typeof physical === 'string' ? quoted(physical) : String(physical)
  }
  return scalar === 'String' || scalar === 'DateTime' || scalar === 'Bytes' ? quoted(String(value)) : String(value)
}
