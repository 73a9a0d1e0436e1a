import { LocalCommands } from "scarf-tomo";
import { afterEach, expect, it } from "vitest";
import { useCluster } from "./use-cluster.js";

const opened: LocalCommands[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

function as(user: string, directory?: string): LocalCommands {
  const commands = new LocalCommands({ asUser: user, ...(directory !== undefined && { directory }) });
  opened.push(commands);
  return commands;
}

it("programs of this machine run as the user they are for, at home, with nothing of root's", async () => {
  const { slurmConf, users } = (await useCluster()).description;
  const script =
    'id -un; id -Gn; pwd; echo "$HOME $USER"; printf "%s|" "$ODD" "$@"; cat; test -r /etc/shadow || echo no';
  const { stdout, exitCode } = await as("bob").run(["sh", "-c", script, "sh", "a'b\n"], {
    environment: { ODD: "é $x", SLURM_CONF: slurmConf },
    stdin: "in\n",
  });
  expect([exitCode, stdout]).toEqual([
    0,
    `bob\nbob\n${users.bob.home}\n${users.bob.home} bob\né $x|a'b\n|in\nno\n`,
  ]);
  const whose = await as("alice", "/").run(["sh", "-c", "pwd; scontrol token | cut -c1-10"], {
    environment: { SLURM_CONF: slurmConf },
  });
  expect(whose.stdout).toBe("/\nSLURM_JWT=\n");
});

it("an end is an end for another user's programs, too", async () => {
  await useCluster();
  const commands = as("alice");
  expect(await commands.run(["no-such-program"])).toMatchObject({ exitCode: 127 });
  await expect(commands.run(["sleep", "60"], { timeoutSeconds: 0.5 })).rejects.toMatchObject({
    code: "RESPONSE_TIMEOUT",
  });
  await expect(as("nobody-of-that-name").run(["true"])).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
