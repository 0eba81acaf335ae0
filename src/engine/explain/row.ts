/** Explains a call down to its row and fields: asks the rules' questions of the row as it is and as it would be. In charge of the order of that; must not know forms of calls. */
import { DBALError } from '../../errors/error.ts'
import { causeOf, type Truth, truthOf as truthOfFormula } from '../../policy/explain/cause.ts'
import { all, type Formula, type Site, sitesOf } from '../../policy/explain/clause.ts'
import { fieldQuestion, rowQuestion, ruledBy, writeQuestion } from '../../policy/explain/question.ts'
import { guarded } from '../../policy/plan/guard.ts'
import { reading } from '../../policy/rights.ts'
import { ofTenant } from '../../policy/sight.ts'
import type { Predicate } from '../../query/ast.ts'
import { and } from '../../query/build.ts'
import type { Entity, Operation, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Row } from '../shape.ts'
import { keyOf, look, type Seen } from './look.ts'
import type { Subject } from './subject.ts'
import { seesAllTenants } from './tenant.ts'
import { idOf, tried, variantOf, variantsOf } from './trial.ts'
import { causeValue, filterValue, truthOf } from './view.ts'

export interface Asking {
  readonly entity: Entity
  readonly operation: Operation
  readonly subject: Subject
  /** Of the call, for its own filter. */
  readonly params: readonly Value[]
  /** The caller that is explained, the engine itself, and whoever asks. */
  readonly caller: Running
  readonly system: Running
  readonly developer: Running
}

interface Question {
  readonly asks: string
  readonly formula: Formula
}

type Answered = { readonly [name: string]: Value }

/** `{row: {id, exists, questions, fields, filter}}`; nothing where the call is about no row. */
export async function explainRow(asking: Asking): Promise<Answered> {
  const { entity, subject, system, caller, developer } = asking
  if (subject.does === 'nothing') return {}
  const looking = { running: caller, system: system.rights, developer, entity }
  const key = subject.where === undefined ? undefined : await found(asking, subject.where)
  const does = subject.does === 'upsert' ? (key === undefined ? 'create' : 'update') : subject.does
  if (key === undefined && does !== 'create') return { row: { exists: false } }
  const seen = new Map<string, Seen>()
  const read = ruledBy(caller.rights, entity, readOf(asking, does))
  const before: Question[] =
    does === 'create' ? [] : [{ asks: does === 'read' ? asking.operation.name : 'read', formula: rowQuestion(read, 'before') }]
  const fields = does === 'create' ? [] : [...entity.fields.keys()].map((name) => ({ asks: name, formula: fieldQuestion(read, name, 'before') }))
  const write = await writing(asking, does, key, seen)
  const asked = [...before, ...fields, ...write.questions].map((question) => question.formula)
  const filter = key === undefined ? undefined : filterOf(asking)
  if (key !== undefined) {
    const now = await look(looking, key, sitesAt(all(...asked), 'before'), filter === undefined ? [] : [filter], asking.params)
    if (now === undefined) return { row: { exists: false } }
    seen.set('before', now)
  }
  const tell = ({ asks, formula }: Question): Answered => {
    const cause = causeOf(formula, (site: Site): Truth => truthOf(site, seen))
    return { asks, ...causeValue(cause, formula, { entity, caller, seen }) }
  }
  // Where the row is not shown, neither is any field of it, for the same reason.
  const shown = before.every(({ formula }) => truthOfFormula(formula, (site) => truthOf(site, seen)) === true)
  return {
    row: {
      exists: key !== undefined,
      ...(key === undefined ? {} : { id: idOf(entity, key) }),
      questions: [...before, ...write.questions].map(tell),
      ...(fields.length === 0 || !shown ? {} : { fields: fields.map(tell).map(({ asks, ...rest }) => ({ field: asks as Value, ...rest })) }),
      ...(filter === undefined ? {} : { filter: filterValue(filter, asking.params, { entity, caller, seen }) }),
      ...write.told,
    },
  }
}

/** Under which right a row is seen: that of the call where it reads, else that of reading. */
const readOf = ({ entity, operation }: Asking, does: string): string => (does === 'read' ? operation.name : reading(entity, 'read'))

const sitesAt = (formula: Formula, moment: string): Site[] => sitesOf(formula).filter((site) => site.moment === moment)

/** The row's key. A developer finds rows of its own tenant only, whoever it asks as. */
function found(asking: Asking, { predicate, params }: NonNullable<Subject['where']>): Promise<Row | undefined> {
  const { entity, developer, system } = asking
  const where = seesAllTenants(developer, entity) ? predicate : and(predicate, ofTenant(entity))
  return keyOf({ running: developer, system: system.rights, developer, entity }, where, params)
}

/** The caller's filter as it is asked for it: hidden fields are unknown. */
function filterOf({ entity, operation, subject, caller }: Asking): Predicate | undefined {
  if (subject.filter === undefined) return undefined
  return guarded(subject.filter, entity, caller.rights.grant(entity, reading(entity, operation.name)), caller.rights)
}

/** The question of the write, and the rows that it would make, looked at. */
async function writing(
  asking: Asking,
  does: string,
  key: Row | undefined,
  seen: Map<string, Seen>,
): Promise<{ questions: Question[]; told: Answered }> {
  const { entity, operation, subject, caller, system, developer } = asking
  if (does === 'read') return { questions: [], told: {} }
  const name = operation.kind === 'upsert' ? does : operation.name
  const ruled = ruledBy(caller.rights, entity, name)
  if (does === 'delete') return { questions: [{ asks: name, formula: rowQuestion(ruled, 'before') }], told: {} }
  const kind = does === 'create' ? 'create' : 'update'
  const data = kind === 'create' ? subject.create : subject.change
  const given = typeof data === 'object' && data !== null ? Object.keys(data) : []
  const question = (after: (moment: string) => boolean): Formula =>
    writeQuestion(ruled, {
      kind,
      fields: given,
      ...(kind === 'create' ? {} : { before: 'before' }),
      after: (rule) => {
        const moment = variantOf(rule, kind, entity, caller)
        return after(moment) ? moment : undefined
      },
    })
  const failures: Answered[] = []
  const whole = question(() => true)
  for (const [moment, presets] of variantsOf(ruled.permits, kind, entity, caller)) {
    const attempt = { entity, kind, data, ...(key === undefined ? {} : { key }) } as const
    const result = await tried(attempt, presets, caller, system, (inside, at) =>
      look(
        { running: inside.as(caller.who, caller.rights, caller.values), system: system.rights, developer, entity },
        at,
        sitesAt(whole, moment),
        [],
        [],
      ),
    )
    if (result instanceof DBALError) failures.push({ code: result.code, ...detailsOf(result) })
    else if (result !== undefined) seen.set(moment, result)
  }
  const formula = question((moment) => seen.has(moment))
  // Nobody can say what a check would say of a row that cannot be.
  return { questions: [{ asks: name, formula }], told: failures.length === 0 ? {} : { impossible: failures } }
}

const detailsOf = ({ details: { reason, fields } }: DBALError): Answered => ({
  ...(reason === undefined ? {} : { reason }),
  ...(fields === undefined ? {} : { fields: fields.map(({ field, error }) => ({ field, error })) }),
})
