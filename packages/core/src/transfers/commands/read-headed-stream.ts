import type { CommandOutput, CommandStream } from "../../transports/command-transport.js";

export interface HeadedStream {
  /** The first line, without its end. */
  readonly header: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const mostHeaderBytes = 4_096;

/**
 * Takes the first line from a program's output, and leaves the rest to be read.
 * @param explain - what it means that the program ended otherwise than well
 */
export async function readHeadedStream(
  { stdout, ended }: CommandStream,
  explain: (output: Omit<CommandOutput, "stdout">) => Error,
): Promise<HeadedStream> {
  const iterator = stdout[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let line = -1;
  while (line < 0 && head.length < mostHeaderBytes) {
    const next = await iterator.next();
    if (next.done === true) {
      const output = await ended;
      throw explain(output.exitCode === 0 ? { ...output, exitCode: 1, stderr: "it said nothing" } : output);
    }
    // Chunks may be reused buffers.
    head = Buffer.concat([head, next.value]);
    line = head.indexOf(0x0a);
  }
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (line + 1 < head.length) yield head.subarray(line + 1);
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) break;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
    const output = await ended;
    if (output.exitCode !== 0) throw explain(output);
  }
  return { header: head.subarray(0, Math.max(line, 0)).toString("utf8"), chunks: chunks() };
}
