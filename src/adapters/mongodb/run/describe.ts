/** What a query is to MongoDB: the command that it begins with, values as `?`, and how the server would run it. In charge of telling; must not run anything that is asked. */
import type { Db } from 'mongodb'
import type { Described, RunOptions } from '../../../adapter/adapter.ts'
import type { Args, Query } from '../../../query/ast.ts'
import type { Pipeline } from '../compile/read.ts'
import { fieldOf, memberOf } from '../compile/scope.ts'
import { Masked } from '../compile/template.ts'
import { Channel, remaining, type Written } from './channel.ts'
import { isWriting, type Statements } from './statements.ts'

interface Command {
  readonly collection: string
  readonly pipeline: Pipeline
}

class Stopped extends Error {}

/** Hears the first command of a query, and stops it there. */
class Listening extends Channel {
  first: Command | undefined

  override find(collection: string, pipeline: Pipeline): Promise<never> {
    this.first ??= { collection, pipeline }
    return Promise.reject(new Stopped())
  }

  override write(): Promise<Written> {
    return Promise.reject(new Stopped())
  }

  override touch(): Promise<void> {
    return Promise.reject(new Stopped())
  }
}

export interface Telling {
  readonly db: Db
  readonly statements: Statements
  /** Milliseconds that the server may take to answer. */
  readonly most: number
}

export async function describe({ db, statements, most }: Telling, query: Query, args: Args, options: RunOptions): Promise<Described | undefined> {
  if (query.kind === 'insert') return { text: `db.${query.entity.table}.insertMany([${inserted(query)}])`, plan: [] }
  const first = async (given: Args): Promise<Command | undefined> => {
    const channel = new Listening(db, undefined, false, most)
    try {
      await (isWriting(query) ? statements.write(query).changes(channel, given) : statements.read(query)(channel, given))
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
    }
    return channel.first
  }
  const shown = await first(new Masked(args))
  const real = await first(args)
  if (shown === undefined || real === undefined) return undefined
  const maxTimeMS = remaining(options, most)
  const explained = await db
    .collection(real.collection)
    .aggregate(real.pipeline as Record<string, unknown>[], { maxTimeMS, allowDiskUse: true })
    .explain('queryPlanner')
  return { text: `db.${shown.collection}.aggregate(${JSON.stringify(shown.pipeline)})`, plan: planOf(explained) }
}

const inserted = ({ entity, fields }: Extract<Query, { kind: 'insert' }>): string =>
  `{${fields.map((name) => `${JSON.stringify(memberOf(fieldOf(entity, name)))}:"?"`).join(',')}}`

type Node = Readonly<Record<string, unknown>>
const nodeOf = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined

/** Names of steps and of indexes, each under the one that it feeds. Never a filter: those hold values. */
export function planOf(explained: unknown): string[] {
  const root = nodeOf(explained)
  const stages = Array.isArray(root?.['stages']) ? root['stages'] : [root]
  return stages.flatMap((stage): string[] => {
    const node = nodeOf(stage)
    if (node === undefined) return []
    const planner = nodeOf(nodeOf(node['$cursor'])?.['queryPlanner']) ?? nodeOf(node['queryPlanner'])
    if (planner !== undefined) return stepsOf(nodeOf(planner['winningPlan']), 0)
    const [name] = Object.keys(node)
    return name?.startsWith('$') === true ? [stageText(name, nodeOf(node[name]))] : []
  })
}

const stageText = (name: string, { from, coll }: Node = {}): string => [name, from ?? coll].filter((part) => typeof part === 'string').join(' ')

function stepsOf(plan: Node | undefined, depth: number): string[] {
  // Newer servers wrap the plan that people can read.
  const step = nodeOf(plan?.['queryPlan']) ?? plan
  if (step === undefined) return []
  const { stage, indexName, keyPattern, inputStage, inputStages } = step
  const keys = nodeOf(keyPattern)
  const text = [stage, indexName, keys === undefined ? undefined : `(${Object.keys(keys).join(', ')})`]
    .filter((part) => typeof part === 'string')
    .join(' ')
  const below = [...(Array.isArray(inputStages) ? inputStages : []), inputStage]
  return [`${'  '.repeat(depth)}${text}`, ...below.flatMap((next) => stepsOf(nodeOf(next), depth + 1))]
}
