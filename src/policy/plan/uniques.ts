/** Plans the question which unique values are taken, for a write that a database refused. In charge of what is asked, and in which order. */
import type { Read } from '../../query/ast.ts'
import { and, field } from '../../query/build.ts'
import type { Entity } from '../../schema/entity.ts'
import { keyIn, type Making, typeOf } from './layout.ts'
import type { UniquePlan } from './plan.ts'

/** Key, unique fields, unique indexes: the order in which clashes are named, on every backend. */
function uniquesOf(entity: Entity): readonly { readonly fields: readonly string[]; readonly folded: boolean }[] {
  const single = [...entity.fields.values()].filter((f) => f.unique !== false && !(entity.key.length === 1 && entity.key[0] === f.name))
  const within = (fields: readonly string[]) => (entity.tenant === undefined || fields.includes(entity.tenant) ? fields : [entity.tenant, ...fields])
  return [
    { fields: entity.key, folded: false },
    ...single.map((f) => ({ fields: within([f.name]), folded: f.unique === 'insensitive' })),
    ...entity.indexes.filter((index) => index.unique).map((index) => ({ fields: within(index.fields), folded: false })),
  ]
}

/**
 * One question per unique that the write can have broken; none where that is one at most, because then the database has said it.
 * `changed` absent: a new row. A unique of which an update changes only a part is left to what the database says.
 */
export function planUniques(entity: Entity, changed: ReadonlySet<string> | undefined, making: Making): readonly UniquePlan[] {
  const touched = uniquesOf(entity).filter(({ fields }) => changed === undefined || fields.every((f) => f === entity.tenant || changed.has(f)))
  if (touched.length < 2) return []
  return touched.map(({ fields, folded }) => {
    const columns = entity.key.map((name) => ({ field: name }))
    const read = { kind: 'read', entity, columns, probes: [], order: [], total: false, reach: 'many' } as const
    if (!folded) {
      const link = keyIn(entity, fields, making)
      return { fields, folded, query: making.mint<Read>({ ...read, where: link.where }), values: link.param }
    }
    const last = fields.at(-1) as string
    const { index, operand } = making.params.reserve(typeOf(entity, last))
    const tenant = fields.length > 1 ? keyIn(entity, [fields[0] as string], making) : undefined
    const where = and({ kind: 'in', left: field(last), list: operand, insensitive: true }, ...(tenant === undefined ? [] : [tenant.where]))
    return { fields, folded, query: making.mint<Read>({ ...read, where }), values: index, ...(tenant === undefined ? {} : { tenants: tenant.param }) }
  })
}
