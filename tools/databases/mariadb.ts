/** A private MariaDB. In charge of its arguments and its account; openServer in private-server.ts is in charge of its life. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Missing, openServer, type Place, type Server, type ServerOptions } from './private-server.ts'
import { findProgram } from './programs.ts'

export async function startMariadb(options: ServerOptions = {}): Promise<Server | Missing> {
  const program = findProgram('mariadbd')
  const install = findProgram('mariadb-install-db')
  if (program === undefined || install === undefined)
    return { missing: 'no mariadbd and mariadb-install-db on this machine; npm run setup:databases installs them where it can' }
  return openServer(
    {
      title: 'MariaDB',
      program,
      accounts: ['mysql'],
      prepare: (place) => [initialise(install, program, place)],
      command: (place, port) => [program, ...settings(program, place, port)],
      ready: 'ready for connections',
      version: /Version: '([\d.]+)/,
      tls: true,
      // Its data is about to go.
      stopSignal: 'SIGKILL',
      url: ({ password }, port) => `mysql://root:${password}@127.0.0.1:${port}/mysql`,
    },
    options,
  )
}

const small = ['--innodb-log-file-size=16M', '--innodb-buffer-pool-size=64M']
/** Debian's configuration chooses utf8mb4; without files of configuration the program would choose latin1. */
const texts = ['--character-set-server=utf8mb4', '--collation-server=utf8mb4_general_ci']

function initialise(install: string, program: string, { folder, data, password }: Place): string[] {
  // One statement a line is what --init-file reads. It runs at each start.
  const statements = [
    `ALTER USER root@localhost IDENTIFIED BY '${password}';`,
    `CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;",
  ]
  writeFileSync(join(folder, 'init.sql'), `${statements.join('\n')}\n`, { mode: 0o644 })
  const account = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
  return [install, '--no-defaults', `--basedir=${dirname(dirname(program))}`, `--datadir=${data}`, ...account, ...small]
}

/** A commit is handed to the system before it is acknowledged, not forced to the disk: it survives a killed process, not a power cut. */
function settings(program: string, { folder, data, tls }: Place, port: number): string[] {
  const secured = tls === undefined ? ['--skip-ssl'] : [`--ssl-ca=${tls.ca}`, `--ssl-cert=${tls.certificate}`, `--ssl-key=${tls.key}`]
  const files = [
    `--basedir=${dirname(dirname(program))}`,
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
  ]
  const network = [`--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve', '--max-connections=300']
  const commits = ['--innodb-flush-log-at-trx-commit=2', '--sync-binlog=0']
  return ['--no-defaults', ...files, `--init-file=${join(folder, 'init.sql')}`, ...network, ...texts, ...small, ...commits, ...secured]
}
