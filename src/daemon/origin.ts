/** May a page of this origin talk to the daemon? In charge of the comparison; must not know requests beyond two headers. */
import { isIP } from 'node:net'

/** Callers without an Origin header are no browsers and need none. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean

/**
 * Exact comparison with the list. Besides, a page that the daemon's own address served: there the Host must be an address or a name of
 * this machine, since any other name may be an attacker's that resolves to us (DNS rebinding).
 */
export function createOriginCheck(allowed: readonly string[], ownHost: string, scheme: 'http' | 'https'): OriginCheck {
  const list = new Set(allowed.map((origin) => origin.toLowerCase()))
  const names = new Set(['localhost', '127.0.0.1', '[::1]', ownHost.toLowerCase()])
  return (origin, host) => {
    if (origin === undefined) return true
    const asked = origin.toLowerCase()
    if (list.has(asked)) return true
    const own = host?.toLowerCase() ?? ''
    const name = own.replace(/:\d+$/, '')
    return asked === `${scheme}://${own}` && (names.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0)
  }
}

/** The form in which limits and audit know an address: an IPv4 one is the same on both kinds of socket. */
export function addressOf(remote: string | undefined): string {
  return (remote ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '')
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}
