/** Keys, uniques and indexes of a model, in Prisma's words. In charge of those; must not know types or relations. */
import type { IndexModel } from '../../adapters/sql/model/ddl.ts'
import type { Entity } from '../../schema/entity.ts'
import { type Member, quoted } from './member.ts'
import { memberName } from './names.ts'

/** Types without a bound of their own, of which MySQL keeps only a beginning in a key. */
const unbounded = /^@db\.(?:Tiny|Medium|Long)(?:Text|Blob)$/
/** As long as MySQL's keys are made by the dialect (dialects/mysql/tables.ts). */
const partOfLong = 191

/** The members with what the database makes unique by one column. */
export function marked(members: readonly Member[], indexes: readonly IndexModel[]): Member[] {
  const single = new Map(indexes.flatMap((index) => (index.unique && index.columns.length === 1 ? [[index.columns[0], index.name]] : [])))
  return members.map((member) => {
    const unique = single.get(member.column)
    if (unique === undefined) return member
    if (isUnbounded(member))
      return { ...member, comments: [...member.comments, `// UNIQUE ${quoted(unique)}, over a text that is too long for Prisma's word for it`] }
    return { ...member, attributes: inOrder([...member.attributes, `@unique(map: ${quoted(unique)})`]) }
  })
}

/** The lines at the end of a model about several columns. */
export function blocksOf(entity: Entity, members: readonly Member[], indexes: readonly IndexModel[]): string[] {
  const byColumn = new Map(members.map((member) => [member.column, member]))
  const lines = indexes.flatMap((index) => {
    if (index.unique && index.columns.length === 1) return []
    const parts = index.columns.map((column) => byColumn.get(column) as Member)
    if (index.unique && parts.some(isUnbounded))
      return [`// UNIQUE ${quoted(index.name)} (${parts.map(({ name }) => name).join(', ')}), over a text that is too long for Prisma's word for it`]
    const list = parts.map((member) => (isUnbounded(member) ? `${member.name}(length: ${partOfLong})` : member.name))
    return [`@@${index.unique ? 'unique' : 'index'}([${list.join(', ')}], map: ${quoted(index.name)})`]
  })
  return entity.key.length > 1 ? [`@@id([${entity.key.map(memberName).join(', ')}])`, ...lines] : lines
}

function isUnbounded({ attributes }: Member): boolean {
  return attributes.some((attribute) => unbounded.test(attribute))
}

/** What the database does with the column stands before what it is called, as in Prisma's own formatter. */
function inOrder(attributes: readonly string[]): string[] {
  const late = (attribute: string): boolean => attribute.startsWith('@map') || attribute.startsWith('@db.')
  return [...attributes.filter((attribute) => !late(attribute)), ...attributes.filter(late)]
}
