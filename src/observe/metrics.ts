/** Observations as Prometheus series. In charge of names, buckets and closed label sets; must not know who observes. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Observation, Observe } from './observation.ts'

export interface MetricsOptions {
  /** Method names that may be a label; any other is `other`. */
  readonly methods: readonly string[]
  /** Pool series by closed names (the adapter's gauges); asked at each scrape. */
  readonly pool?: () => Readonly<Record<string, number>>
  /** Series of the process and the event loop (default true). */
  readonly process?: boolean
}

export interface Metrics {
  readonly observe: Observe
  /** Text in the exposition format. */
  text(): Promise<string>
  readonly contentType: string
}

/** Seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Its own registry: two engines in one process do not mix. Labels come from closed sets only, so hostile callers make no series. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (options.process !== false) collectDefaultMetrics({ register: registry })
  const methods = new Set(options.methods)
  const requests = requestSeries(registers)
  const acl = new Counter({ name: 'dbal_acl_checks_total', help: 'Decisions of the access rules', labelNames: ['result'], registers })
  const logins = new Counter({ name: 'dbal_authentication_total', help: 'Identities presented to the daemon', labelNames: ['result'], registers })
  const active = new Gauge({ name: 'dbal_active_connections', help: 'Client connections that are open now', registers })
  const connections = new Counter({
    name: 'dbal_connections_total',
    help: 'Client connections by what became of them',
    labelNames: ['result'],
    registers,
  })
  const faults = new Counter({ name: 'dbal_faults_total', help: 'Faults that no caller was told of', registers })
  const statements = new Histogram({ name: 'dbal_statement_duration_seconds', help: 'Time of statements in the database', buckets, registers })
  const allowed = acl.labels('allowed')
  const denied = acl.labels('denied')
  for (const result of ['success', 'failure']) logins.labels(result).inc(0)
  for (const result of ['accepted', 'refused']) connections.labels(result).inc(0)
  allowed.inc(0)
  denied.inc(0)
  if (options.pool !== undefined) poolSeries(options.pool, registers)

  const connection = ({ change }: Extract<Observation, { kind: 'connection' }>): void => {
    if (change === 'refused') connections.labels('refused').inc()
    else if (change === 'opened') {
      connections.labels('accepted').inc()
      active.inc()
    } else active.dec()
  }

  return {
    observe(o) {
      switch (o.kind) {
        case 'request':
          return requests(methods.has(o.method) ? o.method : 'other', o.code === 'OK', o.durationMs / 1000)
        case 'aclCheck':
          return (o.allowed ? allowed : denied).inc()
        case 'statement':
          return statements.observe(o.durationMs / 1000)
        case 'connection':
          return connection(o)
        case 'authentication':
          return logins.labels(o.ok ? 'success' : 'failure').inc()
        case 'fault':
          return faults.inc()
        case 'daemon':
          return undefined
      }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type Record3 = (method: string, success: boolean, seconds: number) => void

/** Children are looked up once a method: hashing label sets on every request would be the dearest part of it. */
function requestSeries(registers: Registry[]): Record3 {
  const total = new Counter({ name: 'dbal_requests_total', help: 'Requests by method and outcome', labelNames: ['method', 'status'], registers })
  const duration = new Histogram({
    name: 'dbal_request_duration_seconds',
    help: 'Time from admission to reply',
    labelNames: ['method'],
    buckets,
    registers,
  })
  const series = (method: string) => ({
    success: total.labels(method, 'success'),
    error: total.labels(method, 'error'),
    duration: duration.labels(method),
  })
  const known = new Map<string, ReturnType<typeof series>>()
  return (method, success, seconds) => {
    let mine = known.get(method)
    if (mine === undefined) {
      mine = series(method)
      known.set(method, mine)
    }
    ;(success ? mine.success : mine.error).inc()
    mine.duration.observe(seconds)
  }
}

/** `pool_waiting` of the adapter becomes `dbal_pool{state="waiting"}`. */
function poolSeries(pool: () => Readonly<Record<string, number>>, registers: Registry[]): void {
  new Gauge({
    name: 'dbal_pool',
    help: 'Database connections by state',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [name, value] of Object.entries(pool())) this.set({ state: name.replace(/^pool_/, '') }, value)
    },
  })
}
