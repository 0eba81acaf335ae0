/**
 * Envelopes of a page (`json call`, `json reply`) sent through the codec to an engine on the shipped schema. In charge of comparing what comes
 * back with what the page says; must not know sockets.
 *
 * `as=god` on a call says who sends it. In a reply, `…` stands for any text, a time for any time, and the first sight of a UUID or of the
 * request id names whatever is there: later calls of the page mean the same by it.
 */
import assert from 'node:assert/strict'
import { DecodeError, decode, encodeReply } from '../../../src/protocol/codec.ts'
import { type Lab, nobody, openLab, signedIn, system } from '../lab.ts'
import type { Block } from './markdown.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

export class PageWire {
  readonly #lab: Promise<Lab>
  readonly #meant = new Map<string, string>()
  #calls = 0
  #last: { readonly block: Block; readonly reply: string } | undefined

  constructor() {
    this.#lab = openLab(undefined, 'memory')
  }

  async call(block: Block): Promise<void> {
    const { engine } = await this.#lab
    let text = block.text.replace(/\s*\n\s*/g, ' ')
    for (const [said, meant] of this.#meant) text = text.replaceAll(said, meant)
    const role = block.words.get('as') ?? 'public'
    const who = role === 'public' ? nobody : role === 'system' ? system : signedIn('01980000-0000-7000-8000-000000000000', role, { username: role })
    const requestId = `request-${++this.#calls}`
    try {
      const request = decode(text)
      const reply = await engine.execute({ ...request, requestId }, who)
      this.#last = { block, reply: encodeReply(request, reply) }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#last = { block, reply: encodeReply(error, { ok: false, error: error.error, requestId }) }
    }
  }

  reply(block: Block): void {
    if (this.#last === undefined) throw new Error(`${block.page}:${block.line} a reply without a call`)
    const { reply } = this.#last
    const { expected, actual } = { expected: JSON.parse(block.text) as unknown, actual: JSON.parse(reply) as unknown }
    assert.deepEqual(this.#expect(expected, actual), actual, `${block.page}:${block.line}`)
  }

  /** `expected` with whatever may differ taken from `actual`. */
  #expect(expected: unknown, actual: unknown): unknown {
    if (Array.isArray(expected)) return expected.map((part, i) => this.#expect(part, Array.isArray(actual) ? actual[i] : undefined))
    if (typeof expected === 'object' && expected !== null) {
      const of = (typeof actual === 'object' && actual !== null ? actual : {}) as Record<string, unknown>
      return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, this.#expect(value, of[name])]))
    }
    return typeof expected === 'string' && typeof actual === 'string' ? this.#text(expected, actual) : expected
  }

  #text(expected: string, actual: string): string {
    if (time.test(expected) && time.test(actual)) return actual
    if (expected.includes('…')) return actual.startsWith(expected.split('…')[0] as string) ? actual : expected
    const named = (uuid.test(expected) && uuid.test(actual)) || (expected.startsWith('0198') && actual.startsWith('request-'))
    if (!named) return expected
    const meant = this.#meant.get(expected)
    if (meant === undefined) this.#meant.set(expected, actual)
    return meant ?? actual
  }
}
