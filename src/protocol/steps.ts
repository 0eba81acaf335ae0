/** Where the steps of a transaction stand in its parameters. Must not know what a step is. */

import { nameParams } from '../query/parse.ts'
import { parameters } from './message.ts'

/**
 * The steps of a transaction, unchecked. By position they are its one parameter, `[[step, step]]`; a list of objects, `[step, step]`, can mean
 * nothing else and is taken for the steps themselves. Throws VALIDATION_ERROR where neither is given.
 */
export function stepsIn(params: unknown): unknown {
  const bare =
    Array.isArray(params) && params.length > 0 && params.every((item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item))
  return nameParams(parameters.transaction, bare ? [params] : params)['steps']
}
