/**
 * Every place of the list of paths is guarded: what the caller gets there is what it gets in a database where what is hidden does not
 * exist, where hidden values are others, where invisible rows are not. Made from the list; and with all rules forgotten each probe differs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Guard, type Position, paths } from '../../src/policy/paths.ts'
import type { OperationKind } from '../../src/schema/entity.ts'
import { backendNames, skipOf } from '../backends/backends.ts'
import { type Probe, probesAt } from './paths/probes.ts'
import { type Carrier, carriers, isReading, lawless, PathsLab, type Version } from './paths/world.ts'
import type { Answered } from './program/transcript.ts'

const kinds = Object.keys(paths) as OperationKind[]
const placesOf = (kind: OperationKind) => Object.keys(paths[kind]) as Position[]

/** Where the guarded thing is not, or is another. */
const counterpart: Readonly<Record<Guard, Version>> = {
  unknown: 'withoutHidden',
  blind: 'otherValues',
  absent: 'withoutInvisible',
  taken: 'withoutInvisible',
}

type Labs = Readonly<Record<Version, PathsLab>>
const close = (labs: Labs) => Promise.all(Object.values(labs).map((lab) => lab.close()))
async function openAll(open: (version: Version) => Promise<PathsLab>): Promise<Labs> {
  const [whole, withoutHidden, otherValues, withoutInvisible] = [
    await open('whole'),
    await open('withoutHidden'),
    await open('otherValues'),
    await open('withoutInvisible'),
  ]
  return { whole, withoutHidden, otherValues, withoutInvisible }
}

interface Both {
  readonly here: Answered
  readonly there: Answered
  /** A refusal left the tables as they were. */
  readonly clean: boolean
}

async function ask(labs: Labs, probe: Probe, carrier: Carrier): Promise<Both> {
  const one = async (lab: PathsLab) => {
    const answer = await lab.answer(probe, carrier)
    return { answer, clean: !('error' in answer) || isReading(probe) || (await lab.untouched()) }
  }
  const here = await one(labs.whole)
  const there = await one(labs[counterpart[probe.guard]])
  return { here: here.answer, there: there.answer, clean: here.clean && there.clean }
}

const told = (probe: Probe, { here, there }: Both): string =>
  `${JSON.stringify({ method: probe.method, params: probe.params, then: probe.then })}\nhere  ${JSON.stringify(here)}\nthere ${JSON.stringify(there)}`

/** A value that only invisible rows and hidden fields have. */
const tells = /three|shut|"bh"|"sh"/

for (const backend of backendNames) {
  test(`${backend}: every path is guarded`, { skip: skipOf(backend) }, async (t) => {
    const labs = await openAll((version) => PathsLab.open(backend, version))
    try {
      for (const kind of kinds) {
        for (const position of placesOf(kind)) {
          await t.test(`${kind}, ${position}: ${paths[kind][position]?.join(', ')}`, async () => {
            for (const carrier of ['memory', 'sqlite'].includes(backend) ? carriers : (['alone'] as const)) {
              for (const probe of probesAt(kind, position)) {
                if (probe.method === 'transaction' && carrier !== 'alone') continue
                const both = await ask(labs, probe, carrier)
                assert.ok(both.clean, `refused, and yet wrote: ${told(probe, both)}`)
                if (probe.guard === 'taken') {
                  assert.equal('error' in both.here && both.here.error.name, 'CONFLICT', told(probe, both))
                  assert.doesNotMatch(JSON.stringify(both.here), tells)
                } else assert.equal(JSON.stringify(both.here), JSON.stringify(both.there), `${carrier}: ${told(probe, both)}`)
                if (probe.guard === 'unknown' && position !== 'answer' && position !== 'returning')
                  assert.ok('error' in both.here && both.here.error.name === 'VALIDATION_ERROR', told(probe, both))
              }
            }
          })
        }
      }
    } finally {
      await close(labs)
    }
  })
}

test('with all rules forgotten every probe shows it', async (t) => {
  const labs = await openAll((version) => PathsLab.open('memory', version, lawless))
  try {
    for (const kind of kinds) {
      for (const position of placesOf(kind)) {
        await t.test(`${kind}, ${position}`, async () => {
          for (const probe of probesAt(kind, position).filter(({ guard }) => guard !== 'taken')) {
            const both = await ask(labs, probe, 'alone')
            assert.notEqual(JSON.stringify(both.here), JSON.stringify(both.there), told(probe, both))
          }
        })
      }
    }
  } finally {
    await close(labs)
  }
})
