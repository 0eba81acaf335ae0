/** Whether all contenders do the same work: their answers are compared with the first one's before anything is timed. */
import { strict as assert } from 'node:assert'
import { type Contender, type Page, plainly } from './contender.ts'
import type { ServerFixture } from './fixture.ts'

/** Throws where one answers otherwise, or stores something else than it was given. */
export async function agree(contenders: readonly Contender[], { pageIds, treePage }: ServerFixture, page: () => Page): Promise<void> {
  const id = pageIds[7] as string
  const [first] = contenders as readonly [Contender]
  const read = plainly(await first.read(id))
  const list = plainly(withoutPaging(await first.list()))
  const include = plainly(await first.include?.())
  const tree = shape((await first.tree?.(treePage)) ?? [])
  for (const contender of contenders) {
    const { name } = contender
    assert.equal(plainly(await contender.read(id)), read, `${name}: read`)
    assert.equal(plainly(withoutPaging(await contender.list())), list, `${name}: list`)
    if (contender.include !== undefined) assert.equal(plainly(await contender.include()), include, `${name}: include`)
    if (contender.tree !== undefined) assert.deepEqual(shape(await contender.tree(treePage)), tree, `${name}: tree`)
    await agreeOnWrites(contender, first, page)
  }
}

async function agreeOnWrites({ name, create, createMany, update }: Contender, { read }: Contender, page: () => Page): Promise<void> {
  if (create === undefined || createMany === undefined || update === undefined) return
  const given = page()
  const created = (await create(given)) as { id: string; slug: string }
  assert.equal(created.slug, given.slug, `${name}: create`)
  assert.deepEqual(columnsOf(await read(created.id)), { ...columnsOf(created), ...given }, `${name}: what was created`)
  const updated = (await update(created.id, name)) as { title: string }
  assert.equal(updated.title, name, `${name}: update`)
  assert.equal(((await read(created.id)) as { title: string }).title, name, `${name}: what was updated`)
  const many = [page(), page(), page()]
  assert.equal(await createMany(many), many.length, `${name}: createMany`)
}

const withoutPaging = ({ data, total }: { readonly data: readonly unknown[]; readonly total: number }) => ({ data, total })

function columnsOf(row: unknown): Record<string, unknown> {
  const { slug, title, level, layout, isActive } = JSON.parse(plainly(row)) as Record<string, unknown>
  return { slug, title, level, layout, isActive }
}

interface Branch {
  readonly id: string
  readonly children?: readonly Branch[]
}

/** Keys and who stands below whom. */
function shape(rows: readonly unknown[]): unknown {
  return (rows as readonly Branch[]).map(({ id, children = [] }) => [id, shape(children)])
}
