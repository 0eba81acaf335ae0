/** Which server it is and what follows from that for texts of statements. In charge of versions; must not know connections. */

export interface Flavour {
  readonly kind: 'mariadb' | 'mysql'
  /** Major and minor, such as 10.11. */
  readonly version: readonly [number, number]
}

/** Compares and orders by code point, trailing spaces included. */
export function collationOf({ kind }: Flavour): string {
  return kind === 'mariadb' ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
}

/** Digits behind the point that a DECIMAL can have. */
export function mostScale({ kind }: Flavour): number {
  return kind === 'mariadb' ? 38 : 30
}

/** What SQL is written for where no server has been asked: DDL files, tests. */
export const mariadb: Flavour = { kind: 'mariadb', version: [10, 11] }
export const mysql: Flavour = { kind: 'mysql', version: [8, 0] }

/** Of the server's own version string, such as `10.11.19-MariaDB-0+deb12u1` or `8.0.42`. */
export function flavourOf(version: string): Flavour {
  // MariaDB may hide behind a version that old replicas of MySQL take for one of theirs.
  const own = version.replace(/^5\.5\.5-/, '')
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(own) ?? []
  return { kind: /mariadb/i.test(version) ? 'mariadb' : 'mysql', version: [Number(major), Number(minor)] }
}

/** `MariaDB 10.11.19`, `MySQL 8.0.42`. */
export function titleOf(version: string): string {
  const own = version.replace(/^5\.5\.5-/, '')
  return `${flavourOf(version).kind === 'mariadb' ? 'MariaDB' : 'MySQL'} ${/^\d+(?:\.\d+)*/.exec(own)?.[0] ?? ''}`.trim()
}

/** JSON_TABLE, window functions, checks and the collation are there. */
export function isSupported({ kind, version: [major, minor] }: Flavour): boolean {
  return kind === 'mariadb' ? major > 10 || (major === 10 && minor >= 6) : major >= 8
}
