/** The address of a daemon, from what a configuration says. In charge of never sending tokens in the clear by accident. */

/** `127.0.0.0/8`, `::1` and `localhost`, as URL writes them. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** The WebSocket address; `host:port` means wss. Complaints go to `complain`, the answer is then ''. */
export function endpointUrl(endpoint: string, allowInsecure: boolean, complain: (field: string, error: string) => void): string {
  const refuse = (error: string): string => {
    complain('endpoint', error)
    return ''
  }
  const url = URL.parse(endpoint.includes('://') ? endpoint : `wss://${endpoint}`)
  if (url === null || url.hostname === '') return refuse('Must be an address such as wss://dbal.example.com:50051 or dbal.example.com:50051')
  if (url.protocol !== 'wss:' && url.protocol !== 'ws:') return refuse(`Must begin with wss:// (or ws:// to this machine), not ${url.protocol}//`)
  if (url.username !== '' || url.password !== '') return refuse('Must not hold a password; give auth.session or use login')
  if (url.search !== '' || url.hash !== '') return refuse('Must not have anything behind the path')
  if (url.protocol === 'ws:' && !isLoopback(url.hostname) && !allowInsecure) {
    return refuse('Must begin with wss://: ws:// sends tokens in the clear and is for this machine only (allowInsecure: true overrides)')
  }
  return url.href
}
