/** A certificate authority for one server and the server's certificate, valid for 127.0.0.1 and localhost. Must not know the server. */
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, findProgram } from './programs.ts'

export interface Certificate {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

const run = promisify(execFile)
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']

/** Writes the files into `folder`. Undefined where there is no openssl: then servers go without TLS. */
export async function makeCertificate(folder: string, owner: Account | undefined): Promise<Certificate | undefined> {
  const openssl = findProgram('openssl')
  if (openssl === undefined) return undefined
  const file = (name: string): string => join(folder, name)
  const files: Certificate = { ca: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') }
  const authority = ['-x509', '-subj', '/CN=private test authority', '-keyout', file('ca.key'), '-out', files.ca]
  await run(openssl, ['req', ...newKey, ...authority, '-addext', 'keyUsage=critical,keyCertSign'])
  await run(openssl, ['req', ...newKey, '-subj', '/CN=localhost', '-keyout', files.key, '-out', file('server.csr')])
  const names = file('names')
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signed = ['-req', '-in', file('server.csr'), '-CA', files.ca, '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '30', '-extfile', names]
  await run(openssl, ['x509', ...signed, '-out', files.certificate])
  // Nobody signs a second one.
  for (const used of ['ca.key', 'server.csr', 'names']) rmSync(file(used))
  chmodSync(files.key, 0o600)
  for (const path of Object.values(files)) if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
  return files
}
