/** Loaded after the switches: gives test files another `node:test`, whose tests can be run again and again in one process. */
import { registerHooks } from 'node:module'

const ours = new URL('./again.ts', import.meta.url).href

registerHooks({
  resolve: (asked, context, next) => (asked === 'node:test' ? { url: ours, shortCircuit: true, format: 'module-typescript' } : next(asked, context)),
})
