/** What may be told of an error of server or driver, by its number. In charge of public sentences; must not know statements. */

const unreachable = 'The database server cannot be reached; check host, port and that it runs'
const gone = 'The connection to the database server was lost'
const full = 'The database server has no room left on its disk'
const tls = 'The secure connection to the database server failed; check ssl_mode and ssl_ca_file'
const crowded = 'The database server has no connection left; lower database.pool_size or raise max_connections'
const refusedAccount = 'The database server refused the account; check user and password'
const readOnly = 'The database server is read-only'
const rights = 'The account of the database lacks a privilege that this needs'
const behind = 'The database does not have what the schema says; run dbal migrate plan'

export const hints: Readonly<Record<number, string>> = {
  1021: full,
  1040: crowded,
  1044: rights,
  1045: refusedAccount,
  1049: 'There is no such database on the server; create it first',
  1053: gone,
  1054: behind,
  1114: full,
  1129: 'The database server blocks this host after too many failed connections; FLUSH HOSTS ends that',
  1130: 'The database server does not let this host in',
  1142: rights,
  1143: rights,
  1146: behind,
  1153: 'A statement was larger than the server takes; raise max_allowed_packet, or write fewer rows at once',
  1203: crowded,
  1226: crowded,
  1227: rights,
  1251: 'The account of the database logs in by a method that is not supported',
  1290: readOnly,
  1296: 'The engine of the database could not do this; where rows delete each other in turn, more than 15 levels deep, delete the deepest first',
  1461: 'The database server keeps too many prepared statements; raise max_prepared_stmt_count',
  1698: refusedAccount,
  1836: readOnly,
  1927: gone,
  2006: gone,
  2013: gone,
  3008: 'Rows delete each other in turn, more than 15 levels deep; delete the deepest first',
  3159: 'The database server takes secure connections only; set ssl_mode to require or higher',
  45008: tls,
  45009: gone,
  45012: 'The database server did not answer in time; check host, port and that it runs',
  45013: gone,
  45023: 'The database server does not offer secure connections; set it up, or lower ssl_mode',
  45025: 'The account of the database logs in by a method that is not supported',
  45044: 'The account of the database needs a secure connection to log in; set ssl_mode to require or higher',
  45046: 'A statement was larger than the server takes; raise max_allowed_packet, or write fewer rows at once',
  45060: tls,
  45061: tls,
  45063: tls,
}

/** Errors of the operating system and of TLS come with a name instead. */
export function hintOfName(name: string): string | undefined {
  if (/^E(CONN|NOTFOUND|AI_|HOST|NET|PIPE|TIMEDOUT|ADDR)/.test(name)) return name === 'ECONNRESET' || name === 'EPIPE' ? gone : unreachable
  return /CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(name) ? tls : undefined
}

/** Numbers after which the connection is no more; those below 45000 are the server's own. */
const fatal: ReadonlySet<number> = new Set([1053, 1153, 1927, 2006, 2013, 45001, 45004, 45009, 45013, 45019, 45026])

/** A statement that was stopped; the driver takes it for the end of the connection, and the server has undone it. */
const stopped = 1317

export function isLost({ errno, code, fatal: ended }: { readonly errno?: unknown; readonly code?: unknown; readonly fatal?: unknown }): boolean {
  return (
    (ended === true && errno !== stopped) ||
    (typeof errno === 'number' && fatal.has(errno)) ||
    (typeof code === 'string' && /^E(CONNRESET|PIPE|TIMEDOUT)$/.test(code))
  )
}
