import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ClusterDescription, getDescriptionFile, readDescription } from "./cluster-description.js";
import { getMark, isAlive } from "./cluster-registry.js";
import { startCluster } from "./start-cluster.js";
import { rootMark, stopCluster } from "./stop-cluster.js";

const defaultRoot = "/srv/scarf-cluster";

const usage = `npm run cluster:up [-- OPTIONS]     start a Slurm cluster on this machine's loopback; it stays until it is stopped
npm run cluster:down [-- --root D]  stop it, and remove everything of it

  --root DIRECTORY           where everything of it lies                      (${defaultRoot})
  --base-port NUMBER         its ports are counted from here                  (the first of 16800, 17000 … that is free)
  --nodes NUMBER             computers                                        (4)
  --min-job-age SECONDS      how long finished jobs are remembered            (300)
  --private-data LIST        what users do not see of each other, e.g. jobs   (they see all)
  --enforce LIST             AccountingStorageEnforce, e.g. associations      (not)
  --slurm-conf LINE          one more line for slurm.conf; may be repeated`;

async function up(root: string, values: ReturnType<typeof readArguments>["values"]): Promise<void> {
  const running = await findRunning(root);
  if (running !== undefined) {
    console.log(`The cluster in ${root} is up already.`);
    print(running);
    return;
  }
  // What is left of one that has ended, with the machine or by a kill.
  if (existsSync(join(root, rootMark))) await stopCluster(root);
  const { description } = await startCluster({
    root,
    lifetime: "until-stopped",
    report: (line) => console.log(line),
    ...(values["base-port"] !== undefined && { basePort: readNumber("base-port", values["base-port"]) }),
    ...(values.nodes !== undefined && { nodes: readNumber("nodes", values.nodes) }),
    ...(values["min-job-age"] !== undefined && {
      minJobAgeSeconds: readNumber("min-job-age", values["min-job-age"]),
    }),
    ...(values["private-data"] !== undefined && { privateData: values["private-data"] }),
    ...(values.enforce !== undefined && { accountingStorageEnforce: values.enforce }),
    ...(values["slurm-conf"] !== undefined && { slurmConf: values["slurm-conf"] }),
  });
  console.log(`The cluster is up after ${description.startSeconds.toFixed(1)} s.`);
  print(description);
}

async function findRunning(root: string): Promise<ClusterDescription | undefined> {
  const description = await readDescription(getDescriptionFile(root)).catch(() => undefined);
  if (description === undefined) return undefined;
  return (await isAlive(description.initPid, getMark(root))) ? description : undefined;
}

function print(description: ClusterDescription): void {
  const { root, name, nodes, ssh, users, versions } = description;
  const { alice, bob } = users;
  const options = `-F /dev/null -p ${ssh.port} -o UserKnownHostsFile=${ssh.knownHostsFile}`;
  console.log(`
Slurm       ${versions.slurm}, cluster ${name}, nodes ${nodes.join(" ")}, account ${description.account}
            export SLURM_CONF=${description.slurmConf}
REST        ${description.restUrl}   unix:${description.restSocket}
            signing key ${description.jwtKeyFile}; or: scontrol token username=alice
SSH         ${versions.openssh}, 127.0.0.1 port ${ssh.port}; with a second factor port ${ssh.otpPort}
            host key ${ssh.hostKeyFingerprint}
            ssh ${options} -i ${alice.keyFile} alice@127.0.0.1
Users       alice, password ${alice.password}, key ${alice.keyFile}
            bob,   password ${bob.password}, key ${bob.keyFile}
Logs        ${description.logDirectory}
For tests   export SCARF_CLUSTER=${getDescriptionFile(root)}
Stop        npm run cluster:down -- --root ${root}`);
}

function readNumber(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new Error(`--${option} takes a whole number, and not ${JSON.stringify(text)}.`);
  return Number(text);
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      root: { type: "string", default: defaultRoot },
      "base-port": { type: "string" },
      nodes: { type: "string" },
      "min-job-age": { type: "string" },
      "private-data": { type: "string" },
      enforce: { type: "string" },
      "slurm-conf": { type: "string", multiple: true },
    },
  });
}

try {
  const { positionals, values } = readArguments();
  const [verb] = positionals;
  if (verb === "up") await up(values.root, values);
  else if (verb === "down")
    console.log(
      (await stopCluster(values.root)) ? "The cluster has gone." : `There is no cluster in ${values.root}.`,
    );
  else console.log(usage);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
