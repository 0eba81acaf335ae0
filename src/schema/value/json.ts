/** JSON values: a bounded deep copy that comes back deep-equal, or a refusal. Must not know what the JSON means. */
import type { Value } from '../entity.ts'
import { accept, type Normalised, refuse } from './result.ts'
import { textFault } from './text.ts'

/** Contract 2.2: bytes of the UTF-8 text, and containers within containers. */
export const jsonLimit = 1024 * 1024
export const jsonDepth = 32

/** Names that would reach a prototype if a careless reader copied them into an object. */
const poisoned = new Set(['__proto__', 'constructor', 'prototype'])
const encoder = new TextEncoder()

class Unfit extends Error {}

/**
 * A copy, so that nobody changes the value after it was checked. The budget counts the least number of bytes that the parts seen
 * so far can take: values that share parts (in-process) end at it, however often the parts are repeated.
 */
export function normaliseJson(value: unknown): Normalised {
  const budget = { left: jsonLimit }
  try {
    const copied = copy(value, 0, budget)
    return fits(copied, budget.left) ? accept(copied) : refuse(tooLarge)
  } catch (error) {
    if (error instanceof Unfit) return refuse(error.message)
    throw error
  }
}

const tooLarge = `Must be JSON of at most ${jsonLimit} bytes`

/** A character takes at most six bytes as JSON, so small values need no second look. */
function fits(value: Value, left: number): boolean {
  if ((jsonLimit - left) * 6 <= jsonLimit) return true
  return encoder.encode(JSON.stringify(value)).length <= jsonLimit
}

function copy(value: unknown, depth: number, budget: { left: number }): Value {
  if (typeof value === 'string') return copyText(value, budget)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Unfit('Must be JSON: numbers must be finite')
    const kept = value + 0
    spend(budget, String(kept).length)
    return kept
  }
  if (value === null || typeof value === 'boolean') {
    spend(budget, 4)
    return value
  }
  spend(budget, 2)
  if (typeof value !== 'object') throw new Unfit(`Must be JSON: ${typeof value} is no JSON value`)
  if (depth >= jsonDepth) throw new Unfit(`Must be JSON of at most ${jsonDepth} levels`)
  if (Array.isArray(value)) {
    if (value.length > budget.left) throw new Unfit(tooLarge)
    const list: Value[] = []
    for (let i = 0; i < value.length; i++) list.push(copy(value[i], depth + 1, budget))
    return list
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new Unfit('Must be JSON: only plain objects and arrays')
  const object: Record<string, Value> = {}
  for (const key of Object.keys(value)) {
    if (poisoned.has(key)) throw new Unfit(`Must not have the key ${key}`)
    object[copyText(key, budget)] = copy((value as Record<string, unknown>)[key], depth + 1, budget)
  }
  return object
}

function copyText(text: string, budget: { left: number }): string {
  spend(budget, text.length + 2)
  const fault = textFault(text)
  if (fault !== undefined) throw new Unfit(fault)
  return text
}

function spend(budget: { left: number }, bytes: number): void {
  budget.left -= bytes
  if (budget.left < 0) throw new Unfit(tooLarge)
}
