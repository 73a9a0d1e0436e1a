import { expect, it } from "vitest";
import { awaitEnd, open, readText, shell } from "./open-plain-service.js";
import { userName } from "./plain-service.js";

/** Results, output and errors of jobs whose script is written for this interpreter. */
export function scriptResultsCase(scripts: "python" | "shell"): void {
  it(`tells results by what the ${scripts} script leaves`, async () => {
    await using opened = await open({ scripts });
    const { session } = opened;
    const attachments = [
      {
        name: "in put.txt",
        source: {
          sizeBytes: 5,
          async *read() {
            yield Buffer.from("input");
          },
        },
      },
    ];
    const environment = { GREETING: 'it\'s "ü" $HOME' };
    const good = await session.submit(
      { ...shell('cat "in put.txt"; echo "$GREETING"; echo oops >&2'), attachments, environment },
      { submitKey: "good" },
    );
    const bad = await session.submit(shell("exit 7"), { submitKey: "bad" });
    expect(await awaitEnd(session, good)).toMatchObject({
      phase: "finished",
      outcome: "succeeded",
      exitCode: 0,
    });
    const status = await awaitEnd(session, bad);
    expect(status).toMatchObject({ phase: "finished", outcome: "failed", exitCode: 7, raw: "COMPLETED" });
    expect(status.evidence.source).toMatch(/exit-code file/);
    expect(await readText(session, good, "scarf-output.txt")).toBe('inputit\'s "ü" $HOME\n');
    expect(await session.job(good)).toMatchObject({
      name: "cat",
      outputPath: "scarf-output.txt",
      owner: userName,
    });
    expect(await readText(session, good, "scarf-error.txt")).toBe("oops\n");
    const file = (await session.jobFiles(good).list()).find(({ name }) => name === "in put.txt");
    expect(file).toMatchObject({ sizeKnown: false, kind: "file" });
    expect(await session.cancel(good)).toBe("already-finished");
  });
}
