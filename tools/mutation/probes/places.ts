/** The list of paths as probes: a kind of operation is one body, which looks at every place of it in two databases that must tell the same. */
import assert from 'node:assert/strict'
import { type Guard, type Position, paths } from '../../../src/policy/paths.ts'
import type { OperationKind } from '../../../src/schema/entity.ts'
import { type Probe as Asked, probesAt } from '../../../test/oracle/paths/probes.ts'
import { PathsLab, type Version } from '../../../test/oracle/paths/world.ts'
import { type Probe, probeOf } from './probe.ts'

const counterpart: Readonly<Record<Guard, Version>> = {
  unknown: 'withoutHidden',
  blind: 'otherValues',
  absent: 'withoutInvisible',
  taken: 'withoutInvisible',
}

async function guarded(kind: OperationKind): Promise<void> {
  const labs = new Map<Version, PathsLab>()
  const answer = async (version: Version, asked: Asked): Promise<string> => {
    const lab = labs.get(version) ?? (await PathsLab.open('memory', version))
    labs.set(version, lab)
    return JSON.stringify(await lab.answer(asked, 'alone'))
  }
  try {
    for (const position of Object.keys(paths[kind]) as Position[])
      for (const asked of probesAt(kind, position)) {
        const here = await answer('whole', asked)
        if (asked.guard === 'taken') assert.ok(here.includes('"CONFLICT"'))
        else assert.equal(here, await answer(counterpart[asked.guard], asked))
      }
  } finally {
    for (const lab of labs.values()) await lab.close()
  }
}

export const placeProbe = (): Probe =>
  probeOf('paths on memory', () => (Object.keys(paths) as OperationKind[]).map((kind) => ({ name: kind, run: () => guarded(kind) })))
