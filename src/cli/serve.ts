/** A running daemon from a configuration: engine, log, metrics and sockets put together. In charge of the order of start and stop; must not print. */
import { readFileSync } from 'node:fs'
import type { Config } from '../config/load.ts'
import type { Settings } from '../config/options.ts'
import { type Daemon, type DaemonOptions, startDaemon } from '../daemon/daemon.ts'
import { DBALError } from '../errors/error.ts'
import { createLog } from '../observe/log.ts'
import { createMetrics } from '../observe/metrics.ts'
import type { Observe } from '../observe/observation.ts'
import { nobody } from '../policy/principal.ts'
import { methods } from '../protocol/message.ts'
import { type Opened, openEngine, setupOf } from './compose.ts'

export interface Serving {
  readonly engine: Opened
  readonly daemon: Daemon
  readonly observe: Observe
  /** Lets calls in flight end, then closes sockets, database and audit log. */
  stop(): Promise<void>
}

const sweepMs = 60_000
/** The database is asked at most this often, however often /health is. */
const probeMs = 1000

/** Rejects with DBALError, or the system's error of listening, and leaves nothing open. */
export async function serve(config: Config, version: string): Promise<Serving> {
  const { settings } = config
  const tls = readTls(settings)
  let engine: Opened | undefined
  const metrics = createMetrics({ methods, pool: () => engine?.gauges() ?? {} })
  const log = createLog({ level: settings['logging.level'], format: settings['logging.format'], slowMs: settings['logging.slow_query_threshold_ms'] })
  const observe: Observe = (observation) => {
    metrics.observe(observation)
    log(observation)
  }
  const opened = await openEngine(setupOf(config, 'daemon', observe))
  engine = opened
  try {
    const daemon = await startDaemon(
      optionsOf(settings, opened, observe, { version, metrics: () => metrics.text(), ...(tls === undefined ? {} : { tls }) }),
    )
    const sweeper = setInterval(() => void opened.sweep().catch((error: unknown) => observe({ kind: 'fault', where: 'sweep', error })), sweepMs)
    const stop = async (): Promise<void> => {
      clearInterval(sweeper)
      await daemon.drain()
      await opened.close()
    }
    return { engine: opened, daemon, observe, stop }
  } catch (error) {
    await opened.close().catch(() => undefined)
    throw listening(error, settings)
  }
}

function optionsOf(settings: Settings, engine: Opened, observe: Observe, rest: Pick<DaemonOptions, 'version' | 'metrics' | 'tls'>): DaemonOptions {
  const token = settings['security.monitoring_token']
  return {
    ...rest,
    execute: engine.execute,
    authenticate: engine.authenticate,
    refused: engine.refuse,
    nobody,
    observe,
    health: healthOf(engine),
    host: settings['server.host'],
    port: settings['server.port'],
    originAllowList: settings['server.allowed_origins'],
    openMonitoring: settings.mode === 'development',
    ...(token === undefined ? {} : { monitoringToken: token }),
  }
}

function healthOf(engine: Opened): DaemonOptions['health'] {
  let asked: { readonly at: number; readonly health: ReturnType<DaemonOptions['health']> } | undefined
  const ask = async (): ReturnType<DaemonOptions['health']> => {
    const started = performance.now()
    const connected = await engine.probe().then(
      () => true,
      () => false,
    )
    const audit = engine.auditHealthy()
    return {
      database: { connected, latency_ms: connected ? Math.round((performance.now() - started) * 100) / 100 : null },
      ...(audit === undefined ? {} : { audit }),
    }
  }
  return () => {
    if (asked === undefined || performance.now() - asked.at > probeMs) asked = { at: performance.now(), health: ask() }
    return asked.health
  }
}

/** PEM texts of the certificate. VALIDATION_ERROR that names the file that cannot be read. */
export function readTls(settings: Settings): DaemonOptions['tls'] {
  if (!settings['server.tls.enabled']) return undefined
  const read = (path: 'server.tls.cert_file' | 'server.tls.key_file' | 'server.tls.ca_file'): string => {
    const file = settings[path] ?? ''
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new DBALError('VALIDATION_ERROR', { reason: `${path}: ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}` })
    }
  }
  return {
    cert: read('server.tls.cert_file'),
    key: read('server.tls.key_file'),
    ...(settings['server.tls.ca_file'] === undefined ? {} : { ca: read('server.tls.ca_file') }),
  }
}

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken: a daemon may run there already; choose another with --port',
  EACCES: 'cannot be used without a privilege; choose one above 1023 with --port',
  EADDRNOTAVAIL: 'is not an address of this machine; choose another with --host',
  ENOTFOUND: 'is not an address of this machine; choose another with --host',
}

function listening(error: unknown, settings: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string' || error instanceof DBALError) return error
  const where = code === 'EADDRINUSE' || code === 'EACCES' ? `Port ${settings['server.port']} on ${settings['server.host']}` : settings['server.host']
  return new DBALError('VALIDATION_ERROR', { reason: `${where} ${listenReasons[code] ?? `cannot be listened on (${code})`}` }, { cause: error })
}
