#!/usr/bin/env node
/** The command's first step: is this Node new enough? In charge of saying so before anything is loaded that an old one cannot read. */

const leastMajor = 24

if (Number(process.versions.node.split('.')[0]) < leastMajor) {
  process.stderr.write(
    `dbal: this is Node ${process.versions.node}, and DBAL needs Node ${leastMajor} or newer: install it, or run the command with npx node@${leastMajor}\n`,
  )
  process.exitCode = 1
} else {
  // A reader that has gone (`dbal daemon 2>&1 | head`) is no fault of the process, and a complaint about it would meet the same end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { runProgram } = await import('./program.ts')
  process.exitCode = await runProgram(process.argv.slice(2))
}
