/**
 * Prisma clients for tests: one without models of its own for a database of each kind, made once by Prisma's own generator.
 * In charge of making it where several test files ask at once; must not know what is asked of it.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { PrismaClientLike } from '../../src/adapters/prisma/adapter.ts'

export type PrismaProvider = 'sqlite' | 'postgresql' | 'mysql'

const root = join(import.meta.dirname, '../..')
const places = new Map<PrismaProvider, Promise<string>>()

const schemaOf = (provider: PrismaProvider): string => `generator client {
  provider = "prisma-client"
  output = "./client"
  importFileExtension = "ts"
}

datasource db {
  provider = "${provider}"
}

model Unused {
  id Int @id
}
`

/** Folder of the client. Inside the repository, so that it finds its packages; git does not look there. */
async function generated(provider: PrismaProvider): Promise<string> {
  const { default: prisma } = (await import('prisma/package.json', { with: { type: 'json' } })) as { default: { version: string } }
  const home = join(root, '.tmp')
  const place = join(home, `prisma-client-${prisma.version}-${provider}`)
  if (existsSync(place)) return place
  mkdirSync(home, { recursive: true })
  const folder = mkdtempSync(join(home, 'prisma-new-'))
  writeFileSync(join(folder, 'prisma.config.ts'), "export default { schema: 'schema.prisma', datasource: { url: 'file:./none.db' } }\n")
  writeFileSync(join(folder, 'schema.prisma'), schemaOf(provider))
  // The variable keeps it from fetching an engine that generating has no use for.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], { cwd: folder, env })
  try {
    renameSync(folder, place)
  } catch (error) {
    // Another process was faster.
    if (!existsSync(place)) throw error
    rmSync(folder, { recursive: true, force: true })
  }
  return place
}

async function driverFor(provider: PrismaProvider, url: string): Promise<unknown> {
  switch (provider) {
    case 'sqlite':
      return new (await import('@prisma/adapter-better-sqlite3')).PrismaBetterSqlite3({ url })
    case 'postgresql':
      return new (await import('@prisma/adapter-pg')).PrismaPg({ connectionString: url })
    case 'mysql':
      return new (await import('@prisma/adapter-mariadb')).PrismaMariaDb(url)
  }
}

/** A client of its own on that database. Whoever asks ends it. */
export async function prismaClient(provider: PrismaProvider, url: string): Promise<PrismaClientLike> {
  const place = places.get(provider) ?? generated(provider)
  places.set(provider, place)
  const { PrismaClient } = (await import(pathToFileURL(join(await place, 'client/client.ts')).href)) as {
    PrismaClient: new (options: { adapter: unknown }) => PrismaClientLike
  }
  return new PrismaClient({ adapter: await driverFor(provider, url) })
}
