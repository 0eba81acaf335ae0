/** `dbal secret`: encrypted values for configuration files. In charge of asking and telling; config/secrets.ts has the cipher. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isOption, optionOf, optionPaths } from '../../config/options.ts'
import { encryptSecret, readKey } from '../../config/secrets.ts'
import { suggestion } from '../../schema/complaint.ts'
import { askHidden, readLine, say, UsageError } from '../terminal.ts'

export function registerSecret(program: Command): void {
  const secret = program.command('secret').description('encrypt values of the configuration')
  secret
    .command('key <file>')
    .description('make a new key file, readable by you only')
    .addHelpText('after', '\nExample:\n  dbal secret key dbal.key')
    .action(makeKey)
  secret
    .command('encrypt <option>')
    .description('encrypt a value for one option; prints the enc:… text to put into the file')
    .requiredOption('--key-file <file>', 'key file, the one that security.key_file names')
    .option('--stdin', 'read the value from the first line of standard input instead of asking')
    .addHelpText('after', '\nExample:\n  dbal secret encrypt database.connection.password --key-file dbal.key')
    .action(encrypt)
}

function makeKey(file: string): void {
  // `wx`: a key that is overwritten takes everything that it encrypted with it.
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  say(`Wrote a new key to ${file}. Keep it apart from the configuration, and never in version control.`)
}

async function encrypt(option: string, options: Readonly<Record<string, string | boolean | undefined>>): Promise<void> {
  const secrets = optionPaths.filter((path) => optionOf(path).secret !== undefined)
  if (!isOption(option) || !secrets.includes(option))
    throw new UsageError(`${JSON.stringify(option)} is no secret option${suggestion(option, secrets)}`)
  const key = readKey(String(options['keyFile']))
  const value = options['stdin'] === true ? await readLine() : await askHidden(`Value of ${option}: `)
  say(encryptSecret(option, value, key))
}
