import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalResource, type ReconstructionEvent, reconstructScan } from "scarf-tomo";
import { parseProgressLine, type Progress, renderProgressLine } from "scarf-tomo-recon";
import { expect, it } from "vitest";

const stages = ["fields", "beam", "centre", "limits", "reconstruct"] as const satisfies Progress["stage"][];

/** Each stage, with rates from the slowest that is shown to ones without a fraction. */
const steps = stages.flatMap((stage): Progress[] =>
  [null, 0.004, 0.5, 3.456, 42.42, 1234.5].map((ratePerSecond, index) => ({
    stage,
    done: index,
    total: 20_000,
    ratePerSecond,
    secondsLeft: ratePerSecond && Math.round(20_000 / ratePerSecond),
  })),
);

/** Neither package may import the other, so each has its own side of this format. */
it("the library understands every line of progress that scarf-recon prints", async () => {
  const folder = await mkdtemp(join(tmpdir(), "progress-lines-"));
  const lines = steps.map((step) => renderProgressLine(step));
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "lines"), `${lines.join("\n")}\n`);
  const program = join(folder, "bin", "scarf-recon");
  await writeFile(program, `#!/bin/sh\ncat '${folder}/lines'\necho slice > recon_00000.tif\n`);
  await chmod(program, 0o755);
  await writeFile(join(folder, "scan.nxs"), "a scan");
  const resource = new LocalResource({
    workspace: join(folder, "workspace"),
    idleSeconds: 0.2,
    extraPath: [join(folder, "bin")],
  });
  try {
    const session = await resource.logIn({ userName: "ada" });
    const events: ReconstructionEvent[] = [];
    await reconstructScan(
      session,
      join(folder, "scan.nxs"),
      { directory: join(folder, "results") },
      (event) => {
        events.push(event);
      },
    );
    const told = events.flatMap((event) => (event.kind === "progress" ? [event] : []));
    expect(told).toEqual(lines.map((line) => asEvent(parseProgressLine(line))));
    expect(told).toHaveLength(30);
  } finally {
    await resource.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

function asEvent(progress: Progress | null): ReconstructionEvent | undefined {
  if (progress === null) return undefined;
  const { stage, done, total, ratePerSecond, secondsLeft } = progress;
  return {
    kind: "progress",
    step: stage,
    done,
    total,
    ...(ratePerSecond !== null && { ratePerSecond }),
    ...(secondsLeft !== null && { secondsLeft }),
  };
}
