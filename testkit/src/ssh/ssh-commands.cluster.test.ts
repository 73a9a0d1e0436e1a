import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  isScarfError,
  type ScarfError,
  SshCommands,
  type SshOptions,
  type SshQuestion,
  type SshQuestioner,
} from "scarf-tomo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, useCluster } from "../cluster/index.js";
import { runOrThrow } from "../cluster/run-program.js";

let cluster: Cluster;
let folder: string;
const opened: SshCommands[] = [];

beforeEach(async () => {
  cluster = await useCluster();
  folder = await mkdtemp(join(tmpdir(), "scarf-ssh-test-"));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

/** As alice, with her key, unless something else is said. */
function open(options: Partial<SshOptions> = {}): SshCommands {
  const { ssh, users } = cluster.description;
  const commands = new SshCommands({
    host: ssh.host,
    port: ssh.port,
    user: "alice",
    configFile: "none",
    knownHostsFile: ssh.knownHostsFile,
    ...(options.user !== "bob" && { identityFile: users.alice.keyFile }),
    ...options,
  });
  opened.push(commands);
  return commands;
}

/** Answers with these in turn, and keeps what was asked. */
function answering(
  ...answers: readonly (string | undefined)[]
): SshQuestioner & { readonly asked: SshQuestion[] } {
  const asked: SshQuestion[] = [];
  return {
    asked,
    answer: async (question) => {
      asked.push(question);
      return answers[asked.length - 1];
    },
    confirmHostKey: async () => false,
  };
}

const withoutKeys = { PubkeyAuthentication: "no" };

describe("programs over ssh", () => {
  it("are not started when no session gets free within their time", async () => {
    const commands = open({ maxSessions: 1 });
    const { stdout, ended } = await commands.stream(["sh", "-c", "echo runs; exec sleep 600"]);
    await expect(commands.run(["true"], { timeoutSeconds: 0.5 })).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      context: { reason: "no session free" },
    });
    for await (const chunk of stdout) {
      expect(Buffer.from(chunk).toString()).toBe("runs\n");
      break;
    }
    await expect(ended).rejects.toMatchObject({ code: "ABORTED" });
    expect((await commands.run(["true"], { timeoutSeconds: 60 })).exitCode).toBe(0);
  });

  it("run as the user, with arguments, input and environment as they are, and find the cluster", async () => {
    const commands = open();
    const argv = [
      "sh",
      "-c",
      'id -un; cat; printf "%s|" "$ODD" "$@"; echo err >&2; exit 255',
      "sh",
      "a'b\n$x",
      "",
      "!",
    ] as const;
    expect(await commands.run(argv, { stdin: "in\n", environment: { ODD: 'é "' } })).toEqual({
      exitCode: 255,
      stdout: "alice\nin\né \"|a'b\n$x||!|",
      stderr: "err\n",
    });
    const { stdout, exitCode } = await commands.run(["sinfo", "-h", "-o", "%P"]);
    expect([exitCode, stdout]).toEqual([0, "debug*\nlong\n"]);
    expect(await commands.run(["no-such-program"])).toMatchObject({ exitCode: 127, stdout: "" });
    expect((await commands.run(["sbatch", "-t", "abc"])).exitCode).toBe(255);
  });

  it("take and give bytes of any number as they are", async () => {
    async function* count(): AsyncGenerator<Uint8Array> {
      for (let block = 0; block < 256; block += 1) yield Buffer.alloc(65_536, block);
    }
    const { stdout, ended } = await open().stream(["cat"], { stdin: count() });
    let position = 0;
    let wrong = 0;
    for await (const chunk of stdout)
      for (const byte of chunk) {
        if (byte !== Math.floor(position / 65_536)) wrong += 1;
        position += 1;
      }
    expect({ position, wrong, end: await ended }).toEqual({
      position: 256 * 65_536,
      wrong: 0,
      end: { exitCode: 0, stderr: "" },
    });
  });

  it("share one connection, and are no more at once than the machine allows", async () => {
    const { ssh, users } = cluster.description;
    const questioner = answering(users.alice.password);
    // This sshd takes 10 sessions in a connection.
    const commands = open({ port: ssh.otpPort, questioner, maxSessions: 40 });
    const runs = Array.from({ length: 40 }, (_, number) =>
      commands.run(["sh", "-c", `sleep 0.2; echo ${number}`]),
    );
    expect((await Promise.all(runs)).map(({ stdout }) => Number(stdout))).toEqual(
      runs.map((_, number) => number),
    );
    expect(questioner.asked).toEqual([
      { kind: "challenge", prompt: "(alice@127.0.0.1) Password:", attempt: 1 },
    ]);
  });

  it("are ended there when nobody wants them any more", async () => {
    const commands = open();
    const mark = `61.${process.pid}`;
    const caller = new AbortController();
    const run = commands.run(["sleep", `${mark}1`], { signal: caller.signal });
    const late = commands.run(["sleep", `${mark}2`], { timeoutSeconds: 1 });
    const ended = [run, late].map((one) => failureOf(one));
    const { stdout } = await commands.stream(["sh", "-c", `echo out; exec sleep ${mark}3`]);
    for await (const chunk of stdout) {
      expect(Buffer.from(chunk).toString()).toBe("out\n");
      break;
    }
    setTimeout(() => caller.abort(), 500);
    const failures = await Promise.all(ended);
    expect(failures.map(({ code }) => code)).toEqual(["ABORTED", "RESPONSE_TIMEOUT"]);
    while ((await findProcesses((text) => text.startsWith(`sleep\0${mark}`))) > 0) await sleep(50);
    expect((await commands.run(["true"])).exitCode).toBe(0);
  });
});

