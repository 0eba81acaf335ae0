/** The examples run as their readers run them, and print what their data says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { musicData } from '../examples/music-store/data.ts'
import { typeErrors } from './support/pages/code.ts'
import { build, Project, repository } from './support/project.ts'

const folder = join(repository, 'examples/music-store')
const { rows, accounts } = musicData(String)

/** What a customer has paid, in cents: counted here from the rows, by the example through the client. */
function paidBy(customerId: number): string | null {
  const totals = (rows.get('Invoice') ?? [])
    .filter((invoice) => invoice['customerId'] === customerId && invoice['status'] === 'paid')
    .map((invoice) => Number(invoice['total']))
  return totals.length === 0 ? null : totals.reduce((sum, total) => sum + total, 0).toFixed(2)
}

function playlistsOf(account: number): number {
  return (rows.get('Playlist') ?? []).filter((list) => list['isPublic'] === true || list['userId'] === String(account)).length
}

test('the music store gives the same answers through both doors', { timeout: 120_000 }, async () => {
  build()
  const project = new Project()
  try {
    const { code, output } = await project.run(`node ${join(folder, 'example.ts')} '${project.folder}'`)
    const count = [...rows.values()].reduce((sum, list) => sum + list.length, 0)
    assert.equal(code, 0, output)
    assert.deepEqual(output.trimEnd().split('\n'), [
      `${count} rows and ${accounts.length} accounts`,
      ...[0, 1, 2].map((i) => `listener${i + 1} has paid ${paidBy(i + 1) ?? '0.00'} and sees ${playlistsOf(i)} playlists`),
      'both doors gave the same answers',
    ])
    assert.ok(count > 3000, 'a few thousand rows')
  } finally {
    await project.close()
  }
})

test('an application that uses Prisma already is asked through DBAL, and its tables stay as they are', { timeout: 120_000 }, async () => {
  build()
  const project = new Project()
  const app = join(repository, 'examples/prisma-app')
  try {
    const prisma = `node '${join(repository, 'node_modules/prisma/build/index.js')}' generate`
    const made = await project.run(`(cd '${app}' && PRISMA_SCHEMA_ENGINE_BINARY=/bin/false CHECKPOINT_DISABLE=1 ${prisma})`)
    assert.equal(made.code, 0, made.output)
    const { code, output } = await project.run(`node ${join(app, 'example.ts')} '${project.folder}'`)
    assert.equal(code, 0, output)
    assert.deepEqual(output.trimEnd().split('\n'), [
      'everybody sees 2 of 4 pages, published 2026-02-01T00:00:00.000Z',
      'Ada sees 1 of her own that are not published',
      'Ben may not change it: NOT_FOUND',
      'Ada publishes it; Prisma reads 2026-03-01T12:00:00.000Z',
      "Ada's new site belongs to Ada and has 9007199254740995 visits",
      'A slug that is taken: CONFLICT',
      'published since February: 3',
      "comment 5 is DBAL's, the next one Prisma's",
      'through the daemon Ada sees the same 3 pages',
      'the tables of the application are as they were',
    ])
  } finally {
    await project.close()
  }
})

test('the music store compiles against the package', { timeout: 60_000 }, async () => {
  build()
  const project = new Project()
  try {
    const files = ['data.ts', 'example.ts'].map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)
    assert.deepEqual(typeErrors(project.folder, new Map(files)), [])
  } finally {
    await project.close()
  }
})
