/** One value against its option: type, bounds, words. In charge of what fits; must not know layers, files or secrets. */
import { suggestion } from '../schema/complaint.ts'
import type { Value } from '../schema/entity.ts'
import type { Option } from './options.ts'

export type Fitted = { readonly value: string | number | boolean | readonly string[] | Readonly<Record<string, string>> } | { readonly error: string }

/**
 * `loose`: the value was text where it came from (environment, flag, `${NAME}`), so `8080` is a number, `true` a switch and a comma parts a list.
 * Complaints never show what a secret option was given.
 */
export function fitOption(option: Option, value: Value, loose: boolean): Fitted {
  const found = option.secret === undefined && value !== null && typeof value !== 'object' ? `, found ${JSON.stringify(value).slice(0, 60)}` : ''
  const misfit = (expected: string): Fitted => ({ error: `Expected ${expected}${found}` })
  switch (option.type) {
    case 'boolean':
      if (typeof value === 'boolean') return { value }
      if (loose && (value === 'true' || value === 'false')) return { value: value === 'true' }
      return misfit('true or false')
    case 'integer':
    case 'seconds':
      return fitNumber(option, loose && typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value, misfit)
    case 'word': {
      const words = option.of ?? []
      if (typeof value !== 'string') return misfit(`one of ${words.join(', ')}`)
      return words.includes(value) ? { value } : { error: `${JSON.stringify(value)} is not one of ${words.join(', ')}${near(value, words)}` }
    }
    case 'list':
      return fitList(
        loose && typeof value === 'string'
          ? value
              .split(',')
              .map((part) => part.trim())
              .filter((part) => part !== '')
          : value,
        misfit,
      )
    case 'map':
      return fitMap(value, misfit)
    default:
      if (typeof value !== 'string') return misfit(value === null || typeof value === 'object' ? 'text' : 'text (put it in quotes)')
      if (value === '' || value.includes('\0')) return { error: 'Expected text that is not empty' }
      return { value }
  }
}

function near(word: string, words: readonly string[]): string {
  const found = suggestion(word, words)
  return found.includes('did you mean') ? found : ''
}

function fitNumber(option: Option, value: Value, misfit: (expected: string) => Fitted): Fitted {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = option
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    ? { value }
    : misfit(`a whole number from ${min} to ${max}`)
}

function fitList(value: Value, misfit: (expected: string) => Fitted): Fitted {
  if (!Array.isArray(value)) return misfit('a list of texts')
  const texts = value as readonly Value[]
  return texts.every((text): text is string => typeof text === 'string' && text !== '') ? { value: texts } : misfit('a list of texts')
}

function fitMap(value: Value, misfit: (expected: string) => Fitted): Fitted {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return misfit('a map of names to texts')
  const entries = Object.entries(value)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '')) return misfit('a map of names to texts')
  return { value: Object.fromEntries(entries) }
}
