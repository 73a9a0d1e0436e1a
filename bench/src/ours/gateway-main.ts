import { join } from "node:path";
import { LocalResource } from "scarf-tomo";
import { startGateway } from "scarf-tomo-gateway";
import { discardingUploads } from "./discarding-uploads.js";

/** A gateway in a process of its own: `FOLDER [discard]`. Prints its address when it listens. */
const [folder = "", discard] = process.argv.slice(2);
const workspace = join(folder, "workspace");
const local = new LocalResource({ id: "local", workspace, slots: 2 });
const gateway = await startGateway(
  {
    listen: "127.0.0.1:0",
    stateDirectory: join(folder, "state"),
    // To files, as in service; a line in the audit log for each query is what an administrator can switch off.
    log: { file: join(folder, "gateway.log"), auditFile: join(folder, "audit.log"), auditQueries: false },
    // All requests of a benchmark are one user's: with the limit for a user, it would be that limit which is measured.
    limits: { requestsPerSecond: 1_000_000 },
  },
  { resources: [discard === "discard" ? discardingUploads(local) : local] },
);
process.stdout.write(`${gateway.pacUrl}\n`);
process.once("SIGTERM", () => {
  void gateway.close().then(() => local.close());
});
