/** The package as it is installed: what its manifest promises is there, and the program that `dbal init` leaves behind works. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, Project, repository } from '../support/project.ts'

test('every export of the package leads to a file', () => {
  build()
  const { exports } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  for (const [name, target] of Object.entries(exports))
    for (const file of typeof target === 'string' ? [target] : Object.values(target))
      assert.ok(existsSync(join(repository, file)), `${name}: ${file}`)
})

test('the example of dbal init talks to the daemon of its project', async () => {
  build()
  const project = new Project()
  try {
    const made = await project.run(
      `npx dbal init shop\ncd shop\necho 'correct horse battery' | npx dbal user add ada --role admin --email ada@example.com --password-stdin`,
    )
    assert.equal(made.code, 0, made.output)
    const port = /:(\d{4,5})\b/.exec(await project.start('npx dbal daemon --port 0', /:\d{4,5}\b/))?.[1] as string
    const example = join(project.folder, 'shop/example.mjs')
    writeFileSync(example, readFileSync(example, 'utf8').replaceAll('50051', port))
    const ran = await project.run("node example.mjs ada 'correct horse battery'")
    assert.equal(ran.code, 0, ran.output)
    assert.match(ran.output, /1 notes, the newest is Milk/)
  } finally {
    await project.close()
  }
})
