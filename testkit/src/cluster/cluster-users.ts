import { readFile } from "node:fs/promises";
import { runOrThrow, runProgram } from "./run-program.js";

/** An account of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** In the comment of accounts that the testbed has made, so that it removes no other. */
const comment = "scarf-tomo testbed";

/** Makes the accounts that are missing, without a password. Call it with the lock held. */
export async function addUsers(wanted: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, uid] of Object.entries(wanted)) {
    if ((await findAccount(name)) !== undefined) continue;
    const taken = (await runProgram(["getent", "passwd", String(uid)])).exitCode === 0;
    const number = taken ? [] : ["--uid", String(uid)];
    await runOrThrow([
      "useradd",
      "--create-home",
      "--shell",
      "/bin/bash",
      "--comment",
      comment,
      ...number,
      name,
    ]);
  }
}

/** Removes those that `addUsers` has made, with their homes. Call it with the lock held, when no cluster is left. */
export async function removeUsers(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { stdout } = await runProgram(["getent", "passwd", name]);
    // It tells on stderr that there is no mailbox.
    if (stdout.split(":")[4] === comment) await runOrThrow(["userdel", "--force", "--remove", name]);
  }
}

/** @throws there is none. */
export async function getAccount(name: string): Promise<Account> {
  const account = await findAccount(name);
  if (account === undefined) throw new Error(`This machine has no user ${name}.`);
  return account;
}

async function findAccount(name: string): Promise<Account | undefined> {
  const { stdout } = await runProgram(["getent", "passwd", name]);
  const [, , uid, gid, , home] = stdout.trim().split(":");
  return home === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid), home };
}

/** The text of /etc/shadow in which these users have these passwords. Only the cluster's own processes see it. */
export async function renderShadow(passwords: Readonly<Record<string, string>>): Promise<string> {
  const lines = (await readFile("/etc/shadow", "utf8")).split("\n");
  const changed = await Promise.all(
    lines.map(async (line) => {
      const [name = "", , ...rest] = line.split(":");
      const password = passwords[name];
      return password === undefined ? line : [name, await hash(password), ...rest].join(":");
    }),
  );
  return changed.join("\n");
}

/** As crypt(3) does; Perl is on every Debian. */
async function hash(password: string): Promise<string> {
  const salt = Math.random().toString(36).slice(2, 10);
  const script = `chomp(my $password = <STDIN>); print crypt($password, "\\$6\\$rounds=1000\\$${salt}\\$");`;
  return runOrThrow(["perl", "-e", script], { stdin: `${password}\n` });
}
