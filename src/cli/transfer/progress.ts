/** How far a copy is, for people who watch it on a terminal. In charge of one line on standard error; silent everywhere else. */

export interface Progress {
  /** `rows` more are done. */
  add(rows: number): void
  /** Takes the line away. */
  end(): void
}

/** Rows between two changes of the line. */
const step = 500

export function progressOn(stream: NodeJS.WriteStream, what: string, total?: number): Progress {
  if (stream.isTTY !== true) return { add: () => undefined, end: () => undefined }
  let done = 0
  let told = 0
  const count = (rows: number): string => rows.toLocaleString('en')
  return {
    add: (rows) => {
      done += rows
      if (done - told < step) return
      told = done
      stream.write(`\r\u001b[K${what} ${count(done)}${total === undefined ? '' : ` of ${count(total)}`} rows`)
    },
    end: () => void stream.write('\r\u001b[K'),
  }
}
