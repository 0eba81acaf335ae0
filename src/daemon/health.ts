/** How the daemon is, for people and for orchestrators. In charge of the probe's pace and of who sees details; must not know databases. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { DaemonOptions, Health } from './options.ts'
import { isLoopback } from './origin.ts'

const probeMs = 1000
/** A probe that takes longer says as much as one that fails. */
const patienceMs = 5000

export interface Counts {
  readonly active: number
  readonly total: number
}

export interface Reporter {
  /** Body and status of GET /health. */
  health(counts: Counts, draining: boolean, details: boolean): Promise<{ readonly status: number; readonly body: object }>
  ready(draining: boolean): Promise<{ readonly status: number; readonly body: object }>
  /** May this caller see details and metrics? */
  trusted(address: string, token: string | undefined): boolean
}

type Parts = Pick<DaemonOptions, 'health' | 'observe' | 'version' | 'openMonitoring' | 'monitoringToken'>

export function createReporter(parts: Parts): Reporter {
  const startedAt = performance.now()
  let known: { readonly at: number; readonly health: Promise<Health> } | undefined

  /** Asked at most once a second, and by one at a time: a flood of probes is none on the database. */
  const probe = (): Promise<Health> => {
    const now = performance.now()
    if (known === undefined || now - known.at > probeMs) known = { at: now, health: within(parts.health(), parts) }
    return known.health
  }

  return {
    async health(counts, draining, details) {
      const { database, audit } = await probe()
      const well = database.connected && audit !== false
      const state = draining ? 'draining' : well ? 'healthy' : 'unhealthy'
      const status = state === 'healthy' ? 200 : 503
      if (!details) return { status, body: { status: state } }
      const uptime = Math.floor((performance.now() - startedAt) / 1000)
      const connections = { active: counts.active, total: counts.total }
      return {
        status,
        body: {
          status: state,
          version: parts.version,
          uptime,
          connections,
          database,
          ...(audit === undefined ? {} : { audit: { writable: audit } }),
        },
      }
    },
    async ready(draining) {
      const { database, audit } = await probe()
      const ready = !draining && database.connected && audit !== false
      return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready' } }
    },
    trusted: (address, token) => parts.openMonitoring === true || isLoopback(address) || sameText(token, parts.monitoringToken),
  }
}

async function within(asked: Promise<Health>, { observe }: Parts): Promise<Health> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The health probe took more than ${patienceMs} ms`)), patienceMs)
    timer.unref()
  })
  try {
    return await Promise.race([asked, late])
  } catch (error) {
    observe({ kind: 'fault', where: 'health probe', error })
    return { database: { connected: false, latency_ms: null } }
  } finally {
    clearTimeout(timer)
  }
}

/** Time does not depend on where the texts differ. */
function sameText(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined || expected === '') return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
