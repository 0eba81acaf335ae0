/** Groups and measures as one SELECT, exact where the values are. In charge of aggregation only; must not know drivers. */
import { DBALError } from '../../errors/error.ts'
import type { Aggregate, AggregateOperand, Having, Measure } from '../../query/ast.ts'
import { type Typed as Cell, type Dialect, meeting } from './dialect.ts'
import { codecOf, isSource, operandSql } from './operand.ts'
import { compared, predicateSql, whereSql, within } from './predicate.ts'
import { type CompiledRead, columnCodec, columnOf, conditions, listSql } from './read.ts'
import { bindScalar, fromSql, type Scope, Statement } from './scope.ts'

interface Cells {
  readonly groups: readonly Cell[]
  readonly measures: readonly Cell[]
}

export function compileAggregate(query: Aggregate, dialect: Dialect): CompiledRead {
  const statement = new Statement(dialect, true)
  const scope = statement.scope(query.entity)
  const groups = query.groupBy.map((column) => ({ sql: columnOf(scope, column), codec: columnCodec(scope, column) }))
  const measures = query.measures.map((measure) => measureCell(scope, measure))
  const cells: Cells = { groups, measures }
  const all = [...groups, ...measures]
  const where = conditions(scope, query.where)
  // Counting a whole table needs no visit of its rows and so no deadline.
  const whole = where.length === 0 && groups.length === 0 && query.measures.every((measure) => measure.fn === 'count')
  const text = [
    `SELECT ${listSql(dialect, all.length === 0 ? [{ sql: 'count(*)', decode: undefined }] : all.map(({ sql, codec }) => ({ sql: codec.select(sql), decode: codec.decode })))} FROM ${fromSql(scope)}`,
    whole ? '' : whereSql(scope, where),
    groups.length === 0 ? '' : ` GROUP BY ${groups.map(({ sql, codec }) => dialect.groupKey?.(sql, codec) ?? sql).join(', ')}`,
    query.having === undefined ? '' : ` HAVING ${havingSql(scope, cells, query.having)}`,
    orderSql(query, cells, dialect),
    dialect.limit(query.limit === undefined ? undefined : operandSql(scope, query.limit, predicateSql), undefined),
  ].join('')
  return { text, statement, decode: all.map((cell) => cell.codec.decode) }
}

function measureCell(scope: Scope, measure: Measure): Cell {
  const { dialect } = scope.statement
  if (measure.fn === 'count') return dialect.count
  const column = columnOf(scope, measure.column)
  switch (measure.fn) {
    case 'sum':
      return dialect.sum(column, measure.type)
    case 'avg':
      return dialect.avg(column, measure.type)
    default:
      return dialect.extreme(measure.fn, column, columnCodec(scope, measure.column))
  }
}

function cellOf(cells: Cells, operand: AggregateOperand): Cell {
  return (operand.kind === 'group' ? cells.groups : cells.measures)[operand.index] as Cell
}

/** CAPABILITY_NOT_SUPPORTED where the database itself would have to know the value. */
function decided(cell: Cell): Cell {
  if (cell.undecided !== true) return cell
  const hint = 'This database does not compare or sort by this exact sum or mean: leave it out of having and sort'
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
}

/** Groups that the given order leaves equal follow their values, ascending. */
function orderSql(query: Aggregate, cells: Cells, dialect: Dialect): string {
  const ordered = (cell: Cell, direction: 'asc' | 'desc'): string => dialect.orderKey(decided(cell).sql, direction, cell.codec, true)
  const given = query.order.map((key) => ordered(cellOf(cells, key.by), key.direction))
  const named = new Set(query.order.flatMap((key) => (key.by.kind === 'group' ? [key.by.index] : [])))
  const rest = cells.groups.filter((_, i) => !named.has(i)).map((cell) => ordered(cell, 'asc'))
  const all = [...given, ...rest]
  return all.length === 0 ? '' : ` ORDER BY ${all.join(', ')}`
}

function havingSql(scope: Scope, cells: Cells, node: Having): string {
  switch (node.kind) {
    case 'and':
      return node.all.length === 0 ? scope.statement.dialect.yes : `(${node.all.map((part) => havingSql(scope, cells, part)).join(' AND ')})`
    case 'or':
      return node.any.length === 0 ? scope.statement.dialect.no : `(${node.any.map((part) => havingSql(scope, cells, part)).join(' OR ')})`
    case 'not':
      return `(NOT ${havingSql(scope, cells, node.of)})`
    case 'isNull':
      return `(${cellOf(cells, node.of).sql} IS NULL)`
    case 'in': {
      const cell = decided(cellOf(cells, node.left))
      // MariaDB finds no group by a bare max or min that is looked for in a subquery.
      return `(${within(scope, node.left.kind === 'group' ? cell : { ...cell, sql: `coalesce(${cell.sql}, NULL)` }, node.list)})`
    }
    case 'compare': {
      const cell = decided(cellOf(cells, node.left))
      const own = codecOf(scope, node.right)
      const { dialect } = scope.statement
      const codec = meeting(dialect, cell.codec, own)
      if (codec === undefined) return `(${compared(dialect, node.op, cell.sql, operandSql(scope, node.right, predicateSql), cell.codec)})`
      const right = isSource(node.right) ? bindScalar(scope.statement, node.right, codec) : own.wide(operandSql(scope, node.right, predicateSql))
      return `(${compared(dialect, node.op, cell.codec.wide(cell.sql), right, codec)})`
    }
  }
}
