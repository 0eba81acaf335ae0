/** Drizzle: reads prepared once and named, as its documentation advises for speed. Its builder has no recursive query, so no tree. */
import { asc, count, eq, sql } from 'drizzle-orm'
import * as my from 'drizzle-orm/mysql-core'
import { drizzle as overMysql } from 'drizzle-orm/mysql2'
import { drizzle as overPostgres } from 'drizzle-orm/node-postgres'
import * as pg from 'drizzle-orm/pg-core'
import { type Contender, listLevel, pageSize, whole } from '../servers/contender.ts'
import type { Pools } from './open.ts'

export function openDrizzle(pools: Pools): Contender {
  return pools.pg === undefined ? onMysql(pools.mysql) : onPostgres(pools.pg)
}

function onPostgres(pool: NonNullable<Pools['pg']>): Contender {
  const time = (name: string) => pg.timestamp(name, { withTimezone: true, precision: 3, mode: 'date' }).notNull()
  const pages = pg.pgTable('pages', {
    id: pg.uuid('id').primaryKey(),
    slug: pg.text('slug').notNull(),
    title: pg.text('title').notNull(),
    description: pg.text('description'),
    level: pg.integer('level').notNull(),
    layout: pg.jsonb('layout').notNull(),
    isActive: pg.boolean('is_active').notNull(),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
  })
  const components = pg.pgTable('components', {
    id: pg.uuid('id').primaryKey(),
    pageId: pg.uuid('page_id').notNull(),
    parentId: pg.uuid('parent_id'),
    componentType: pg.text('component_type').notNull(),
    order: pg.integer('order').notNull(),
    props: pg.jsonb('props').notNull(),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
  })
  const db = overPostgres(pool)
  const level = eq(pages.level, sql.placeholder('level'))
  const read = db
    .select()
    .from(pages)
    .where(eq(pages.id, sql.placeholder('id')))
    .prepare('drizzle_read')
  const list = db.select().from(pages).where(level).orderBy(asc(pages.slug)).limit(pageSize).prepare('drizzle_list')
  const counted = db.select({ total: count() }).from(pages).where(level).prepare('drizzle_count')
  const update = db
    .update(pages)
    .set({ title: sql`${sql.placeholder('title')}`, updatedAt: sql`${sql.placeholder('now')}` })
    .where(eq(pages.id, sql.placeholder('id')))
    .returning()
    .prepare('drizzle_update')
  const joined = db
    .select()
    .from(components)
    .innerJoin(pages, eq(pages.id, components.pageId))
    .orderBy(asc(components.id))
    .limit(pageSize)
    .prepare('drizzle_include')
  return {
    name: 'Drizzle',
    read: async (id) => (await read.execute({ id }))[0],
    async list() {
      const [data, [found]] = await Promise.all([list.execute({ level: listLevel }), counted.execute({ level: listLevel })])
      return { data, total: found?.total ?? 0 }
    },
    create: async (given) => (await db.insert(pages).values(whole(given)).returning())[0],
    createMany: async (given) => (await db.insert(pages).values(given.map(whole))).rowCount ?? 0,
    update: async (id, title) => (await update.execute({ id, title, now: new Date().toISOString() }))[0],
    include: async () => (await joined.execute()).map((row) => ({ ...row.components, page: row.pages })),
    close: async () => undefined,
  }
}

function onMysql(pool: NonNullable<Pools['mysql']>): Contender {
  const time = (name: string) => my.datetime(name, { fsp: 3, mode: 'date' }).notNull()
  // The column holds JSON and was not declared so: Drizzle's own type would leave it as text.
  const json = my.customType<{ data: unknown; driverData: string }>({ dataType: () => 'longtext', toDriver: JSON.stringify, fromDriver: JSON.parse })
  const pages = my.mysqlTable('pages', {
    id: my.char('id', { length: 36 }).primaryKey(),
    slug: my.varchar('slug', { length: 255 }).notNull(),
    title: my.varchar('title', { length: 255 }).notNull(),
    description: my.longtext('description'),
    level: my.int('level').notNull(),
    layout: json('layout').notNull(),
    isActive: my.boolean('is_active').notNull(),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
  })
  const components = my.mysqlTable('components', {
    id: my.char('id', { length: 36 }).primaryKey(),
    pageId: my.char('page_id', { length: 36 }).notNull(),
    parentId: my.char('parent_id', { length: 36 }),
    componentType: my.varchar('component_type', { length: 100 }).notNull(),
    order: my.int('order').notNull(),
    props: json('props').notNull(),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
  })
  const db = overMysql(pool)
  const level = eq(pages.level, sql.placeholder('level'))
  const read = db
    .select()
    .from(pages)
    .where(eq(pages.id, sql.placeholder('id')))
    .prepare()
  const list = db.select().from(pages).where(level).orderBy(asc(pages.slug)).limit(pageSize).prepare()
  const counted = db.select({ total: count() }).from(pages).where(level).prepare()
  const joined = db.select().from(components).innerJoin(pages, eq(pages.id, components.pageId)).orderBy(asc(components.id)).limit(pageSize).prepare()
  const readOne = async (id: string) => (await read.execute({ id }))[0]
  return {
    name: 'Drizzle',
    read: readOne,
    async list() {
      const [data, [found]] = await Promise.all([list.execute({ level: listLevel }), counted.execute({ level: listLevel })])
      return { data, total: found?.total ?? 0 }
    },
    async create(given) {
      const row = whole(given)
      await db.insert(pages).values(row)
      return row
    },
    createMany: async (given) => (await db.insert(pages).values(given.map(whole)))[0].affectedRows,
    async update(id, title) {
      await db.update(pages).set({ title, updatedAt: new Date() }).where(eq(pages.id, id))
      return readOne(id)
    },
    include: async () => (await joined.execute()).map((row) => ({ ...row.components, page: row.pages })),
    close: async () => undefined,
  }
}
