/** Demo users of a new development database: one for each role. In charge of making them once; their passwords are random and kept nowhere in clear. */
import { randomBytes } from 'node:crypto'
import type { Engine } from '../engine/engine.ts'
import { DBALError } from '../errors/error.ts'
import { addUser, usersOf } from './accounts.ts'

export interface DemoUser {
  readonly username: string
  readonly password: string
}

/** 96 bits: more than anybody guesses, short enough to copy by hand. */
const passwordBytes = 12

export type Demo = { readonly made: readonly DemoUser[] } | { readonly present: readonly string[] }

/** One account for each role, named after it, where there is no account yet; else the names of those that there are. */
export async function demoUsers(engine: Engine): Promise<Demo> {
  const roles = [...engine.world().schema.roles.keys()].filter((role) => role !== 'public')
  const present = (await usersOf(engine, {})).map((row) => String(row['username']))
  if (present.length > 0) return { present: roles.filter((role) => present.includes(role)) }
  const made: DemoUser[] = []
  for (const role of roles) {
    const password = randomBytes(passwordBytes).toString('base64url')
    try {
      await addUser(engine, { username: role, role, email: `${role}@example.com` }, password, 'demo users')
      made.push({ username: role, password })
    } catch (error) {
      // A schema with accounts of its own may ask for more than a demo can know.
      if (!(error instanceof DBALError && error.code === 'VALIDATION_ERROR')) throw error
    }
  }
  return { made }
}
