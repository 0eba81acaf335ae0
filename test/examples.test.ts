/** The examples run as their readers run them, and print what their data says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { musicData } from '../examples/music-store/data.ts'
import { typeErrors } from './support/page-code.ts'
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
