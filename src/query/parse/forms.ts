/** The form of each data method: its parameters, its options, and how they become a shape. Must not know the schema. */
import { meant } from '../../schema/complaint.ts'
import { bounds, isPlain, scan } from './bounds.ts'
import { writeFilter } from './filter.ts'
import {
  eachSortKey,
  isDirection,
  listOptionNames,
  type Options,
  refuseUnknown,
  writeFilterOption,
  writeInclude,
  writeList,
  writeNames,
  writeSearch,
} from './options.ts'
import { Writer } from './writer.ts'

export interface Form {
  /** Names of parameters besides `entity` and `options`. */
  readonly takes: ReadonlySet<string>
  readonly options: ReadonlySet<string>
  readonly write: (w: Writer, args: Options, options: Options) => void
}

function form(takes: readonly string[], options: readonly string[], write: Form['write']): Form {
  return { takes: new Set(['entity', 'options', ...takes]), options: new Set(options), write }
}

const written = ['select', 'include'] as const
const measureNames = ['sum', 'avg', 'min', 'max'] as const

export const forms: ReadonlyMap<string, Form> = new Map([
  [
    'create',
    form(['data'], written, (w, args, options) => {
      writeRow(w, args.data, 'data')
      writeSelection(w, options)
    }),
  ],
  [
    'read',
    form(['id'], written, (w, args, options) => {
      writeId(w, args.id)
      writeSelection(w, options)
    }),
  ],
  [
    'update',
    form(['id', 'data'], ['expectedVersion', ...written], (w, args, options) => {
      writeId(w, args.id)
      writeChanges(w, args.data, 'data', 1)
      writeVersion(w, options)
      writeSelection(w, options)
    }),
  ],
  [
    'delete',
    form(['id'], ['expectedVersion'], (w, args, options) => {
      writeId(w, args.id)
      writeVersion(w, options)
    }),
  ],
  ['list', form([], listOptionNames, (w, _args, options) => writeList(w, options))],
  ['count', form([], ['filter'], (w, _args, options) => writeFilterOption(w, options))],
  [
    'search',
    form(
      ['text'],
      listOptionNames.filter((name) => name !== 'search'),
      (w, args, options) => {
        writeSearch(w, args.text, 'text')
        writeList(w, options, false)
      },
    ),
  ],
  [
    'aggregate',
    form([], ['filter', 'groupBy', 'count', ...measureNames, 'having', 'sort', 'limit'], (w, _args, options) => writeAggregate(w, options)),
  ],
  [
    'createMany',
    form(['items'], ['returning'], (w, args, options) => {
      if (Array.isArray(args.items)) writeData(w, args.items, 'items')
      else w.complain('items', 'Must be a list of objects')
      writeFlag(w, options, 'returning')
    }),
  ],
  [
    'updateMany',
    form(['filter', 'data'], ['all', 'returning'], (w, args, options) => {
      writeScope(w, args, options)
      writeChanges(w, args.data, 'data', 1)
      writeFlag(w, options, 'returning')
    }),
  ],
  ['deleteMany', form(['filter'], ['all'], (w, args, options) => writeScope(w, args, options))],
  [
    'upsert',
    form([], ['where', 'create', 'update', ...written], (w, _args, options) => {
      writeSlots(w, options.where, 'where', 'where', 1)
      writeRow(w, options.create, 'create')
      writeChanges(w, options.update, 'update', 0)
      writeSelection(w, options)
    }),
  ],
  ['call', form(['operation', 'input'], [], (w, args) => writeCall(w, args))],
])

function writeSelection(w: Writer, options: Options): void {
  if (options.select !== undefined) writeNames(w, options.select, 'select')
  if (options.include !== undefined) writeInclude(w, options.include, 'include')
}

function writeId(w: Writer, id: unknown): void {
  if (isPlain(id)) return writeSlots(w, id, 'id', 'id', 1)
  if (id === undefined || id === null) return w.complain('id', 'Is required')
  w.text += `,"id":${w.slot(id)}`
}

function writeRow(w: Writer, data: unknown, path: string): void {
  if (isPlain(data)) writeData(w, data, path)
  else w.complain(path, 'Must be an object of fields')
}

/** A whole row or list of rows, left as it is; only its size is looked at. */
function writeData(w: Writer, data: object, path: string): void {
  const fault = scan(data, bounds.dataDepth + (Array.isArray(data) ? 1 : 0), bounds.dataNodes)
  if (fault !== undefined) return w.complain(path, fault)
  w.text += `,"data":${w.slot(data)}`
}

/** Fields to set: which ones belongs to the shape. */
function writeChanges(w: Writer, data: unknown, path: string, atLeast: number): void {
  const fault = scan(data, bounds.dataDepth, bounds.dataNodes)
  if (fault !== undefined) return w.complain(path, fault)
  writeSlots(w, data, 'changes', path, atLeast)
}

/** `{name: slot, …}` behind `member`. */
function writeSlots(w: Writer, object: unknown, member: string, path: string, atLeast: number): void {
  if (!isPlain(object)) return w.complain(path, 'Must be an object of fields')
  const names = Object.keys(object)
  if (names.length < atLeast || names.length > bounds.names) return w.complain(path, `Must name ${atLeast} to ${bounds.names} fields`)
  let mark = ''
  w.text += `,"${member}":{`
  for (const name of names) {
    const value = object[name]
    if (value === undefined) w.complain(`${path}.${name}`, 'Must not be undefined')
    w.text += `${mark}${w.name(name, path)}:${w.slot(value)}`
    mark = ','
  }
  w.text += '}'
}

