// Submits jobs until it is killed: node submitter-main.js WORKSPACE EFFECTS FIRST LAST. Prints `KEY ID` for each job
// that was acknowledged. Between the jobs it replaces a file, whose bytes are all the same.
import { writeSync } from "node:fs";
import { LocalResource } from "../local-resource.js";
import { attachmentBytes, getExpectedExitCode, pulseBytes } from "./kill-trial-jobs.js";

const [workspace = "", effects = "", first = "", last = ""] = process.argv.slice(2);
const resource = new LocalResource({ workspace, slots: 8, idleSeconds: 1 });
const session = await resource.logIn({ userName: "anna" });

for (let number = Number(first); number <= Number(last); number += 1) {
  const submitKey = `key ${number}`;
  const content = Buffer.alloc(attachmentBytes, number);
  const id = await session.submit(
    {
      name: `kill-${number}`,
      task: {
        kind: "script",
        // Appending one byte is atomic; a second run would be seen.
        text: `printf x >> "$1"; [ "$(wc -c < data.bin)" = ${attachmentBytes} ] || exit 99; exit ${getExpectedExitCode(number)}`,
        args: [`${effects}/${number}`],
      },
      attachments: [{ name: "data.bin", source: sourceOf(content) }],
    },
    { submitKey },
  );
  writeSync(1, `${number} ${id}\n`);
  await session.files.write("pulse", "pulse.bin", sourceOf(Buffer.alloc(pulseBytes, number)), {
    overwrite: true,
  });
}

function sourceOf(content: Buffer) {
  return {
    sizeBytes: content.length,
    async *read(offset = 0) {
      for (let at = offset; at < content.length; at += 16_384) yield content.subarray(at, at + 16_384);
    },
  };
}
