/** `${NAME}` in configuration text. In charge of the spelling; must not know options or show what a variable holds. */

export type Expansion = { readonly text: string; readonly expanded: boolean } | { readonly error: string }

/**
 * `${NAME}` becomes the variable's value, `$$` a dollar sign; any other dollar stays as it is. What a variable holds is not expanded again.
 * A variable that is not set is an error that names it; an empty one is empty text.
 */
export function expand(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  let error: string | undefined
  let expanded = false
  const made = text.replace(/\$\$|\$\{([^}]*)(\}?)/g, (found, name: string | undefined, end: string | undefined) => {
    if (found === '$$') return '$'
    if (end === '') error ??= 'A "${" has no "}"; write "$$" for a dollar sign'
    else if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      error ??= `"\${${name?.slice(0, 40)}}" names no environment variable; write "$$" for a dollar sign`
    else if (env[name] === undefined) error ??= `The environment variable ${name} is not set`
    else {
      expanded = true
      return env[name]
    }
    return ''
  })
  return error === undefined ? { text: made, expanded } : { error }
}