function writeVersion(w: Writer, options: Options): void {
  if (options.expectedVersion !== undefined) w.text += `,"expectedVersion":${w.slot(options.expectedVersion)}`
}

function writeFlag(w: Writer, options: Options, name: string): void {
  const value = options[name]
  if (value === true) w.text += `,"${name}":true`
  else if (value !== undefined && value !== false) w.complain(name, 'Must be true or false')
}

/** The filter of a bulk write; whether it restricts anything is seen by check. */
function writeScope(w: Writer, args: Options, options: Options): void {
  w.text += ',"filter":'
  writeFilter(w, args.filter, 'filter')
  writeFlag(w, options, 'all')
}

function writeAggregate(w: Writer, options: Options): void {
  writeFilterOption(w, options)
  writeNames(w, options.groupBy, 'groupBy')
  if (options.count === false) w.text += ',"hideCount":true'
  else if (options.count !== undefined && options.count !== true) w.complain('count', 'Must be true or false')
  for (const name of measureNames) writeNames(w, options[name], name)
  if (options.having !== undefined) {
    w.text += ',"having":'
    writeFilter(w, options.having, 'having')
  }
  if (options.sort !== undefined) writeAggregateSort(w, options.sort)
  if (options.limit !== undefined) w.text += `,"limit":${w.slot(options.limit)}`
}

/** Keys are a group field, `count`, or a field below `sum`, `avg`, `min`, `max`. */
function writeAggregateSort(w: Writer, sort: unknown): void {
  let mark = ''
  const write = (names: readonly string[], direction: unknown, path: string): void => {
    if (!isDirection(w, direction, path)) return
    w.text += `${mark}[[${names.map((name) => w.name(name, path)).join(',')}],"${direction}"]`
    mark = ','
  }
  w.text += ',"order":['
  eachSortKey(w, sort, 'sort', (name, direction, path) => {
    if (isPlain(direction)) eachSortKey(w, direction, path, (inner, way, place) => write([name, inner], way, place))
    else write([name], direction, path)
  })
  w.text += ']'
}

function writeCall(w: Writer, args: Options): void {
  if (typeof args.operation !== 'string') return w.complain('operation', 'Must be the name of an operation')
  w.text += `,"operation":${w.name(args.operation, 'operation')}`
  const fault = scan(args.input, bounds.dataDepth, bounds.dataNodes)
  if (fault !== undefined) return w.complain('input', fault)
  if (Array.isArray(args.input)) {
    if (args.input.length > bounds.sortKeys) return w.complain('input', 'Has too many values')
    w.text += `,"input":[${args.input.map((value) => w.slot(value)).join(',')}]`
  } else if (isPlain(args.input)) {
    writeInput(w, args.input)
  } else if (args.input === undefined || args.input === null) {
    w.text += ',"input":{}'
  } else {
    w.complain('input', 'Must be an object or a list')
  }
}

/**
 * Input by name. Which names an operation declares is not known here, so every member gets a slot, and members named like list
 * options are read as such too, with complaints kept for later; check takes what the operation means.
 */
function writeInput(w: Writer, input: Options): void {
  const options: Options = {}
  let listed = false
  w.text += ',"input":{'
  let mark = ''
  for (const name of Object.keys(input)) {
    if (input[name] === undefined) continue
    w.text += `${mark}${w.name(name, 'input')}:${w.slot(input[name])}`
    mark = ','
    if (optionNames.has(name)) {
      options[name] = input[name]
      listed = true
    }
  }
  w.text += '}'
  if (listed) writeInputOptions(w, options)
}

/** Members that cannot be list options are left out, with the complaints kept: the operation may mean them otherwise. */
function writeInputOptions(w: Writer, options: Options): void {
  const first = new Writer(w.values)
  writeList(first, options)
  const faulty = new Set(first.complaints.map(({ field }) => field.split(/[.[]/)[0] as string))
  const second = faulty.size === 0 ? first : new Writer(w.values)
  if (second !== first) writeList(second, Object.fromEntries(Object.entries(options).filter(([name]) => !faulty.has(name))))
  w.text += `,"options":{"of":0${second.text}}`
  if (faulty.size > 0) w.text += `,"faults":${JSON.stringify(first.complaints)}`
}

const optionNames: ReadonlySet<string> = new Set(listOptionNames)

/** Where the options of a call stand: in `options`, or beside the parameters, not both. Complains about what does not belong. */
export function optionsOf(w: Writer, args: Options, { takes, options: known }: Form): Options {
  const given = args.options ?? undefined
  let beside = 0
  for (const name in args) {
    if (takes.has(name) || !Object.hasOwn(args, name)) continue
    if (known.has(name)) beside++
    else w.complain(name, `Unknown option${meant(name, known)}`)
  }
  if (given === undefined) return args
  if (beside > 0) w.complain('options', 'Must not stand beside options by name')
  if (!isPlain(given)) {
    w.complain('options', 'Must be an object')
    return {}
  }
  refuseUnknown(w, given, known, '')
  return given
}
