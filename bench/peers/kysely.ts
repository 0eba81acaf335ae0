/** Kysely: a query builder. Its statements are not named, as it has no way to; on MySQL a write does not return its row. */
import { Kysely, MysqlDialect, PostgresDialect, sql } from 'kysely'
import { type Contender, listLevel, type Node, nest, type Page, pageSize, type StoredPage, whole } from '../servers/contender.ts'
import type { Pools } from './open.ts'

interface Tables {
  pages: {
    id: string
    slug: string
    title: string
    description: string | null
    level: number
    layout: unknown
    is_active: boolean
    created_at: Date
    updated_at: Date
  }
  components: {
    id: string
    page_id: string
    parent_id: string | null
    component_type: string
    order: number
    props: unknown
    created_at: Date
    updated_at: Date
  }
}

const page = [
  'pages.id',
  'pages.slug',
  'pages.title',
  'pages.description',
  'pages.level',
  'pages.layout',
  'pages.is_active as isActive',
  'pages.created_at as createdAt',
  'pages.updated_at as updatedAt',
] as const
const component = [
  'id',
  'page_id as pageId',
  'parent_id as parentId',
  'component_type as componentType',
  'order',
  'props',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

export function openKysely({ pg, mysql }: Pools): Contender {
  const db = new Kysely<Tables>({ dialect: pg === undefined ? new MysqlDialect({ pool: mysql }) : new PostgresDialect({ pool: pg }) })
  const returns = pg !== undefined
  const read = async (id: string) => opened(await db.selectFrom('pages').select(page).where('id', '=', id).executeTakeFirstOrThrow())
  return {
    name: 'Kysely',
    read,
    async list() {
      const chosen = db.selectFrom('pages').where('level', '=', listLevel)
      const [data, { total }] = await Promise.all([
        chosen.select(page).orderBy('slug').limit(pageSize).execute(),
        chosen.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow(),
      ])
      return { data: data.map(opened), total: Number(total) }
    },
    async create(given) {
      const row = whole(given)
      const insert = db.insertInto('pages').values(columns(row))
      if (returns) return insert.returning(page).executeTakeFirstOrThrow()
      await insert.execute()
      return row
    },
    async createMany(pages) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('pages')
        .values(pages.map((each: Page) => columns(whole(each))))
        .executeTakeFirstOrThrow()
      return Number(numInsertedOrUpdatedRows)
    },
    async update(id, title) {
      const update = db.updateTable('pages').set({ title, updated_at: new Date() }).where('id', '=', id)
      if (returns) return update.returning(page).executeTakeFirstOrThrow()
      await update.execute()
      return read(id)
    },
    async include() {
      const rows = await db
        .selectFrom('components')
        .innerJoin('pages', 'pages.id', 'components.page_id')
        .select(component.map((name) => `components.${name}` as const))
        .select(({ ref }) => [
          ref('pages.id').as('p_id'),
          ref('pages.created_at').as('p_created'),
          ref('pages.updated_at').as('p_updated'),
          ref('pages.is_active').as('isActive'),
        ])
        .select(['pages.slug', 'pages.title', 'pages.description', 'pages.level', 'pages.layout'])
        .orderBy('components.id')
        .limit(pageSize)
        .execute()
      return rows.map(({ p_id: id, slug, title, description, level, layout, isActive, p_created: createdAt, p_updated: updatedAt, ...rest }) => ({
        ...opened(rest),
        page: opened({ id, slug, title, description, level, layout, isActive, createdAt, updatedAt }),
      }))
    },
    async tree(pageId) {
      const rows = await db
        .withRecursive('t', (with_) =>
          with_
            .selectFrom('components')
            .selectAll()
            .where('page_id', '=', pageId)
            .where('parent_id', 'is', null)
            .unionAll(with_.selectFrom('components').innerJoin('t', 't.id', 'components.parent_id').selectAll('components')),
        )
        .selectFrom('t')
        .select(component)
        .orderBy(sql.ref('order'))
        .execute()
      return nest(rows.map(opened) as unknown as Node[])
    },
    close: async () => undefined,
  }
}

const columns = ({ isActive, createdAt, updatedAt, layout, ...row }: StoredPage) => ({
  ...row,
  layout: JSON.stringify(layout),
  is_active: isActive,
  created_at: createdAt,
  updated_at: updatedAt,
})

/** JSON comes as text where the column was not declared as JSON. */
function opened<Row extends { layout?: unknown; props?: unknown }>(row: Row): Row {
  if (typeof row.layout === 'string') row.layout = JSON.parse(row.layout)
  if (typeof row.props === 'string') row.props = JSON.parse(row.props)
  return row
}
