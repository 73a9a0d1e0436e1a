import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isScarfError } from "scarf-tomo";
import { makeCertificates } from "scarf-tomo/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeFolder } from "../testing/remove-folder.js";
import { addUser } from "../users/users.js";
import { findEnvironmentProblems } from "./find-environment-problems.js";
import { checkConfiguration } from "./gateway-configuration.js";

describe("what a configuration needs of the machine", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-check-"));
  });
  afterAll(() => removeFolder(folder));

  async function check(
    toml: string,
    askResources = false,
  ): Promise<{ error: string; warnings: readonly string[] }> {
    const file = join(folder, "gateway.toml");
    await writeFile(file, toml);
    let warnings: readonly string[] = [];
    const error = await checkConfiguration(file, {
      alsoFind: async (configuration) => {
        const report = await findEnvironmentProblems(configuration, { askResources });
        ({ warnings } = report);
        return report.problems;
      },
    }).then(
      () => "",
      (reason: unknown) =>
        isScarfError(reason) ? reason.message.replaceAll(`${folder}/`, "") : String(reason),
    );
    return { error, warnings: warnings.map((text) => text.replaceAll(`${folder}/`, "")) };
  }

  it("is all there: nothing to say", async () => {
    const { cert, key } = await makeCertificates(folder);
    await addUser(join(folder, "state", "users"), "anna", "correct horse");
    const toml = `listen = "127.0.0.1:0"\nstateDirectory = "state"\n[tls]\ncert = "${cert}"\nkey = "${key}"\n[resources.local]\nkind = "local"\nworkspace = "w"\n`;
    expect(await check(toml, true)).toEqual({ error: "", warnings: [] });
  });

  it("is wrong in many places: all of them at once, each with its line, beside the mistakes of the file itself", async () => {
    const day = 86_400_000;
    const { cert } = await makeCertificates(folder, { notAfter: new Date(Date.now() - 2 * day) });
    await mkdir(join(folder, "other"));
    const { key } = await makeCertificates(join(folder, "other"));
    await writeFile(join(folder, "a-file"), "x");
    await writeFile(join(folder, "users"), "anna:plain text\n", { mode: 0o600 });
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { error } = await check(
      `listen = "127.0.0.1:${port}"\nstateDirectory = "a-file/state"\ndefaultResource = "nobody"\n[tls]\ncert = "${cert}"\nkey = "${key}"\n` +
        `[users]\nfile = "users"\n[log]\nauditFile = "a-file/audit.log"\n[operations]\nlisten = "203.0.113.1:9"\n` +
        `[resources.local]\nkind = "local"\nworkspace = "a-file/w"\n`,
    );
    server.close();
    const lines = error.split("\n").map((line) => line.replace(/^gateway\.toml:/, ""));
    expect(lines.map((line) => line.replace(/:.*(?:found|expected) /, ": "))).toEqual([
      `1: that 127.0.0.1:${port} is in use`,
      "2: that a-file/state can't be (a part of its path is a file)",
      '3: "nobody"',
      expect.stringMatching(/^5: that it has expired on /) as unknown,
      "6: another in other/key.pem",
      "8: something else.",
      "10: that a-file can't be (it is a file)",
      expect.stringMatching(/^12: that 203\.0\.113\.1:9 can't be used/) as unknown,
      "15: that a-file/w can't be (a part of its path is a file)",
    ]);
  });

  it("deserves a look: permissions, a certificate that ends, one for another host, nobody who can log in", async () => {
    await mkdir(join(folder, "soon"));
    const { cert, key } = await makeCertificates(join(folder, "soon"), {
      notAfter: new Date(Date.now() + 5.5 * 86_400_000),
    });
    await chmod(key, 0o644);
    await mkdir(join(folder, "open"));
    await chmod(join(folder, "open"), 0o755);
    const { error, warnings } = await check(
      `listen = "127.0.0.1:0"\nbaseUrl = "https://portal.example.org/"\nstateDirectory = "open"\n[limits]\nfreeDiskBytes = ${2 ** 50}\n[tls]\ncert = "${cert}"\nkey = "${key}"\n` +
        `[resources.local]\nkind = "local"\nworkspace = "w"\n`,
    );
    expect(error).toBe("");
    expect(warnings.map((warning) => warning.slice(0, 60))).toEqual([
      "open can be read by others. Run: chmod 700 open",
      expect.stringMatching(/^Only \d+ bytes are free/) as unknown,
      "Nobody can log in yet. Add a user with: scarf user add NAME",
      "The key soon/key.pem can be read by others. Run: chmod 600 s",
      expect.stringMatching(/^The certificate expires in 5 days, on /) as unknown,
      "The certificate is not one of portal.example.org, which is w",
    ]);
    expect(await readFile(key, "utf8")).toContain("PRIVATE KEY");
  });

  it("asks resources only when it is told to", async () => {
    const toml =
      'listen = "127.0.0.1:0"\nstateDirectory = "p"\n[users]\nauthentication = "resource"\n[resources.far]\nkind = "pac"\nurl = "http://127.0.0.1:1/platform/"\nlogin = "logon"\n';
    expect((await check(toml)).error).toBe("");
    expect((await check(toml, true)).error).toMatch(
      /^gateway\.toml:5: expected a resource that answers, found that far does not \(CONNECTION_FAILED/,
    );
  });
});
