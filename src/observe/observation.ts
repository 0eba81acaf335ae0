/** Everything that can be observed, as one closed union. In charge of the vocabulary; log.ts and metrics.ts are its readers. */
export type Observation =
  | {
      readonly kind: 'request'
      readonly method: string
      readonly entity?: string
      readonly code: 'OK' | string
      readonly durationMs: number
      readonly requestId: string /** Driver or internal error behind the code, for the log only. */
      readonly cause?: unknown
    }
  | { readonly kind: 'aclCheck'; readonly allowed: boolean }
  | { readonly kind: 'statement'; readonly durationMs: number; readonly entity: string }
  | { readonly kind: 'connection'; readonly change: 'opened' | 'closed' | 'refused'; readonly reason?: string }
  | { readonly kind: 'authentication'; readonly ok: boolean; readonly reason?: string; readonly address?: string }
  | { readonly kind: 'daemon'; readonly change: 'listening' | 'draining' | 'stopped'; readonly address?: string }
  | { readonly kind: 'fault'; readonly where: string; readonly error: unknown }

export type Observe = (observation: Observation) => void

export const unobserved: Observe = () => undefined
