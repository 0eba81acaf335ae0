/**
 * `npm run two-worlds:time`: can a caller tell by the clock whether a row that it may not see is there? Calls about absent and about invisible
 * rows, in random order, and two statistical tests of their times. No test: clocks belong to quiet machines. Exit code 1 where they are
 * of different classes.
 * `--only sqlite|postgresql|mysql|mongodb|memory`, `--wire` through a daemon, `--samples N` of each kind.
 */
import { parseArgs } from 'node:util'
import { type BackendName, skipOf } from '../../test/backends/backends.ts'
import { type Lab, openLab } from '../../test/oracle/program/lab.ts'
import { type EntitySpec, principals, type RowSpec } from '../../test/oracle/program/spec.ts'
import type { Send } from '../../test/oracle/program/transcript.ts'
import { Wire } from '../../test/oracle/worlds/wire.ts'
import { kolmogorovSmirnov, median, permutation } from './statistics.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, wire: { type: 'boolean' }, samples: { type: 'string', default: '2000' } } })
const samples = Number(values.samples)
const warmUp = 300
/** Divisions tried: the least that it can say is 1 in this and one more, which is below `surely`. */
const rounds = 1_000
/** Told apart: seldomer than this by chance. A row that is there is compared with the rule, which takes its few instructions. */
const surely = 0.001
/** Another class of time: told apart, and by more than this part of the median. One look more or less is beyond it, as the planted one shows. */
const least = 0.25

const note: EntitySpec = {
  entity: 'Note',
  plural: 'notes',
  fields: { id: { type: 'string', primary: true }, ownerId: { type: 'string', required: true }, text: { type: 'string', required: true } },
  owner: 'ownerId',
  acl: { rules: [{ entity: 'Note', role: ['user'], operations: ['read', 'update', 'delete'], row_level_filter: 'ownerId = $user.id' }] },
}
const [, caller] = principals as readonly [unknown, (typeof principals)[number]]
const count = 500
const named = (kind: string, i: number): string => `${kind}${String(i % count).padStart(6, '0')}`
const rows: readonly RowSpec[] = ['mine', 'hers'].flatMap((kind) =>
  Array.from({ length: count }, (_, i) => ({
    entity: 'Note',
    row: { id: named(kind, i), ownerId: kind === 'mine' ? (caller.id as string) : 'somebody', text: 'x'.repeat(200) },
  })),
)

/** Calls that name one row, by its id. */
const calls = {
  read: (id: string) => ['read', ['Note', id]],
  update: (id: string) => ['update', ['Note', id, { text: 'y' }]],
  delete: (id: string) => ['delete', ['Note', id]],
} as const satisfies Record<string, (id: string) => readonly [string, readonly unknown[]]>

interface Times {
  readonly absent: readonly number[]
  readonly invisible: readonly number[]
}

/** `twice`: planted, to show that the tests would see it: a row that is there costs another look. */
async function measure(send: Send, call: (typeof calls)[keyof typeof calls], twice: boolean): Promise<Times> {
  const times = { absent: [] as number[], invisible: [] as number[] }
  for (let i = -warmUp; times.absent.length < samples || times.invisible.length < samples; i++) {
    const kind = Math.random() < 0.5 ? 'absent' : 'invisible'
    const [method, params] = call(named(kind === 'absent' ? 'gone' : 'hers', Math.floor(Math.random() * count)))
    const started = performance.now()
    const reply = await send(method, params as never, caller)
    if (twice && kind === 'invisible') await send(method, params as never, caller)
    const took = (performance.now() - started) * 1000
    if (reply.ok) throw new Error(`The caller ${method}s what it may not see`)
    if (i >= 0 && times[kind].length < samples) times[kind].push(took)
  }
  return times
}

/** One line of the report; true where the two kinds are of different classes. */
function judge(title: string, { absent, invisible }: Times): boolean {
  const ks = kolmogorovSmirnov(absent, invisible)
  const moved = permutation(absent, invisible, rounds, (n) => Math.floor(Math.random() * n))
  const apart = ks.p < surely || moved.p < surely
  const another = apart && Math.abs(moved.difference) > least * median(absent)
  const micros = (n: number): string => n.toFixed(1).padStart(8)
  console.log(
    `${title.padEnd(34)} ${micros(median(absent))} ${micros(median(invisible))} ${micros(moved.difference)}   ${ks.p.toExponential(1)}   ${moved.p.toExponential(1)}   ${another ? 'another class' : apart ? 'same class, told apart' : 'same class'}`,
  )
  return another
}

async function ask(name: BackendName, lab: Lab, wire: Wire | undefined): Promise<boolean> {
  const send = wire?.door(lab) ?? lab.send
  let any = false
  for (const [kind, call] of Object.entries(calls)) any = judge(`${name} ${kind}`, await measure(send, call, false)) || any
  if (!judge(`${name} read, another look planted`, await measure(send, calls.read, true))) {
    console.log(`${name}: the planted look was not seen, so nothing above says anything`)
    return true
  }
  return any
}

console.log(`${'µs, median'.padEnd(34)}   absent invisible  differ   KS: p     permuted: p`)
let found = false
for (const name of ['memory', 'sqlite', 'postgresql', 'mysql', 'mongodb'] as const) {
  if (values.only !== undefined && values.only !== name) continue
  const skip = skipOf(name)
  if (skip !== false) {
    console.log(`${name}: ${skip}`)
    continue
  }
  const lab = await openLab({ entities: [note], rows }, name)
  const wire = values.wire === true ? await Wire.open() : undefined
  try {
    found = (await ask(name, lab, wire)) || found
  } finally {
    await wire?.close()
    await lab.close()
  }
}
process.exitCode = found ? 1 : 0
