/** A forest as one recursive statement. In charge of walking from roots to children; must not know drivers. */
import type { Tree } from '../../query/ast.ts'
import type { Dialect } from './dialect.ts'
import { whereSql } from './predicate.ts'
import { type CompiledRead, conditions, listSql, selected } from './read.ts'
import { columnSql, fieldOf, fromSql, Statement } from './scope.ts'

/**
 * Keys are gathered with UNION, which drops repeats: a root below another root is answered once, and a cycle ends.
 * Each arm asks `where` of its own row, so nothing is reached through a row that is not of `where`.
 */
export function compileTree(query: Tree, dialect: Dialect): CompiledRead {
  const statement = new Statement(dialect, true)
  const key = query.entity.key[0] as string
  const root = statement.scope(query.entity)
  const child = statement.scope(query.entity)
  const row = statement.scope(query.entity)
  const column = (scope: typeof root): string => columnSql(scope, fieldOf(query.entity, key))
  const start = [...conditions(root, query.where), ...conditions(root, query.root)]
  const parent = columnSql(child, fieldOf(query.entity, query.parent.field))
  const { guard } = query.parent
  const below = [...(guard === undefined ? [] : conditions(child, guard)), ...conditions(child, query.where)]
  const list = selected(row, query.columns, query.probes)
  const text =
    `WITH RECURSIVE walk(k) AS (SELECT ${column(root)} FROM ${fromSql(root)}${whereSql(root, start)}` +
    ` UNION SELECT ${column(child)} FROM walk JOIN ${fromSql(child)} ON ${parent} = walk.k${whereSql(child, below)})` +
    ` SELECT ${listSql(dialect, list)} FROM walk JOIN ${fromSql(row)} ON ${column(row)} = walk.k`
  return { text, statement, decode: list.map((item) => item.decode) }
}
