/** Databases as the samples of each server are: introspected, taken over, and worked on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOf } from '../../support/databases.ts'
import { fixture, type Kind, withDatabase } from '../live.ts'
import { onTaken, readEverything } from './walk.ts'
import { writeEverything } from './write.ts'

interface Sample {
  readonly kind: Kind
  readonly name: string
  readonly file: string
  /** What the take-over says of columns, beginnings of it. */
  readonly tells: readonly string[]
  /** Entities of which the database lets nobody create rows like the first. */
  readonly closed?: readonly string[]
  /** Fields whose columns hold less than the schema says: less than Unicode, or with a reference that a schema cannot say. */
  readonly narrow?: readonly string[]
}

const samples: readonly Sample[] = [
  { kind: 'postgresql', name: 'a video club', file: 'video-club.postgres.sql', tells: ['Movie: the column movie.words', 'Tongue.name: '] },
  {
    kind: 'mysql',
    name: 'a video club',
    file: 'video-club.mariadb.sql',
    tells: ['Place: the column place.location', 'Tongue.name: '],
    closed: ['Place', 'Shop'],
    narrow: ['Land.land', 'Shop.managerId'],
  },
  { kind: 'sqlite', name: 'a shop for recordings', file: 'records.sqlite.sql', tells: ['Sale.saleDate: '] },
  { kind: 'sqlite', name: 'traders', file: 'traders.sqlite.sql', tells: ['Order.orderDate: '] },
  { kind: 'postgresql', name: 'traders', file: 'traders.postgres.sql', tells: ['Buyer.buyerId: ', 'Buyer.mail: '] },
]

for (const { kind, name, file, tells, closed = [], narrow = [] } of samples) {
  test(
    `${kind}: ${name} is introspected, taken over and worked on; every value is exact`,
    kind === 'sqlite' ? {} : { skip: serverOf(kind).skip },
    () =>
      withDatabase(kind, fixture(`samples/${file}`), (url) =>
        onTaken(
          kind,
          url,
          async (taken) => {
            for (const told of tells)
              assert.ok(
                taken.adopted.differs.some((text) => text.startsWith(told)),
                told,
              )
            await readEverything(taken)
            await writeEverything(taken, new Set(closed), new Set(narrow))
          },
          name === 'traders' ? 'worker' : 'inline',
        ),
      ),
  )
}