describe("a connection that is lost", () => {
  it("is told to what ran, and made anew by the next", async () => {
    const commands = open();
    const other = commands.run(["sleep", "60"]);
    // The shell's parent is the sshd of this connection alone.
    const cut = commands.run(["sh", "-c", "read -r _ _ _ parent _ </proc/$PPID/stat; kill -KILL $parent"]);
    const failures = await Promise.all([other, cut].map((run) => failureOf(run)));
    expect(failures.map(({ code }) => code)).toEqual(["CONNECTION_LOST", "CONNECTION_LOST"]);
    expect((await commands.run(["echo", "again"])).stdout).toBe("again\n");
  });

  it("is noticed though nothing says so", async () => {
    const commands = open({ options: { ServerAliveInterval: "2", ServerAliveCountMax: "3" } });
    const { stdout } = await commands.run([
      "sh",
      "-c",
      "read -r _ _ _ parent _ </proc/$PPID/stat; echo $parent",
    ]);
    const stopped = open();
    await stopped.run(["kill", "-STOP", stdout.trim()]);
    try {
      await expect(commands.run(["true"])).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    } finally {
      await stopped.run(["kill", "-KILL", stdout.trim()]);
    }
    expect((await commands.run(["echo", "again"])).stdout).toBe("again\n");
  });

  it("that went while nothing ran costs no program", async () => {
    const commands = open();
    await commands.connect();
    for (const pid of await findPids(
      (text) => text.startsWith("ssh\0-N") && text.includes(`Port=${commands.description}`),
    ))
      process.kill(pid, "SIGKILL");
    expect((await commands.run(["echo", "again"])).stdout).toBe("again\n");
  });

  it("is not, when only one program and its shell were killed", async () => {
    const commands = open();
    const { code, message } = await failureOf(commands.run(["sh", "-c", "kill -KILL $PPID"]));
    expect(code).toBe("CONNECTION_LOST");
    expect(message).toContain("before it could tell");
    expect((await commands.run(["sh", "-c", "kill -KILL $$"])).exitCode).toBe(137);
  });

  it("ends with the process that made it, killed or not, and leaves no file", async () => {
    const { ssh, users } = cluster.description;
    const options = {
      host: ssh.host,
      port: ssh.port,
      user: "alice",
      identityFile: users.alice.keyFile,
      configFile: "none",
      knownHostsFile: ssh.knownHostsFile,
    };
    const source = `
      const { SshCommands } = await import(${JSON.stringify(import.meta.resolve("scarf-tomo"))});
      const commands = new SshCommands(${JSON.stringify(options)});
      await commands.connect();
      process.kill(process.pid, "SIGKILL");`;
    await expect(
      runOrThrow([process.execPath, "--input-type=module", "-e", source], {
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      }),
    ).rejects.toThrow("ended with 137");
    while ((await findProcesses((text) => text.includes(folder))) > 0) await sleep(50);
    while ((await readdir(folder)).length > 0) await sleep(50);
  });
});

