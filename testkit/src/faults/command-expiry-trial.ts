import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import { type Ended, ScarfProgram } from "../journey/scarf-program.js";
import { endSessionAt } from "./expiry-trial.js";
import { FaultProxy } from "./fault-proxy.js";

export interface CommandExpiryReport {
  /** Requests at which the session ended. */
  readonly requests: number;
  /** What the command said about the state of things. */
  readonly said: ReadonlySet<string>;
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

const resourceId = "SCARF@STFC";

/**
 * Runs `scarf reconstruct` again and again, with the session ended at one request after the other, and then does what it says:
 * logs in and runs the command that it names, or where there is nothing to take up yet the same one.
 */
export async function runCommandExpiryTrial(): Promise<CommandExpiryReport> {
  await using scarf = await startScarf();
  await using proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const trial = new CommandExpiryTrial(scarf, proxy);
  await trial.prepare();
  while (await trial.next());
  return trial;
}

class CommandExpiryTrial implements CommandExpiryReport {
  requests = 0;
  readonly said = new Set<string>();
  readonly violations: string[] = [];
  readonly #scarf: ScarfInABox;
  readonly #proxy: FaultProxy;
  readonly #folder: string;
  readonly #program: ScarfProgram;
  readonly #who: readonly string[];

  constructor(scarf: ScarfInABox, proxy: FaultProxy) {
    this.#scarf = scarf;
    this.#proxy = proxy;
    this.#folder = join(scarf.folder, "terminal");
    this.#program = new ScarfProgram(this.#folder);
    this.#who = ["--resource", resourceId, "--user", scarf.userName];
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.#folder, "config"), { recursive: true });
    await mkdir(join(this.#folder, "tmp"));
    const definition = `[resources."${resourceId}"]\nkind = "pac"\nurl = "${this.#proxy.origin}/platform/"\n`;
    await writeFile(join(this.#folder, "config", "config.toml"), definition);
  }

  /** False: the command needs no further request. */
  async next(): Promise<boolean> {
    this.requests += 1;
    const name = `scan-${this.requests}`;
    const scan = Buffer.alloc(50_000, `${name} `);
    await writeFile(join(this.#folder, `${name}.nxs`), scan);
    const output = ["-o", `${name}-slices`, "--application", "copy", "--name", name];
    const reconstruct = ["reconstruct", `${name}.nxs`, ...output, ...this.#who];
    await this.#run(["login", "--password-stdin", ...this.#who], this.#scarf.password);
    let hasEnded = false;
    this.#proxy.reset();
    this.#proxy.plan = endSessionAt(this.requests, this.#scarf.pacUrl, "by the gateway", () => {
      hasEnded = true;
    });
    const first = await this.#program.run(reconstruct);
    const sent = await this.#findScan(name);
    if (hasEnded && first.exitCode !== 0) await this.#takeUp(first, reconstruct);

    const slice = await readFile(join(this.#folder, `${name}-slices`, "slice.bin")).catch(() => undefined);
    if (slice?.equals(scan) !== true) this.#note("the slice has other bytes");
    if (sent !== undefined && (await this.#findScan(name)) !== sent) this.#note("the scan was sent twice");
    const jobs = await (await this.#scarf.local.logIn(this.#scarf)).list();
    const own = jobs.filter((job) => job.name === name).length;
    if (own !== 1) this.#note(`there are ${own} jobs`);
    return hasEnded;
  }

  async #takeUp({ exitCode, stderr }: Ended, reconstruct: readonly string[]): Promise<void> {
    if (exitCode !== 77) this.#note(`it ended with ${exitCode}`);
    if (!stderr.includes(`scarf login ${this.#who.join(" ")}`))
      this.#note(`it does not say how to log in: ${stderr}`);
    const state = /No job was submitted|goes on at|has succeeded/.exec(stderr)?.[0];
    if (state === undefined) this.#note(`it does not say what is done: ${stderr}`);
    else this.said.add(state);
    await this.#run(["login", "--password-stdin", ...this.#who], this.#scarf.password);
    const named = /Take it up with: (.*)/.exec(stderr)?.[1]?.split(" && ");
    const commands = named?.map((command) => command.split(" ").slice(1)) ?? [reconstruct];
    for (const command of commands) await this.#run(command);
  }

  async #run(command: readonly string[], stdin?: string): Promise<void> {
    const { exitCode, stderr } = await this.#program.run(command, stdin);
    if (exitCode !== 0) this.#note(`scarf ${command.join(" ")} ended with ${exitCode}: ${stderr}`);
  }

  /** Which file it is; another of the same name is another one. */
  async #findScan(name: string): Promise<number | undefined> {
    const found = await stat(join(this.#scarf.home, "scans", `${name}.nxs`)).catch(() => undefined);
    return found?.ino;
  }

  #note(what: string): void {
    this.violations.push(`session ended at request ${this.requests}: ${what}`);
  }
}
