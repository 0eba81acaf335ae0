/**
 * Finds the scripts in a workflow's JSON by its structure. In charge of what a step is; must not read scripts, and looks at no other text.
 *
 * A list at the top is a list of steps: objects, whose `type` (or `kind`) is a word. Anywhere, an object is a script step if its type is one
 * of those below or its `language` is given beside a `code`; an object's member `lua` that is a text is a script too, or an expression.
 */
import type { Value } from '../schema/entity.ts'

export interface Piece {
  /** Below the field, such as `[2].code`. */
  readonly path: string
  readonly source: string
  /** An expression may stand for a script. */
  readonly expression: boolean
  /** Names that the step allows itself, as they came. */
  readonly globals?: { readonly path: string; readonly value: Value }
}

export interface Misfit {
  readonly path: string
  readonly error: string
}

type Step = { readonly [key: string]: Value }

const luaWords: ReadonlySet<string> = new Set(['lua', 'lua_script', 'luascript'])
/** Say that there is code, and leave its language to `language`. */
const scriptWords: ReadonlySet<string> = new Set(['script', 'code'])
/** Steps in what nobody here can read: they would be stored unread. */
const foreignWords: ReadonlySet<string> = new Set([
  'javascript',
  'js',
  'typescript',
  'ts',
  'python',
  'ruby',
  'php',
  'perl',
  'shell',
  'sh',
  'bash',
  'powershell',
  'eval',
  'exec',
  'wasm',
])
const sourceMembers = ['code', 'script', 'source'] as const
const word = /^[A-Za-z][A-Za-z0-9_.:/-]{0,62}$/
const mostSteps = 1_000
const mostScripts = 100

const isStep = (value: Value | undefined): value is Step => typeof value === 'object' && value !== null && !Array.isArray(value)
const lower = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value.toLowerCase() : undefined)

export interface Found {
  readonly pieces: readonly Piece[]
  readonly misfits: readonly Misfit[]
}

/** `value` is normalised JSON: at most 32 levels, so the stack below is bounded too. */
export function scriptsOf(value: Value, maxTimeout: number): Found {
  const pieces: Piece[] = []
  const misfits: Misfit[] = []
  if (Array.isArray(value)) checkList(value, misfits)
  const open: { readonly value: Value; readonly path: string }[] = [{ value, path: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: at, path } = next
    if (Array.isArray(at)) for (let i = at.length - 1; i >= 0; i--) open.push({ value: at[i] as Value, path: `${path}[${i}]` })
    if (!isStep(at)) continue
    look(at, path, maxTimeout, pieces, misfits)
    for (const [name, member] of Object.entries(at).reverse())
      if (typeof member === 'object' && member !== null) open.push({ value: member, path: `${path}.${name.slice(0, 60)}` })
  }
  if (pieces.length > mostScripts) misfits.push({ path: '', error: `A workflow has at most ${mostScripts} scripts` })
  return { pieces: pieces.slice(0, mostScripts), misfits: misfits.slice(0, 20) }
}

function checkList(steps: readonly Value[], misfits: Misfit[]): void {
  if (steps.length > mostSteps) misfits.push({ path: '', error: `A workflow has at most ${mostSteps} steps` })
  steps.forEach((step, i) => {
    if (!isStep(step)) misfits.push({ path: `[${i}]`, error: 'A step is an object' })
    else
      for (const name of ['type', 'kind']) {
        const said = step[name]
        if (said !== undefined && (typeof said !== 'string' || !word.test(said)))
          misfits.push({ path: `[${i}].${name}`, error: 'The type of a step is a word: a letter, then letters, digits and _ . : / -' })
      }
  })
}

/** Scripts are words of types and languages in any case: whoever runs steps may not care about it. */
function look(step: Step, path: string, maxTimeout: number, pieces: Piece[], misfits: Misfit[]): void {
  if (typeof step['lua'] === 'string') pieces.push({ path: `${path}.lua`, source: step['lua'], expression: true, ...globalsOf(step, path) })
  const types = [lower(step['type']), lower(step['kind'])]
  const is = (words: ReadonlySet<string>) => types.some((type) => type !== undefined && words.has(type))
  const language = lower(step['language'])
  const sources = sourceMembers.filter((name) => step[name] !== undefined)
  const lua = is(luaWords) || (language !== undefined && luaWords.has(language)) || (is(scriptWords) && language === undefined)
  if (is(foreignWords) || (is(scriptWords) && !lua) || (language !== undefined && foreignWords.has(language) && sources.length > 0)) {
    misfits.push({ path, error: 'Scripts are written in Lua: nothing else can be checked here' })
    return
  }
  if (!lua) return
  const [member] = sources
  if (member === undefined && language === undefined && typeof step['lua'] !== 'string')
    misfits.push({ path, error: "A script step has its script in 'code'" })
  for (const name of sources) {
    const source = step[name]
    if (typeof source === 'string') pieces.push({ path: `${path}.${name}`, source, expression: false, ...globalsOf(step, path) })
    else misfits.push({ path: `${path}.${name}`, error: 'A script is a text' })
  }
  const timeout = step['timeoutMs']
  if (timeout !== undefined && !(typeof timeout === 'number' && Number.isInteger(timeout) && timeout >= 1 && timeout <= maxTimeout))
    misfits.push({ path: `${path}.timeoutMs`, error: `Must be a whole number from 1 to ${maxTimeout}` })
}

function globalsOf(step: Step, path: string): Pick<Piece, 'globals'> {
  const value = step['allowedGlobals']
  return value === undefined ? {} : { globals: { path: `${path}.allowedGlobals`, value } }
}
