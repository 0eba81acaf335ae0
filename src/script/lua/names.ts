/** The globals of Lua by what a script may do with them. In charge of these lists; must not know syntax. */

/** Tables of functions that keep nothing: a script may use their members, and neither change the tables nor give them away. */
export const libraries: ReadonlySet<string> = new Set(['string', 'math', 'table', 'utf8', 'bit32'])

/** Every script has these. `coroutine` is missing on purpose: limits on running time do not follow into coroutines by themselves. */
export const builtin: ReadonlySet<string> = new Set([
  ...libraries,
  'assert',
  'error',
  'ipairs',
  'next',
  'pairs',
  'pcall',
  'print',
  'rawequal',
  'rawget',
  'rawlen',
  'rawset',
  'select',
  'setmetatable',
  'tonumber',
  'tostring',
  'type',
  'unpack',
  'xpcall',
  '_VERSION',
])

/**
 * No script has these, whatever a row or a schema allows: they reach the machine, code that was never read, or what scripts share.
 * `getmetatable` is among them because that of any text is the one of every text in the process.
 */
export const forbidden: ReadonlySet<string> = new Set([
  'io',
  'os',
  'debug',
  'package',
  'require',
  'module',
  'load',
  'loadstring',
  'loadfile',
  'dofile',
  'setfenv',
  'getfenv',
  'getmetatable',
  '_G',
  '_ENV',
  'collectgarbage',
  'newproxy',
  'jit',
  'ffi',
])

/** Members of `string` and so of every text: bytecode comes out of `dump`. */
export const forbiddenOfText: ReadonlySet<string> = new Set(['dump'])

/** Keys of a metatable that run code when nobody called it and no limit counts. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__gc'])

/** Methods of texts that answer a text. */
export const answeringText: ReadonlySet<string> = new Set(['char', 'format', 'gsub', 'lower', 'rep', 'reverse', 'sub', 'upper'])
