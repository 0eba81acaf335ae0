/** Export to text and import of text through an engine, as the commands do it. In charge of the steps; must not know what is copied. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Caller } from '../../src/cli/transfer/identity.ts'
import { Shaping } from '../../src/cli/transfer/keys.ts'
import { RowFile } from '../../src/cli/transfer/lines.ts'
import { Lines } from '../../src/cli/transfer/output.ts'
import { planOf } from '../../src/cli/transfer/plan.ts'
import { progressOn } from '../../src/cli/transfer/progress.ts'
import { exportRows } from '../../src/cli/transfer/read.ts'
import { type Written, writeRows } from '../../src/cli/transfer/write.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { DBALError } from '../../src/errors/error.ts'
import { copyingPrincipal, type Principal } from '../../src/policy/principal.ts'

const silent = { isTTY: false } as NodeJS.WriteStream
const progress = progressOn(silent, '')
export const copying = copyingPrincipal('test')

export async function exported(engine: Engine, who: Principal = copying, only?: ReadonlySet<string>): Promise<string> {
  const parts: string[] = []
  const paper = new Writable({
    write: (part: Buffer, _encoding, done) => {
      parts.push(part.toString('utf8'))
      done()
    },
  })
  const lines = new Lines(paper)
  await exportRows(engine.world().schema, new Caller(engine, who), { ...(only === undefined ? {} : { only }), lines, progress })
  await lines.end()
  return parts.join('')
}

export interface Asked {
  readonly who?: Principal
  readonly newKeys?: boolean
  readonly skipExisting?: boolean
  readonly omit?: Readonly<Record<string, readonly string[]>>
}

/** What was written, or the refusal. */
export async function imported(engine: Engine, text: string, { who = copying, newKeys = false, skipExisting = false, omit = {} }: Asked = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-copy-'))
  writeFileSync(join(folder, 'rows'), text)
  const file = await RowFile.open(join(folder, 'rows'))
  const written: Written = new Map()
  try {
    const { schema } = engine.world()
    const left = new Map(Object.entries(omit).map(([entity, fields]) => [entity, new Set(fields)]))
    const shaping = new Shaping(schema, left, newKeys, who.kind === 'system')
    const planned = await planOf(file, schema)
    await writeRows(planned.inOrder(), new Caller(engine, who), schema, { skipExisting, shaping, progress }, written)
    return { written }
  } catch (error) {
    return { written, error: error as DBALError }
  } finally {
    await file.close()
    rmSync(folder, { recursive: true })
  }
}

export const linesOf = (rows: readonly (readonly [entity: string, row: object])[]): string =>
  rows.map(([entity, row]) => `${JSON.stringify({ entity, row })}\n`).join('')
