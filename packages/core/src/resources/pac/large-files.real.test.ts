import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates, type TestCertificates } from "../../testing/certificates.js";
import { PacSimulator } from "./testing/pac-simulator.js";

const mebibyte = 1_048_576;
const program = fileURLToPath(new URL("./testing/transfer-main.js", import.meta.url));

interface Report {
  readonly bytes: number;
  readonly sha256: string;
  readonly peakBytes: number;
  readonly seconds: number;
}

function readReport(value: unknown): Report {
  if (typeof value !== "object" || value === null) throw new Error("no report");
  const fields = new Map<string, unknown>(Object.entries(value));
  return {
    bytes: Number(fields.get("bytes")),
    sha256: String(fields.get("sha256")),
    peakBytes: Number(fields.get("peakBytes")),
    seconds: Number(fields.get("seconds")),
  };
}

/** Transfers in a process of its own, so that its memory is nobody else's. */
async function transfer(
  simulator: PacSimulator,
  direction: "upload" | "download",
  sizeBytes: number,
  caFile = "",
): Promise<Report> {
  const child = spawn(
    process.execPath,
    [program, simulator.baseUrl, simulator.password, direction, String(sizeBytes), caFile],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child, "close");
  expect(child.exitCode).toBe(0);
  return readReport(JSON.parse(text));
}

describe("large files", () => {
  let directory: string;
  let certificates: TestCertificates;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "scarf-large-"));
    certificates = await makeCertificates(directory);
  });

  afterAll(() => rm(directory, { recursive: true }));

  it.each(["plain", "TLS"])("Mantid fault: the whole file in memory, twice (%s)", async (kind) => {
    await using simulator = await PacSimulator.start(kind === "TLS" ? { certificates } : {});
    const caFile = kind === "TLS" ? certificates.caFile : "";
    for (const direction of ["upload", "download"] as const) {
      const peaks: number[] = [];
      for (const sizeBytes of [32 * mebibyte, 480 * mebibyte]) {
        simulator.files.set("1", [{ name: "big", content: { sizeBytes } }]);
        const report = await transfer(simulator, direction, sizeBytes, caFile);
        expect(report.bytes).toBe(sizeBytes);
        peaks.push(report.peakBytes);
        console.info(
          `${kind} ${direction} ${sizeBytes / mebibyte} MiB: ${Math.round(sizeBytes / mebibyte / report.seconds)} MiB/s, peak ${Math.round(report.peakBytes / mebibyte)} MiB`,
        );
      }
      const [small = 0, large = 0] = peaks;
      expect(large).toBeLessThan(150 * mebibyte);
      expect(large - small).toBeLessThan(60 * mebibyte);
    }
  });

  it("go up in chunks of 512 MiB when they are larger", async () => {
    await using simulator = await PacSimulator.start();
    const sizeBytes = 520 * mebibyte;
    const { peakBytes } = await transfer(simulator, "upload", sizeBytes);
    const chunks = simulator.sent("uplargefile/0");
    expect(chunks).toHaveLength(2);
    expect(chunks.map(({ bodyBytes }) => Math.floor(bodyBytes / mebibyte))).toEqual([512, 8]);
    expect(peakBytes).toBeLessThan(150 * mebibyte);
  });

  it("arrive as they are on the other side", async () => {
    await using simulator = await PacSimulator.start();
    const content = Buffer.alloc(3 * mebibyte + 1, "0123456789\r\n--");
    simulator.files.set("1", [{ name: "big", content }]);
    const down = await transfer(simulator, "download", content.length);
    expect(down.sha256).toBe(createHash("sha256").update(content).digest("hex"));
    const up = await transfer(simulator, "upload", content.length);
    const received = simulator.uploads.at(-1)?.content ?? Buffer.alloc(0);
    expect(createHash("sha256").update(received).digest("hex")).toBe(up.sha256);
  });
});
