#!/usr/bin/env node
/** The command's first step: is this Node new enough? In charge of saying so before anything is loaded that an old one cannot read. */

const leastMajor = 24

if (Number(process.versions.node.split('.')[0]) < leastMajor) {
  process.stderr.write(
    `dbal: this is Node ${process.versions.node}, and DBAL needs Node ${leastMajor} or newer: install it, or run the command with npx node@${leastMajor}\n`,
  )
  process.exitCode = 1
} else {
  const { runProgram } = await import('./program.ts')
  process.exitCode = await runProgram(process.argv.slice(2))
}
