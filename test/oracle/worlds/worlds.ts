/**
 * Pairs of databases that differ only in what one caller may not see. In charge of making them, and of telling such pairs from others.
 *
 * Declared exceptions of contract 6.4 cannot occur, by construction (`Bounds.twoWorlds`):
 * - globally unique values: no field but the key is unique, and calls give new rows keys that no row of either world has;
 * - restrict: no foreign key restricts;
 * - rules that look at what their own roles cannot read: rules speak of fields of their own row only, and of those that never differ;
 * - generated whole-number keys: keys are text.
 * Nor can a caller bring hidden values to light by a write that its rules permit: fields that rules speak of never change.
 * Foreign keys act below the rules, so the links of rows that others refer to never differ, nor do those of rows that the caller can reach.
 */
import type { Principal } from '../../../src/policy/principal.ts'
import type { Entity, Schema, Value } from '../../../src/schema/entity.ts'
import { everything, type Flavour, methods } from '../program/calls.ts'
import type { Choices } from '../program/choices.ts'
import { resolve, rowOf } from '../program/program.ts'
import { type Program, principals, type RowSpec } from '../program/spec.ts'
import { now, valueOf } from '../program/values.ts'
import type { Row } from '../reference/logic.ts'
import { Ground, Sight } from '../reference/reference.ts'

export interface Pair extends Program {
  /** The rows of the other world. */
  readonly other: readonly RowSpec[]
  /** Rows of the other world that were written once more, and so have another version. */
  readonly touched: readonly RowSpec[]
  /** Who asks. */
  readonly who: number
}

/** Reads are where most can be told, so they are asked more often. */
export const asked: Flavour = {
  ...everything,
  methods: [...methods, 'list', 'list', 'list', 'count', 'aggregate', 'search', 'read'],
  fresh: ['n1', 'n2', 'n3'],
  upsertFresh: 100,
}

const reading = ['read', 'list', 'count', 'search', 'aggregate'] as const
const writing = ['update', 'delete', 'updateMany', 'deleteMany'] as const

/** What may not differ of one row: all that the caller sees of it, or, of one that it does not reach, key and links. */
interface Told {
  readonly reached: boolean
  readonly text: string
}

/** What the caller's rules make of single rows. In these programs they depend on nothing else. */
class View {
  readonly schema: Schema
  readonly #sights = new Map<string, Sight>()
  readonly #told = new WeakMap<Row, Told>()
  readonly #ground: Ground
  readonly #who: Principal

  constructor(program: Pick<Program, 'entities'>, who: number) {
    this.schema = resolve(program)
    this.#ground = new Ground(
      this.schema,
      program.entities.flatMap((e) => e.acl.rules),
      new Map(),
      now,
    )
    this.#who = principals[who] as Principal
  }

  sight(entity: Entity, operation: string): Sight {
    const id = `${entity.name} ${operation}`
    const known = this.#sights.get(id) ?? new Sight(this.#ground, this.#who, entity, operation)
    this.#sights.set(id, known)
    return known
  }

  /** Can the caller reach the row at all: read it somehow, or write it? */
  reaches(entity: Entity, row: Row): boolean {
    return [...reading, ...writing].some((operation) => this.sight(entity, operation).sees(row))
  }

  /** Remembered: a pair is tried with one change after the other, and most rows stay as they are. */
  told(spec: RowSpec): Told {
    const known = this.#told.get(spec.row)
    if (known !== undefined) return known
    const entity = entityOf(this.schema, spec)
    const { row } = spec
    const reached = this.reaches(entity, row)
    const kept = [...entity.fields.values()].filter((f) =>
      reached ? !(free(entity, f.name) && this.hides(entity, row, f.name)) : f.foreignKey !== undefined || entity.key.includes(f.name),
    )
    const held = [...reading, ...writing].map((operation) =>
      this.sight(entity, operation).permits.map((rule) => this.sight(entity, operation).before(rule, row)),
    )
    const told = { reached, text: JSON.stringify([spec.entity, reached, kept.map((f) => row[f.name] ?? null), reached ? held : []]) }
    this.#told.set(row, told)
    return told
  }

  hides(entity: Entity, row: Row, field: string): boolean {
    return !reading.some((operation) => this.sight(entity, operation).shows(row, field))
  }
}

/** May the field differ in rows that the caller reaches, if it is hidden there? Not what rules speak of, what links rows, or what ends them. */
const free = (entity: Entity, name: string): boolean => /^f[13]$/.test(name) && entity.fields.get(name)?.foreignKey === undefined

const entityOf = (schema: Schema, { entity }: RowSpec): Entity => schema.entities.get(entity) as Entity
const keyOf = (entity: Entity, row: Row): Value => row[entity.key[0] as string] as Value

