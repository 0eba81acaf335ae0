/** Words about trust in a url: what they mean together, and those that are refused. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Trust, urlTrust } from './trust.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-trust-'))
after(() => rmSync(folder, { recursive: true }))
const authority = join(folder, 'ca.pem')
const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
writeFileSync(authority, pem)
writeFileSync(join(folder, 'notes.txt'), 'no certificate')

const said = (query: string, usual?: Trust): Trust => urlTrust(new URLSearchParams(query), usual)
const ca = encodeURIComponent(authority)

const understood: readonly (readonly [query: string, usual: Trust, meant: Trust])[] = [
  ['', {}, {}],
  ['', { sslMode: 'require', sslCa: 'x' }, { sslMode: 'require', sslCa: 'x' }],
  ['sslmode=verify-full', {}, { sslMode: 'verify-full' }],
  ['ssl-mode=VERIFY_IDENTITY', { sslMode: 'disable' }, { sslMode: 'verify-full' }],
  ['ssl-mode=PREFERRED', {}, { sslMode: 'prefer' }],
  [`sslmode=verify-ca&sslrootcert=${ca}`, {}, { sslMode: 'verify-ca', sslCa: pem }],
  [`sslrootcert=${ca}`, {}, { sslMode: 'verify-full', sslCa: pem }],
  [`sslmode=require&sslrootcert=${ca}`, {}, { sslMode: 'verify-ca', sslCa: pem }],
  [`ssl-ca=${ca}`, { sslMode: 'verify-ca', sslCa: 'other' }, { sslMode: 'verify-ca', sslCa: pem }],
  ['sslrootcert=system', {}, { sslMode: 'verify-full' }],
  ['sslmode=verify-full', { sslCa: 'x' }, { sslMode: 'verify-full', sslCa: 'x' }],
]

for (const [query, usual, meant] of understood)
  test(`${query.replaceAll(folder, '…')} beside ${JSON.stringify(usual)}`, () => assert.deepEqual(said(query, usual), meant))

const refused: readonly (readonly [query: string, usual: Trust, hint: RegExp])[] = [
  ['sslmode=verify', {}, /sslmode is one of disable, prefer/],
  ['sslmode=require&ssl-mode=DISABLED', {}, /twice/],
  [`sslmode=prefer&sslrootcert=${ca}`, {}, /write sslmode=verify-full/],
  [`sslrootcert=${ca}`, { sslMode: 'disable' }, /write sslmode=verify-full/],
  [`sslrootcert=${ca}x`, {}, /cannot be read/],
  [`sslrootcert=${encodeURIComponent(join(folder, 'notes.txt'))}`, {}, /holds no certificate/],
]

for (const [query, usual, hint] of refused)
  test(`${query.replaceAll(folder, '…')} beside ${JSON.stringify(usual)} is refused`, () =>
    assert.throws(
      () => said(query, usual),
      (error: { readonly details?: { readonly hint?: string } }) =>
        hint.test(String(error.details?.hint)) && !String(error.details?.hint).includes(folder),
    ))
