import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkConfiguration, checkConfigurationInput } from "./gateway-configuration.js";

const resource = '[resources.local]\nkind = "local"\nworkspace = "ws"\n';

describe("configuration of the gateway", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-config-"));
    file = join(folder, "gateway.toml");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function check(text: string): ReturnType<typeof checkConfiguration> {
    await writeFile(file, text);
    return checkConfiguration(file);
  }

  it("needs little, and makes paths absolute", async () => {
    const configuration = await check(`stateDirectory = "state"\n${resource}`);
    expect(configuration).toMatchObject({
      listen: { host: "127.0.0.1", port: 8080 },
      contextPath: "platform",
      stateDirectory: join(folder, "state"),
      users: { authentication: "gateway", file: join(folder, "state", "users") },
      sessions: { idleMinutes: 60 },
      limits: { loginAttempts: 5 },
      defaultResource: "local",
      resources: { local: { kind: "local", workspace: join(folder, "ws") } },
    });
  });

  it.each([
    ["no state", resource, "1: expected stateDirectory to be text, found nothing"],
    [
      "port",
      `listen = "127.0.0.1:99999"\nstateDirectory = "s"\n${resource}`,
      "1: expected a port up to 65535, found 99999",
    ],
    [
      "no port",
      `stateDirectory = "s"\nlisten = "127.0.0.1"\n${resource}`,
      '2: expected listen to be an address with a port such as "127.0.0.1:8080" or "[::1]:8080", found "127.0.0.1"',
    ],
    [
      "unknown key",
      `stateDirectory = "s"\nlistne = 1\n${resource}`,
      '2: expected a known key, found "listne"; did you mean "listen"?',
    ],
    [
      "no resource",
      `stateDirectory = "s"\n`,
      '1: expected a resource to offer, such as [resources.local] with kind = "local", found none',
    ],
    [
      "default",
      `stateDirectory = "s"\ndefaultResource = "x"\n${resource}`,
      '2: expected defaultResource to be one of local, found "x"',
    ],
    [
      "name",
      `stateDirectory = "s"\n[resources.platform]\nkind = "local"\nworkspace = "w"`,
      '2: expected another name than "platform"',
    ],
    [
      "no password check",
      `stateDirectory = "s"\n[users]\nauthentication = "resource"\n${resource}`,
      '3: expected "gateway", because the resource local (kind local) checks no passwords, found "resource"',
    ],
    [
      "passwords of pac",
      `stateDirectory = "s"\n[resources.scarf]\nkind = "pac"\nurl = "https://portal.scarf.rl.ac.uk:8443/platform/"`,
      'expected "resource", because the resource scarf (kind pac) needs each user\'s own password',
    ],
    [
      "negative",
      `stateDirectory = "s"\n[sessions]\nidleMinutes = -1\n${resource}`,
      "3: expected sessions.idleMinutes to be a number above 0, found -1",
    ],
    [
      "proxy",
      `stateDirectory = "s"\ntrustedProxies = ["proxy.example.org"]\n${resource}`,
      '2: expected trustedProxies[0] to be an address or network such as "127.0.0.1" or "10.0.0.0/8", found "proxy.example.org"',
    ],
    [
      "password in the file",
      `stateDirectory = "s"\npassword = "geheim"\n${resource}`,
      '2: expected no "password" here',
    ],
  ])("%s", async (_, text, message) => {
    const error = await check(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(String(error)).toContain(message);
    expect(String(error)).toContain(`${file}:`);
    expect(String(error)).not.toContain("geheim");
  });

  it("refuses to listen on the network without TLS unless told so", async () => {
    const text = `stateDirectory = "s"\nlisten = "0.0.0.0:8080"\n`;
    await expect(check(text + resource)).rejects.toThrow(
      `${file}:2: expected a loopback address (127.0.0.1, ::1 or localhost) as long as there is no [tls], found "0.0.0.0:8080"`,
    );
    expect((await check(`${text}insecure = true\n${resource}`)).listen.host).toBe("0.0.0.0");
    await expect(check(`${text}[tls]\ncert = "c.pem"\nkey = "k.pem"\n${resource}`)).rejects.toThrow(
      `${file}:4: expected a readable file as tls.cert, found none at ${join(folder, "c.pem")}`,
    );
  });

  it("checks what a program passes the same way", async () => {
    await expect(
      checkConfigurationInput({ stateDirectory: folder, listen: "0.0.0.0:1", resources: {} }),
    ).rejects.toThrow("configuration, listen: expected a loopback address");
  });
});