function referred(schema: Schema, rows: readonly RowSpec[], { entity, row }: RowSpec): boolean {
  const key = keyOf(schema.entities.get(entity) as Entity, row)
  return rows.some((other) => [...entityOf(schema, other).fields.values()].some((f) => f.foreignKey?.entity === entity && other.row[f.name] === key))
}

/** All that the caller may see of a world, and all that its further course depends on: equal for the worlds of a pair. */
const seen = (view: View, rows: readonly RowSpec[]): string =>
  rows
    .filter((spec) => view.told(spec).reached || referred(view.schema, rows, spec))
    .map((spec) => view.told(spec).text)
    .sort()
    .join('\n')

/** Where a row and one that it refers to both have a tenant, it is the same: other rows cannot be. */
function kindred(schema: Schema, rows: readonly RowSpec[]): boolean {
  return rows.every((spec) => {
    const entity = entityOf(schema, spec)
    if (entity.tenant === undefined) return true
    const own = spec.row[entity.tenant]
    return [...entity.fields.values()].every(({ name, foreignKey: link }) => {
      const tenant = link === undefined ? undefined : schema.entities.get(link.entity)?.tenant
      if (link === undefined || tenant === undefined || (spec.row[name] ?? null) === null) return true
      return rows.some((other) => other.entity === link.entity && other.row[link.field] === spec.row[name] && other.row[tenant] === own)
    })
  })
}

/** Does the pair differ, and only in what the caller may not see? */
export function isPair(pair: Pair): boolean {
  const view = new View(pair, pair.who)
  const hidden = pair.touched.every((spec) => pair.other.includes(spec) && hidesVersion(view, spec))
  const differs = pair.touched.length > 0 || JSON.stringify(pair.rows) !== JSON.stringify(pair.other)
  return hidden && differs && seen(view, pair.rows) === seen(view, pair.other)
}

function hidesVersion(view: View, spec: RowSpec): boolean {
  const entity = entityOf(view.schema, spec)
  // Other versions mean another time of writing where the entity has one; it is the same in tests, whose clock stands still.
  return entity.versioned !== undefined && view.hides(entity, spec.row, entity.versioned)
}

/** Another world for the caller of `program`, or the same where nothing is hidden from it. */
export function pairOf(program: Program, who: number, choices: Choices): Pair {
  const view = new View(program, who)
  const { schema } = view
  let other: readonly RowSpec[] = program.rows
  const whole = seen(view, program.rows)
  /** Takes a change over if the caller can see nothing of it. */
  const attempt = (rows: readonly RowSpec[]): void => {
    if (kindred(schema, rows) && seen(view, rows) === whole) other = rows
  }
  // Tenants are worlds of their own: some pairs differ in what other tenants have, and in nothing else.
  const strange = (spec: RowSpec): boolean => {
    const { tenant } = entityOf(schema, spec)
    return tenant !== undefined && spec.row[tenant] !== principals[who]?.tenantId
  }
  const among = program.entities.some((e) => e.tenant === true) && choices.chance(40) ? strange : () => true
  for (const spec of program.rows.filter(among)) {
    const entity = entityOf(schema, spec)
    const unseen = !view.reaches(entity, spec.row)
    if (unseen && !referred(schema, other, spec) && choices.chance(30)) attempt(other.filter((one) => one !== spec))
    else if (choices.chance(80)) {
      const changed = { entity: spec.entity, row: { ...spec.row, ...changes(view, entity, spec.row, unseen, choices) } }
      attempt(other.map((one) => (one === spec ? changed : one)))
    }
  }
  for (let i = choices.below(4); i > 0; i--) {
    const made = rowOf(program.entities, schema, other, choices, [`h${i}`])
    if (made !== undefined && among(made)) attempt([...other, made].toSorted((a, b) => order(program, a) - order(program, b)))
  }
  const touched = other.filter((spec) => among(spec) && hidesVersion(view, spec) && choices.chance(60))
  return { ...program, other, touched, who }
}

const order = (program: Program, { entity }: RowSpec): number => program.entities.findIndex((e) => e.entity === entity)

/** Other values: of a row that the caller does not reach anywhere but in key and links, else where they are hidden and may differ. */
function changes(view: View, entity: Entity, row: Row, unseen: boolean, choices: Choices): { [field: string]: Value } {
  const out: { [field: string]: Value } = {}
  for (const field of entity.fields.values()) {
    const may = unseen
      ? /^f\d$/.test(field.name) || field.name === entity.owner || field.name === entity.tenant
      : free(entity, field.name) && view.hides(entity, row, field.name)
    if (!may || !choices.chance(60)) continue
    if (field.name === entity.tenant) out[field.name] = choices.pick(['t1', 't2'])
    else out[field.name] = field.nullable && choices.chance(20) ? null : valueOf(field, choices)
  }
  return out
}
