/**
 * Work in a thread of its own: where node:test is loaded it watches every promise, which costs an oracle a fifth of its time.
 * In charge of the thread and of its messages; must not know the work.
 */
import { Worker } from 'node:worker_threads'

/** What a module exports as `work`: plain data in, plain data out. */
export type Work<Job, Done> = (job: Job, tell: (text: string) => void) => Promise<Done>

export type Message<Done> = { readonly told: string } | { readonly done: Done } | { readonly failed: Error }

/** Does one job after the other; what it has loaded and learned serves the next. */
export class Apart<Job, Done> {
  readonly #worker: Worker

  constructor(module: URL) {
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: module.href })
    // It must not keep a process that has nothing else to wait for; while it works, a job holds it.
    this.#worker.unref()
  }

  /** Resolves with what the work resolves with; rejects with its error. `heard`: what it tells on its way. One job at a time. */
  async do(job: Job, heard: (text: string) => void = () => undefined): Promise<Done> {
    const worker = this.#worker
    const { promise, resolve, reject } = Promise.withResolvers<Done>()
    const said = (message: Message<Done>): void => {
      if ('told' in message) heard(message.told)
      else if ('failed' in message) reject(message.failed)
      else resolve(message.done)
    }
    const ended = (code: number): void => reject(new Error(`The thread ended with ${code} before its work`))
    worker.on('message', said).on('error', reject).on('exit', ended)
    worker.ref()
    worker.postMessage(job)
    try {
      return await promise
    } finally {
      worker.off('message', said).off('error', reject).off('exit', ended)
      worker.unref()
    }
  }
}
