/** Rows behind the rules, the same for everybody: 100 users, each of whom may see one item in a hundred. Writes through DBAL; knows no SQL. */
import { DBALClient } from '../../src/exports/index.ts'
import { kindsOfRules } from './schema.ts'

const itemCount = 10_000
const userCount = 100

/** Whose rules are measured: user, lead of a team, member of it, tenant. */
export const caller = { id: 'u7', role: 'user', tenantId: 't7' } as const
const at = 7

/** Keys of the items that `caller` may see, whichever rule is asked. */
export const visibleIds: readonly number[] = Array.from({ length: itemCount / userCount }, (_, i) => i * userCount + at)

export type Opening = Omit<NonNullable<ConstructorParameters<typeof DBALClient>[0]>, 'mode' | 'auth' | 'endpoint'>

export async function fillRuleRows(opening: Opening): Promise<void> {
  const client = new DBALClient({ mode: 'development', ...opening })
  try {
    const system = client.asSystem('benchmark fixture')
    const users = Array.from({ length: userCount }, (_, i) => i)
    await system.entity('Team').createMany(users.map((i) => ({ id: i, leadId: `u${i}` })))
    await system.entity('Membership').createMany(users.map((i) => ({ id: i, teamId: i, userId: `u${i}` })))
    for (const { entity, value } of kindsOfRules) {
      for (let from = 0; from < itemCount; from += 1000) {
        const items = Array.from({ length: 1000 }, (_, i) => {
          const id = from + i
          const whose = id % userCount
          return { id, ownerId: `u${whose}`, teamId: whose, title: `Item ${id}`, ...(value === 'tenantId' ? { tenantId: `t${whose}` } : {}) }
        })
        await system.entity(entity).createMany(items)
      }
    }
  } finally {
    await client.close()
  }
}
