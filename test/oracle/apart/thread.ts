/** The other side of apart.ts: loads a module and does its work for each message. Must not know what the work is. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Message, Work } from './apart.ts'

// Oracles provoke errors by the hundred thousand; where each was made interests nobody.
Error.stackTraceLimit = 0
const say = (message: Message<unknown>): void => parentPort?.postMessage(message)

parentPort?.on('message', async (job: unknown) => {
  try {
    const { work } = (await import(workerData as string)) as { readonly work: Work<unknown, unknown> }
    say({ done: await work(job, (told) => say({ told })) })
  } catch (error) {
    say({ failed: error as Error })
  }
})