describe("a log-in", () => {
  it("with a password asks for it, again if it was wrong, and shows it to nobody", async () => {
    const { password } = cluster.description.users.bob;
    const questioner = answering("wrong", password);
    const commands = open({ user: "bob", options: withoutKeys, questioner });
    expect((await commands.run(["id", "-un"])).stdout).toBe("bob\n");
    expect(questioner.asked.map(({ kind, attempt }) => [kind, attempt])).toEqual([
      ["password", 1],
      ["password", 2],
    ]);
    // The connection is still there.
    expect(await findProcesses((text) => text.includes(password))).toBe(0);
  });

  it("that nobody answers sends nothing, not even an empty password", async () => {
    const before = await readFile(join(cluster.description.logDirectory, "sshd.log"), "utf8");
    const commands = open({ user: "bob", options: withoutKeys, questioner: answering() });
    await expect(commands.run(["true"])).rejects.toMatchObject({ code: "AUTH_FAILED" });
    const after = await readFile(join(cluster.description.logDirectory, "sshd.log"), "utf8");
    expect(after.slice(before.length)).not.toContain("Failed password for bob");
  });

  it("that is lost while it asks does not wait for the answer", async () => {
    const asked: AbortSignal[] = [];
    const mark = `LANG=${folder}`;
    const questioner: SshQuestioner = {
      answer: async (_, signal) => {
        asked.push(signal);
        for (const pid of await findPids((text) => text.startsWith("ssh\0-N") && text.includes(mark)))
          process.kill(pid, "SIGKILL");
        return new Promise(() => {});
      },
      confirmHostKey: async () => false,
    };
    const options = { ...withoutKeys, SetEnv: mark };
    await expect(open({ user: "bob", options, questioner }).run(["true"])).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
    expect(asked.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("can be given up while it asks", async () => {
    const caller = new AbortController();
    const questioner: SshQuestioner = {
      answer: () => {
        caller.abort();
        return new Promise(() => {});
      },
      confirmHostKey: async () => false,
    };
    const commands = open({ user: "bob", options: withoutKeys, questioner });
    await expect(commands.run(["true"], { signal: caller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await commands.close();
  });

  it("ends with what its questioner throws", async () => {
    const questioner: SshQuestioner = {
      answer: () => Promise.reject(new Error("the window was closed")),
      confirmHostKey: async () => true,
    };
    await expect(open({ user: "bob", options: withoutKeys, questioner }).run(["true"])).rejects.toThrow(
      "the window was closed",
    );
  });

  it("goes by the configuration file: names, jumps and keys", async () => {
    const { ssh, users } = cluster.description;
    const configFile = join(folder, "config");
    const common = `HostName ${ssh.host}\n  User alice\n  IdentityFile ${users.alice.keyFile}\n  UserKnownHostsFile ${ssh.knownHostsFile}\n`;
    await writeFile(
      configFile,
      `Host gate\n  Port ${ssh.otpPort}\n  ${common}Host inner\n  Port ${ssh.port}\n  ProxyJump gate\n  RemoteCommand sleep 9\n  RequestTTY force\n  ${common}`,
    );
    const commands = new SshCommands({
      host: "inner",
      configFile,
      questioner: answering(users.alice.password),
    });
    opened.push(commands);
    const { stdout } = await commands.run(["sh", "-c", "echo $SSH_CONNECTION"]);
    expect(stdout).toMatch(new RegExp(` ${ssh.port}\n$`));
  });

  it("takes a certificate, and a key of the agent", async () => {
    const { ssh } = cluster.description;
    const key = join(folder, "key");
    await runOrThrow(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
    await expect(open({ identityFile: key }).run(["true"])).rejects.toMatchObject({ code: "AUTH_FAILED" });
    await runOrThrow(["ssh-keygen", "-q", "-s", ssh.userCaFile, "-I", "test", "-n", "alice", `${key}.pub`]);
    expect((await open({ identityFile: key }).run(["id", "-un"])).stdout).toBe("alice\n");

    const started = await runOrThrow(["ssh-agent", "-s", "-a", join(folder, "agent")]);
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]);
    const before = process.env["SSH_AUTH_SOCK"];
    process.env["SSH_AUTH_SOCK"] = join(folder, "agent");
    try {
      await runOrThrow(["ssh-add", "-q", cluster.description.users.bob.keyFile]);
      expect((await open({ user: "bob" }).run(["id", "-un"])).stdout).toBe("bob\n");
    } finally {
      process.kill(pid);
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
    }
  });
});

describe("the key of a host", () => {
  it("that is new is shown, and remembered only after a yes", async () => {
    const knownHostsFile = join(folder, "known_hosts");
    const shown: unknown[] = [];
    const questioner = (answer: boolean): SshQuestioner => ({
      answer: async () => undefined,
      confirmHostKey: async (hostKey) => {
        shown.push(hostKey.fingerprint, hostKey.keyType);
        return answer;
      },
    });
    await expect(open({ knownHostsFile }).run(["true"])).rejects.toMatchObject({ code: "HOST_KEY_UNKNOWN" });
    await expect(open({ knownHostsFile, questioner: questioner(false) }).run(["true"])).rejects.toMatchObject(
      { code: "HOST_KEY_UNKNOWN" },
    );
    await expect(readFile(knownHostsFile)).rejects.toThrow("ENOENT");
    const { hostKeyFingerprint } = cluster.description.ssh;
    expect((await open({ knownHostsFile, questioner: questioner(true) }).run(["id", "-un"])).stdout).toBe(
      "alice\n",
    );
    expect(shown).toEqual([hostKeyFingerprint, "ED25519", hostKeyFingerprint, "ED25519"]);
    expect((await open({ knownHostsFile }).run(["id", "-un"])).stdout).toBe("alice\n");
  });

  it("that has changed ends it, whoever would say yes", async () => {
    const { ssh, users } = cluster.description;
    const knownHostsFile = join(folder, "known_hosts");
    const other = (await readFile(`${users.bob.keyFile}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");
    await writeFile(knownHostsFile, `[${ssh.host}]:${ssh.port} ${other}\n`);
    const questioner = { answer: async () => "never asked", confirmHostKey: async () => true };
    for (const more of [{}, { questioner }])
      await expect(open({ knownHostsFile, ...more }).run(["true"])).rejects.toMatchObject({
        code: "HOST_KEY_MISMATCH",
      });
    expect(await readFile(knownHostsFile, "utf8")).toBe(`[${ssh.host}]:${ssh.port} ${other}\n`);
  });
});

describe("a log-in that fails tells why, and what to do", () => {
  it.each([
    ["nothing listens", () => ({ port: 1 }), "CONNECTION_FAILED", "nothing listens there"],
    [
      "no such machine",
      () => ({ host: "no-such-machine.invalid" }),
      "CONNECTION_FAILED",
      "no machine of the name",
    ],
    ["a user who may not", () => ({ user: "carol" }), "AUTH_FAILED", "did not accept"],
    [
      "another's key",
      () => ({ identityFile: cluster.description.users.bob.keyFile }),
      "AUTH_FAILED",
      "did not accept",
    ],
    ["no ssh here", () => ({ program: "no-such-ssh" }), "CONFIG_INVALID", "can't be started"],
    [
      "a mistake in the configuration",
      () => ({ options: { Foo: "1" } }),
      "CONFIG_INVALID",
      "Bad configuration option",
    ],
    [
      "a host that is an option",
      () => ({ host: "-oProxyCommand=true" }),
      "PROPERTY_INVALID",
      "can't be the host",
    ],
  ] as const)("%s", async (_, options, code, message) => {
    const error = await failureOf(open(options()).run(["true"]));
    expect([error.code, error.hint?.length]).toEqual([code, expect.any(Number)]);
    expect(error.message).toContain(message);
  });

  it("a key that others can read", async () => {
    const key = join(folder, "key");
    await copyFile(cluster.description.users.alice.keyFile, key);
    await chmod(key, 0o644);
    const { code, hint } = await failureOf(open({ identityFile: key }).run(["true"]));
    expect(code).toBe("AUTH_FAILED");
    expect(hint).toContain(`chmod 600 ${key}`);
  });
});

async function failureOf(run: Promise<unknown>): Promise<ScarfError> {
  const error = await run.then(
    () => new Error("It did not fail"),
    (reason: unknown) => reason,
  );
  if (!isScarfError(error)) throw error;
  return error;
}

async function findProcesses(fits: (text: string) => boolean): Promise<number> {
  return (await findPids(fits)).length;
}

/** Processes of this machine whose arguments or environment fit. */
async function findPids(fits: (text: string) => boolean): Promise<readonly number[]> {
  const pids = (await readdir("/proc"))
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
      return fits(await read("cmdline")) || fits(await read("environ"));
    }),
  );
  return pids.filter((_, index) => found[index]);
}
